"""Findings of the doctor about a run: its rows before training, and its model after."""

from __future__ import annotations

import copy
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._chunks import Chunks
from ..._finite import has_missing
from ...doctor import (
    Finding,
    encoded_rows,
    examine_kinds,
    examine_model,
    examine_rows,
    examine_table,
    worst_first,
)
from ...evaluation import BesidePCA
from ...metrics import MOST_FEATURES, Components
from ...preprocessing import AS_IS, Preprocessor, Scaling, plan_columns
from ...rows import EncodedRows, as_rows
from ...sources import Dataset
from .._parts import Parts
from ._registry import kind_of

__all__ = ["examine_fitted", "examine_parts", "row_components"]

# Findings whose advice is about columns, which words are not.
_OF_COLUMNS = frozenset(
    {"constant_columns", "duplicate_columns", "wild_scales", "wild_scales_evened", "outliers"}
)


def examine_parts(
    estimator: Any, dataset: Dataset, parts: Parts, *, pca: Components | None = None
) -> list[Finding]:
    """Examine rows for an estimator.

    Parameters
    ----------
    estimator : estimator
        Unfitted; its parameters define the code size and, if the parts have no fitted
        preprocessor, the scaling.
    dataset : Dataset
        The source.
    parts : Parts
        Rows of the source, split.
    pca : Components, default=None
        Components of the scaled training rows, if they are known.

    Returns
    -------
    list of Finding
        In descending severity.
    """
    kind, own = kind_of(estimator), fitted_scaling(parts)
    X, X_held_out, names = parts.X, parts.X_held_out, dataset.feature_names
    made = _with_layout(parts)
    if made is not None and made.layout is not None:
        X, X_held_out = (encoded_rows(made, part) for part in (X, X_held_out))
        X_held_out = _without_pooled(made, X_held_out)
        names, own = made.layout.value_names, AS_IS
    found: list[Finding] = examine_rows(
        X,
        X_held_out,
        latent_dim=kind.code_length(estimator, X.shape[1]),
        scaling=estimator.scaling if own is None else own,
        names=names,
        row_numbers=parts.numbers,
        random_state=estimator.random_state,
        pca=pca,
    )
    left_out = _OF_COLUMNS if dataset.kind == "texts" else frozenset()
    if dataset.kind == "table" and parts.preprocessor is not None:
        found = worst_first([*_of_columns(estimator, dataset, parts, parts.preprocessor), *found])
    if kind.expects_outliers:
        left_out |= {"outliers", "skewed_columns"}
    return [finding for finding in found if finding.code not in left_out]


def _of_columns(
    estimator: Any, dataset: Dataset, parts: Parts, preprocessor: Preprocessor
) -> list[Finding]:
    """Return the findings about the columns of a table."""
    columns = preprocessor.observed_columns
    found = examine_table(parts.X, columns, scaling=estimator.scaling)
    reader = preprocessor.table
    table = dataset.X.sample()[1] if isinstance(dataset.X, Chunks) else dataset.X
    plans = plan_columns(table, **dataset.planning) if reader is None else reader.plans
    chosen = list(dataset.planning.get("kinds") or ())
    asked = [plan for plan in plans if not any(fnmatchcase(plan.name, own) for own in chosen)]
    return [*found, *examine_kinds(table, asked)]


def _with_layout(parts: Parts) -> Preprocessor | None:
    """Return the preprocessor of rows with categories or missing cells, fitted if need be."""
    made = parts.preprocessor
    if made is None or made.is_fitted:
        return made
    is_mixed = made.kind == "table" or (made.kind == "numbers" and has_missing(parts.X))
    return copy.deepcopy(made).fit(parts.X) if is_mixed else None


def _without_pooled(made: Preprocessor, X: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return encoded rows without those of a pooled level, which can differ as they are written."""
    pooled = [] if made.table is None else made.table.pooled_values
    return X[~(X[:, pooled] > 0).any(axis=1)] if pooled else X


def fitted_scaling(parts: Parts) -> Scaling | None:
    """Return the scaling that was fitted to the training rows, or None.

    Parameters
    ----------
    parts : Parts
        Rows of the source, split.

    Returns
    -------
    Scaling or None
        Also None for blocks that do not scale numbers.
    """
    if parts.preprocessor is None or not parts.preprocessor.is_fitted:
        return None
    scaling: Scaling | None = getattr(parts.preprocessor, "scaling", None)
    return scaling


def row_components(
    estimator: Any, parts: Parts, decompose: Callable[[EncodedRows, int, int], Components]
) -> Components | None:
    """Decompose the training rows once, for findings and for the comparison with PCA.

    Parameters
    ----------
    estimator : estimator
        Unfitted.
    parts : Parts
        Rows of the source, split, with their preprocessor.
    decompose : callable
        As for ``isthmus.evaluation.beside_pca``.

    Returns
    -------
    Components or None
        None if the kind of estimator is not compared with PCA, if the network's input is not only
        scaled, or if there are so many features that only as many components are computed as the
        code has.
    """
    scaling = fitted_scaling(parts)
    made = parts.preprocessor
    if scaling is None or made is None or made.single is None or made.layout is not None:
        return None
    if not kind_of(estimator).is_beside_pca or parts.X.shape[1] > MOST_FEATURES:
        return None
    return decompose(as_rows(parts.X, scaling), 1, estimator.random_state)


def examine_fitted(
    estimator: Any,
    dataset: Dataset,
    parts: Parts,
    before: list[Finding],
    beside: BesidePCA | None = None,
) -> list[dict[str, Any]]:
    """Examine a trained estimator.

    Parameters
    ----------
    estimator : estimator
        Fitted on the training rows.
    dataset : Dataset
        The source.
    parts : Parts
        Rows of the source, split.
    before : list of Finding
        Findings about the rows.
    beside : BesidePCA, default=None
        Metrics of the estimator on these rows, if they are known.

    Returns
    -------
    list of dict
        All findings, including those about the rows, as in a report, in descending severity.
    """
    after = examine_model(
        estimator, parts.X, parts.X_held_out, names=dataset.feature_names, beside=beside
    )
    return [finding.as_dict() for finding in worst_first([*after, *before])]
