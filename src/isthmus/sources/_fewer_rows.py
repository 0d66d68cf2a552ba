"""Fewer rows of a source: the first ones, or a random sample."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .._chunks import Chunks
from .._random import numpy_generator
from .._translation import Message
from ..errors import UsageError
from ._dataset import Dataset

__all__ = ["fewer_rows"]


def fewer_rows(dataset: Dataset, *, limit: int | None, sample: int | None) -> Dataset:
    """Return a dataset with fewer training rows; its test rows stay.

    Parameters
    ----------
    dataset : Dataset
        The source.
    limit : int or None
        Number of rows to keep, from the first.
    sample : int or None
        Number of rows to draw without replacement, with a fixed seed; they stay in their order.

    Returns
    -------
    Dataset
        The same one if it has no more rows.

    Raises
    ------
    UsageError
        If both are given, or windows of a series are to be sampled.
    """
    if limit is not None and sample is not None:
        raise UsageError("`limit` and `sample` exclude each other. Pass one of them.")
    if sample is not None and dataset.gap:
        raise UsageError(
            "`sample` does not apply to windows of a series, which overlap. Pass `limit`, or a "
            "larger `stride`."
        )
    n_rows, n_kept = int(dataset.X.shape[0]), limit or sample
    if n_kept is None or n_kept >= n_rows:
        return dataset
    kept: NDArray[np.intp] = np.arange(n_kept, dtype=np.intp)
    what = Message("the first {n:,} of {n_all:,}", n=n_kept, n_all=n_rows)
    if sample is not None:
        drawn = numpy_generator(0, "sampled rows").permutation(n_rows)[:n_kept]
        kept = np.sort(drawn).astype(np.intp)
        what = Message("a random {n:,} of {n_all:,}", n=n_kept, n_all=n_rows)
    names = dataset.row_names
    return replace(
        dataset,
        X=_taken(dataset.X, kept, is_first=limit is not None),
        y=None if dataset.y is None else dataset.y[kept],
        row_names=None if names is None else tuple(names[k] for k in kept),
        ids={name: values[kept] for name, values in dataset.ids.items()},
        taken=kept,
        notes=(*dataset.notes, Message("Rows: {what}.", what=what)),
    )


def _taken(X: Any, kept: NDArray[np.intp], *, is_first: bool) -> Any:
    if isinstance(X, Chunks):
        return X.some(kept)
    if is_first:
        return X[: len(kept)]  # a view, also of a memory map
    return X.take(pa.array(kept)) if isinstance(X, pa.Table) else X[kept]
