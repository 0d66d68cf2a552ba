"""The doctor's look at rows, before any training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_array

from .._finite import check_finite
from .._selected_rows import SelectedRows
from ..errors import UsageError
from ..estimators import auto_latent_dim
from ..metrics import Components
from ..preprocessing import Scaling, fit_scaling
from ..rows import as_rows
from ._column_scans import column_ranges, repeated_columns, rows_also_in
from ._findings import Finding, names_shown, worst_first
from ._spectrum import Spectrum, spectrum, spectrum_of

__all__ = ["examine_rows"]

_ENOUGH = 10  # rows for each number of a code
_WILD = 1000  # times another column's range
_TOP = 0.01  # share of the rows
_FEWEST = 20  # rows; of fewer, one holds much of the variance anyway
_OWNED, _OWNED_MOSTLY = 0.3, 0.6  # share of the variance
_LINEAR = 0.99  # share of the variance
_LEAK, _LEAK_MOSTLY = 0.01, 0.5  # share of the held-out rows
_N_ROWS_SHOWN = 5
_ONE_RANGE = ("unit", "symmetric", "none")  # scalings that are the same for all columns


def examine_rows(
    X: Any,
    X_held_out: Any = None,
    *,
    latent_dim: int | str | None = "auto",
    scaling: str | Scaling = "auto",
    names: Sequence[object] | None = None,
    row_numbers: ArrayLike | None = None,
    random_state: int = 0,
    pca: Components | None = None,
) -> list[Finding]:
    """Look for what may spoil a training, before it begins.

    Rows are read block by block, some passes over them; the spectrum is that of 20,000 rows or 16
    million values at most, drawn at random. Sparse rows stay sparse but for such pieces. A million
    rows of 784 bytes take some seconds.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        Training rows, in any unit; not modified.
    X_held_out : array-like or sparse matrix of shape (n_held_out, n_features), default=None
        Rows that the model will be measured on.
    latent_dim : int, "auto" or None, default="auto"
        Length of a code; "auto" is what it is for ``Autoencoder``. None is for models that do not
        press rows through a short code, and leaves out what is about its length.
    scaling : str or Scaling, default="auto"
        As for ``Autoencoder``, or one that was fitted to these rows: it is taken as it is, and
        nothing is fitted a second time.
    names : sequence, default=None
        The columns' names; None takes those of a data frame, or positions from 0.
    row_numbers : array-like of int of shape (n_samples,), default=None
        What to call the rows; None tells their positions, from 0.
    random_state : int, default=0
        Seed of the draws.
    pca : Components, default=None
        All components of these rows in that scaling, where they are known: the spectrum is then
        that of all rows, and nothing is decomposed.

    Returns
    -------
    list of Finding
        The worst first; empty if there is nothing to say.

    Raises
    ------
    DataError
        If a value is missing or infinite, or too large for its square to be a number.
    UsageError
        If there is no such scaling, it does not suit the rows, or no code has such a length.
    """
    given = getattr(X, "columns", None) if names is None else names
    called = None if given is None else [str(name) for name in given]
    X = _checked(X, called)
    n_features = X.shape[1]
    size = auto_latent_dim(n_features) if latent_dim == "auto" else latent_dim
    if size is not None and (isinstance(size, str) or size < 1):
        raise UsageError(f"`latent_dim` must be a number from 1 on, 'auto' or None. Got {size!r}.")
    ranges = column_ranges(X)
    varying = np.flatnonzero(ranges > 0)
    if isinstance(scaling, Scaling):
        learned = _checked_scaling(scaling, n_features)
    else:
        learned = fit_scaling(X, scaling, names=called)
    is_one_kind = learned.kind in ("unit", "symmetric")
    found = _constant(varying, n_features, called, is_one_kind)
    if X_held_out is not None and X_held_out.shape[0]:
        found += _leak(X, _checked(X_held_out, called))
    if not len(varying) or X.shape[0] < 2:
        return worst_first([*found, *_few_rows(X.shape, size)])
    found += _repeated(X, varying, called, is_one_kind)
    measured = (
        spectrum(X, learned, seed=random_state)
        if pca is None or not pca.is_whole
        else spectrum_of(pca, varying, seed=random_state)
    )
    if not measured.variances.any():  # of values so small that their squares are 0
        return worst_first([*found, *_few_rows(X.shape, size)])
    found += _wild_scales(X.dtype, ranges, varying, measured, learned.kind, called)
    found += _outliers(X, learned, measured, called, row_numbers)
    found += _few_rows(X.shape, size)
    if size is not None:
        found += _of_spectrum(measured, size, n_features, X.shape[0])
    return worst_first(found)


def _checked(X: Any, names: list[str] | None) -> Any:
    if not isinstance(X, SelectedRows):  # of which a check would make a copy
        X = check_array(X, accept_sparse="csr", dtype="numeric", ensure_all_finite=False)
    X = X.astype(np.uint8) if X.dtype.kind == "b" else X
    X = X.astype(np.float32) if X.dtype == np.float16 else X
    check_finite(X, names=names)
    return X


def _checked_scaling(scaling: Scaling, n_features: int) -> Scaling:
    if len(scaling.shift) not in (1, n_features):
        raise UsageError(
            f"`scaling` must be fitted to rows of {n_features:,} features. Got one of "
            f"{len(scaling.shift):,}."
        )
    return scaling


def _few_rows(shape: tuple[int, ...], latent_dim: int | None) -> Iterator[Finding]:
    n_rows, n_features = shape
    if latent_dim is None:
        return
    if latent_dim >= n_features:
        values = {"latent_dim": latent_dim, "n_features": n_features}
        yield Finding("long_code", "warning", values)
    if n_rows < _ENOUGH * latent_dim:
        facts = {"n_rows": n_rows, "latent_dim": latent_dim, "enough": _ENOUGH}
        values = {**facts, "fitting": n_rows // _ENOUGH}
        yield Finding("few_rows", "problem" if n_rows <= latent_dim else "warning", values)


def _constant(
    varying: NDArray[np.intp], total: int, names: list[str] | None, is_one_kind: bool
) -> list[Finding]:
    constant = np.setdiff1d(np.arange(total), varying)
    if not len(constant):
        return []
    n = len(constant)
    shown = names_shown(constant.tolist(), names, total=n)
    # Pixels at the rim are expected; among quantities of their own a constant is a surprise.
    severity = "problem" if n == total else "note" if is_one_kind else "warning"
    return [Finding("constant_columns", severity, {"n": n, "total": total, "columns": shown})]


def _repeated(
    X: Any, varying: NDArray[np.intp], names: list[str] | None, is_one_kind: bool
) -> list[Finding]:
    pairs = repeated_columns(X, varying)
    if not pairs:
        return []
    later = [pair[1] for pair in pairs]
    shown = names_shown(later, names, total=len(later))
    values = {"n": len(later), "total": X.shape[1], "columns": shown}
    return [Finding("duplicate_columns", "note" if is_one_kind else "warning", values)]


def _leak(X: Any, X_held_out: Any) -> list[Finding]:
    n, total = int(rows_also_in(X_held_out, X).sum()), X_held_out.shape[0]
    if not n:
        return []
    share = n / total
    severity = "note" if share < _LEAK else "warning" if share < _LEAK_MOSTLY else "problem"
    return [Finding("leak", severity, {"n": n, "total": total, "share": share})]


def _wild_scales(
    dtype: np.dtype[Any],
    ranges: NDArray[np.float64],
    varying: NDArray[np.intp],
    measured: Spectrum,
    kind: str,
    names: list[str] | None,
) -> list[Finding]:
    widest = int(ranges.argmax())
    narrow = varying[ranges[varying] < ranges[widest] / _WILD]
    if dtype == np.uint8 or not len(narrow):  # bytes are of one scale by their nature
        return []
    values = {
        "n": len(narrow),
        "total": len(ranges),
        "columns": names_shown(narrow.tolist(), names, total=len(narrow)),
        "widest": names_shown([widest], names, total=1)[0],
        "scaling": kind,
        "share": float(measured.variances[narrow].sum() / measured.variances.sum()),
    }
    if kind in _ONE_RANGE:
        return [Finding("wild_scales", "warning", values)]
    return [Finding("wild_scales_evened", "note", values)]


def _outliers(
    X: Any,
    scaling: Scaling,
    measured: Spectrum,
    names: list[str] | None,
    row_numbers: ArrayLike | None,
) -> list[Finding]:
    if X.shape[0] < _FEWEST:
        return []
    mean = measured.mean.astype(np.float32)
    squares = np.empty(X.shape[0])
    for where, block in as_rows(X, scaling).blocks():
        offset = block.numpy() - mean
        squares[where] = np.einsum("ij,ij->i", offset, offset, dtype=np.float64)
    n = max(1, int(_TOP * len(squares)))
    furthest = np.argsort(-squares, kind="stable")[:n]
    share = float(squares[furthest].sum() / squares.sum())
    if share < _OWNED:
        return []
    by_column = np.zeros(X.shape[1])
    for _, block in as_rows(X[np.sort(furthest)], scaling).blocks():
        by_column += np.square(block.numpy() - mean, dtype=np.float64).sum(axis=0)
    most = _holding_most(by_column)
    first = furthest[:_N_ROWS_SHOWN]
    rows = (first if row_numbers is None else np.asarray(row_numbers)[first]).tolist()
    values = {
        "n": n,
        "total": len(squares),
        "share": share,
        "columns": names_shown(most.tolist(), names, total=len(most)),
        "rows": [*rows, *(["..."] if n > len(rows) else [])],
    }
    return [Finding("outliers", "warning" if share < _OWNED_MOSTLY else "problem", values)]


def _holding_most(amounts: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the fewest that hold over half of the whole, the largest first."""
    order = np.argsort(-amounts, kind="stable")
    so_far = np.cumsum(amounts[order])
    return order[: int(np.searchsorted(so_far, 0.5 * so_far[-1])) + 1]


