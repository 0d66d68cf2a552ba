"""Sketch of training rows: what is kept of them to recognise rows that are unlike them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..preprocessing import ObservedColumn

__all__ = ["ColumnSketch", "RowSketch", "row_errors", "sketch_rows"]

_N_QUANTILES = 65
_MOST_COLUMNS = 2000  # their quantiles take a megabyte
_FENCE = 1.5  # interquartile ranges
_FEWEST_UNSEEN = 20  # held-out rows, for a distribution of their errors


@dataclass(frozen=True, eq=False)
class ColumnSketch:
    """Distribution of one column over the training rows.

    Attributes
    ----------
    name : str
        Name of the column.
    form : {"number", "date", "level", "hash"}
        As for ``isthmus.preprocessing.ObservedColumn``.
    missing : float
        Share of missing cells.
    values : ndarray
        Of observed cells: for numbers and dates, quantiles at evenly spaced levels from 0 to 1, in
        the unit of the column; for levels, the share of each, and last that of unknown ones; else
        empty.
    """

    name: str
    form: str
    missing: float
    values: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RowSketch:
    """Distributions of the columns and errors of training rows.

    Attributes
    ----------
    n_rows : int
        Number of training rows.
    columns : tuple of ColumnSketch
        Columns of a table; empty for pictures, texts, rows without names, and more than 2,000
        columns.
    errors : ndarray
        Quantiles of the errors of training rows, at evenly spaced levels from 0 to 1; empty for an
        estimator without errors of rows.
    unseen_errors : ndarray
        The same of held-out rows; of training rows if there are fewer than 20 held-out rows.
    n_unseen : int
        Number of rows behind ``unseen_errors``.
    """

    n_rows: int
    columns: tuple[ColumnSketch, ...]
    errors: NDArray[np.float64]
    unseen_errors: NDArray[np.float64]
    n_unseen: int

    @property
    def error_fence(self) -> float | None:
        """Error above which a row is far out: Tukey's fence of the logarithms of ``unseen_errors``.

        With quartiles ``a`` and ``b`` it is ``b * (b / a) ** 1.5``; ``b + 1.5 * (b - a)`` if ``a``
        is 0, and None without errors.
        """
        errors = self.unseen_errors
        if not len(errors):
            return None
        step = (len(errors) - 1) // 4
        low, high = float(errors[step]), float(errors[3 * step])
        if low <= 0:
            return high + _FENCE * (high - low)
        return high * float((high / low) ** _FENCE)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the sketch as arrays, to be stored with a model.

        Returns
        -------
        dict of str to ndarray
        """
        values = [column.values for column in self.columns]
        return {
            "n_rows": np.array([self.n_rows, self.n_unseen]),
            "errors": self.errors,
            "unseen_errors": self.unseen_errors,
            "missing": np.array([column.missing for column in self.columns], dtype=np.float64),
            "sizes": np.array([len(own) for own in values], dtype=np.int64),
            "values": np.concatenate([np.empty(0), *values]),
        }

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], columns: Sequence[ObservedColumn]
    ) -> RowSketch:
        """Return the sketch that returned ``arrays``.

        Parameters
        ----------
        arrays : mapping of str to ndarray
            As returned by ``arrays``.
        columns : sequence of ObservedColumn
            ``observed_columns`` of the model's preprocessor.

        Returns
        -------
        RowSketch

        Raises
        ------
        KeyError, ValueError
            If the arrays are damaged, or are those of other columns.
        """
        parts = np.split(arrays["values"], np.cumsum(arrays["sizes"])[:-1])
        known = columns if len(arrays["sizes"]) else ()
        made = tuple(
            ColumnSketch(column.name, column.form, float(missing), own)
            for column, missing, own in zip(known, arrays["missing"], parts, strict=bool(known))
        )
        n_rows, n_unseen = arrays["n_rows"].tolist()
        return cls(n_rows, made, arrays["errors"], arrays["unseen_errors"], n_unseen)


def sketch_rows(estimator: Any, X: Any, X_held_out: Any = None) -> RowSketch:
    """Sketch the rows that an estimator was trained on.

    O(n log n) time for each column; 65 quantiles of each numeric column are kept.

    Parameters
    ----------
    estimator : estimator
        Fitted on these rows.
    X : array-like, sparse matrix or table of shape (n_samples, n_features)
        Training rows, or a random sample of them.
    X_held_out : array-like, sparse matrix or table of shape (n_held_out, n_features), default=None
        Rows that the estimator was not trained on.

    Returns
    -------
    RowSketch
    """
    X = estimator.prepared_rows(X)
    errors = unseen = row_errors(estimator, X)
    if X_held_out is not None and X_held_out.shape[0] >= _FEWEST_UNSEEN:
        unseen = row_errors(estimator, estimator.prepared_rows(X_held_out))
    columns = estimator.preprocessor_.observed_columns
    if len(columns) > _MOST_COLUMNS or sparse.issparse(X):
        columns = ()
    return RowSketch(
        X.shape[0],
        tuple(_sketched(column, np.asarray(X[:, column.position])) for column in columns),
        _quantiles(errors),
        _quantiles(unseen),
        len(unseen),
    )


def row_errors(estimator: Any, X: Any) -> NDArray[np.float64]:
    """Return the error of each row: larger for more anomalous rows.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    X : array-like or sparse matrix of shape (n_samples, n_features)
        Rows.

    Returns
    -------
    ndarray of shape (n_samples,), float64
        NaN for a row without observed cells; empty if the estimator has no errors of rows.
    """
    errors: NDArray[np.float64] = np.empty(0)
    if hasattr(estimator, "score_samples"):
        errors = -estimator.score_samples(X)
    elif hasattr(estimator, "reconstruction_error"):
        errors = estimator.reconstruction_error(X)
    return errors


def _sketched(column: ObservedColumn, cells: NDArray[Any]) -> ColumnSketch:
    is_missing = np.isnan(cells) if cells.dtype.kind == "f" else np.zeros(len(cells), dtype=bool)
    present = cells[~is_missing]
    values = np.empty(0)
    if column.form in ("number", "date"):
        values = _quantiles(present)
    elif column.form == "level":
        values = level_shares(present, column.n_levels)
    return ColumnSketch(column.name, column.form, float(is_missing.mean()), values)


def level_shares(index: NDArray[Any], n_levels: int) -> NDArray[np.float64]:
    """Return the share of each level of a category, and last that of unknown ones."""
    places = np.where(index < 0, n_levels, index).astype(np.intp)
    shares: NDArray[np.float64] = np.bincount(places, minlength=n_levels + 1) / max(1, len(index))
    return shares


def _quantiles(values: NDArray[Any]) -> NDArray[np.float64]:
    values = np.asarray(values, dtype=np.float64)
    values = values[~np.isnan(values)]
    if not len(values):
        return np.empty(0)
    # Observed values only, so that ties of discrete columns stay ties.
    levels = np.linspace(0, 1, _N_QUANTILES)
    quantiles: NDArray[np.float64] = np.quantile(values, levels, method="inverted_cdf")
    return quantiles
