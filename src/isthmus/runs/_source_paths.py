"""Source of a run's rows, independent of the working directory."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..sources import NAMED_SOURCES

__all__ = ["check_utf8", "located"]


def located(source: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of ``read_source`` with absolute paths.

    Parameters
    ----------
    source : mapping
        With ``source`` and, if set, ``data_dir``.

    Returns
    -------
    dict
        Equal for two spellings of the same path; links are not resolved.
    """
    whole = {name: value for name, value in source.items() if value is not None}
    if whole.get("source") not in (*NAMED_SOURCES, "-"):  # "-" is standard input
        whole["source"] = _absolute(whole["source"])
    if "data_dir" in whole:
        whole["data_dir"] = _absolute(whole["data_dir"])
    return whole


def check_utf8(name: str, value: object) -> None:
    """Raise ``UsageError`` for a path that the files of a run, which are UTF-8, cannot hold.

    Parameters
    ----------
    name : str
        Of the parameter.
    value : object
        Its value.
    """
    try:
        str(value).encode()
    except UnicodeEncodeError:
        raise UsageError(
            f"`{name}` must be UTF-8, to be stored in a run. Got {str(value)!r}: rename the file "
            "or folder."
        ) from None


def _absolute(path: str | os.PathLike[str]) -> str:
    return os.path.abspath(Path(path).expanduser())
