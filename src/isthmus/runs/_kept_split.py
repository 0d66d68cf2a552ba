"""Split of a run's rows, which its model remembers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..artifacts import read_json
from ..errors import DataError
from ..sources import Dataset, fingerprint
from ._parts import Parts

__all__ = ["SPLIT", "check_split", "check_unchanged", "split_facts"]

SPLIT = "split"


def split_facts(parts: Parts, fraction: float, data: str) -> dict[str, Any]:
    """Return what a model stores to recognise its held-out rows.

    Parameters
    ----------
    parts : Parts
        Rows of the source, split.
    fraction : float
        Fraction of rows to hold out, if the source has no held-out rows.
    data : str
        Fingerprint of the source.

    Returns
    -------
    dict
        In JSON types.
    """
    return {"data": data, "held_out": parts.held_out, "test_fraction": fraction}


def check_unchanged(folder: Path, about: Mapping[str, Any], dataset: Dataset) -> None:
    """Raise ``DataError`` if the rows have changed: the held-out rows are then unknown.

    Parameters
    ----------
    folder : pathlib.Path
        Run folder.
    about : mapping
        Metadata of its model. An earlier version stored the fingerprint only in environment.json.
    dataset : Dataset
        The source, read again.
    """
    path = folder / "environment.json"
    known = _facts(about).get("data")
    if known is None and path.is_file():
        known = read_json(path).get("data")
    if known is not None and known != fingerprint(dataset.X):
        raise DataError(
            f"The rows of {dataset.name} have changed since the training of {folder}, so the "
            "held-out rows are unknown. Pass a source, or train again."
        )


def check_split(
    folder: Path,
    about: Mapping[str, Any],
    config: Mapping[str, Any],
    dataset: Dataset,
    parts: Parts,
    *,
    seed: int,
) -> None:
    """Raise ``DataError`` if the settings hold out other rows than the training did.

    Parameters
    ----------
    folder : pathlib.Path
        Run folder.
    about : mapping
        Metadata of its model.
    config : mapping
        Settings of the run now.
    dataset : Dataset
        The source, whose rows have not changed.
    parts : Parts
        Rows of the source, split by these settings.
    seed : int
        That of the model, for one of an earlier version, which did not store its split.
    """
    known = _facts(about).get("held_out")
    is_drawn = dataset.X_test is None and not dataset.gap
    now = config["parameters"]["random_state"]
    if known == parts.held_out if known is not None else (now == seed or not is_drawn):
        return
    raise DataError(
        f"The held-out rows of {folder} are not those of its training: with random_state {now} "
        f"and test_fraction {config['test_fraction']}, its config.yaml holds out rows that the "
        "model was trained on. Restore config.yaml, pass a source, or train again."
    )


def _facts(about: Mapping[str, Any]) -> Mapping[str, Any]:
    facts = about.get(SPLIT)
    return facts if isinstance(facts, dict) else {}
