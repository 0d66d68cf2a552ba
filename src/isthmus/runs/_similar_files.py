"""Rows with similar codes, as columns of a table or as pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._translation import Message
from ..errors import UsageError
from ..figures import picture_lines, save_figure
from ._fitted_run import FittedRun
from ._row_files import free_name, write_rows
from .kinds._pixel_range import value_range

__all__ = ["check_pictured", "duplicate_rows", "similar_rows", "write_similar", "write_table"]

_FIGURES = (".png", ".svg")
_MOST_LINES = 50

Columns = dict[str, NDArray[Any]]


def similar_rows(
    estimator: Any, X: Any, wanted: Any, beside: Columns, *, n_neighbors: int
) -> Columns:
    """Return the rows whose codes are nearest to those of other rows.

    Parameters
    ----------
    estimator : estimator
        Fitted, with ``similar``.
    X : ndarray or CSR array of shape (n_samples, n_features)
        Checked rows to search.
    wanted : list of int, or ndarray or CSR array of shape (n_rows, n_features)
        Positions in ``X``, or other rows.
    beside : dict of str to ndarray of shape (n_samples,)
        Further columns of ``X``, such as ids and labels.
    n_neighbors : int
        Number of rows to find for each.

    Returns
    -------
    dict of str to ndarray
        ``of_row`` (position of the row in ``X`` or among the other rows), ``rank`` (from 1),
        ``row`` (position in ``X``), ``distance``, and the further columns of the rows found.
    """
    distances, indices = estimator.similar(X, wanted, n_neighbors=n_neighbors)
    n, width = indices.shape
    owners = np.asarray(wanted) if isinstance(wanted, list) else np.arange(n)
    found = {
        "of_row": np.repeat(owners, width),
        "rank": np.tile(np.arange(1, width + 1), n),
        "row": indices.ravel(),
        "distance": distances.ravel(),
    }
    return found | _beside(found, beside)


def duplicate_rows(estimator: Any, X: Any, beside: Columns) -> Columns:
    """Return the rows that have nearly the same code as others.

    Parameters
    ----------
    estimator : estimator
        Fitted, with ``duplicates``.
    X : ndarray or CSR array of shape (n_samples, n_features)
        Checked rows.
    beside : dict of str to ndarray of shape (n_samples,)
        Further columns of ``X``.

    Returns
    -------
    dict of str to ndarray
        ``group`` (from 1, the largest first), ``row`` and the further columns.
    """
    groups = estimator.duplicates(X)
    sizes = [len(group) for group in groups]
    found = {
        "group": np.repeat(np.arange(1, len(groups) + 1), sizes),
        "row": np.concatenate([np.empty(0, dtype=np.intp), *groups]),
    }
    return found | _beside(found, beside)


def _beside(found: Columns, beside: Columns) -> Columns:
    taken = dict(found)
    for name, values in beside.items():
        taken[free_name(name, taken)] = values[found["row"]]
    return taken


def check_pictured(path: Path, fitted: FittedRun, *, is_of_groups: bool) -> None:
    """Raise ``UsageError`` if what is found cannot be drawn in a file of this type.

    Parameters
    ----------
    path : pathlib.Path
        Path of the file.
    fitted : FittedRun
        The run.
    is_of_groups : bool
        Whether groups of duplicates are written, which are not drawn.
    """
    if path.suffix.lower() not in _FIGURES:
        return
    if is_of_groups:
        raise UsageError(
            f"Groups of duplicates must be written to a .csv or .parquet file. Got {path}."
        )
    if fitted.picture_shape is None:
        raise UsageError(
            f"{path.suffix} files require a run that was trained on pictures. This one was trained "
            "on rows without a shape: write a .csv or .parquet file."
        )


def write_similar(
    path: Path, fitted: FittedRun, X: Any, wanted: Any, found: Columns, *, language: str = "en"
) -> None:
    """Write rows with similar codes as a table, or as pictures in lines.

    Parameters
    ----------
    path : pathlib.Path
        Ends in .csv, .parquet, .png or .svg.
    fitted : FittedRun
        The run.
    X : ndarray or CSR array of shape (n_samples, n_features)
        Rows that were searched.
    wanted : list of int, or ndarray or CSR array of shape (n_rows, n_features)
        As for ``similar_rows``.
    found : dict of str to ndarray
        Return value of ``similar_rows``.
    language : {"en", "zh"}, default="en"
        Language of a figure.
    """
    if path.suffix.lower() not in _FIGURES:
        write_table(path, found, fitted.provenance())
        return
    firsts = X[wanted] if isinstance(wanted, list) else wanted
    width = int(found["rank"].max())
    near = found["row"].reshape(len(firsts), width)
    lines = [np.concatenate([[first], X[own]]) for first, own in zip(firsts, near, strict=True)]
    owners = found["of_row"][::width]
    figure = picture_lines(
        np.concatenate(lines[:_MOST_LINES]),
        fitted.picture_shape or (),
        n_columns=width + 1,
        names=[Message("row {n:,}", n=int(owner)) for owner in owners[:_MOST_LINES]],
        value_range=value_range(fitted.estimator),
        language=language,
    )
    save_figure(figure, path)


def write_table(path: Path, columns: Columns, provenance: dict[str, str] | None = None) -> None:
    """Write columns as a table.

    Parameters
    ----------
    path : pathlib.Path
        Ends in .csv or .parquet.
    columns : dict of str to ndarray
        Columns of one length.
    provenance : dict of str to str, default=None
        As for ``write_rows``.
    """
    n = len(next(iter(columns.values())))
    write_rows(path, [np.empty((n, 0))], n, [], columns, provenance)
