"""What the doctor says of a run: of its rows before, and of what was trained after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...doctor import Finding, examine_model, examine_rows, worst_first
from ...evaluation import BesidePCA
from ...metrics import MOST_FEATURES, Components
from ...preprocessing import Scaling
from ...rows import EncodedRows, as_rows
from ...sources import Dataset
from .._parts import Parts
from ._registry import kind_of

__all__ = ["examine_fitted", "examine_parts", "row_components"]


def examine_parts(
    estimator: Any, dataset: Dataset, parts: Parts, *, pca: Components | None = None
) -> list[Finding]:
    """Look at rows as an estimator will take them.

    Parameters
    ----------
    estimator : estimator
        Not fitted; its parameters tell the length of a code and, where the parts have no fitted
        preprocessor, the scaling.
    dataset : Dataset
        The source.
    parts : Parts
        Its rows, split.
    pca : Components, default=None
        Of the training rows as their preprocessor scales them, where it is known.

    Returns
    -------
    list of Finding
        The worst first.
    """
    kind, own = kind_of(estimator), fitted_scaling(parts)
    found = examine_rows(
        parts.X,
        parts.X_held_out,
        latent_dim=kind.code_length(estimator, parts.X.shape[1]),
        scaling=estimator.scaling if own is None else own,
        names=dataset.feature_names,
        row_numbers=parts.numbers,
        random_state=estimator.random_state,
        pca=pca,
    )
    if kind.expects_outliers:
        found = [finding for finding in found if finding.code != "outliers"]
    return found


def fitted_scaling(parts: Parts) -> Scaling | None:
    """Return the scaling that a training has fitted to its rows, if it has and there is one.

    Parameters
    ----------
    parts : Parts
        The rows, split.

    Returns
    -------
    Scaling or None
        None too for blocks that do not scale numbers.
    """
    if parts.preprocessor is None or not parts.preprocessor.is_fitted:
        return None
    scaling: Scaling | None = getattr(parts.preprocessor, "scaling", None)
    return scaling


def row_components(
    estimator: Any, parts: Parts, decompose: Callable[[EncodedRows, int, int], Components]
) -> Components | None:
    """Decompose training rows once, for what is said of them and for PCA beside the model.

    Parameters
    ----------
    estimator : estimator
        Not fitted.
    parts : Parts
        The rows, split, with their preprocessor.
    decompose : callable
        As for ``isthmus.evaluation.beside_pca``.

    Returns
    -------
    Components or None
        None where the kind of estimator stands beside no PCA, where its network does not see rows
        as the scaling alone makes them, or where rows have so many features that only as many
        components are computed as the code has.
    """
    scaling = fitted_scaling(parts)
    if scaling is None or parts.preprocessor is None or parts.preprocessor.single is None:
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
    """Look at what was trained.

    Parameters
    ----------
    estimator : estimator
        Fitted on the training part.
    dataset : Dataset
        The source.
    parts : Parts
        Its rows, split.
    before : list of Finding
        What was found in the rows.
    beside : BesidePCA, default=None
        Figures of the estimator on these rows, if they are known.

    Returns
    -------
    list of dict
        All findings, those of the rows too, as a report holds them; the worst first.
    """
    after = examine_model(
        estimator, parts.X, parts.X_held_out, names=dataset.feature_names, beside=beside
    )
    return [finding.as_dict() for finding in worst_first([*after, *before])]
