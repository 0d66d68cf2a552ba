"""Comparison of an exported model with its estimator, in batches of several sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ExportError

__all__ = ["BATCHES", "TOLERANCE", "Compared", "Differences", "holes", "units_of"]

TOLERANCE = 1e-4
BATCHES = (1, 2, 1000)
_MOST_CALLS = 50  # in batches of one size
_MOST_HOLES = 100  # rows
_ONE_IN = 500  # rows of a code whose latents are selected: two may be equal but for rounding


class Compared:
    """Comparison of outputs with those of an estimator.

    Parameters
    ----------
    inputs : ndarray of shape (n_samples, width)
        Rows of the matrix, or codes.
    expected : ndarray of shape (n_samples, ...)
        What the estimator makes of them.
    units : ndarray
        Size of one unit of each output, that differences are divided by.
    selects : bool, default=False
        Whether codes select latents, so that the rounding of two equal ones can exchange them.
    """

    def __init__(
        self,
        inputs: NDArray[Any],
        expected: NDArray[np.float64],
        units: NDArray[np.float64],
        *,
        selects: bool = False,
    ) -> None:
        self._inputs, self._units = inputs, units
        self._expected = expected.reshape(len(expected), -1)
        self._selects = selects
        self.n_rows = len(inputs)

    def difference(self, call: Callable[[NDArray[Any]], NDArray[np.float64]], what: str) -> float:
        """Return the largest difference, relative to the units of the outputs.

        Parameters
        ----------
        call : callable
            Maps inputs to outputs.
        what : str
            Name of the part, for the message.

        Returns
        -------
        float

        Raises
        ------
        ExportError
            If it is above ``TOLERANCE``.
        """
        largest = 0.0
        for size in BATCHES:
            own = self._in_batches(call, size)
            if own > TOLERANCE:
                raise ExportError(
                    f"The exported {what} must compute what this model computes, within "
                    f"{TOLERANCE:g} of the scale of its outputs. Got a difference of {own:.2g} in "
                    f"batches of {size:,}, so no file was written: please report it with the "
                    "versions of PyTorch and ONNX Runtime, or use the model from Python."
                )
            largest = max(largest, own)
        return largest

    def _in_batches(self, call: Callable[[NDArray[Any]], NDArray[np.float64]], size: int) -> float:
        """Return the largest difference in batches of one size."""
        n_calls = -(-len(self._inputs) // size)
        rows = np.arange(n_calls * size) % len(self._inputs)  # repeated if there are too few
        starts = np.unique(np.linspace(0, n_calls - 1, min(n_calls, _MOST_CALLS)).astype(int))
        worst: list[NDArray[np.float64]] = []
        for start in starts * size:
            chosen = rows[start : start + size]
            got = call(self._inputs[chosen])
            expected = self._expected[chosen]
            if got.shape[:1] != expected.shape[:1] or got.size != expected.size:
                return float(np.inf)
            worst.append(_largest(got.reshape(expected.shape), expected, self._units))
        by_row = np.sort(np.concatenate(worst))
        n_ties = len(by_row) // _ONE_IN if self._selects else 0
        return float(by_row[len(by_row) - 1 - n_ties])


class Differences:
    """How much outputs changed by rounding weights, which may be much.

    Parameters
    ----------
    before, after : ndarray of shape (n_samples, ...)
        Outputs of the estimator, and of the one with rounded weights.
    units : ndarray
        Size of one unit of each output.
    """

    def __init__(
        self,
        before: NDArray[np.float64],
        after: NDArray[np.float64],
        units: NDArray[np.float64],
    ) -> None:
        shape = (len(before), -1)
        changes = np.abs(after.reshape(shape) - before.reshape(shape)) / units
        finite = changes[np.isfinite(changes)]
        self.mean = float(finite.mean()) if finite.size else 0.0
        self.largest = float(finite.max(initial=0.0))


def _largest(
    got: NDArray[np.float64], expected: NDArray[np.float64], units: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return each row's largest difference; infinite where only one of the two is a number."""
    missing = np.isnan(expected)
    with np.errstate(invalid="ignore"):
        changes = np.abs(got - expected) / units
    changes = np.where(missing & np.isnan(got), 0.0, changes)
    largest: NDArray[np.float64] = np.nan_to_num(changes, nan=np.inf).max(axis=1, initial=0.0)
    return largest


def units_of(values: NDArray[np.float64], *, by_column: bool) -> NDArray[np.float64]:
    """Return the scale of outputs: the standard deviation of each column, or of all.

    Parameters
    ----------
    values : ndarray of shape (n_samples, ...)
        Outputs, or what they reconstruct; NaN where missing.
    by_column : bool
        Whether columns have units of their own.

    Returns
    -------
    ndarray of shape (1,) or (n_columns,)
        1 where nothing varies.
    """
    flat = values.reshape(len(values), -1) if by_column else values.reshape(-1, 1)
    flat = np.where(np.isnan(flat).all(axis=0), 0.0, flat)
    spread = np.nanstd(flat, axis=0)
    size = np.nanmax(np.abs(flat), axis=0)
    units: NDArray[np.float64] = np.where(spread > 1e-9 * size, spread, np.where(size > 0, size, 1))
    return units


def holes(matrix: NDArray[Any], groups: list[list[int]], unknown: list[int]) -> NDArray[Any]:
    """Return rows of which a fifth of the cells are missing, and some have unknown levels.

    Parameters
    ----------
    matrix : ndarray of shape (n_samples, n_features)
        Rows; not modified.
    groups : list of list of int
        Positions of the values of each column.
    unknown : list of int
        Positions of levels of which some can be unknown.

    Returns
    -------
    ndarray of shape (at most 100, n_features)
    """
    rows = np.array(matrix[:_MOST_HOLES], copy=True)
    for k, own in enumerate(groups):
        where = (np.arange(len(rows)) + k) % 5 == 0
        rows[np.ix_(where, own)] = np.nan
    for k in unknown:
        rows[(np.arange(len(rows)) + k) % 7 == 1, k] = -1.0
    return rows
