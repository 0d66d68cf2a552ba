"""Reading of a run's report.json."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from .._language import recalled
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
    path = Path(folder) / REPORT
    if not path.is_file():
        raise ArtifactError(f"{folder} contains no {REPORT}. Pass the folder of a completed run.")
    document = read_json(path)
    version = document.get("schema_version")
    if version != REPORT_SCHEMA_VERSION:
        raise ArtifactError(
            f"{path} must have schema version {REPORT_SCHEMA_VERSION}. Got {version}: use the "
            "Isthmus that wrote it, or train again."
        )
    sentences = document.pop("sentences", {})
    if not isinstance(sentences, dict):
        raise ArtifactError(f"{path} is damaged: its sentences are not a mapping.")
    return dict(recalled(document, sentences))
