"""Constructor parameters of estimators as command-line options."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from cyclopts import Parameter, Token

from ..errors import UsageError
from ._declared_parameters import Declared, DeclaredEstimator, known_estimators
from ._option_groups import ONLY, group_of_parameter

__all__ = [
    "LEFT_OUT",
    "bounds",
    "parse_parameters",
    "refresh_options",
    "split_values",
    "whole_number",
    "with_parameters",
]

# These have options of other names, such as --seed, or cannot be written on a command line.
LEFT_OUT = (
    "random_state",
    "callbacks",
    "verbose",
    "device",
    "warm_start",
    "max_words",
    "encoder",
    "decoder",
)

_WORDS: dict[str, Any] = {"null": None, "true": True, "false": False}


def with_parameters(
    function: Callable[..., Any], *, catch: str = "parameters"
) -> Callable[..., Any]:
    """Add an option to a command for each constructor parameter of the estimators.

    Parameters
    ----------
    function : callable
        Command whose keyword argument ``catch`` gets a dict of the options that were given.
    catch : str, default="parameters"
        Name of the keyword argument.

    Returns
    -------
    callable
        The command for cyclopts. ``refresh_options`` reads the estimators again.
    """
    signature = inspect.signature(function)
    hints = inspect.get_annotations(function, eval_str=True)
    own = [p.replace(annotation=hints[p.name]) for p in signature.parameters.values()]
    names: list[str] = []

    @functools.wraps(function)
    def command(*args: Any, **kwargs: Any) -> Any:
        given = {name: kwargs.pop(name, None) for name in names}
        chosen = {name: value for name, value in given.items() if value is not None}
        return function(*args, **kwargs, **{catch: chosen})

    def refresh() -> None:
        options = _options(known_estimators())
        shown = [p for p in own if p.name != catch] + list(options.values())
        names[:] = options
        command.__signature__ = signature.replace(parameters=shown)  # type: ignore[attr-defined]
        command.__annotations__ = {p.name: p.annotation for p in shown}

    refresh()
    _REFRESH.append(refresh)
    return command


_REFRESH: list[Callable[[], None]] = []


def refresh_options() -> None:
    """Update the commands with the options of estimators that were registered since."""
    for refresh in _REFRESH:
        refresh()


def _options(estimators: Mapping[str, DeclaredEstimator]) -> dict[str, inspect.Parameter]:
    owners: dict[str, dict[str, Declared]] = {}
    for owner, parameters in estimators.items():
        for name, parameter in parameters.by_name.items():
            if name not in LEFT_OUT:
                owners.setdefault(name, {})[owner] = parameter
    options: dict[str, inspect.Parameter] = {}
    for name, having in owners.items():
        first = next(iter(having.values()))
        is_flag = isinstance(first.default, bool)
        kind = bool | None if is_flag else str | None
        group = group_of_parameter(name, tuple(having))
        about = Parameter(
            help=_help(name, having, () if group.name.startswith(ONLY) else tuple(estimators)),
            group=group,
            allow_leading_hyphen=True,
            negative=None if is_flag else (),
            metavar=None if is_flag else _metavar(first.type),
        )
        options[name] = inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[kind, about],
        )
    return options


def _help(name: str, having: Mapping[str, Declared], every: Sequence[str]) -> str:
    """Return the help of a parameter, common to all estimators where it has the same type."""
    alike: dict[str, list[str]] = {}
    for owner, parameter in having.items():
        alike.setdefault(parameter.type, []).append(owner)
    told = []
    for owners in alike.values():
        first = having[owners[0]]
        defaults = {owner: _shown(having[owner].default) for owner in owners}
        usual = defaults.pop(owners[0])
        others = [f"{d} for {owner}" for owner, d in defaults.items() if d != usual]
        before = _owners_prefix(owners, every)
        told.append(f"{before}{first.text} Default: {'; '.join([usual, *others])}.")
    return " ".join(told)


def _owners_prefix(owners: Sequence[str], every: Sequence[str]) -> str:
    others = [owner for owner in every if owner not in owners]
    if not others:
        return ""
    if len(others) == 1:
        return f"[not {others[0]}] "
    return f"[{', '.join(owners)}] "


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return "on" if default else "off"
    return ",".join(map(str, default)) if isinstance(default, tuple) else str(default)


def _metavar(annotation: str) -> str:
    if annotation.startswith("tuple"):
        return "N,N,..."
    return {"int": "N", "float": "NUMBER"}.get(annotation.partition(" ")[0], "NAME")


def parse_parameters(values: Mapping[str, Any], declared: Mapping[str, Declared]) -> dict[str, Any]:
    """Parse parameters from a command line or a YAML file.

    Parameters
    ----------
    values : mapping
        Texts such as "32", "1e-3", "relu", "128,64" or "null", and values parsed by YAML.
    declared : mapping of str to Declared
        Parameters of the estimator. If a default is a tuple, a single number is a tuple of one.

    Returns
    -------
    dict
        Numbers, strings, True, False, None, and tuples of these. Their validity is checked by
        the estimator.

    Raises
    ------
    UsageError
        If a value between two commas is empty.
    """
    sequences = {name for name, parameter in declared.items() if parameter.is_sequence}
    parsed = {}
    for name, value in values.items():
        try:
            parsed[name] = _value(value)
        except _GapError:
            raise UsageError(_gap_message(name, value, ",")) from None
    return {
        name: (value,) if name in sequences and type(value) in (int, float) else value
        for name, value in parsed.items()
    }


def split_values(
    parameters: Mapping[str, Any], declared: Mapping[str, Declared]
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Separate parameters with one value from those with several.

    Values are separated with commas, as in ``2,4,8``, or with slashes, as in ``128,64/256,128``,
    which are required if each value is a list.

    Parameters
    ----------
    parameters : mapping
        As written on the command line.
    declared : mapping of str to Declared
        Parameters of the estimator.

    Returns
    -------
    tuple of dict and dict
        One value each; lists of values, parsed.

    Raises
    ------
    UsageError
        If a value between two commas or slashes is empty.
    """
    one: dict[str, Any] = {}
    several: dict[str, list[Any]] = {}
    for name, text in parameters.items():
        is_list = name in declared and declared[name].may_be_sequence
        parts = [text]
        if isinstance(text, str):
            mark = "/" if is_list or "/" in text else ","
            try:
                parts = _parts(text, mark) or [text]
            except _GapError:
                raise UsageError(_gap_message(name, text, mark)) from None
        if len(parts) > 1:
            several[name] = [parse_parameters({name: p}, declared)[name] for p in parts]
        else:
            one[name] = parts[0]
    return one, several


