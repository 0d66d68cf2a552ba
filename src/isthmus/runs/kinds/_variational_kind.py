"""Kind of variational autoencoders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..._translation import Message
from ...figures import FigureSpec
from ...metrics import fit_pca
from ...sources import Dataset
from .._parts import Parts
from ._kind import Kind
from ._outcomes import Outcome

__all__ = ["VariationalKind"]


class VariationalKind(Kind):
    """Kind of variational autoencoders, whose report also shows the divergence of each unit."""

    what = Message(
        "A variational autoencoder: it encodes a row as a Gaussian over codes, reconstructs the "
        "row from its mean, and samples new rows. Trained with Isthmus on PyTorch; saved as "
        "safetensors and JSON, without pickle."
    )
    code = "Z = model.transform(X)\nX_new = model.sample(16)\nmodel.log_likelihood(X)"
    tags = ("dimensionality-reduction", "representation-learning", "generative-model")

    def part_for_pictures(self, estimator: Any) -> str | None:
        """Return its network, if that has convolutions."""
        return "The network 'conv'" if estimator.network == "conv" else None

    def code_length(self, estimator: Any, n_features: int) -> int | str | None:
        """Return None for a longer code than the rows: the prior limits what a code carries."""
        size = estimator.latent_dim
        return None if isinstance(size, int) and size >= n_features else size

    def measure(
        self,
        estimator: Any,
        dataset: Dataset,
        parts: Parts,
        *,
        decompose: Callable[..., Any] = fit_pca,
        map: str = "pca",
    ) -> Outcome:
        """Measure the reconstructions from the means of the posteriors, and the units."""
        outcome = super().measure(estimator, dataset, parts, decompose=decompose, map=map)
        curves, *others = outcome.figures
        model = {
            **outcome.model,
            "likelihood": estimator.likelihood_,
            "active_units": int(estimator.active_units_.sum()),
            "kl": float(estimator.kl_per_unit_.sum()),
        }
        figures = [curves, _divergences(estimator), *others]
        return replace(outcome, model=model, figures=figures)


def _divergences(estimator: Any) -> FigureSpec:
    kl, active = estimator.kl_per_unit_, estimator.active_units_
    caption = Message(
        "Divergence of each unit from the prior on training rows, in nats, largest first: what the "
        "unit tells about a row. Active units, whose codes vary between rows: {n} of {total}.",
        n=int(active.sum()),
        total=len(active),
    )
    return FigureSpec(
        "divergences.svg",
        "curves",
        Message("Divergence per unit"),
        caption,
        "unit_divergences",
        {"divergences": kl, "active": active},
    )
