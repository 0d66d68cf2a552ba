"""Anomalies in tables of numbers and categories, made as ADBench makes them for numbers.

ADBench (Han et al. 2022, "ADBench: Anomaly Detection Benchmark", NeurIPS Datasets and Benchmarks;
``generate_realistic_synthetic`` of github.com/Minqi824/ADBench) fits a Gaussian mixture, with as
many components as BIC prefers, and draws normal rows from it. Here the normal rows are the real
ones, and each kind is extended to categories:

local
    Covariances times 5. A row is moved away from the mean of its component by the square root of
    5. The density is then the old one to the power 1/5, up to a constant, and so are the
    probabilities of the levels in the component, from which a new level is drawn.
cluster
    Means times 5 (of standardised columns, with at least two components). In each component,
    levels are exchanged by a random permutation.
global
    Numbers are uniform between 1.1 times the lowest and 1.1 times the highest value, of
    standardised columns; levels are uniform.
dependency
    Each cell is that of a random row. ADBench draws from marginal densities, and normal rows from
    a vine copula.

A made row keeps the missing cells of the row it is made from, and whole numbers stay whole.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.mixture import GaussianMixture

__all__ = ["KINDS", "with_anomalies"]

KINDS = ("dependency", "local", "cluster", "global")
_ALPHA = 5.0  # as in ADBench
_BEYOND = 1.1  # as in ADBench
_SHARE = 0.05
_MOST_COMPONENTS = 9  # as in ADBench
_FIT_ROWS = 2000


def with_anomalies(
    frame: pd.DataFrame, kind: str, seed: int
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Return the rows with 5 % of anomalies among them, and which these are."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    n = max(5, round(_SHARE * len(frame)))
    origin = rng.choice(len(frame), n, replace=False)
    made = _Anomalies(frame, rng).made(kind, origin)
    kept = np.setdiff1d(np.arange(len(frame)), origin)  # or a row and its image could both be in
    joined = pd.concat([frame.iloc[kept], made], ignore_index=True)
    order = rng.permutation(len(joined))
    is_anomaly = np.repeat([0, 1], [len(kept), n])
    return joined.iloc[order].reset_index(drop=True), is_anomaly[order]


class _Anomalies:
    """Standardised numbers and indices of levels of a table, and a mixture of both."""

    def __init__(self, frame: pd.DataFrame, rng: np.random.Generator) -> None:
        self._frame, self._rng = frame, rng
        self._numbers = frame.select_dtypes(["number", "datetime"]).columns
        self._levels = frame.columns.difference(self._numbers, sort=False)
        self._raw = np.column_stack([_as_float(frame[name]) for name in self._numbers])
        self._mean, self._std = np.nanmean(self._raw, axis=0), np.nanstd(self._raw, axis=0)
        self._std[self._std == 0] = 1.0
        self._Z = (self._raw - self._mean) / self._std
        coded = [pd.factorize(frame[name], use_na_sentinel=True) for name in self._levels]
        self._index = [index for index, _ in coded]
        self._names = [np.asarray(names, dtype=object) for _, names in coded]

    def made(self, kind: str, origin: NDArray[np.intp]) -> pd.DataFrame:
        Z, levels = getattr(self, f"_{kind}")(origin)
        out = self._frame.iloc[origin].reset_index(drop=True).copy()
        is_missing = out.isna()
        for j, name in enumerate(self._numbers):
            out[name] = _of_float(Z[:, j] * self._std[j] + self._mean[j], out[name].dtype)
        for j, name in enumerate(self._levels):
            out[name] = self._names[j][levels[j]]
        return out.mask(is_missing)

    def _local(self, origin: NDArray[np.intp]) -> tuple[Any, Any]:
        mixture, component = self._mixture(1)
        means = mixture.means_[component[origin]]
        Z = means + np.sqrt(_ALPHA) * (self._Z[origin] - means)
        levels = [
            self._drawn(self._shares(index, component) ** (1 / _ALPHA), component[origin])
            for index in self._index
        ]
        return Z, levels

    def _cluster(self, origin: NDArray[np.intp]) -> tuple[Any, Any]:
        mixture, component = self._mixture(2)
        means = mixture.means_[component[origin]]
        levels = []
        for index in self._index:
            shares = self._rng.permuted(self._shares(index, component), axis=1)
            levels.append(self._drawn(shares, component[origin]))
        return self._Z[origin] + (_ALPHA - 1) * means, levels

    def _global(self, origin: NDArray[np.intp]) -> tuple[Any, Any]:
        low, high = (_BEYOND * f(self._Z, axis=0) for f in (np.nanmin, np.nanmax))
        Z = self._rng.uniform(low, high, size=(len(origin), len(low)))
        return Z, [self._rng.integers(len(names), size=len(origin)) for names in self._names]

    def _dependency(self, origin: NDArray[np.intp]) -> tuple[Any, Any]:
        def elsewhere(values: NDArray[Any], known: NDArray[np.bool_]) -> NDArray[Any]:
            return self._rng.choice(values[known], size=len(origin))

        Z = [elsewhere(column, ~np.isnan(column)) for column in self._Z.T]
        return np.column_stack(Z), [elsewhere(index, index >= 0) for index in self._index]

    def _mixture(self, fewest: int) -> tuple[GaussianMixture, NDArray[np.intp]]:
        """Return a mixture of the numbers, and the component of each row."""
        Z = np.nan_to_num(self._Z)
        some = Z[self._rng.permutation(len(Z))[:_FIT_ROWS]]
        fits = [
            GaussianMixture(k, random_state=0, reg_covar=1e-4).fit(some)
            for k in range(fewest, _MOST_COMPONENTS + 1)
        ]
        best = min(fits, key=lambda fit: fit.bic(some))
        return best, best.predict(Z)

    @staticmethod
    def _shares(index: NDArray[np.intp], component: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the number of rows of each component and level."""
        counts = np.zeros((component.max() + 1, index.max() + 1))
        np.add.at(counts, (component[index >= 0], index[index >= 0]), 1)
        counts[counts.sum(axis=1) == 0] = 1
        return counts

    def _drawn(self, weights: NDArray[np.float64], rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return an index for each row, drawn with the weights of its component."""
        shares = weights.cumsum(axis=1) / weights.sum(axis=1, keepdims=True)
        place = self._rng.random((len(rows), 1))
        return (place > shares[rows]).sum(axis=1).clip(max=weights.shape[1] - 1)


def _as_float(column: pd.Series) -> NDArray[np.float64]:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        seconds = column.astype("datetime64[s]")
        return np.where(seconds.isna(), np.nan, seconds.astype("int64").astype(float))
    return column.to_numpy(dtype=float, na_value=np.nan)


def _of_float(values: NDArray[np.float64], dtype: Any) -> Any:
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return pd.to_datetime(np.nan_to_num(values), unit="s").astype(dtype)
    return np.rint(values) if pd.api.types.is_integer_dtype(dtype) else values