def bounds(value: Any) -> tuple[float, float] | None:
    """Return the bounds of a range such as ``2..64`` or ``1e-4..1e-1``; None for other values."""
    low, dots, high = value.partition("..") if isinstance(value, str) else ("", "", "")
    if not dots or "," in low + high:
        return None
    ends = (_value(low), _value(high))
    return ends if all(type(end) in (int, float) for end in ends) else None


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_value, value))
    if not isinstance(value, str):
        return value
    text = value.strip()
    if "," in text or text[:1] in ("", "(", "["):
        return tuple(map(_value, _parts(text.strip("()[]"), ",")))
    for number in (int, float):  # YAML parses 1e-3 as a string
        try:
            return number(text)
        except ValueError:
            continue
    return _WORDS.get(text.lower(), text)


class _GapError(ValueError):
    """Empty value between separators."""


def _parts(text: str, mark: str) -> list[str]:
    """Split a text; a trailing separator is allowed, as in ``(8,)``."""
    parts = text.split(mark)
    if not parts[-1].strip():
        parts.pop()
    if not all(part.strip() for part in parts):
        raise _GapError
    return parts


def _gap_message(name: str, text: Any, mark: str) -> str:
    which = {",": "comma", "/": "slash"}[mark]
    return (
        f"`{name}` must have a value before and after each {which}. Got {text!r}: add the value, "
        f"or remove the {which}."
    )


def whole_number(kind: Any, tokens: Sequence[Token]) -> int:
    """Convert an option's text to an integer; cyclopts alone would round 1.5.

    Parameters
    ----------
    kind : type
        Ignored; for cyclopts.
    tokens : sequence of cyclopts.Token
        Tokens of the option.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If it is not an integer.
    """
    token = tokens[0]
    try:
        return int(token.value)
    except ValueError:
        raise ValueError(f"{token.keyword} must be an integer. Got {token.value!r}.") from None
