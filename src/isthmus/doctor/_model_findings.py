"""Findings about a fitted model: its codes, errors and training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.utils.validation import _num_samples

from .._translation import Message
from ..estimators import BaseAutoencoder
from ..evaluation import BesidePCA, beside_pca, is_underfit, last_losses, loss_fall
from ..metrics import ReconstructionFigures
from ..nn import MLPPair
from ._code_findings import examine_codes, examine_latents
from ._finding_list import Findings
from ._findings import Finding, names_shown, worst_first
from ._spectrum import sample_rows
from ._variational_findings import examine_units

__all__ = ["examine_history", "examine_model"]

_RISES = 0.05
_FEWEST_EPOCHS = 3
_LOST = 0.05  # fraction of a column's variance
_COUNTS = 0.1  # times the mean variance of the columns
_FEWEST_ROWS = 20
_OVER, _OVER_BY = 2, 0.1  # unexplained fraction: ratio to training rows, and difference
_LEARNED = 0.01  # fraction of the variance


def examine_model(
    estimator: Any,
    X: Any,
    X_held_out: Any = None,
    *,
    names: Sequence[object] | None = None,
    beside: BesidePCA | None = None,
) -> Findings:
    """Find problems of a fitted model.

    For an autoencoder codes, reconstructions and losses are examined, for a classifier codes and
    losses, for an outlier detector losses. Codes are those of at most 20,000 training rows or 16
    million values, drawn at random.

    Parameters
    ----------
    estimator : estimator
        Fitted on ``X``.
    X : array-like, sparse matrix, table or sequence of texts
        Rows it was fitted on, as the estimator accepts them.
    X_held_out : like ``X``, default=None
        Rows it was not fitted on.
    names : sequence, default=None
        Column names; None uses those of the fit, or positions from 0.
    beside : BesidePCA, default=None
        Return value of ``beside_pca`` for these rows; None computes it, on as many rows as codes.

    Returns
    -------
    Findings
        List of ``Finding`` in descending severity; empty if there are no findings.
    """
    if names is None:
        names = estimator.column_names
    settings = estimator.settings_
    restores = settings.patience is not None
    found = examine_history(estimator.history_, epochs=settings.epochs, restores_best=restores)
    seed = estimator.seed_
    if hasattr(estimator, "scaled_reconstructions"):
        some, held_out = sample_rows(estimator.prepared_rows(X), seed=seed), None
        if X_held_out is not None and _num_samples(X_held_out):
            held_out = sample_rows(estimator.prepared_rows(X_held_out), seed=seed)
        beside = beside_pca(estimator, some, held_out) if beside is None else beside
        found += _of_codes(estimator, some)
        found += _of_figures(estimator, beside, names)
        if hasattr(estimator, "active_units_"):
            found = _with_units(found, examine_units(estimator.active_units_))
    elif hasattr(estimator, "transform") and hasattr(estimator, "predict"):
        features = estimator.checked_codes(sample_rows(estimator.prepared_rows(X), seed=seed))
        found += examine_codes(
            features,
            activation=_feature_activation(estimator),
            parameter=_activation_parameter(estimator),
        )
        # Cross-entropy rises with confidence at constant accuracy; and the last hidden layer is not
        # meant to be narrow.
        found = [one for one in found if one.code not in ("loss_rose", "low_rank_codes")]
    return Findings(worst_first(found))


def _with_units(found: list[Finding], units: list[Finding]) -> list[Finding]:
    """Add the findings about units; a collapse explains others, whose advice does not apply."""
    has_collapsed = any(one.code == "posterior_collapse" for one in units)
    explained = ("no_better_than_mean", "lost_columns") if has_collapsed else ()
    return [*(one for one in found if one.code not in explained), *units]


def _of_codes(estimator: Any, X: Any) -> list[Finding]:
    """Return the findings about the codes of checked rows."""
    if hasattr(estimator, "latents"):
        return examine_latents(estimator.latents(X, n_top=1))
    return examine_codes(
        estimator.checked_codes(X),
        activation=_code_activation(estimator),
        parameter=_activation_parameter(estimator),
    )


def _activation_parameter(estimator: Any) -> str:
    """Return what to call the parameter that sets the activation of the code."""
    if hasattr(estimator, "latent_activation"):
        return "`latent_activation`"
    return Message("the last `activation`")


def _widths_parameter(estimator: Any) -> str:
    """Return what to call the parameter that sets the widths of the hidden layers."""
    widths = ("hidden_dims", "layer_dims", "channels", "n_latents")
    names = [name for name in widths if hasattr(estimator, name)]
    return f"`{names[0]}`" if names else Message("the hidden layers")


def _code_activation(estimator: BaseAutoencoder) -> str:
    if not isinstance(estimator.network_, MLPPair):  # a custom network
        return "identity"
    return str(estimator.network_.encoder.layers()[-1][1])


def _feature_activation(classifier: Any) -> str:
    """Return the activation of a classifier's last hidden layer."""
    layers = getattr(classifier.network_, "layers", None)
    return "identity" if layers is None else str(layers()[-2][1])