def _of_spectrum(
    measured: Spectrum, latent_dim: int, n_features: int, n_rows: int
) -> Iterator[Finding]:
    """Tell what the spectrum says of the code's length, where rows suffice to know it."""
    if n_features < 2 or measured.n_rows < _ENOUGH * min(latent_dim, n_features):
        return
    k95 = measured.components_for(0.95)
    at_size = float(measured.explained[min(latent_dim, len(measured.explained)) - 1])
    if latent_dim < n_features and at_size >= _LINEAR:
        values = {"latent_dim": latent_dim, "share": at_size, "k95": k95}
        yield Finding("near_linear", "warning", values)
    if 2 * k95 > measured.n_rows:  # more components than so few rows can tell
        return
    if not measured.elbow:
        yield Finding("independent_columns", "warning", {"n_rows": measured.n_rows})
        return
    bounds = sorted(min(bound, max(1, n_rows // _ENOUGH)) for bound in (measured.elbow, k95))
    facts = {"n_rows": measured.n_rows, "k95": k95, "elbow": measured.elbow}
    within = {"low": bounds[0], "high": bounds[1], "sizes": _steps(*bounds)}
    yield Finding("suggested_latent_dim", "note", {**facts, **within})


def _steps(low: int, high: int) -> list[int]:
    """Return up to four sizes from one to the other, each larger than the last by one factor."""
    return sorted({round(size) for size in np.geomspace(low, high, 4).tolist()})
