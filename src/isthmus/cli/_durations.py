"""Times on the command line, such as 90s, 10m and 1h30m."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from cyclopts import Token

__all__ = ["duration", "interval"]

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TIME = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?[smhd])+")
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)([smhd])")
_EPOCHS = re.compile(r"([0-9]+) ?epochs?")


def duration(kind: Any, tokens: Sequence[Token]) -> float:
    """Convert an option's text to seconds.

    Parameters
    ----------
    kind : type
        Ignored; for cyclopts.
    tokens : sequence of cyclopts.Token
        Tokens of the option.

    Returns
    -------
    float
        Positive.

    Raises
    ------
    ValueError
        If it is not a time.
    """
    token = tokens[0]
    seconds = _seconds(token.value)
    if not seconds:
        raise ValueError(
            f"{token.keyword} must be a time such as 90s, 10m or 1h30m. Got {token.value!r}."
        )
    return seconds


def interval(kind: Any, tokens: Sequence[Token]) -> tuple[float | None, int | None]:
    """Convert an option's text to seconds or epochs; "never" is neither.

    Parameters
    ----------
    kind : type
        Ignored; for cyclopts.
    tokens : sequence of cyclopts.Token
        Tokens of the option.

    Returns
    -------
    tuple of float or None and int or None

    Raises
    ------
    ValueError
        If it is none of these.
    """
    token = tokens[0]
    text = token.value.strip().lower()
    if text == "never":
        return None, None
    if seconds := _seconds(text):
        return seconds, None
    found = _EPOCHS.fullmatch(text)
    if found is None or not int(found[1]):
        raise ValueError(
            f"{token.keyword} must be a time such as 10m, a number of epochs such as 5epochs, or "
            f"never. Got {token.value!r}."
        )
    return None, int(found[1])


def _seconds(text: str) -> float:
    text = text.strip().lower()
    if not _TIME.fullmatch(text):
        return 0.0
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
