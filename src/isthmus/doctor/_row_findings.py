"""Findings about rows, before training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_array

from .._finite import check_finite
from .._selected_rows import is_lazy
from ..errors import DataError, UsageError
from ..estimators import auto_latent_dim
from ..metrics import Components
from ..preprocessing import AS_IS, Scaling, fit_scaling, is_table, share_one_range
from ..rows import as_rows
from ._column_scans import column_ranges, repeated_columns, rows_also_in
from ._finding_list import Findings
from ._findings import Finding, names_shown, worst_first
from ._mixed_tables import encoded_rows, findings_of_columns, preprocessor_of
from ._spectrum import Spectrum, spectrum, spectrum_of

__all__ = ["examine_rows"]

_ENOUGH = 10  # rows per unit of the code
_WILD = 1000  # times another column's range
_TOP = 0.01  # fraction of the rows
_FEWEST = 20  # rows; with fewer, one has much of the variance anyway
_OWNED, _OWNED_MOSTLY = 0.3, 0.6  # fraction of the variance
_LINEAR = 0.99  # fraction of the variance
_LEAK, _LEAK_MOSTLY = 0.01, 0.5  # fraction of the held-out rows
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
) -> Findings:
    """Find problems of rows before training.

    Rows are read block by block, in several passes; the spectrum is that of at most 20,000 rows or
    16 million values, drawn at random. Only such samples of sparse rows are made dense. A million
    rows of 784 bytes take some seconds.

    Parameters
    ----------
    X : array-like, sparse matrix or table of shape (n_samples, n_features)
        Training rows, in any unit; not modified. A table may have columns of any kind and missing
        cells, as for ``Autoencoder.fit``: findings about columns are then added.
    X_held_out : array-like or sparse matrix of shape (n_held_out, n_features), default=None
        Rows that the model will be measured on.
    latent_dim : int, "auto" or None, default="auto"
        Code size; "auto" is that of ``Autoencoder``. None is for models without a bottleneck, and
        skips findings about the code size.
    scaling : str or Scaling, default="auto"
        As for ``Autoencoder``, or a scaling that was fitted to these rows, which is used as it is.
    names : sequence, default=None
        Column names; None uses those of a data frame, or positions from 0. Columns of one name are
        the encoded values of one column, and findings are about the whole column.
    row_numbers : array-like of int of shape (n_samples,), default=None
        Numbers of the rows in findings; None uses positions, from 0.
    random_state : int, default=0
        Seed of the samples.
    pca : Components, default=None
        All components of these rows in that scaling, if they are known: the spectrum is then that
        of all rows, without another decomposition.

    Returns
    -------
    Findings
        List of ``Finding`` in descending severity; empty if there are no findings.

    Raises
    ------
    DataError
        If a value is infinite or too large to be squared, or missing in an array.
    UsageError
        If the scaling is unknown or does not suit the rows, or the code size is invalid.
    """
    if names is None and isinstance(scaling, str):
        made = preprocessor_of(X, scaling)
        if made is not None:
            matrix = made.prepare(X)
            held_out = None if X_held_out is None else made.prepare(X_held_out)
            of_rows = examine_rows(
                encoded_rows(made, matrix),
                None if held_out is None else encoded_rows(made, held_out),
                latent_dim=latent_dim,
                scaling=AS_IS,
                names=None if made.layout is None else made.layout.value_names,
                row_numbers=row_numbers,
                random_state=random_state,
            )
            of_columns = findings_of_columns(made, X, matrix, scaling)
            return Findings(worst_first([*of_columns, *of_rows]))
    given = getattr(X, "columns", None) if names is None else names
    called = None if given is None else [str(name) for name in given]
    X = _checked(X, called)
    n_features = X.shape[1]
    size = auto_latent_dim(n_features) if latent_dim == "auto" else latent_dim
    if size is not None and (isinstance(size, str) or size < 1):
        raise UsageError(f"`latent_dim` must be at least 1, 'auto' or None. Got {size!r}.")
    ranges = column_ranges(X)
    varying = np.flatnonzero(ranges > 0)
    if isinstance(scaling, Scaling):
        learned = _checked_scaling(scaling, n_features)
    else:
        learned = fit_scaling(X, scaling, names=called)
    # Pixels may be scaled one by one, too.
    is_one_kind = learned.kind in ("unit", "symmetric") or share_one_range(X)
    found = _constant(varying, n_features, called, is_one_kind)
    if X_held_out is not None and X_held_out.shape[0]:
        found += _leak(X, _checked(X_held_out, called))
    if not len(varying) or X.shape[0] < 2:
        return Findings(worst_first([*found, *_few_rows(X.shape, size)]))
    found += _repeated(X, varying, called, is_one_kind)
    measured = (
        spectrum(X, learned, seed=random_state)
        if pca is None or not pca.is_whole
        else spectrum_of(pca, varying, seed=random_state)
    )
    if not measured.variances.any():  # values so small that their squares are 0
        return Findings(worst_first([*found, *_few_rows(X.shape, size)]))
    found += _wild_scales(X.dtype, ranges, varying, measured, learned.kind, called)
    found += _outliers(X, learned, measured, called, row_numbers)
    found += _few_rows(X.shape, size)
    if size is not None:
        found += _of_spectrum(measured, size, n_features, X.shape[0])
    return Findings(worst_first(found))


def _checked(X: Any, names: list[str] | None) -> Any:
    if not is_lazy(X):  # a check would copy them
        X = _matrix(X)
    X = X.astype(np.uint8) if X.dtype.kind == "b" else X
    X = X.astype(np.float32) if X.dtype == np.float16 else X
    check_finite(X, names=names)
    return X


def _matrix(X: Any) -> Any:
    try:
        return check_array(X, accept_sparse="csr", dtype="numeric", ensure_all_finite=False)
    except ValueError as error:
        if not is_table(X):
            raise
        raise DataError(
            f"examine_rows requires a table of numbers. Got one that has others: {error}. Use "
            "`isthmus doctor` on the file, or `examine_model` after a fit: both accept any table."
        ) from error


def _checked_scaling(scaling: Scaling, n_features: int) -> Scaling:
    if len(scaling.shift) not in (1, n_features):
        raise UsageError(
            f"`scaling` must be fitted to rows with {n_features:,} features. Got "
            f"{len(scaling.shift):,} features."
        )
    return scaling


def _whole_columns(values: NDArray[np.intp], names: list[str] | None) -> NDArray[np.intp]:
    """Return the first value of each column whose encoded values are all among those given."""
    if names is None or not len(values):
        return values
    is_among = np.zeros(len(names), dtype=bool)
    is_among[values] = True
    _, first, owners = np.unique(np.array(names), return_index=True, return_inverse=True)
    is_whole = np.bincount(owners, ~is_among) == 0
    return np.sort(first[is_whole])


def _at_first_values(amounts: NDArray[np.float64], names: list[str]) -> NDArray[np.float64]:
    """Return the sum over each column's encoded values at its first one, 0 at the others."""
    _, first, owners = np.unique(np.array(names), return_index=True, return_inverse=True)
    sums = np.zeros_like(amounts)
    sums[first] = np.bincount(owners, amounts)
    return sums


def _n_columns(n_values: int, names: list[str] | None) -> int:
    return n_values if names is None else len(set(names))


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
    constant = _whole_columns(np.setdiff1d(np.arange(total), varying), names)
    if not len(constant):
        return []
    total = _n_columns(total, names)
    n = len(constant)
    shown = names_shown(constant.tolist(), names, total=n)
    # Pixels at the border are expected; a constant among other quantities is not.
    severity = "problem" if n == total else "note" if is_one_kind else "warning"
    return [Finding("constant_columns", severity, {"n": n, "total": total, "columns": shown})]


def _repeated(
    X: Any, varying: NDArray[np.intp], names: list[str] | None, is_one_kind: bool
) -> list[Finding]:
    pairs = repeated_columns(X, varying)
    if not pairs:
        return []
    later = _whole_columns(np.array([pair[1] for pair in pairs]), names).tolist()
    if not later:
        return []
    shown = names_shown(later, names, total=len(later))
    values = {"n": len(later), "total": _n_columns(X.shape[1], names), "columns": shown}
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
    narrow = _whole_columns(varying[ranges[varying] < ranges[widest] / _WILD], names)
    if dtype == np.uint8 or not len(narrow):  # bytes share one scale
        return []
    values = {
        "n": len(narrow),
        "total": _n_columns(len(ranges), names),
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
    most = _holding_most(by_column if names is None else _at_first_values(by_column, names))
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
    """Return the fewest amounts with more than half of the total, largest first."""
    order = np.argsort(-amounts, kind="stable")
    so_far = np.cumsum(amounts[order])
    return order[: int(np.searchsorted(so_far, 0.5 * so_far[-1])) + 1]


def _of_spectrum(
    measured: Spectrum, latent_dim: int, n_features: int, n_rows: int
) -> Iterator[Finding]:
    """Return the findings of the spectrum about the code size, if there are enough rows."""
    if n_features < 2 or measured.n_rows < _ENOUGH * min(latent_dim, n_features):
        return
    k95 = measured.components_for(0.95)
    at_size = float(measured.explained[min(latent_dim, len(measured.explained)) - 1])
    if latent_dim < n_features and at_size >= _LINEAR:
        values = {"latent_dim": latent_dim, "share": at_size, "k95": k95}
        yield Finding("near_linear", "warning", values)
    if 2 * k95 > measured.n_rows:  # more components than so few rows can determine
        return
    if not measured.elbow:
        yield Finding("independent_columns", "warning", {"n_rows": measured.n_rows})
        return
    bounds = sorted(min(bound, max(1, n_rows // _ENOUGH)) for bound in (measured.elbow, k95))
    facts = {"n_rows": measured.n_rows, "k95": k95, "elbow": measured.elbow}
    within = {"low": bounds[0], "high": bounds[1], "sizes": _steps(*bounds)}
    yield Finding("suggested_latent_dim", "note", {**facts, **within})


def _steps(low: int, high: int) -> list[int]:
    """Return up to four sizes from ``low`` to ``high``, in geometric progression."""
    return sorted({round(size) for size in np.geomspace(low, high, 4).tolist()})
