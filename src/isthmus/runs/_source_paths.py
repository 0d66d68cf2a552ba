"""Source of a run's rows, independent of the working directory."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..sources import NAMED_SOURCES

__all__ = ["located"]


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


def _absolute(path: str | os.PathLike[str]) -> str:
    return os.path.abspath(Path(path).expanduser())
