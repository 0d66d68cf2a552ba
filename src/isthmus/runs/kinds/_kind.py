"""How a run of one kind of estimator is fitted, measured and described."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..._translation import Message
from ...errors import UsageError
from ...metrics import fit_pca
from ...sources import Dataset
from .._parts import Parts
from ._code_measures import measure_codes
from ._outcomes import Outcome

__all__ = ["Kind"]


class Kind:
    """What a run asks of its estimator's kind; the defaults suit an autoencoder.

    A new kind of estimator needs no more than a name and a class that has ``transform`` and
    ``inverse_transform``; a subclass of ``Kind`` overrides what differs.

    Parameters
    ----------
    name : str
        On the command line, for ``--estimator``.
    estimator : type
        The class.
    label : str, default=None
        What sentences call the fitted model; None for "the " and the name.

    Attributes
    ----------
    has_map : bool
        Whether its report has a map of codes.
    is_beside_pca : bool
        Whether it is measured beside PCA of its training rows.
    learns_labels : bool
        Whether it is fitted on labels.
    expects_outliers : bool
        Whether strange rows are what it is for, so that finding some is no finding.
    what, code : str
        The model card's description, and Python code that uses the model.
    tags, task : tuple of str, str
        The Hugging Face Hub's terms.
    """

    has_map = True
    is_beside_pca = True
    learns_labels = False
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
        """Return whether the estimator has a method.

        Parameters
        ----------
        capability : str
            The method's name: "transform", "inverse_transform", "encode", "reconstruct",
            "score_samples", "predict".

        Returns
        -------
        bool
        """
        return hasattr(self.estimator, capability)

    def card(self) -> dict[str, Any]:
        """Return what the model card says of every model of this kind.

        Returns
        -------
        dict
            ``what``, ``code``, ``tags`` and ``task``.
        """
        return {"what": self.what, "code": self.code, "tags": list(self.tags), "task": self.task}

    def check(self, estimator: Any) -> None:
        """Raise ``UsageError`` if parameters that are right one by one do not go together.

        Parameters
        ----------
        estimator : estimator
            Not fitted; each of its parameters keeps its rule.
        """

    def check_map(self, estimator: Any) -> None:
        """Raise ``UsageError`` unless the report has a map of codes.

        Parameters
        ----------
        estimator : estimator
            Of this kind.
        """
        if not self.has_map:
            raise UsageError(
                "`map` does not apply to an estimator whose report has no map of codes. Got "
                f"{type(estimator).__name__}: leave it out."
            )

    def labelled(self, parts: Parts, dataset: Dataset, config: dict[str, Any], seed: int) -> Parts:
        """Return the rows with the labels that the estimator learns from.

        Parameters
        ----------
        parts : Parts
            The rows, split.
        dataset : Dataset
            The source.
        config : dict
            As for ``run_training``.
        seed : int
            Of a draw of labels.

        Returns
        -------
        Parts

        Raises
        ------
        UsageError
            If labels are asked for and the estimator learns none.
        DataError
            If it needs labels and there are none.
        """
        if config.get("labels_per_class") is not None:
            raise UsageError(
                "`labels_per_class` does not apply to an estimator that learns no labels. Got "
                f"{self.estimator.__name__}: name stacked-classifier by --estimator, or leave it "
                "out."
            )
        return parts

    def fit(self, estimator: Any, parts: Parts, *, is_watched: bool) -> None:
        """Fit an estimator on the training part.

        Parameters
        ----------
        estimator : estimator
            Changed in place.
        parts : Parts
            The rows, split.
        is_watched : bool
            Whether held-out rows are measured after each epoch; nothing is chosen by them.
        """
        held_out = parts.X_held_out if is_watched else None
        estimator.fit(parts.X, validation_data=held_out, preprocessor=parts.preprocessor)

    def code_length(self, estimator: Any, n_features: int) -> int | str | None:
        """Return the length of a code if it has to be short for anything to be learned, else None.

        Parameters
        ----------
        estimator : estimator
            Not fitted.
        n_features : int
            Width of a row.

        Returns
        -------
        int, "auto" or None
        """
        size = getattr(estimator, "latent_dim", None)
        # A longer one is refused by `fit`, in a sentence of its own.
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
            Fitted on the training part.
        dataset : Dataset
            The source.
        parts : Parts
            Its rows, split.
        decompose : callable, default=fit_pca
            Fits PCA, as for ``isthmus.evaluation.beside_pca``.
        map : {"pca", "umap"}, default="pca"
            How the map of codes is laid out.

        Returns
        -------
        Outcome
        """
        return measure_codes(
            estimator, dataset, parts, label=self.label, decompose=decompose, map=map
        )
