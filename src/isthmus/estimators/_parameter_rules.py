"""Validation rules of estimator parameters."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import UsageError, did_you_mean

__all__ = [
    "Rule",
    "boolean",
    "check_parameters",
    "choice",
    "integer",
    "plain_value",
    "real",
    "sequence_of",
    "some",
]


@dataclass(frozen=True)
class Rule:
    """Test of a value, with the words that complete "`name` must be ..."."""

    holds: Callable[[Any], bool]
    text: str
    known: tuple[str, ...] = ()
    example: str = ""

    def __or__(self, other: Rule) -> Rule:
        return Rule(
            lambda value: self.holds(value) or other.holds(value),
            f"{self.text} or {other.text}",
            self.known + other.known,
            self.example,
        )


def integer(low: int) -> Rule:
    """Accept integers of at least ``low``."""
    return Rule(
        lambda v: _is(v, numbers.Integral) and v >= low,
        f"an integer of at least {low}",
        example="(256, 128)",
    )


def real(
    low: float, high: float = math.inf, *, open_low: bool = False, open_high: bool = True
) -> Rule:
    """Accept finite numbers between two bounds."""

    def holds(value: Any) -> bool:
        if not _is(value, numbers.Real) or not math.isfinite(value):
            return False
        above = value > low if open_low else value >= low
        return bool(above and (value < high if open_high else value <= high))

    if open_high:
        text = f"a number {'above' if open_low else 'of at least'} {low:g}"
        text += "" if math.isinf(high) else f" and below {high:,.9g}"
    else:
        upper = "and at most" if open_low else "to"
        text = f"a number {'above' if open_low else 'from'} {low:g} {upper} {high:,.9g}"
    return Rule(holds, text, example="(0.25, 0.1)")


def choice(*names: str) -> Rule:
    """Accept a set of strings."""
    quoted = ", ".join(repr(name) for name in names)
    text = quoted if len(names) == 1 else f"one of {quoted}"
    return Rule(lambda v: isinstance(v, str) and v in names, text, names, str(names[-2:]))


def boolean() -> Rule:
    """Accept True and False."""
    return Rule(lambda v: isinstance(v, bool) or type(v).__name__ == "bool", "True or False")


def sequence_of(item: Rule) -> Rule:
    """Accept tuples and lists whose items follow a rule; they may be empty."""
    return Rule(
        lambda v: isinstance(v, tuple | list) and all(item.holds(x) for x in v),
        f"a tuple such as {item.example} with each item {item.text}",
    )


def some(item: Rule) -> Rule:
    """Accept non-empty tuples and lists whose items follow a rule."""
    several = sequence_of(item)
    return Rule(lambda v: several.holds(v) and len(v) > 0, f"a non-empty{several.text[1:]}")


def check_parameters(owner: str, values: Mapping[str, Any], rules: Mapping[str, Rule]) -> None:
    """Raise one error with all invalid parameters.

    Parameters
    ----------
    owner : str
        Name of the estimator.
    values : mapping
        Parameters.
    rules : mapping of str to Rule
        Rules by parameter; rules of parameters that are not in ``values`` are ignored.

    Raises
    ------
    UsageError
        If a parameter is invalid.
    """
    problems = [
        f"`{name}` of {owner} must be {rule.text}. Got {values[name]!r}."
        + (did_you_mean(values[name], rule.known) if isinstance(values[name], str) else "")
        for name, rule in rules.items()
        if name in values and not rule.holds(values[name])
    ]
    if problems:
        raise UsageError(*problems)


def _is(value: Any, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def plain_value(value: Any) -> Any:
    """Convert NumPy numbers to Python numbers, and tuples to lists, for JSON."""
    if isinstance(value, np.generic):
        return value.item()
    return [plain_value(item) for item in value] if isinstance(value, tuple | list) else value
