"""Kind of sparse autoencoders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..._translation import Message, two_sentences
from ...metrics import fit_pca
from ...sources import Dataset
from .._parts import Parts
from ._code_measures import measure_codes
from ._kind import Kind
from ._latent_measures import describe_latents, latent_numbers
from ._outcomes import Outcome

__all__ = ["SparseKind"]


class SparseKind(Kind):
    """Kind of sparse autoencoders: codes are longer than rows, and PCA is compared at ``k``."""

    has_map = False  # a point in the plane says little about which latents a row has
    what = Message(
        "A sparse autoencoder: it encodes a row as a few of many latents and reconstructs the row "
        "from them. Trained with Isthmus on PyTorch; saved as safetensors and JSON, without pickle."
    )
    code = "Z = model.transform(X)  # CSR\nX_hat = model.inverse_transform(Z)"
    tags = ("sparse-autoencoder", "representation-learning")

    def can(self, capability: str) -> bool:
        """Return whether sparse autoencoders have a method; they cannot sample."""
        return capability != "sample" and super().can(capability)

    def code_length(self, estimator: Any, n_features: int) -> None:
        """Return None: sparse codes need not be short."""

    def measure(
        self,
        estimator: Any,
        dataset: Dataset,
        parts: Parts,
        *,
        decompose: Callable[..., Any] = fit_pca,
        map: str = "pca",
    ) -> Outcome:
        """Measure a sparse autoencoder, its latents, and PCA with ``k`` components."""
        outcome = measure_codes(
            estimator,
            dataset,
            parts,
            label=self.label,
            decompose=decompose,
            map=None,
            loss=Message("share of variance unexplained"),
        )
        latents = estimator.latents(parts.X, n_top=8)
        table, figures = describe_latents(estimator, dataset, parts, latents)
        n, k = estimator.latent_dim_, estimator.n_active_
        size = Message(
            "Of the {n:,} values of a code, {active:,} are not zero on average; PCA has {k:,} "
            "components.",
            n=n,
            active=round(latents.per_row),
            k=k,
        )
        return replace(
            outcome,
            title=Message(
                "{name}: {n:,} latents, {k:,} per row",
                name=dataset.name,
                n=n,
                k=round(latents.per_row),
            ),
            verdict=two_sentences(size, outcome.verdict),
            model=outcome.model | latent_numbers(latents),
            figures=[*outcome.figures, *figures],
            more=outcome.more | {"tables": [*table, *outcome.more["tables"]]},
        )
