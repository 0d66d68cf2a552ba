"""Findings about a source or a run, for `isthmus doctor`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from .._chunks import Chunks
from .._translation import Message
from ..errors import ArtifactError, DataError
from ..preprocessing import ColumnPlan
from ..sources import Dataset
from ._fitted_run import open_run
from ._kept_split import check_split, check_unchanged
from ._prepared import Prepared, prepared
from ._run_folder import read_settings, whole_run_folder
from .kinds._run_findings import examine_fitted, examine_parts

__all__ = ["examine_run", "examine_source"]


def examine_source(config: dict[str, Any], *, dataset: Dataset | None = None) -> dict[str, Any]:
    """Examine rows as a training would use them.

    Parameters
    ----------
    config : dict
        As for ``run_training``.
    dataset : Dataset, default=None
        The source, if it is already read.

    Returns
    -------
    dict
        ``source`` (its name), ``n_rows_train``, ``n_rows_held_out``, ``n_features``, ``notes``
        and ``findings``, as a report holds them.

    Raises
    ------
    IsthmusError
        If the rows cannot be read, or a parameter is invalid.
    """
    ready = _in_memory(prepared(config, dataset=dataset))
    with suppress(DataError):  # findings report problems of rows
        ready.estimator.check_rows(ready.parts.X, preprocessor=ready.parts.preprocessor)
    found = examine_parts(ready.estimator, ready.dataset, ready.parts)
    return _told(ready) | {"findings": [finding.as_dict() for finding in found]}


def examine_run(folder: str | os.PathLike[str], *, device: str = "auto") -> dict[str, Any]:
    """Examine a run: its rows, with their split, and its model.

    Parameters
    ----------
    folder : path
        Run folder.
    device : str, default="auto"
        Device of the network.

    Returns
    -------
    dict
        As for ``examine_source``, with the folder as ``run``.

    Raises
    ------
    ArtifactError
        If it is not a run, or is incomplete.
    DataError
        If its rows cannot be read, or have changed.
    """
    where = whole_run_folder(folder)
    if where is None:
        raise ArtifactError(
            f"{folder} is a saved model without its rows. Pass the folder of a run."
        )
    config = read_settings(where)
    fitted = open_run(folder, device=device)
    ready = _in_memory(prepared(config))
    check_unchanged(where, fitted.about, ready.dataset)
    seed = fitted.estimator.seed_
    check_split(where, fitted.about, config, ready.dataset, ready.parts, seed=seed)
    before = examine_parts(ready.estimator, ready.dataset, ready.parts)
    found = examine_fitted(fitted.estimator, ready.dataset, ready.parts, before)
    return {"run": str(folder), **_told(ready), "findings": found}


def _in_memory(ready: Prepared) -> Prepared:
    """Return rows, or a random sample of rows in chunks, with a note that says so."""
    if not isinstance(ready.parts.X, Chunks):
        return ready
    parts = ready.parts.sampled(ready.estimator.random_state)
    n, n_all = parts.X.shape[0], ready.parts.X.shape[0]
    note = Message(
        "A random sample was examined: {n:,} of {n_all:,} training rows.", n=n, n_all=n_all
    )
    notes = (*ready.dataset.notes, *([note] if n < n_all else []))
    return replace(ready, parts=parts, dataset=replace(ready.dataset, notes=notes))


def _n_used(plan: Sequence[ColumnPlan]) -> int:
    return sum(column.is_used for column in plan)


def _told(ready: Prepared) -> dict[str, Any]:
    return {
        "source": ready.dataset.name,
        "n_rows_train": ready.parts.X.shape[0],
        "n_rows_held_out": ready.parts.X_held_out.shape[0],
        "n_features": ready.parts.X.shape[1] if ready.plan is None else _n_used(ready.plan),
        "columns": ready.columns,
        "notes": list(ready.dataset.notes),
    }
