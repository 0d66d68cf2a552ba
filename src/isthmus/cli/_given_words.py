"""Words of the command line, as the parser needs them."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

__all__ = ["parsable_words"]

_LONG_OPTION = re.compile(r"--[a-z][a-z-]*")
_NEGATIVE = re.compile(r"-\.?[0-9]")
_HOME = re.compile(r"(?P<option>(?:--?[a-z][a-z-]*=)?)(?P<path>~[^/]*/.*)", re.DOTALL)
_OUT = ("-o", "--out")


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
    return _with_negative_values(_with_home(_with_stdin(words)))


def _with_stdin(words: Sequence[str]) -> list[str]:
    """Name standard input by its file, because a lone "-" would be parsed as an option."""
    before = ["", *words]
    return [
        "/dev/stdin" if word == "-" and before[k] not in _OUT else word
        for k, word in enumerate(words)
    ]


def _with_home(words: Sequence[str]) -> list[str]:
    """Expand ``~/`` and ``~name/`` at the beginning of arguments and of values of options.

    A lone "~" is only a folder as an output: it may be a column, or a mark of missing cells.
    """
    before = ["", *words]
    return [
        os.path.expanduser(word) if before[k] in _OUT else _home_in(word)
        for k, word in enumerate(words)
    ]


def _home_in(word: str) -> str:
    option, _, value = word.partition("=")
    if value == "~" and option in _OUT:
        return f"{option}={os.path.expanduser(value)}"
    found = _HOME.fullmatch(word)
    return word if found is None else found["option"] + os.path.expanduser(found["path"])


def _with_negative_values(words: Sequence[str]) -> list[str]:
    """Join ``--max-memory -5GB`` with "=": alone, such a value would be parsed as an option."""
    joined: list[str] = []
    for word in words:
        if joined and _NEGATIVE.match(word) and _LONG_OPTION.fullmatch(joined[-1]):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined
