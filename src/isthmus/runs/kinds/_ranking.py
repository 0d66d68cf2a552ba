"""How well the scores of a detector and of its baselines find labelled anomalies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import (
    average_precision_score,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)

from ..._translation import Message, two_sentences
from ...figures import FigureSpec

__all__ = ["ranking_figure"]

_N_POINTS = 201


def ranking_figure(
    names: Sequence[object],
    scores: Mapping[str, NDArray[np.float64]],
    is_strange: NDArray[np.bool_],
    line: float,
) -> FigureSpec:
    """Return the figure of ROC and precision-recall curves.

    Parameters
    ----------
    names : sequence of length n_models
        Names of the models for readers.
    scores : mapping of str to ndarray of shape (n_samples,)
        Errors of each model, larger for more anomalous rows; the detector is the first.
    is_strange : ndarray of shape (n_samples,), bool
        Which rows are labelled anomalous; both kinds occur.
    line : float
        Threshold of the detector.

    Returns
    -------
    FigureSpec
    """
    errors = next(iter(scores.values()))
    flagged = errors > line
    hits = float((flagged & is_strange).sum())
    recall = hits / is_strange.sum()
    at = [float((flagged & ~is_strange).sum() / (~is_strange).sum()), recall, recall]
    # Without a flagged row there is no precision, and nothing is marked.
    at = [*at, hits / float(flagged.sum())] if flagged.any() else []
    arguments: dict[str, Any] = {
        "names": [
            Message(
                "{model}: ROC AUC {area:.3f}, average precision {precision:.3f}",
                model=name,
                area=float(roc_auc_score(is_strange, own)),
                precision=float(average_precision_score(is_strange, own)),
            )
            for name, own in zip(names, scores.values(), strict=True)
        ],
        "roc": np.stack([_roc(is_strange, own) for own in scores.values()]),
        "precision_recall": np.stack([_recalled(is_strange, own) for own in scores.values()]),
        "at": [float(value) for value in at],
        "prevalence": float(is_strange.mean()),
    }
    caption = Message(
        "Left: share of the labelled anomalies above a threshold, by the share of other rows above "
        "it. Right: share of anomalies among the rows above a threshold. Dotted: a random order."
    )
    if at:
        caption = two_sentences(
            caption,
            Message(
                "At the detector's threshold, recall is {recall:.0%} and precision is "
                "{precision:.0%}.",
                recall=recall,
                precision=at[-1],
            ),
        )
    title = Message("ROC and precision-recall curves")
    return FigureSpec("ranking.svg", "ranking", title, caption, "ranking_curves", arguments)


def _roc(is_strange: NDArray[np.bool_], errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return false and true positive rates at evenly spaced false positive rates."""
    false, true, _ = roc_curve(is_strange, errors)
    rates = np.linspace(0, 1, _N_POINTS)
    return np.stack([rates, np.interp(rates, false, true)])


def _recalled(is_strange: NDArray[np.bool_], errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return evenly spaced recalls, and the precision where each is first reached."""
    precision, recall, _ = precision_recall_curve(is_strange, errors)
    precision, recall = precision[-2::-1], recall[-2::-1]  # without the end that is no threshold
    rates = np.linspace(0, 1, _N_POINTS)
    return np.stack([rates, precision[np.searchsorted(recall, rates - 1e-12)]])
