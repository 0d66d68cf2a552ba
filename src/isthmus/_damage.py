"""Words for what is wrong with a damaged file, from the error that reading it ended in."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ._documents import DocumentError
from .errors import IsthmusError

__all__ = ["DamageError", "what_is_wrong"]


class DamageError(ValueError):
    """Content of a file that cannot be. The message is a clause without the file's name."""


def what_is_wrong(error: BaseException) -> str:
    """Return a clause for a file whose content cannot be processed, without names of Python.

    Parameters
    ----------
    error : BaseException
        What reading or processing the content has raised.

    Returns
    -------
    str
        Such as "it has no `caption`", without a full stop.
    """
    told = next((words(error) for kind, words in _WORDS if isinstance(error, kind)), _OTHER)
    return told.rstrip(". ")


_OTHER = "a value in it has another type or form than it must have"
_WORDS: tuple[tuple[type[BaseException], Callable[[Any], str]], ...] = (
    (IsthmusError, str),
    (DamageError, str),
    (DocumentError, str),
    (json.JSONDecodeError, lambda error: f"it is not valid JSON in line {error.lineno}"),
    (UnicodeError, lambda error: "it is not UTF-8"),
    (OSError, lambda error: str(error.strerror or error)),
    (KeyError, lambda error: f"it has no `{str(error.args[0] if error.args else '')[:100]}`"),
    (RecursionError, lambda error: "it is nested too deeply"),
    (RuntimeError, lambda error: "its tensors do not fit what it describes"),  # PyTorch's
)
