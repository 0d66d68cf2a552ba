"""Reading of a run's report.json."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from .._digests import DIGESTS, check_signed
from .._file_changes import complete_changes
from .._translation import Message, restore_messages
from ..errors import ArtifactError
from ._artifact_files import read_json

__all__ = ["REPORT", "REPORT_SCHEMA_VERSION", "read_report"]

REPORT = "report.json"
REPORT_SCHEMA_VERSION = 1


def read_report(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Read a run's report.json, with its sentences ready for translation.

    Parameters
    ----------
    folder : path
        Run folder.

    Returns
    -------
    dict

    Raises
    ------
    ArtifactError
        If it is missing, damaged, or of another schema version.
    """
    complete_changes(Path(folder))
    path = Path(folder) / REPORT
    if not path.is_file():
        raise ArtifactError(
            Message(
                "{path} contains no {file}. Pass the folder of a completed run.",
                path=str(folder),
                file=REPORT,
            )
        )
    document = read_json(path)
    version = document.get("schema_version")
    if version != REPORT_SCHEMA_VERSION:
        raise ArtifactError(
            Message(
                "{path} must have schema version {own}. Got {version}: use the Isthmus that wrote "
                "it, or train again.",
                path=str(path),
                own=REPORT_SCHEMA_VERSION,
                version=str(version),
            )
        )
    if DIGESTS in document:  # not of an earlier version
        check_signed(path, document)
        del document[DIGESTS]
    messages = document.pop("messages", {})
    document.pop("sentences", None)  # of an earlier version: English texts stay as they are
    if not isinstance(messages, dict):
        raise ArtifactError(
            Message("{path} is damaged: `messages` must be a mapping.", path=str(path))
        )
    return dict(restore_messages(document, messages))
