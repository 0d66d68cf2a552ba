"""Estimators' constructor parameters as command-line options: one form of configuration."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any

from cyclopts import Group, Parameter, Token
from docstring_parser import parse

__all__ = ["LEFT_OUT", "name_list", "parse_parameters", "whole_number", "with_parameters"]

# These have options of other names, such as --seed, or cannot be spelled on a command line.
LEFT_OUT = (
    "random_state",
    "callbacks",
    "verbose",
    "device",
    "warm_start",
    "encoder",
    "decoder",
)

_WORDS: dict[str, Any] = {"null": None, "true": True, "false": False}


def with_parameters(
    function: Callable[..., Any], estimators: Iterable[type], *, catch: str = "parameters"
) -> Callable[..., Any]:
    """Give a command an option for each constructor parameter of some estimators.

    Parameters
    ----------
    function : callable
        A command with a keyword argument named as ``catch`` says; it gets a dict of those
        options that were given.
    estimators : iterable of type
        Their numpydoc gives the help texts, their signatures the defaults.
    catch : str, default="parameters"
        The keyword argument.

    Returns
    -------
    callable
        The command for cyclopts.
    """
    signature = inspect.signature(function)
    hints = inspect.get_annotations(function, eval_str=True)
    own = [p.replace(annotation=hints[p.name]) for p in signature.parameters.values()]
    options = _options(estimators)

    @functools.wraps(function)
    def command(*args: Any, **kwargs: Any) -> Any:
        given = {name: kwargs.pop(name, None) for name in options}
        chosen = {name: value for name, value in given.items() if value is not None}
        return function(*args, **kwargs, **{catch: chosen})

    shown = [p for p in own if p.name != catch] + list(options.values())
    command.__signature__ = signature.replace(parameters=shown)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in shown}
    return command


def _options(estimators: Iterable[type]) -> dict[str, inspect.Parameter]:
    group = Group("The estimator's parameters", sort_key=1)
    options: dict[str, inspect.Parameter] = {}
    for estimator in estimators:
        texts = {p.arg_name: p.description or "" for p in parse(estimator.__doc__ or "").params}
        for name, parameter in inspect.signature(estimator).parameters.items():
            if name in LEFT_OUT or name in options:
                continue
            is_flag = isinstance(parameter.default, bool)
            kind = bool | None if is_flag else str | None
            about = Parameter(
                help=_help(texts.get(name, ""), parameter.default),
                group=group,
                allow_leading_hyphen=True,
                negative=None if is_flag else (),
                metavar=None if is_flag else _metavar(str(parameter.annotation)),
            )
            options[name] = inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=None,
                annotation=Annotated[kind, about],
            )
    return options


def _help(text: str, default: Any) -> str:
    shown = ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
    if isinstance(default, bool):
        shown = "on" if default else "off"
    return f"{' '.join(text.replace('``', '`').split())} Default: {shown}."


def _metavar(annotation: str) -> str:
    if annotation.startswith("tuple"):
        return "N,N,..."
    return {"int": "N", "float": "NUMBER"}.get(annotation.partition(" ")[0], "NAME")


def parse_parameters(values: Mapping[str, Any], estimators: Iterable[type]) -> dict[str, Any]:
    """Turn parameters as a command line or a YAML file spells them into values.

    Parameters
    ----------
    values : mapping
        Texts such as "32", "1e-3", "relu", "128,64" or "null", and what YAML has read already.
    estimators : iterable of type
        A parameter with a tuple as its default takes a single number for a tuple of one.

    Returns
    -------
    dict
        Numbers, words, True, False, None, and tuples of these. Whether they can be meant is for
        the estimator to say.
    """
    signatures = [inspect.signature(estimator).parameters for estimator in estimators]
    sequences = {name for s in signatures for name, p in s.items() if type(p.default) is tuple}
    parsed = {name: _value(value) for name, value in values.items()}
    return {
        name: (value,) if name in sequences and type(value) is int else value
        for name, value in parsed.items()
    }


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_value, value))
    if not isinstance(value, str):
        return value
    text = value.strip()
    if "," in text or text[:1] in ("", "(", "["):
        return tuple(_value(part) for part in text.strip("()[]").split(",") if part.strip())
    for number in (int, float):  # YAML takes 1e-3 for a word
        try:
            return number(text)
        except ValueError:
            continue
    return _WORDS.get(text.lower(), text)


def name_list(text: str | None) -> list[str] | None:
    """Return the names of an option's text, with commas between; None for None."""
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


def whole_number(kind: Any, tokens: Sequence[Token]) -> int:
    """Convert an option's text to a whole number; cyclopts alone would round 1.5.

    Parameters
    ----------
    kind : type
        Ignored; here for cyclopts.
    tokens : sequence of cyclopts.Token
        What was given.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If it is none.
    """
    token = tokens[0]
    try:
        return int(token.value)
    except ValueError:
        raise ValueError(f"{token.keyword} must be a whole number. Got {token.value!r}.") from None
