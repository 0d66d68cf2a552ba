"""Base class of kinds of estimators: how a run fits, measures and describes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..._translation import Message
from ...errors import UsageError
from ...evaluation import evaluate
from ...metrics import fit_pca
from ...sources import Dataset
from .._parts import Parts
from ._code_measures import measure_codes
from ._outcomes import Outcome

__all__ = ["Kind"]


class Kind:
    """Kind of estimators in runs; the defaults suit an autoencoder.

    A new kind of estimator requires only a name and a class with ``transform`` and
    ``inverse_transform``; a subclass of ``Kind`` overrides what differs.

    Parameters
    ----------
    name : str
        Name on the command line, for ``--estimator``.
    estimator : type
        Class of the estimators.
    label : str, default=None
        Name of the fitted model in sentences; None uses "the " and the name.

    Attributes
    ----------
    has_map : bool
        Whether the report has a map of codes.
    is_beside_pca : bool
        Whether the report compares with PCA.
    can_stop_early : bool
        Whether a training that was stopped at any step leaves a model of use.
    shares_batches : bool
        Whether several processes can train it together, each with its share of every batch.
    is_sampled : bool
        Whether a random sample suffices to measure it if there are very many rows.
    learns_labels : bool
        Whether it is fitted on labels.
    requires_pictures : bool
        Whether it is for pictures, so that a table needs a ``picture_shape``.
    reads_maps : bool
        Whether rows of arrays with four axes are pictures with any number of channels.
    expects_outliers : bool
        Whether it is for anomalous rows, so that outliers are not a finding.
    what, code : str
        Description in the model card, and Python code that uses the model.
    tags, task : tuple of str, str
        Terms of the Hugging Face Hub.
    """

    has_map = True
    is_beside_pca = True
    can_stop_early = True
    shares_batches = True
    is_sampled = True
    learns_labels = False
    requires_pictures = False
    reads_maps = False
    expects_outliers = False
    what: str = Message(
        "An autoencoder: it encodes a row as a short code and reconstructs the row from it. "
        "Trained with Isthmus on PyTorch; saved as safetensors and JSON, without pickle."
    )
    code = "Z = model.transform(X)\nX_hat = model.inverse_transform(Z)"
    tags: tuple[str, ...] = ("dimensionality-reduction", "representation-learning")
    task = "feature-extraction"

    def __init__(self, name: str, estimator: type, label: str | None = None) -> None:
        self.name, self.estimator = name, estimator
        self.label = f"the {name}" if label is None else label

    def can(self, capability: str) -> bool:
        """Return whether the estimator has a method, or can be evaluated.

        Parameters
        ----------
        capability : str
            Name of the method: "transform", "inverse_transform", "encode", "reconstruct",
            "score_samples", "predict". Or "evaluate", which the default kind can if the estimator
            can reconstruct.

        Returns
        -------
        bool
        """
        method = "inverse_transform" if capability == "evaluate" else capability
        return hasattr(self.estimator, method)

    def card(self) -> dict[str, Any]:
        """Return the texts of the model card for this kind.

        Returns
        -------
        dict
            ``what``, ``code``, ``tags`` and ``task``.
        """
        return {"what": self.what, "code": self.code, "tags": list(self.tags), "task": self.task}

    def check(self, estimator: Any) -> None:
        """Raise ``UsageError`` if valid parameters are incompatible with each other.

        Parameters
        ----------
        estimator : estimator
            Unfitted, with valid parameters.
        """

    def check_map(self, estimator: Any) -> None:
        """Raise ``UsageError`` unless the report has a map of codes.

        Parameters
        ----------
        estimator : estimator
            Estimator of this kind.
        """
        if not self.has_map:
            raise UsageError(
                "`map` does not apply to an estimator whose report has no map of codes. Got "
                f"{type(estimator).__name__}: leave it out."
            )

    def labelled(self, parts: Parts, dataset: Dataset, config: dict[str, Any], seed: int) -> Parts:
        """Return the rows with the labels that the estimator trains on.

        Parameters
        ----------
        parts : Parts
            Rows of the source, split.
        dataset : Dataset
            The source.
        config : dict
            As for ``run_training``.
        seed : int
            Seed of the choice of labels.

        Returns
        -------
        Parts

        Raises
        ------
        UsageError
            If labels are requested and the estimator does not use labels.
        DataError
            If it requires labels and there are none.
        """
        if config.get("labels_per_class") is not None:
            raise UsageError(
                "`labels_per_class` does not apply to an estimator without labels. Got "
                f"{self.estimator.__name__}: use --estimator stacked-classifier, or leave it out."
            )
        return parts

    def fit(self, estimator: Any, parts: Parts, *, is_watched: bool) -> None:
        """Fit an estimator to the training rows.

        Parameters
        ----------
        estimator : estimator
            Changed in place.
        parts : Parts
            Rows of the source, split.
        is_watched : bool
            Whether to compute the loss of held-out rows after each epoch; nothing is selected by
            it.
        """
        held_out = parts.X_held_out if is_watched else None
        estimator.fit(parts.X, validation_data=held_out, preprocessor=parts.preprocessor)

    def part_for_pictures(self, estimator: Any) -> str | None:
        """Return what is for pictures, so that a table needs a ``picture_shape``, or None.

        Parameters
        ----------
        estimator : estimator
            Unfitted.

        Returns
        -------
        str or None
            Subject of a message.
        """
        return f"The estimator {self.name!r}" if self.requires_pictures else None

    def code_length(self, estimator: Any, n_features: int) -> int | str | None:
        """Return the code size if it must be smaller than a row, else None.

        Parameters
        ----------
        estimator : estimator
            Unfitted.
        n_features : int
            Number of features.

        Returns
        -------
        int, "auto" or None
        """
        size = getattr(estimator, "latent_dim", None)
        # `fit` raises its own error for a larger one.
        return None if isinstance(size, int) and size > n_features else size

    def measure(
        self,
        estimator: Any,
        dataset: Dataset,
        parts: Parts,
        *,
        decompose: Callable[..., Any] = fit_pca,
        map: str = "pca",
    ) -> Outcome:
        """Measure a fitted estimator.

        Parameters
        ----------
        estimator : estimator
            Fitted on the training rows.
        dataset : Dataset
            The source.
        parts : Parts
            Rows of the source, split.
        decompose : callable, default=fit_pca
            Function that fits PCA, as for ``isthmus.evaluation.beside_pca``.
        map : {"pca", "umap"}, default="pca"
            Layout of the map of codes.

        Returns
        -------
        Outcome
        """
        return measure_codes(
            estimator, dataset, parts, label=self.label, decompose=decompose, map=map
        )

    def evaluate(self, estimator: Any, X: Any, y: Any, **settings: Any) -> dict[str, Any]:
        """Evaluate a fitted estimator on rows.

        Parameters
        ----------
        estimator : estimator
            Fitted.
        X : array-like
            Rows.
        y : array-like or None
            Labels.
        **settings
            Further arguments of ``isthmus.evaluate``; one of another kind uses what applies to it.

        Returns
        -------
        dict
            As from ``isthmus.evaluate``.
        """
        return evaluate(estimator, X, y, **settings)
