"""Messages about invalid command lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise

from cyclopts import CoercionError, CycloptsError, MissingArgumentError, UnusedCliTokensError

from ..errors import did_you_mean
from ._declared_parameters import stored_estimators

__all__ = ["in_options", "sentence_of", "unknown_command"]

_KINDS: dict[object, str] = {int: "an integer", float: "a number", bool: "true or false"}


def sentence_of(error: CycloptsError) -> str:
    """Return the message of an error of cyclopts.

    Parameters
    ----------
    error : cyclopts.CycloptsError
        The error as raised.

    Returns
    -------
    str
    """
    command = " ".join(("isthmus", *(error.command_chain or ())))
    if isinstance(error, CoercionError) and error.token is not None:
        if error.msg and str(error.msg).startswith("--"):  # a message of Isthmus
            return str(error.msg)
        kind = _KINDS.get(error.target_type)
        if kind and error.token.keyword:
            return f"{error.token.keyword} must be {kind}. Got {error.token.value!r}."
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        if error.argument.tokens or error.keyword:
            name = error.keyword or error.argument.name
            if (name, "-") in pairwise(error.root_input_tokens or ()):
                return f"{name} requires a file name: standard output is not supported. Got '-'."
            return f"{name} requires a value."
        return f"`{command}` requires {error.argument.name}. Run `{command} --help` for its usage."
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        extra = " ".join(error.unused_tokens)
        return f"Unexpected argument {extra!r}. Run `{command} --help` for its usage."
    return str(error)


def unknown_command(word: str, known: Sequence[str]) -> str:
    """Return the message for an unknown command, or an option without a command."""
    if word.startswith("-"):
        return (
            f"Options must follow a command, such as `isthmus {known[0]} --help`, except --help "
            f"and --version. Got {word!r}."
        )
    return f"Unknown command {word!r}. Commands are {', '.join(known)}." + did_you_mean(word, known)


def in_options(sentence: str, words: Sequence[str], known: Callable[[], Collection[str]]) -> str:
    """Replace parameter names in a message with options of the command.

    A message about ``latent_dim`` becomes one about ``--latent-dim`` if that was written. A name
    that was not written becomes an option, too, if it is that of an estimator's parameter or could
    not be a word of the user's, such as a column; but not beside a config file, which has such
    names.

    Parameters
    ----------
    sentence : str
        Message of the library.
    words : sequence of str
        Arguments of the command line.
    known : callable
        Returns the options of the command, such as ``--latent-dim``; called if it is needed.

    Returns
    -------
    str
    """
    written = {word.partition("=")[0] for word in words if word.startswith("--")}

    def option(match: re.Match[str]) -> str:
        name = {"random_state": "seed"}.get(match[1], match[1])
        flag = "--" + name.replace("_", "-")
        flags = {flag, flag.replace("--", "--no-", 1)} & written
        if flags:
            return min(flags, key=len)
        is_ours = "_" in match[1] or any(name in e.by_name for e in stored_estimators().values())
        is_option = is_ours and "--config" not in written and flag in known()
        return flag if is_option else match[0]

    return re.sub(r"(?<!column )`([a-z_]+)`(?: of [A-Z]\w+)?", option, sentence)
