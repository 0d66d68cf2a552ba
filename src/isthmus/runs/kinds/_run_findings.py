"""What the doctor says of a run: of its rows before, and of what was trained after."""

from __future__ import annotations

from typing import Any

from ...doctor import Finding, examine_model, examine_rows, worst_first
from ...evaluation import BesidePCA
from ...sources import Dataset
from .._parts import Parts
from ._registry import kind_of

__all__ = ["examine_fitted", "examine_parts"]


def examine_parts(estimator: Any, dataset: Dataset, parts: Parts) -> list[Finding]:
    """Look at rows as an estimator will take them.

    Parameters
    ----------
    estimator : estimator
        Not fitted; its parameters tell the length of a code and the scaling.
    dataset : Dataset
        The source.
    parts : Parts
        Its rows, split.

    Returns
    -------
    list of Finding
        The worst first.
    """
    kind = kind_of(estimator)
    found = examine_rows(
        parts.X,
        parts.X_held_out,
        latent_dim=kind.code_length(estimator, parts.X.shape[1]),
        scaling=estimator.scaling,
        names=dataset.feature_names,
        row_numbers=parts.numbers,
        random_state=estimator.random_state,
    )
    if kind.expects_outliers:
        found = [finding for finding in found if finding.code != "outliers"]
    return found


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