def _of_figures(
    estimator: BaseAutoencoder, beside: BesidePCA, names: Sequence[object] | None
) -> Iterator[Finding]:
    which, judged, _ = beside.judged
    share, train = (_explained(figures) for figures in (judged, beside.model_train))
    if share is None or train is None:
        return
    is_squared = getattr(estimator, "loss", "mean_squared_error") == "mean_squared_error"
    # Of the words of texts most are rare, and are lost.
    has_columns = estimator.preprocessor_.kind != "texts"
    if has_columns and (share >= _LEARNED or not is_squared):  # otherwise no column is any better
        yield from _lost_columns(judged, which, names, estimator.scaling_.kind)
    if share < _LEARNED:
        yield _no_better_than_mean(estimator, share, which, is_squared)
    elif (
        is_squared
        and which == "held-out"
        and 1 - share > max(_OVER * (1 - train), 1 - train + _OVER_BY)
    ):
        yield Finding(
            "overfitting",
            "warning",
            {"train": train, "held_out": share, "widths": _widths_parameter(estimator)},
        )
    if is_underfit(estimator, beside.model_train, beside.pca_train):
        ours, pca = beside.model_train.squared_error, beside.pca_train.squared_error
        values = {"ours": ours, "pca": pca, "widths": _widths_parameter(estimator)}
        yield Finding("underfitting", "warning", values)


def _no_better_than_mean(
    estimator: BaseAutoencoder, share: float, which: str, is_squared: bool
) -> Finding:
    values: dict[str, Any] = {"share": share, "which": which}
    if is_squared:
        return Finding("no_better_than_mean", "problem", values)
    # The squared error was not the training objective, and the codes may be good nevertheless.
    return Finding("no_better_than_mean", "warning", {**values, "loss": estimator.loss})


def _explained(figures: ReconstructionFigures) -> float | None:
    share = figures.as_dict()["variance_explained"]
    return None if share is None else float(share)


def _lost_columns(
    figures: ReconstructionFigures, which: str, names: Sequence[object] | None, kind: str
) -> Iterator[Finding]:
    total = figures.total_per_column
    varies = total > 0
    if figures.n_rows < _FEWEST_ROWS or not varies.any():
        return
    # A pixel that hardly ever changes contributes nothing to the error.
    counts = total >= _COUNTS * total[varies].mean()
    lost = np.flatnonzero(counts & (figures.variance_explained_per_column < _LOST))
    if not len(lost):
        return
    values = {
        "n": len(lost),
        "total": len(total),
        "columns": names_shown(lost.tolist(), names, total=len(lost)),
        "which": which,
        "limit": _LOST,
    }
    # Columns of one kind, pixels or words, are numerous and redundant.
    severity = "note" if kind in ("unit", "symmetric", "none") else "warning"
    yield Finding("lost_columns", severity, values)


def examine_history(
    history: Sequence[Mapping[str, Any]], *, epochs: int | None = None, restores_best: bool = False
) -> list[Finding]:
    """Find a loss that was still falling at the end, or had risen by then.

    Parameters
    ----------
    history : sequence of mapping
        One record per epoch, as in ``history_``; of several stages the last is examined, by its
        validation loss if there is one.
    epochs : int, default=None
        Maximum number of epochs: if training stopped before that, for lack of progress, the loss
        was not still falling. None is the number of records.
    restores_best : bool, default=False
        Whether the weights of the best epoch were restored.

    Returns
    -------
    list of Finding
        ``still_falling``, ``still_falling_below_zero`` or ``loss_rose``, or none; none for fewer
        than three epochs.
    """
    if not history:
        return []
    losses, is_validated = last_losses(history)
    n_epochs = len(losses)
    if n_epochs < _FEWEST_EPOCHS:
        return []
    stopped = epochs is not None and n_epochs < epochs
    if not stopped and (falling := loss_fall(losses)):
        return [_still_falling(*falling, n_epochs, is_validated)]
    n = max(1, round(n_epochs / 10))
    last = float(losses[-n:].mean())
    best = int(losses.argmin())
    is_past = best < n_epochs - n and 0 < losses[best] * (1 + _RISES) < last
    if is_validated and not restores_best and is_past:
        values = {"best": best + 1, "total": n_epochs, "rise": last / float(losses[best]) - 1}
        return [Finding("loss_rose", "warning", values)]
    return []


def _still_falling(
    fall: float, n: int, is_of_whole: bool, n_epochs: int, is_validated: bool
) -> Finding:
    values = {
        "kind": Message("validation") if is_validated else Message("training"),
        "fall": fall,
        "n": n,
        "total": n_epochs,
        "epochs": Message.plural(
            "the last of {total} epochs", "the last {n} of {total} epochs", n, total=n_epochs
        ),
        "more": 2 * n_epochs,
    }
    code = "still_falling_below_zero" if is_of_whole else "still_falling"
    return Finding(code, "warning", values)
