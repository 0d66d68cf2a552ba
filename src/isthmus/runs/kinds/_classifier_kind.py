"""Kind of classifiers on a stack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._random import numpy_generator
from ..._selected_rows import select_rows
from ..._translation import Message
from ...errors import DataError, UsageError
from ...estimators import UNLABELLED, is_unlabelled, marked_labels
from ...metrics import fit_pca
from ...sources import Dataset
from .._parts import Parts
from ._class_measures import measure_classes
from ._kind import Kind
from ._outcomes import Outcome

__all__ = ["ClassifierKind", "keep_labels"]


class ClassifierKind(Kind):
    """Kind of classifiers, measured by their error rate."""

    learns_labels = True
    is_beside_pca = False
    is_sampled = False
    shares_batches = False
    what = Message(
        "A classifier built on a stack of autoencoders. Trained with Isthmus on PyTorch; saved as "
        "safetensors and JSON, without pickle."
    )
    code = "y = model.predict(X)"
    tags = ("classification", "representation-learning")
    task = "tabular-classification"

    def labelled(self, parts: Parts, dataset: Dataset, config: dict[str, Any], seed: int) -> Parts:
        """Return the parts with the labels that the classifier may train on."""
        n = config.get("labels_per_class")
        if parts.y is None or (parts.X_held_out.shape[0] and parts.y_held_out is None):
            raise DataError(
                f"A classifier requires labels. {dataset.name} has none: name a label column with "
                "--label, or train an autoencoder."
            )
        if n is not None and n < 2:
            raise UsageError(f"`labels_per_class` must be an integer of at least 2. Got {n}.")
        y = marked_labels(parts.y)
        if parts.X_held_out.shape[0]:
            # Checked together: if -1 and 1 are the only labels, -1 is a class.
            held_out = marked_labels(parts.y_held_out)
            known = ~is_unlabelled(np.concatenate([y, held_out]))[len(y) :]
            X_held_out = select_rows(parts.X_held_out, np.flatnonzero(known))
            parts = replace(parts, X_held_out=X_held_out, y_held_out=held_out[known])
        return replace(parts, y=y if n is None else keep_labels(y, n, seed))

    def fit(self, estimator: Any, parts: Parts, *, is_watched: bool) -> None:
        """Fit the classifier to the training rows and their labels."""
        held_out = (parts.X_held_out, parts.y_held_out) if is_watched else None
        estimator.fit(parts.X, parts.y, validation_data=held_out, preprocessor=parts.preprocessor)

    def code_length(self, estimator: Any, n_features: int) -> None:
        """Return None: the last hidden layer need not be narrow."""

    def measure(
        self,
        estimator: Any,
        dataset: Dataset,
        parts: Parts,
        *,
        decompose: Callable[..., Any] = fit_pca,
        map: str = "pca",
    ) -> Outcome:
        """Measure a classifier and logistic regression, without PCA."""
        return measure_classes(estimator, dataset, parts, map=map)


def keep_labels(y: NDArray[Any], n: int, seed: int) -> NDArray[Any]:
    """Keep some labels of each class, and mark all other rows as unlabelled.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        As returned by ``marked_labels``.
    n : int
        Number of labels to keep per class, drawn at random.
    seed : int
        Seed of the draw.

    Returns
    -------
    ndarray of shape (n_samples,)
        A copy with all other labels marked as missing.
    """
    unlabelled = is_unlabelled(y)
    kept = np.zeros(len(y), dtype=bool)
    order = numpy_generator(seed, "labels").permutation(np.flatnonzero(~unlabelled))
    for name in np.unique(y[~unlabelled]):
        kept[order[y[order] == name][:n]] = True
    some = y.astype(np.int64) if y.dtype.kind in "biu" else y.copy()
    some[~kept] = UNLABELLED if some.dtype.kind in "if" else ""
    return some
