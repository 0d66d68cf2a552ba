"""What is wrong with a command line, in sentences that name the option."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cyclopts import CoercionError, CycloptsError, MissingArgumentError, UnusedCliTokensError

from ..errors import did_you_mean

__all__ = ["in_options", "sentence_of", "unknown_command"]

_KINDS: dict[object, str] = {int: "a whole number", float: "a number", bool: "true or false"}


def sentence_of(error: CycloptsError) -> str:
    """Say what cyclopts found wrong.

    Parameters
    ----------
    error : cyclopts.CycloptsError
        As it was raised.

    Returns
    -------
    str
    """
    command = " ".join(("isthmus", *(error.command_chain or ())))
    if isinstance(error, CoercionError) and error.token is not None:
        if error.msg and str(error.msg).startswith("--"):  # a sentence of our own
            return str(error.msg)
        kind = _KINDS.get(error.target_type)
        if kind and error.token.keyword:
            return f"{error.token.keyword} must be {kind}. Got {error.token.value!r}."
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        if error.argument.tokens or error.keyword:
            return f"{error.keyword or error.argument.name} needs a value."
        return f"`{command}` needs {error.argument.name}: `{command} --help` tells what it is."
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        extra = " ".join(error.unused_tokens)
        return f"`{command}` has no use for {extra!r}: `{command} --help` tells what it takes."
    return str(error)


def unknown_command(word: str, known: Sequence[str]) -> str:
    """Say that there is no such command, or no such option before one."""
    if word.startswith("-"):
        return (
            f"Options stand after a command, such as `isthmus {known[0]} --help`, but for --help "
            f"and --version. Got {word!r}."
        )
    return f"There is no command {word!r}; there are {', '.join(known)}." + did_you_mean(
        word, known
    )


def in_options(sentence: str, words: Sequence[str]) -> str:
    """Call parameters by the options that the user wrote.

    A sentence about ``latent_dim`` becomes one about ``--latent-dim`` where the command line has
    that; where a config file does, it stays.

    Parameters
    ----------
    sentence : str
        From the library.
    words : sequence of str
        The command line.

    Returns
    -------
    str
    """
    written = {word.partition("=")[0] for word in words if word.startswith("--")}

    def option(match: re.Match[str]) -> str:
        name = {"random_state": "seed"}.get(match[1], match[1])
        flag = "--" + name.replace("_", "-")
        flags = {flag, flag.replace("--", "--no-", 1)} & written
        return min(flags, key=len) if flags else match[0]

    return re.sub(r"`([a-z_]+)`(?: of [A-Z]\w+)?", option, sentence)
