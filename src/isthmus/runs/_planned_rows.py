"""Rows with the plan of their columns, and checks of them before PyTorch is imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .._chunks import Chunks
from ..errors import DataError, UsageError
from ..preprocessing import ColumnPlan, plan_columns
from ..sources import Dataset
from ._table_notes import with_plan

__all__ = ["check_applicable", "check_varies", "n_sampled_rows", "planned"]


def planned(dataset: Dataset) -> Dataset:
    """Return a source with the plan of its columns, and notes on them, if it is a table.

    Parameters
    ----------
    dataset : Dataset
        Any source; one that has a plan is returned unchanged.

    Returns
    -------
    Dataset

    Raises
    ------
    UsageError
        If what the user said of the columns does not suit them.
    DataError
        If there are fewer than two rows, or no column is left to train on.
    """
    if len(dataset.X) < 2:
        raise DataError(
            f"An autoencoder requires at least 2 training rows. `{dataset.name}` has "
            f"{len(dataset.X)}: add rows."
        )
    if dataset.kind != "table" or dataset.plan is not None:
        return dataset
    table = dataset.X.sample()[1] if isinstance(dataset.X, Chunks) else dataset.X
    plan = plan_columns(table, **dataset.planning)
    return with_plan(dataset, plan, n_sampled=n_sampled_rows(dataset))


def n_sampled_rows(dataset: Dataset) -> int | None:
    """Return the number of rows that the plan of a table is made of, None for all.

    Parameters
    ----------
    dataset : Dataset
        A table.

    Returns
    -------
    int or None
    """
    if not isinstance(dataset.X, Chunks):
        return None
    n = len(dataset.X.sample()[1])  # kept from when the plan was made
    return n if n < len(dataset.X) else None


def check_applicable(config: Mapping[str, Any], dataset: Dataset) -> None:
    """Raise ``UsageError`` for parameters of other kinds of rows: of words, and of pictures.

    Parameters
    ----------
    config : mapping
        As for ``run_training``.
    dataset : Dataset
        The source.
    """
    given = config["parameters"]
    if dataset.kind != "texts" and "max_words" in given:
        raise UsageError(
            f"`max_words` does not apply to rows of numbers. {dataset.name} contains numbers: "
            "name a text column with --text-column, or leave it out."
        )
    is_of_pixels = given.get("picture_shape", "auto") != "auto"
    if dataset.kind == "table" and given.get("max_shift") and not is_of_pixels:
        raise UsageError(
            f"`max_shift` applies to pictures. {dataset.name} contains a table: leave it out, or "
            "pass `picture_shape` if its columns are pixels."
        )


def check_varies(dataset: Dataset) -> None:
    """Raise ``DataError`` for a table whose used columns all have one value.

    Parameters
    ----------
    dataset : Dataset
        Return value of ``planned``.
    """
    if isinstance(dataset.X, Chunks):
        return  # `fit` compares rows until two differ
    used = [column for column in dataset.plan or () if column.is_used]
    if used and all(_is_constant(column, dataset.X[column.name]) for column in used):
        raise DataError(
            f"All {len(dataset.X):,} rows of {dataset.name} are equal, so there is nothing to "
            "train on: every column is constant. Check that the right columns and rows were read."
        )


def _is_constant(column: ColumnPlan, cells: Any) -> bool:
    """Return whether a column of numbers has one value; other kinds are not used if they do."""
    if column.kind != "numeric" or column.n_missing or not pa.types.is_primitive(cells.type):
        return False
    bounds = pc.min_max(cells).as_py()
    return bool(bounds["min"] == bounds["max"])
