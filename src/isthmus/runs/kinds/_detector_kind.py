"""The kind of an outlier detector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..._translation import Message
from ...metrics import fit_pca
from ...sources import Dataset
from .._parts import Parts
from ._kind import Kind
from ._outcomes import Outcome
from ._outlier_measures import measure_outliers

__all__ = ["DetectorKind"]


class DetectorKind(Kind):
    """It scores rows, and has no codes to show."""

    has_map = False
    expects_outliers = True
    is_beside_pca = False
    what = Message(
        "An outlier detector built from several autoencoders: it scores how anomalous a row is, "
        "and which features contribute. Trained with Isthmus on PyTorch; saved as safetensors and "
        "JSON, without pickle."
    )
    code = "score = model.score_samples(X)\nshares = model.explain(X)"
    tags = ("anomaly-detection",)
    task = "tabular-classification"

    def fit(self, estimator: Any, parts: Parts, *, is_watched: bool) -> None:
        """Fit a detector; each of its networks holds out rows of its own."""
        estimator.fit(parts.X, preprocessor=parts.preprocessor)

    def code_length(self, estimator: Any, n_features: int) -> None:
        """Return None: how short its codes are is not what it is judged by."""

    def measure(
        self,
        estimator: Any,
        dataset: Dataset,
        parts: Parts,
        *,
        decompose: Callable[..., Any] = fit_pca,
        map: str = "pca",
    ) -> Outcome:
        """Measure a detector beside an isolation forest and PCA; it has no map."""
        return measure_outliers(estimator, dataset, parts)
