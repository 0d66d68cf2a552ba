"""Drift: rows that are unlike the training rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .._chunks import Chunks
from ._column_distances import chance_distance, quantile_gaps, share_distance
from ._findings import Finding, names_shown
from ._row_sketch import ColumnSketch, RowSketch, level_shares, row_errors

__all__ = ["ColumnDistance", "Drift", "measure_drift"]

_ALPHA = 0.001  # probability that any of the columns is called drifted by chance
_LEAST = 0.2  # distance of distributions: a normal column's shift by half a standard deviation
_LEAST_MISSING = 0.1  # difference of the shares of missing cells
_LEAST_RATIO = 2.0  # of median errors
_MOST_ROWS = 20_000  # to measure


@dataclass(frozen=True)
class ColumnDistance:
    """How far a column is from the training rows in one respect.

    Attributes
    ----------
    name : str
        Name of the column.
    measure : {"kolmogorov_smirnov", "total_variation", "missing"}
        Largest difference of the distribution functions of numbers, half the summed differences of
        the shares of levels, or difference of the shares of missing cells.
    distance : float
        In [0, 1].
    threshold : float
        Distance above which the column has drifted: at least 0.2 (for missing cells 0.1), and at
        least what chance explains for these numbers of rows and columns. Above 1 for few rows.
    """

    name: str
    measure: str
    distance: float
    threshold: float

    @property
    def is_drifted(self) -> bool:
        """Whether the distance is above the threshold."""
        return self.distance > self.threshold


@dataclass(frozen=True)
class Drift:
    """How far rows are from the training rows.

    Attributes
    ----------
    n_rows : int
        Number of rows that were compared.
    distances : tuple of ColumnDistance
        One or two for each column.
    error_ratio : float or None
        Median error of the rows, divided by that of held-out rows of the training; None if it is
        unknown.
    error_is_higher : bool
        Whether the errors are twice as high or more, and not by chance.
    """

    n_rows: int
    distances: tuple[ColumnDistance, ...]
    error_ratio: float | None
    error_is_higher: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that have drifted, largest distance first."""
        drifted = [own for own in self.distances if own.is_drifted]
        return tuple(dict.fromkeys(d.name for d in sorted(drifted, key=lambda d: -d.distance)))

    @property
    def is_drifted(self) -> bool:
        """Whether a column has drifted, or the error is higher."""
        return self.error_is_higher or bool(self.columns)

    def finding(self) -> Finding | None:
        """Return the finding of the doctor, or None if the rows are like the training rows.

        Returns
        -------
        Finding or None
            Its code is "drift", or "drift_of_columns" or "drift_of_errors" if only these differ.
        """
        if not self.is_drifted:
            return None
        names = self.columns
        n_columns = len({own.name for own in self.distances})
        values: dict[str, Any] = {"n": len(names), "total": n_columns, "n_rows": self.n_rows}
        if names:
            values["columns"] = names_shown(range(len(names)), names, total=len(names))
        if not self.error_is_higher or self.error_ratio is None:
            return Finding("drift_of_columns", "warning", values)
        values["ratio"] = float(f"{self.error_ratio:.2g}")
        return Finding("drift" if names else "drift_of_errors", "warning", values)

    def as_dict(self) -> dict[str, Any]:
        """Return the distances in JSON types.

        Returns
        -------
        dict
            ``is_drifted``, ``n_rows``, ``error_ratio``, ``error_is_higher``, ``columns`` (names)
            and ``distances``.
        """
        return {
            "is_drifted": self.is_drifted,
            "n_rows": self.n_rows,
            "error_ratio": self.error_ratio,
            "error_is_higher": self.error_is_higher,
            "columns": list(self.columns),
            "distances": [asdict(own) | {"is_drifted": own.is_drifted} for own in self.distances],
        }


def measure_drift(estimator: Any, X: Any, sketch: RowSketch) -> Drift:
    """Compare rows with the rows that an estimator was trained on.

    Of more than 20,000 rows, as many evenly spaced ones are compared. A column has drifted if its
    distance from the training rows is above both a fixed threshold and what chance explains: two
    samples of one distribution are called drifted in at most one of a thousand comparisons,
    whatever the number of columns. Few rows can only be called drifted if all of them are far out.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    X : array-like, sparse matrix or table of shape (n_samples, n_features)
        Rows to compare.
    sketch : RowSketch
        Return value of ``sketch_rows`` for the training rows, or ``isthmus.runs.open_run(run)
        .sketch``.

    Returns
    -------
    Drift

    References
    ----------
    Massey (1951), The Kolmogorov-Smirnov test for goodness of fit, JASA 46. McDiarmid (1989), On
    the method of bounded differences, Surveys in Combinatorics.
    """
    X = _evenly_spaced(estimator.prepared_rows(X))
    if not X.shape[0]:
        return Drift(0, (), None, error_is_higher=False)
    alpha = _ALPHA / (2 * len(sketch.columns) + 1)
    distances: list[ColumnDistance] = []
    if not sparse.issparse(X):
        where = {own.name: own.position for own in estimator.preprocessor_.observed_columns}
        for column in sketch.columns:
            cells = np.asarray(X[:, where[column.name]], dtype=np.float64)
            distances += _distances(column, cells, sketch.n_rows, alpha)
    ratio, is_higher = _of_errors(row_errors(estimator, X), sketch, alpha)
    return Drift(X.shape[0], tuple(distances), ratio, is_higher)


def _evenly_spaced(X: Any) -> Any:
    if isinstance(X, Chunks):
        return X.sample(_MOST_ROWS)[1]  # evenly spaced ones would be in all chunks
    n_rows = X.shape[0]
    if n_rows <= _MOST_ROWS:
        return X
    return X[np.linspace(0, n_rows - 1, _MOST_ROWS).astype(np.intp)]


def _distances(
    column: ColumnSketch, cells: NDArray[np.float64], n_known: int, alpha: float
) -> Iterator[ColumnDistance]:
    is_missing = np.isnan(cells)
    chance = chance_distance(n_known, len(cells), alpha)
    distance = abs(float(is_missing.mean()) - column.missing)
    yield ColumnDistance(column.name, "missing", distance, max(_LEAST_MISSING, chance))
    present, n_observed = cells[~is_missing], round(n_known * (1 - column.missing))
    if not len(present) or not len(column.values):
        return
    if column.form == "level":
        shares = level_shares(present, len(column.values) - 1)
        pooled = (n_observed * column.values + len(present) * shares) / (n_observed + len(present))
        distance = share_distance(column.values, shares)
        chance = chance_distance(n_observed, len(present), alpha, pooled)
        yield ColumnDistance(column.name, "total_variation", distance, max(_LEAST, chance))
    else:
        distance = max(quantile_gaps(column.values, present))
        chance = chance_distance(n_observed, len(present), alpha)
        yield ColumnDistance(column.name, "kolmogorov_smirnov", distance, max(_LEAST, chance))


def _of_errors(
    errors: NDArray[np.float64], sketch: RowSketch, alpha: float
) -> tuple[float | None, bool]:
    """Return the ratio of median errors, and whether the errors are higher."""
    errors = errors[~np.isnan(errors)]
    known = sketch.unseen_errors
    if not len(errors) or not len(known) or known[len(known) // 2] <= 0:
        return None, False
    ratio = float(np.median(errors)) / float(known[len(known) // 2])
    above, _ = quantile_gaps(known, errors)
    chance = chance_distance(sketch.n_unseen, len(errors), alpha)
    return ratio, ratio >= _LEAST_RATIO and above > max(_LEAST, chance)
