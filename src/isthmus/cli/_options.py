"""Estimators' constructor parameters as command-line options: one form of configuration."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Annotated, Any

import yaml
from cyclopts import Group, Parameter
from docstring_parser import parse

from ..errors import UsageError

__all__ = ["parse_value", "with_parameters"]

# Taken by other options (--seed), or objects that no command line can spell.
_LEFT_OUT = {"random_state", "callbacks", "verbose", "device"}


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
            if name in _LEFT_OUT or name in options:
                continue
            is_flag = isinstance(parameter.default, bool)
            kind = bool | None if is_flag else str | None
            about = Parameter(
                help=_help(texts.get(name, ""), parameter.default),
                group=group,
                show_default=False,
                allow_leading_hyphen=True,
                negative=None if is_flag else (),
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
    return f"{' '.join(text.replace('``', '`').split())} Default: {shown}."


def parse_value(name: str, text: Any) -> Any:
    """Turn an option's text into a value: a number, a word, or numbers with commas between.

    Parameters
    ----------
    name : str
        The parameter, for the message.
    text : str
        For example "32", "1e-3", "relu", "128,64", "none" or "null".

    Returns
    -------
    int, float, str, bool, None or tuple of these

    Raises
    ------
    UsageError
        If it is none of them.
    """
    if not isinstance(text, str):
        return tuple(text) if isinstance(text, list) else text
    if "," in text or text.strip() in ("", "()"):
        parts = [part for part in text.strip("()[] ").split(",") if part.strip()]
        return tuple(parse_value(name, part) for part in parts)
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)  # YAML would take 1e-3 for a word
    except ValueError:
        pass
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        value = {}
    if isinstance(value, dict | list):
        option = name.replace("_", "-")
        raise UsageError(
            f"--{option} must be a number, a word, or numbers with commas between them. "
            f"Got {text!r}."
        )
    return value
