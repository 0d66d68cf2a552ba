"""Words of the command line, as the parser needs them."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from ..errors import UsageError

__all__ = ["check_not_empty", "parsable_words"]

_LONG_OPTION = re.compile(r"--[a-z][a-z-]*")
_NEGATIVE = re.compile(r"-\.?[0-9]")
_OPTION = re.compile(r"--?[a-z][a-z-]*")
_OUT = ("-o", "--out")
_PATHS = (*_OUT, "--resume", "--config", "--data-dir", "--log")
_HOME_AS_OUTPUT = tuple(f"{option}=~" for option in _OUT)


def parsable_words(words: Sequence[str]) -> list[str]:
    """Return the words of a command, with what neither the shell nor the parser reads as meant.

    "-" is standard input, ``~/`` the home folder also in ``--out=~/x``, which shells leave as it
    is, and a negative value after an option is not an option.

    Parameters
    ----------
    words : sequence of str
        As given.

    Returns
    -------
    list of str
    """
    return _with_negative_values([_with_home(word) for word in _with_stdin(words)])


def check_not_empty(words: Sequence[str]) -> None:
    """Raise ``UsageError`` for an empty word, which as a path would be the working folder.

    Parameters
    ----------
    words : sequence of str
        As given.
    """
    for before, word in zip(["", *words], words, strict=False):
        option = word.removesuffix("=") if word else before
        if option != word and option in _PATHS:
            raise UsageError(f"{option} must not be empty. Give it a value, or leave it out.")
        if not word and not _OPTION.fullmatch(before):
            raise UsageError(
                "A source or run must be a name, a file or a folder. Got an empty string."
            )


def _with_stdin(words: Sequence[str]) -> list[str]:
    """Name standard input by its file, because a lone "-" would be parsed as an option."""
    before = ["", *words]
    return [
        "/dev/stdin" if word == "-" and before[k] not in _OUT else word
        for k, word in enumerate(words)
    ]


def _with_home(word: str) -> str:
    """Expand the home folder in ``--option=~/x``; the shell has done it in arguments."""
    option, _, value = word.partition("=")
    if _OPTION.fullmatch(option) and (value.startswith("~/") or word in _HOME_AS_OUTPUT):
        return f"{option}={os.path.expanduser(value)}"
    return word


def _with_negative_values(words: Sequence[str]) -> list[str]:
    """Join ``--max-memory -5GB`` with "=": alone, such a value would be parsed as an option."""
    joined: list[str] = []
    for word in words:
        if joined and _NEGATIVE.match(word) and _LONG_OPTION.fullmatch(joined[-1]):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined
