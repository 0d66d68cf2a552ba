"""What an estimator computes for the rows that an exported model is checked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._row_blocks import as_dense
from ..errors import DataError
from ._compared_outputs import Differences, holes, units_of
from ._export_checks import TO_ROWS

__all__ = ["REFERENCES", "check_rows", "given_rows", "rounding_loss", "selects"]

_MOST_ROWS = 1000
_FREE_ROWS = ("numbers", "table")  # kinds of rows whose cells may be missing


def check_rows(estimator: Any, rows: Any) -> NDArray[Any]:
    """Return at most 1,000 rows as a matrix, evenly from all."""
    matrix = estimator.prepared_rows(rows)
    if not matrix.shape[0]:
        raise DataError("At least one row is needed to check an exported model. Got none.")
    n_rows = min(_MOST_ROWS, matrix.shape[0])
    chosen = np.linspace(0, matrix.shape[0] - 1, n_rows).astype(np.intp)
    dense: NDArray[Any] = as_dense(matrix[chosen])
    return dense


def given_rows(
    estimator: Any, part: str, matrix: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return the inputs to check with, and the units of the estimator's outputs, in one row."""
    made = estimator.preprocessor_
    given = matrix
    tags = estimator.__sklearn_tags__()
    if part == "decoder":
        given = as_dense(estimator.transform(matrix))
    elif made.kind in _FREE_ROWS and tags.input_tags.allow_nan and matrix.dtype.kind == "f":
        given = np.concatenate([holes(matrix, *_holes_of(made)), matrix])
    if part not in TO_ROWS:
        results = np.asarray(REFERENCES[part](estimator, given), dtype=np.float64)
        width = results.reshape(len(results), -1).shape[1]
        return given, np.repeat(units_of(results, by_column=False), width)[None, :]
    is_plain = made.table is None and made.scaling.curve is None
    units = made.scaling.scale if is_plain else units_of(matrix.astype(np.float64), by_column=True)
    units = np.broadcast_to(units, matrix.shape[1:]).copy()
    for own in made.observed_columns:
        if own.form == "level":
            units[own.position] = 1.0
    return given, units[None, :]


def _holes_of(made: Any) -> tuple[list[list[int]], list[int]]:
    """Return the positions of each column's values in the matrix, and those of levels."""
    if made.table is None:
        return [[k] for k in range(made.n_features)], []
    n = len(made.table.numeric)
    groups = [[k] for k in range(n)] + list(made.table.positions[bool(n) :])
    levels = [
        places[0]
        for block, places in zip(made.table.others, groups[n:], strict=True)
        if block.n_levels and not block.pools
    ]
    return groups, levels


def selects(estimator: Any) -> bool:
    """Return whether codes hold only some of their latents."""
    return bool(getattr(estimator, "n_active_", 0) < getattr(estimator, "latent_dim_", 0))


def _codes(estimator: Any, matrix: NDArray[Any]) -> NDArray[Any]:
    codes: NDArray[Any] = as_dense(estimator.transform(matrix))
    return codes


REFERENCES: dict[str, Callable[[Any, NDArray[Any]], NDArray[Any]]] = {
    "encoder": _codes,
    "decoder": lambda estimator, codes: estimator.decoded_matrix(codes),
    "reconstruction": lambda estimator, matrix: estimator.reconstruct(matrix),
    "score": lambda estimator, matrix: estimator.score_samples(matrix),
    "probabilities": lambda estimator, matrix: estimator.predict_proba(matrix),
}


def rounding_loss(
    estimator: Any,
    twin: Any,
    part: str,
    given: NDArray[Any],
    matrix: NDArray[Any],
    units: NDArray[np.float64],
) -> dict[str, float]:
    """Return what rounding of the weights changed."""
    before, after = (
        np.asarray(REFERENCES[part](one, given), dtype=np.float64) for one in (estimator, twin)
    )
    changes = Differences(before, after, units)
    found = {"mean_difference": changes.mean, "largest_difference": changes.largest}
    if hasattr(estimator, "reconstruction_error"):
        for name, one in (("squared_error", twin), ("squared_error_float32", estimator)):
            found[name] = float(np.nanmean(one.reconstruction_error(matrix)))
    return found
