"""Ablation of pretraining: the same network with and without it, for as many passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from ..._translation import Message
from ...errors import UsageError
from .._parts import Parts

__all__ = ["ablate_pretraining", "check_ablatable"]

_PROBE_ROWS = 5_000


def check_ablatable(estimator: Any) -> None:
    """Raise ``UsageError`` unless an estimator is pretrained and then fine-tuned."""
    parameters = estimator.get_params(deep=False)
    if (
        not parameters.get("pretraining_epochs")
        or parameters.get("stacking") == "joint"
        or parameters.get("fine_tune") is False
    ):
        raise UsageError(
            "`ablate` requires an estimator with pretraining and fine-tuning: stacked (greedy or "
            "chain) or stacked-classifier. "
            f"Got {type(estimator).__name__}: choose another one with --estimator."
        )


def ablate_pretraining(
    estimator: Any, parts: Parts, *, seeds: Sequence[int] = (0, 1, 2)
) -> dict[str, Any]:
    """Train an estimator with and without its pretraining, and compare.

    Without it, the network starts from the same random weights and is trained as a whole, for as
    many passes over the rows as pretraining and fine-tuning have together. A pass for a single
    layer is cheaper than one for the whole, as the seconds show.

    Parameters
    ----------
    estimator : StackedAutoencoder or StackedAutoencoderClassifier
        Defines the parameters; not modified.
    parts : Parts
        Rows, and labels if there are any; the held-out rows are measured.
    seeds : sequence of int, default=(0, 1, 2)
        Seeds of weights, noise and shuffling, with a pair of trainings for each.

    Returns
    -------
    dict
        ``seeds``; ``with`` and ``without``, each with lists over the seeds: ``passes``,
        ``seconds`` (of training), ``squared_error`` (per row, summed over features, in scaled
        units) and ``probe_accuracy`` (of logistic regression on the codes; with labels only), or
        ``error_rate`` for a classifier; and ``sentence``.
    """
    check_ablatable(estimator)
    found: dict[str, list[dict[str, float]]] = {"with": [], "without": []}
    for seed in seeds:
        pretrained = _fitted(clone(estimator).set_params(random_state=seed), parts)
        passes = len(pretrained.history_)
        plain = clone(estimator).set_params(random_state=seed, pretraining_epochs=0, epochs=passes)
        found["with"].append(_measured(pretrained, parts))
        found["without"].append(_measured(_fitted(plain, parts), parts))
    listed = {
        name: {key: [one[key] for one in measured] for key in measured[0]}
        for name, measured in found.items()
    }
    return {"seeds": list(seeds), **listed, "sentence": _sentence(listed)}


def _fitted(estimator: Any, parts: Parts) -> Any:
    if is_classifier(estimator):
        return estimator.fit(parts.X, parts.y)
    return estimator.fit(parts.X)


def _measured(estimator: Any, parts: Parts) -> dict[str, float]:
    X, y = parts.shown
    figures: dict[str, float] = {
        "passes": len(estimator.history_),
        "seconds": sum(record["seconds"] for record in estimator.history_),
    }
    if is_classifier(estimator):
        return figures | {"error_rate": 1 - estimator.score(X, y)}
    figures["squared_error"] = float(estimator.reconstruction_error(X).mean() * X.shape[1])
    if parts.y is not None and y is not None and len(np.unique(parts.y[:_PROBE_ROWS])) > 1:
        codes = estimator.transform(parts.X[:_PROBE_ROWS])
        scaler = StandardScaler().fit(codes)
        probe = LogisticRegression(max_iter=300).fit(scaler.transform(codes), parts.y[:_PROBE_ROWS])
        figures["probe_accuracy"] = float(probe.score(scaler.transform(estimator.transform(X)), y))
    return figures


def _sentence(listed: dict[str, dict[str, list[float]]]) -> str:
    key = "error_rate" if "error_rate" in listed["with"] else "squared_error"
    what = Message("error rate") if key == "error_rate" else Message("error")
    ours, theirs = (np.array(listed[name][key]) for name in ("with", "without"))
    form = ".2%" if key == "error_rate" else ".4g"
    seconds = [float(np.mean(listed[name]["seconds"])) for name in ("with", "without")]
    gap = 1 - ours.mean() / theirs.mean() if theirs.mean() > 0 else 0.0
    agree = (ours < theirs).all() or (ours > theirs).all()
    values = {
        "what": what,
        "ours": f"{ours.mean():{form}}",
        "theirs": f"{theirs.mean():{form}}",
        "n": len(ours),
        "ours_seconds": seconds[0],
        "theirs_seconds": seconds[1],
        "gap": abs(float(gap)),
    }
    if not agree or abs(gap) < 0.01:
        return Message(
            "Pretraining makes no clear difference: {what} {ours} vs. {theirs} without it (means "
            "over seeds, n = {n}); training time {ours_seconds:.3g} s vs. {theirs_seconds:.3g} s.",
            **values,
        )
    if gap > 0:
        return Message(
            "Pretraining lowers the {what} by {gap:.0%}: {ours} vs. {theirs} without it (means "
            "over seeds, n = {n}); training time {ours_seconds:.3g} s vs. {theirs_seconds:.3g} s.",
            **values,
        )
    return Message(
        "Pretraining raises the {what} by {gap:.0%}: {ours} vs. {theirs} without it (means over "
        "seeds, n = {n}); training time {ours_seconds:.3g} s vs. {theirs_seconds:.3g} s. Train "
        "without it.",
        **values,
    )
