"""Kind of outlier detectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..._translation import Message
from ...metrics import fit_pca
from ...sources import Dataset
from .._parts import Parts
from ._kind import Kind
from ._outcomes import Outcome
from ._outlier_evaluation import evaluate_outliers
from ._outlier_measures import measure_outliers

__all__ = ["DetectorKind", "PatchDetectorKind"]


class DetectorKind(Kind):
    """Kind of outlier detectors, which score rows and have no codes."""

    has_map = False
    expects_outliers = True
    is_beside_pca = False
    is_sampled = False
    shares_batches = False
    can_stop_early = False  # networks that were not trained yet would take part in the scores
    what = Message(
        "An outlier detector built from several autoencoders: it scores how anomalous a row is, "
        "and which features contribute. Trained with Isthmus on PyTorch; saved as safetensors and "
        "JSON, without pickle."
    )
    code = "score = model.score_samples(X)\nshares = model.explain(X)"
    tags = ("anomaly-detection",)
    task = "tabular-classification"
    error: str | None = None

    def can(self, capability: str) -> bool:
        """Return whether detectors have a method; they can be evaluated."""
        return capability == "evaluate" or super().can(capability)

    def fit(self, estimator: Any, parts: Parts, *, is_watched: bool) -> None:
        """Fit a detector; each of its networks holds out its own rows."""
        estimator.fit(parts.X, preprocessor=parts.preprocessor)

    def labelled(self, parts: Parts, dataset: Dataset, config: dict[str, Any], seed: int) -> Parts:
        """Return the rows with the masks of their defects, which are read before training."""
        parts = super().labelled(parts, dataset, config, seed)
        return parts if dataset.masks is None else replace(parts, masks=dataset.masks.read())

    def code_length(self, estimator: Any, n_features: int) -> None:
        """Return None: detectors do not depend on short codes."""

    def measure(
        self,
        estimator: Any,
        dataset: Dataset,
        parts: Parts,
        *,
        decompose: Callable[..., Any] = fit_pca,
        map: str = "pca",
    ) -> Outcome:
        """Measure a detector, an isolation forest and PCA; there is no map of codes."""
        return measure_outliers(estimator, dataset, parts, error=self.error)

    def evaluate(
        self, estimator: Any, X: Any, y: Any, *, X_train: Any = None, **settings: Any
    ) -> dict[str, Any]:
        """Evaluate a detector beside an isolation forest and PCA; there are no codes to measure."""
        names = ("n_resamples", "confidence", "random_state", "y_train")
        own = {name: settings[name] for name in names if name in settings}
        return evaluate_outliers(estimator, X, y, X_train=X_train, **own)


class PatchDetectorKind(DetectorKind):
    """Kind of detectors of patches of pictures, and of the features of another network."""

    requires_pictures = True
    reads_maps = True
    what = Message(
        "An outlier detector of pictures: it scores how anomalous a picture is, and maps where. It "
        "learns patches, by several autoencoders. Trained with Isthmus on PyTorch; saved as "
        "safetensors and JSON, without pickle."
    )
    code = "score = model.score_samples(X)\nmaps = model.score_maps(X)"
    task = "image-classification"
    error = Message(
        "Error of a pixel: mean over the patches that it is in and over its channels of "
        "log(1 + r\N{SUPERSCRIPT TWO} / s), where r is the residual and s the usual squared "
        "residual. Error of a picture: that of its most anomalous pixels."
    )
