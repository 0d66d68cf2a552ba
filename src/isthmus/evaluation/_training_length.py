"""Whether a model was trained long enough for a comparison with a baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..estimators import BaseAutoencoder
from ..metrics import ReconstructionFigures

__all__ = ["is_underfit", "last_losses", "loss_fall", "may_be_undertrained"]

_FALLS = 0.05  # of the loss, over the last tenth of the epochs
_FEWEST_EPOCHS = 3
_UNDER, _UNDER_BY = 0.02, 0.005


def last_losses(history: Sequence[Mapping[str, Any]]) -> tuple[NDArray[np.float64], bool]:
    """Return the losses of the last stage of a training.

    Parameters
    ----------
    history : sequence of mapping
        One record per epoch, as in ``history_``; at least one.

    Returns
    -------
    tuple of ndarray of shape (n_epochs,) and bool
        Validation losses if all epochs have one, else training losses; and which of them.
    """
    stage = history[-1].get("stage")
    records = [record for record in history if record.get("stage") == stage]
    validation = [record["validation_loss"] for record in records]
    is_validated = None not in validation
    return np.array(
        validation if is_validated else [r["train_loss"] for r in records]
    ), is_validated


def loss_fall(losses: NDArray[np.float64]) -> tuple[float, int, bool] | None:
    """Return by which fraction a loss was still falling at the end of a training.

    A ratio of losses means nothing if they are not all above zero, as those of a density can be.
    The fall is then a fraction of the whole fall since the first epoch.

    Parameters
    ----------
    losses : ndarray of shape (n_epochs,)
        Losses of one stage.

    Returns
    -------
    tuple of float, int and bool, or None
        The fall over the last tenth of the epochs, as a fraction of the loss before; the number of
        these epochs; and whether it is a fraction of the whole fall. None if it is below 5 %, or if
        there are fewer than three epochs.
    """
    if len(losses) < _FEWEST_EPOCHS:
        return None
    n = max(1, round(len(losses) / 10))
    before, last = float(losses[-2 * n : -n].mean()), float(losses[-n:].mean())
    is_of_whole = bool(losses.min() <= 0)
    whole = float(losses[0]) - last if is_of_whole else before
    fall = (before - last) / whole if whole > 0 else 0.0
    return (fall, n, is_of_whole) if fall > _FALLS else None


def may_be_undertrained(estimator: Any) -> bool:
    """Return whether a training ended before its loss did not fall any more.

    Parameters
    ----------
    estimator : estimator
        Fitted, with ``history_`` and ``settings_``.

    Returns
    -------
    bool
        True if the last stage was interrupted, or had all its epochs and the loss was still falling
        or there are fewer than three epochs.
    """
    losses, _ = last_losses(estimator.history_)
    if len(losses) < estimator.settings_.epochs:
        patience = estimator.settings_.patience
        return patience is None or len(losses) - 1 - int(losses.argmin()) < patience
    return len(losses) < _FEWEST_EPOCHS or loss_fall(losses) is not None


def is_underfit(
    estimator: BaseAutoencoder, model: ReconstructionFigures, pca: ReconstructionFigures
) -> bool:
    """Return whether a model reconstructs training rows worse than PCA, which it could match.

    Parameters
    ----------
    estimator : BaseAutoencoder
        Fitted.
    model, pca : ReconstructionFigures
        Metrics of the model and of PCA on training rows.

    Returns
    -------
    bool
        False for models that stopped early, were trained on corrupted rows or with another loss
        than the squared error, have sparse codes, or have no bottleneck.
    """
    if not _is_comparable(estimator):
        return False
    ours, theirs = (figures.as_dict()["variance_explained"] for figures in (model, pca))
    # Where PCA reconstructs everything, any network misses a little; that is not a problem.
    if ours is None or theirs is None or theirs - ours < _UNDER_BY:
        return False
    return model.squared_error >= (1 + _UNDER) * pca.squared_error


def _is_comparable(estimator: BaseAutoencoder) -> bool:
    is_squared = getattr(estimator, "loss", "mean_squared_error") == "mean_squared_error"
    noise = getattr(estimator, "noise", "none")
    is_corrupted = noise not in ("auto", "none") or estimator.preprocessor_.layout is not None
    # A sparse code of k values cannot always match k principal components.
    is_short = estimator.n_active_ == estimator.latent_dim_ < estimator.preprocessor_.n_encoded
    losses, _ = last_losses(estimator.history_)
    stopped = len(losses) < estimator.settings_.epochs
    is_shifted = bool(getattr(estimator, "max_shift", 0))
    return is_squared and is_short and not (is_corrupted or is_shifted or stopped)
