"""A source or a run before the doctor: what `isthmus doctor` does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml

from ..artifacts import find_artifact
from ..data import NAMED_SOURCES, Dataset
from ..errors import ArtifactError
from ._again import check_unchanged
from ._apply import open_run
from ._findings import examine_fitted, examine_parts
from ._folder import CONFIG
from ._parts import Parts
from ._train import prepared

__all__ = ["examine_run", "examine_source", "is_run"]


def is_run(place: str | os.PathLike[str]) -> bool:
    """Return whether a place is the folder of a run or of a saved model, and no source of rows.

    Parameters
    ----------
    place : path
        It need not be there.

    Returns
    -------
    bool
    """
    if str(place) in NAMED_SOURCES:
        return False
    return any(os.path.isfile(os.path.join(place, name)) for name in (CONFIG, "model.json"))


def examine_source(config: dict[str, Any]) -> dict[str, Any]:
    """Look at rows as a training would take them.

    Parameters
    ----------
    config : dict
        As for ``run_training``.

    Returns
    -------
    dict
        ``source`` (its name), ``n_rows_train``, ``n_rows_held_out``, ``n_features``, ``notes``
        and ``findings``, as a report holds them.

    Raises
    ------
    IsthmusError
        If the rows cannot be read, or a parameter cannot be meant.
    """
    estimator, dataset, parts = prepared(config)
    found = [finding.as_dict() for finding in examine_parts(estimator, dataset, parts)]
    return _told(dataset, parts) | {"findings": found}


def examine_run(folder: str | os.PathLike[str], *, device: str = "auto") -> dict[str, Any]:
    """Look at a run: at its rows, as they were split for it, and at what was trained on them.

    Parameters
    ----------
    folder : path
        The run's.
    device : str, default="auto"
        Where the network goes.

    Returns
    -------
    dict
        As of ``examine_source``, with ``run``, the folder.

    Raises
    ------
    ArtifactError
        If it is no run, or not a whole one.
    DataError
        If its rows cannot be read, or have changed since.
    """
    config = _read_config(Path(folder))
    fitted = open_run(folder, device=device)
    try:
        unfitted, dataset, parts = prepared(config)
    except (KeyError, TypeError) as error:
        raise _incomplete(folder, error) from None
    check_unchanged(Path(folder), dataset)
    before = examine_parts(unfitted, dataset, parts)
    found = examine_fitted(fitted.estimator, dataset, parts, before)
    return {"run": str(folder), **_told(dataset, parts), "findings": found}


def _told(dataset: Dataset, parts: Parts) -> dict[str, Any]:
    return {
        "source": dataset.name,
        "n_rows_train": parts.X.shape[0],
        "n_rows_held_out": parts.X_held_out.shape[0],
        "n_features": parts.X.shape[1],
        "notes": list(dataset.notes),
    }


def _read_config(folder: Path) -> dict[str, Any]:
    find_artifact(folder)
    try:
        config = yaml.safe_load((folder / CONFIG).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ArtifactError(
            f"{folder} is a saved model, which does not tell its rows: give the folder of a run."
        ) from None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise _incomplete(folder, error) from None
    if not isinstance(config, dict):
        raise _incomplete(folder, TypeError(f"{CONFIG} holds no settings"))
    return config


def _incomplete(folder: str | os.PathLike[str], error: Exception) -> ArtifactError:
    return ArtifactError(f"{folder} is not a complete run: {type(error).__name__}: {error}.")
