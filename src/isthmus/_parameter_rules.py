"""Validation rules of estimator parameters.

A rule knows how it was made (``form``), so that it can be written as JSON and made again: the
command line checks parameters before it imports torch.
"""

from __future__ import annotations

import functools
import math
import numbers
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .errors import UsageError, did_you_mean

__all__ = [
    "Rule",
    "boolean",
    "check_parameters",
    "choice",
    "integer",
    "plain_value",
    "problems_of",
    "real",
    "rule_of",
    "sequence_of",
    "some",
    "worded",
]


@dataclass(frozen=True)
class Rule:
    """Test of a value, with the words that complete "`name` must be ...".

    ``at_most`` is the name of another parameter that the value must not exceed.
    """

    holds: Callable[[Any], bool]
    text: str
    known: tuple[str, ...] = ()
    example: str = ""
    form: tuple[Any, ...] = ()
    at_most: str = ""

    def __or__(self, other: Rule) -> Rule:
        return either(self, other)


_TOO_LARGE = 2**63  # for a machine's integer

_MAKERS: dict[str, Callable[..., Rule]] = {}


def _maker(make: Callable[..., Rule]) -> Callable[..., Rule]:
    """Note in a rule the name of its function and the arguments."""

    @functools.wraps(make)
    def made(*arguments: Any, **options: Any) -> Rule:
        plain = [a.form if isinstance(a, Rule) else a for a in arguments]
        return replace(make(*arguments, **options), form=(make.__name__, plain, options))

    _MAKERS[make.__name__] = made
    return made


def rule_of(form: Sequence[Any]) -> Rule:
    """Make a rule again from its ``form``, which may have been written as JSON."""
    name, arguments, options = form
    made = [rule_of(a) if isinstance(a, list | tuple) else a for a in arguments]
    return _MAKERS[name](*made, **options)


@_maker
def either(one: Rule, other: Rule) -> Rule:
    """Accept what one of two rules accepts; ``one | other`` is the same."""
    return Rule(
        lambda value: one.holds(value) or other.holds(value),
        f"{one.text} or {other.text}",
        one.known + other.known,
        one.example,
    )


@_maker
def worded(rule: Rule, text: str) -> Rule:
    """Accept what a rule accepts, with other words."""
    return replace(rule, text=text)


@_maker
def integer(low: int, *, at_most: str = "") -> Rule:
    """Accept integers of at least ``low``, and at most the value of another parameter."""
    return Rule(
        lambda v: _is(v, numbers.Integral) and low <= v < _TOO_LARGE,
        f"an integer of at least {low}",
        example="(256, 128)",
        at_most=at_most,
    )


@_maker
def real(
    low: float, high: float = math.inf, *, open_low: bool = False, open_high: bool = True
) -> Rule:
    """Accept finite numbers between two bounds."""

    def holds(value: Any) -> bool:
        if not _is(value, numbers.Real) or not _is_finite(value):
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


@_maker
def choice(*names: str) -> Rule:
    """Accept a set of strings."""
    quoted = ", ".join(repr(name) for name in names)
    text = quoted if len(names) == 1 else f"one of {quoted}"
    return Rule(lambda v: isinstance(v, str) and v in names, text, names, str(names[-2:]))


@_maker
def boolean() -> Rule:
    """Accept True and False."""
    return Rule(lambda v: isinstance(v, bool) or type(v).__name__ == "bool", "True or False")


@_maker
def sequence_of(item: Rule) -> Rule:
    """Accept tuples and lists whose items follow a rule; they may be empty."""
    return Rule(
        lambda v: isinstance(v, tuple | list) and all(item.holds(x) for x in v),
        f"a tuple such as {item.example} with each item {item.text}",
    )


@_maker
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
    problems = problems_of(owner, values, rules)
    if problems:
        raise UsageError(*problems)


def problems_of(owner: str, values: Mapping[str, Any], rules: Mapping[str, Rule]) -> list[str]:
    """Return a message for each invalid parameter; arguments as for ``check_parameters``."""
    problems = [
        f"`{name}` of {owner} must be {rule.text}. Got {_shown(values[name])}."
        + (did_you_mean(values[name], rule.known) if isinstance(values[name], str) else "")
        for name, rule in rules.items()
        if name in values and not rule.holds(values[name])
    ]
    return problems or [
        f"`{name}` of {owner} must be at most `{rule.at_most}` ({values[rule.at_most]}). Got "
        f"{values[name]}: reduce `{name}`, or raise `{rule.at_most}`."
        for name, rule in rules.items()
        if name in values and rule.at_most in values and values[name] > values[rule.at_most]
    ]


def _shown(value: Any) -> str:
    """Return a value as a message shows it: Python refuses to print very long integers."""
    if _is(value, numbers.Integral) and abs(value) >= _TOO_LARGE:
        n_digits = math.floor(math.log10(abs(value))) + 1
        return f"an integer of {n_digits} digits, which is too {'large' if value > 0 else 'small'}"
    try:
        return repr(value)
    except ValueError:
        return f"a {type(value).__name__} of very long integers"


def _is_finite(value: Any) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer that no float can hold
        return False


def _is(value: Any, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def plain_value(value: Any) -> Any:
    """Convert NumPy numbers to Python numbers, and tuples to lists, for JSON."""
    import numpy as np  # the only use: help and the check of a command line do without

    if isinstance(value, np.generic):
        return value.item()
    return [plain_value(item) for item in value] if isinstance(value, tuple | list) else value
