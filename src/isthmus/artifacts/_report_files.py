"""The report's numbers: a JSON document with a version, read with care."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from .._translation import restore_messages
from ..errors import ArtifactError
from ._artifact_files import read_json

__all__ = ["REPORT", "REPORT_SCHEMA_VERSION", "read_report"]

REPORT = "report.json"
REPORT_SCHEMA_VERSION = 1


def read_report(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Read a run's report.json, with its sentences ready to be told in any language.

    Parameters
    ----------
    folder : path
        A run's folder.

    Returns
    -------
    dict

    Raises
    ------
    ArtifactError
        If there is none, it is damaged, or it is of another schema version.
    """
    path = Path(folder) / REPORT
    if not path.is_file():
        raise ArtifactError(
            f"{folder} holds no {REPORT}: give a run's folder whose training came to its end."
        )
    document = read_json(path)
    version = document.get("schema_version")
    if version != REPORT_SCHEMA_VERSION:
        raise ArtifactError(
            f"{path} has schema version {version}, and this Isthmus reads version "
            f"{REPORT_SCHEMA_VERSION}: use the Isthmus that wrote it, or train again."
        )
    messages = document.pop("messages", {})
    document.pop("sentences", None)  # of an earlier version: English texts stay as they are
    if not isinstance(messages, dict):
        raise ArtifactError(f"{path} is damaged: `messages` must be a mapping.")
    return dict(restore_messages(document, messages))
