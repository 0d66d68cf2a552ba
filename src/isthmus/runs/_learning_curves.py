"""Losses of runs over their epochs, from metrics.jsonl."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .._documents import parse_json, read_text_file
from ._run_folder import METRICS

__all__ = ["learning_curves"]


def learning_curves(
    folders: Mapping[str, str | os.PathLike[str]],
) -> tuple[dict[str, dict[int, float]], bool]:
    """Return the loss of each epoch of several runs.

    Parameters
    ----------
    folders : mapping of str to path
        Run folders by the names of the runs.

    Returns
    -------
    tuple of dict and bool
        For each run with losses, the loss of each epoch of its last stage; and whether these are
        validation losses, which they are if all runs have some.
    """
    records = {name: _last_stage(Path(folder)) for name, folder in folders.items()}
    records = {name: own for name, own in records.items() if own}
    is_validated = all(own[-1].get("validation_loss") is not None for own in records.values())
    key = "validation_loss" if is_validated else "train_loss"
    curves = {
        name: {int(r["epoch"]): float(r[key]) for r in own if r.get(key) is not None}
        for name, own in records.items()
    }
    return {name: curve for name, curve in curves.items() if curve}, is_validated


def _last_stage(folder: Path) -> list[dict[str, Any]]:
    """Return the records of a run's last stage; none if the file is missing or damaged."""
    try:
        lines = read_text_file(folder / METRICS).splitlines()
        records = [parse_json(line) for line in lines if line.strip()]
        return [r for r in records if r.get("stage") == records[-1].get("stage") and "epoch" in r]
    except (OSError, ValueError, AttributeError):
        return []
