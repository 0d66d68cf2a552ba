"""Scaling: the map between raw features and network inputs; part of the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.preprocessing import StandardScaler
from sklearn.utils.sparsefuncs import min_max_axis

from .._chunks import ChunkedRows
from .._row_blocks import row_blocks
from ..errors import DataError, UsageError, did_you_mean
from ._curves import CURVES, Curve

__all__ = ["AS_IS", "SCALINGS", "RunningScaling", "Scaling", "fit_scaling", "share_one_range"]

SCALINGS = (
    "auto",
    "none",
    "unit",
    "symmetric",
    "minmax",
    "standard",
    "robust",
    "squash",
    "rank_gauss",
)

_BY_QUANTILES = ("robust", "squash", "rank_gauss")
_BY_COLUMN = ("minmax", "standard", *_BY_QUANTILES)
_Figures = tuple[NDArray[np.float64], NDArray[np.float64]]  # shift and scale


@dataclass(frozen=True, eq=False)
class Scaling:
    """An affine map of each feature, ``(x - shift) / scale``, and for some kinds a curve.

    Parameters
    ----------
    kind : str
        Rule behind shift and scale: one of ``SCALINGS`` except "auto".
    shift : ndarray of shape (1,) or (n_features,)
        In the units of the features, float64; one value for all columns, or one per column.
    scale : ndarray of the same shape
        In the units of the features, float64, never 0.
    constant : ndarray of the same shape or None, default=None
        For per-column scaling, the columns with only one value in all training rows. They are
        always reconstructed as that value. None means that there are none.
    curve : Curve or None, default=None
        Monotone map of each affinely scaled column, for "squash" and "rank_gauss".
    """

    kind: str
    shift: NDArray[np.float64]
    scale: NDArray[np.float64]
    constant: NDArray[np.bool_] | None = None
    curve: Curve | None = None

    @property
    def units(self) -> NDArray[np.float64]:
        """Size of one scaled unit in the units of the features; NaN if a curve makes it vary."""
        return self.scale if self.curve is None else np.full_like(self.scale, np.nan)

    def apply(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Map dense rows to scaled units.

        Bytes and single-precision values are scaled in single precision. Everything else is shifted
        in double precision first, or a column of timestamps would lose its digits.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
            Raw rows.

        Returns
        -------
        ndarray of shape (n_samples, n_features), float32
            A new array.

        Raises
        ------
        DataError
            If a scaled value overflows single precision.
        """
        with np.errstate(over="ignore"):
            if self._is_single(X.dtype):
                shift, inverse = self._single()
                out: NDArray[np.float32] = X.astype(np.float32)
                if shift.any():
                    out -= shift
                if np.any(inverse != 1):
                    out *= inverse
            else:
                out = self.scaled(X).astype(np.float32)
        if X.dtype != np.uint8:
            _check_fits(out, X)
        return out

    def scaled(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Map dense rows to scaled units in double precision, without a check for overflow."""
        scaled: NDArray[np.float64] = (X - self.shift) / self.scale
        return scaled if self.curve is None else self.curve.bend(scaled)

    def encode(self, block: NDArray[Any]) -> NDArray[np.float32]:
        """Scale a block of raw rows; see ``isthmus.rows.Encoder``."""
        return self.apply(block)

    def single(self) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
        """Return the shift and inverse scale of ``apply``, for use where single precision suffices.

        Returns
        -------
        tuple of two ndarrays of the shape of ``shift``, float32, or None
            Shift and inverse scale; None if there is a curve.
        """
        return None if self.curve is not None else self._single()

    def _single(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return self.shift.astype(np.float32), (1 / self.scale).astype(np.float32)

    def _is_single(self, dtype: np.dtype[Any]) -> bool:
        """Return whether rows are scaled in single precision."""
        if self.curve is not None:
            return False
        return dtype == np.uint8 or (dtype == np.float32 and self._fits_single())

    def _fits_single(self) -> bool:
        # Far from 0 the rounding of the shift matters; near 1e-38 the inverse overflows.
        return bool(np.all(np.abs(self.shift) < 2**12 * self.scale) and self.scale.min() > 1e-37)

    def invert(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Map scaled values back to raw units, in double precision."""
        values: NDArray[np.float64] = X.astype(np.float64)
        if self.curve is not None:
            values = self.curve.unbend(values)
        raw = values * self.scale + self.shift
        return raw if self.constant is None else np.where(self.constant, self.shift, raw)

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the fitted arrays, for an artifact.

        Returns
        -------
        dict of str to ndarray
        """
        tensors: dict[str, NDArray[Any]] = {"shift": self.shift, "scale": self.scale}
        if self.constant is not None:
            tensors["constant"] = self.constant
        return tensors if self.curve is None else tensors | self.curve.tensors()

    @classmethod
    def from_tensors(cls, kind: str, tensors: Mapping[str, NDArray[Any]]) -> Self:
        """Return the scaling that returned ``tensors``.

        Parameters
        ----------
        kind : str
            Its ``kind``.
        tensors : mapping of str to ndarray
            As returned by ``tensors``; may contain others.
        """
        curve = CURVES[kind].from_tensors(tensors) if kind in CURVES else None
        return cls(kind, tensors["shift"], tensors["scale"], tensors.get("constant"), curve)


def _check_fits(scaled: NDArray[np.float32], X: NDArray[Any]) -> None:
    fits = np.isfinite(scaled)
    if fits.all():
        return
    fits |= np.isnan(X)  # missing
    if fits.all():
        return
    row, column = np.argwhere(~fits)[0]
    raise DataError(
        "Values must be below 1e38 times the scale of the training rows. Got "
        f"{X[row, column]:g} in column {column} (from 0): check the column, or drop the row."
    )


AS_IS = Scaling("none", np.zeros(1), np.ones(1))


def fit_scaling(X: Any, kind: str = "auto", *, names: Sequence[str] | None = None) -> Scaling:
    """Fit a scaling to training rows; missing values (NaN) do not count.

    "unit" maps the smallest and largest value of the whole array to 0 and 1, "symmetric" to -1
    and 1: one shift and one scale for all columns, which suits pictures. "minmax" maps each column
    to [0, 1], "standard" to mean 0 and variance 1, "robust" to median 0 and interquartile range 1.
    For columns with heavy tails, "squash" is "robust" with a soft clip at 5, and "rank_gauss" maps
    ranks to a normal distribution; both invert to values within the range of the training rows.
    "auto" is "unit" for bytes, for sparse rows and if the columns share one range (of the columns
    that vary, at least half reach the array's smallest value, and half its largest), else
    "standard".

    Parameters
    ----------
    X : ndarray or CSR array of shape (n_samples, n_features)
        Training rows, any real dtype; finite or NaN; read in blocks.
    kind : str, default="auto"
        One of ``SCALINGS``.
    names : sequence of str, default=None
        Column names, for messages; None uses positions, from 0.

    Returns
    -------
    Scaling
        With per-column scaling, columns without variation have scale 1 and are reconstructed as
        constants.

    Raises
    ------
    UsageError
        If the kind is unknown, or does not suit sparse rows.
    DataError
        If the variance of the values overflows.
    """
    return RunningScaling(kind).update(X, names=names)


class RunningScaling:
    """Scaling that is fitted incrementally.

    Parameters
    ----------
    kind : str
        One of ``SCALINGS``; the first chunk of rows resolves "auto".
    """

    def __init__(self, kind: str) -> None:
        if kind not in SCALINGS:
            raise UsageError(
                f"`scaling` must be one of {', '.join(SCALINGS)}. Got {kind!r}."
                + did_you_mean(str(kind), SCALINGS)
            )
        self._kind = kind
        self._low: NDArray[np.float64] | None = None
        self._high: NDArray[np.float64] | None = None
        # Without centring it accepts sparse rows too, and still computes the means.
        self._spread = StandardScaler(with_mean=False)

    def update(self, X: Any, *, names: Sequence[str] | None = None) -> Scaling:
        """Add further rows, and return the scaling of all rows so far.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, n_features)
            Finite rows.
        names : sequence of str, default=None
            Column names, for messages; None uses positions, from 0.

        Returns
        -------
        Scaling

        Raises
        ------
        UsageError
            If the kind needs dense rows, or all rows at once.
        DataError
            If the variance of the values overflows.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            scaling = self._update(X)
            is_number = np.isfinite(scaling.shift) & np.isfinite(scaling.scale)
            if not is_number.all():
                column = self._overflowing_column(is_number)
                raise DataError(
                    "Values must be small enough for a finite variance (below about 1e150). "
                    f"Column {column if names is None else repr(names[column])} has larger values: "
                    "rescale it, or leave it out."
                )
            return scaling

    def _overflowing_column(self, is_number: NDArray[np.bool_]) -> int:
        """Return the column whose values caused a non-finite shift or scale."""
        if len(is_number) == 1 and self._low is not None and self._high is not None:
            return int(np.maximum(-self._low, self._high).argmax())  # one scale for all columns
        return int(is_number.argmin())

    def _update(self, X: Any) -> Scaling:
        if self._kind == "none":
            return AS_IS
        if self._kind in _BY_QUANTILES:
            self._check_quantiles(X)
        low, high = (np.nan_to_num(bound, nan=0.0) for bound in self._ranges(X))
        if self._kind == "auto":
            self._kind = "unit" if _is_one_kind(X, low, high) else "standard"
        if self._kind in _BY_COLUMN:
            return self._by_column(X, low, high)
        shift = low.min(keepdims=True)
        scale = _nonzero(high.max(keepdims=True) - shift)
        if self._kind == "symmetric":
            return Scaling("symmetric", shift + scale / 2, scale / 2)
        return Scaling("unit", shift, scale)

    def _by_column(self, X: Any, low: NDArray[np.float64], high: NDArray[np.float64]) -> Scaling:
        shift, scale = low, high - low
        if self._kind == "standard":
            shift, scale = self._by_variance(X)
        elif self._kind == "rank_gauss":
            shift, scale = np.zeros_like(low), np.ones_like(low)
        elif self._kind in _BY_QUANTILES:
            shift, scale = self._by_quartiles(X)
        is_constant = low == high
        made = Scaling(
            self._kind,
            np.where(is_constant, low, shift),  # a mean of many values may be rounded
            np.where(is_constant, 1.0, scale),
            is_constant if is_constant.any() else None,
        )
        if self._kind not in CURVES:
            return made
        values = made.scaled(np.asarray(_in_memory(X), dtype=np.float64))
        return replace(made, curve=CURVES[self._kind].fitted(values))

    def _check_quantiles(self, X: Any) -> None:
        if sparse.issparse(X):
            raise UsageError(
                f"`scaling={self._kind!r}` requires dense rows: the quantiles of a sparse column "
                "are mostly zero. Got a sparse matrix; use 'unit' or 'standard'."
            )
        if self._low is not None:
            raise UsageError(
                f"`scaling={self._kind!r}` requires all rows at once: quantiles cannot be updated "
                "incrementally. Use 'standard' or 'minmax', or call `fit`."
            )

    def _by_variance(self, X: Any) -> _Figures:
        if isinstance(X, ChunkedRows):
            with np.errstate(invalid="ignore"):
                deviation = np.sqrt(X.statistics.variance)
            return np.nan_to_num(X.statistics.mean), np.where(deviation == 0, 1.0, deviation)
        for block in row_blocks(X):
            self._spread.partial_fit(block.astype(np.float64))
        # scikit-learn treats an overflowing variance as that of a constant.
        scale = np.where(np.isfinite(self._spread.var_), self._spread.scale_, np.inf)
        return self._spread.mean_, scale

    def _by_quartiles(self, X: Any) -> _Figures:
        _, deviation = self._by_variance(X)
        values = np.asarray(_in_memory(X), dtype=np.float64)
        percentile: Any = np.percentile
        if np.isnan(values).any():
            values = np.where(np.isnan(values).all(axis=0), 0.0, values)
            percentile = np.nanpercentile
        low, middle, high = percentile(values, (25, 50, 75), axis=0)
        # A column whose middle half is one value still varies: use its standard deviation.
        return middle, np.where(high > low, high - low, deviation)

    def _ranges(self, X: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if isinstance(X, ChunkedRows):
            extremes = [(X.statistics.low, X.statistics.high)]
        elif sparse.issparse(X):
            extremes = [min_max_axis(X, axis=0)]
        else:
            extremes = [_range_of(block) for block in row_blocks(X)]
        if self._low is not None and self._high is not None:
            extremes.append((self._low, self._high))
        self._low = np.fmin.reduce([pair[0] for pair in extremes]).astype(np.float64)
        self._high = np.fmax.reduce([pair[1] for pair in extremes]).astype(np.float64)
        return self._low, self._high


def _in_memory(X: Any) -> Any:
    """Return rows, or a sample of rows in chunks: quantiles need the values themselves."""
    return X.sample()[1] if isinstance(X, ChunkedRows) else X


def _range_of(block: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the lowest and highest value of each column, NaN if all are missing."""
    low, high = block.min(axis=0), block.max(axis=0)
    if block.dtype.kind == "f" and np.isnan(low).any():  # slower, so only if there is one
        low, high = np.fmin.reduce(block), np.fmax.reduce(block)
    return low, high


def share_one_range(X: Any) -> bool:
    """Return whether all columns are of one kind, as pixels are: "auto" is then "unit".

    Parameters
    ----------
    X : ndarray or CSR array of shape (n_samples, n_features)
        Finite rows; read once, in blocks.

    Returns
    -------
    bool
    """
    return _is_one_kind(X, *RunningScaling("auto")._ranges(X))


def _is_one_kind(X: Any, low: NDArray[np.float64], high: NDArray[np.float64]) -> bool:
    return sparse.issparse(X) or X.dtype == np.uint8 or _share_one_range(low, high)


def _share_one_range(low: NDArray[np.float64], high: NDArray[np.float64]) -> bool:
    varies = high > low
    n_varying = int(varies.sum())
    at_floor = int((low == low.min())[varies].sum())
    at_ceiling = int((high == high.max())[varies].sum())
    # At least two columns: of two with different ranges, one has the floor and one the ceiling.
    return n_varying > 1 and min(at_floor, at_ceiling) >= max(2, n_varying / 2)


def _nonzero(scale: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(scale == 0, 1.0, scale)
