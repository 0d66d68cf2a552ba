"""Shards of a sweep in folders of their own: `isthmus sweep --merge`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import ArtifactError, UsageError

__all__ = ["merged"]


def merged(
    folders: Sequence[Path], out: Path | None, others: Mapping[str, bool], language: str
) -> tuple[Path, dict[str, Any]]:
    """Join shards, and return the folder and the results of the whole sweep.

    Parameters
    ----------
    folders : sequence of pathlib.Path
        Sweep folders of the shards.
    out : pathlib.Path or None
        Folder of the whole sweep.
    others : mapping of str to bool
        Whether an option was given that does not apply, by its name in a message.
    language : {"en", "zh"}
        Language of the page.

    Returns
    -------
    tuple of pathlib.Path and dict

    Raises
    ------
    UsageError
        If there is no folder, no ``out``, or an option that does not apply.
    ArtifactError
        If a folder is no sweep.
    """
    names = [name for name, is_given in others.items() if is_given]
    if names:
        raise UsageError(
            f"--merge joins shards with their own settings. Got also {', '.join(names)}: use it "
            "with --out alone."
        )
    if not folders or out is None:
        raise UsageError(
            "--merge requires the sweep folders of the shards, and --out with the folder of the "
            "whole sweep."
        )
    for folder in folders:
        if not (folder / "sweep.json").is_file():
            raise ArtifactError(
                f"--merge requires sweep folders. {folder} has no sweep.json: name the folders "
                "that were given to --out."
            )
    from ..sweeps import merge_sweeps

    return merge_sweeps(folders, out=out, language=language)
