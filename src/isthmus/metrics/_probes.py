"""Class information in codes: probes trained on labels, and clusters found without."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

__all__ = ["Clusters", "Labelled", "clusters", "probe"]

_STEPS = 300
_FOLDS = 5
_STARTS = 5  # of k-means


@dataclass(frozen=True)
class Labelled:
    """Rows in one form (codes or features) with their classes, and rows to train on.

    Attributes
    ----------
    Z : ndarray of shape (n_samples, width)
        Rows to predict the classes of.
    classes : ndarray of shape (n_samples,)
        Classes of the rows, from 0.
    Z_train : ndarray of shape (n_train, width) or None
        Other rows to train on; None uses 5-fold cross-validation.
    classes_train : ndarray of shape (n_train,) or None
        Classes of these rows.
    """

    Z: NDArray[Any]
    classes: NDArray[np.int64]
    Z_train: NDArray[Any] | None = None
    classes_train: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class Clusters:
    """Agreement of clusters of codes with classes.

    Attributes
    ----------
    is_right : ndarray of shape (n_samples,), bool
        Whether each row is in the cluster that is matched with its class.
    mutual_information, rand_index : float
        Normalised mutual information in [0, 1], adjusted Rand index in [-0.5, 1].
    """

    is_right: NDArray[np.bool_]
    mutual_information: float
    rand_index: float


def probe(kind: str, rows: Labelled, *, n_neighbors: int, seed: int) -> NDArray[np.bool_]:
    """Return which rows a classifier predicts correctly.

    Parameters
    ----------
    kind : {"logistic", "knn"}
        Logistic regression on standardised columns, or nearest neighbours on unscaled columns.
    rows : Labelled
        Rows to predict and rows to train on.
    n_neighbors : int
        Number of voting neighbours; fewer if there are not as many rows.
    seed : int
        Seed of the folds.

    Returns
    -------
    ndarray of shape (n_samples,), bool
    """

    def fitted(Z: NDArray[Any], classes: NDArray[np.int64]) -> Any:
        if kind == "knn":
            return KNeighborsClassifier(min(n_neighbors, len(Z))).fit(Z, classes)
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=_STEPS))
        with warnings.catch_warnings():  # a probe that has not converged is still a fair probe
            warnings.simplefilter("ignore", ConvergenceWarning)
            return model.fit(Z, classes)

    if rows.Z_train is not None and rows.classes_train is not None:
        named = fitted(rows.Z_train, rows.classes_train).predict(rows.Z)
    else:
        named = _cross_validated(fitted, rows, seed)
    is_right: NDArray[np.bool_] = named == rows.classes
    return is_right


def clusters(rows: Labelled, *, seed: int) -> Clusters:
    """Find as many clusters as there are classes, and match them.

    Parameters
    ----------
    rows : Labelled
        Rows to cluster; the rows to train on are not used.
    seed : int
        Seed of k-means.

    Returns
    -------
    Clusters
    """
    n = len(np.unique(rows.classes))
    with warnings.catch_warnings():  # fewer distinct codes than classes: the metrics show it
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = KMeans(n, n_init=_STARTS, random_state=seed % 2**32).fit_predict(rows.Z)
    table = contingency_matrix(found, rows.classes)
    matched = dict(zip(*linear_sum_assignment(table, maximize=True), strict=True))
    _, at = np.unique(rows.classes, return_inverse=True)
    _, cluster = np.unique(found, return_inverse=True)
    return Clusters(
        np.array([matched.get(c, -1) for c in cluster]) == at,
        float(normalized_mutual_info_score(rows.classes, found)),
        float(adjusted_rand_score(rows.classes, found)),
    )


def _cross_validated(fitted: Callable[..., Any], rows: Labelled, seed: int) -> NDArray[np.int64]:
    n_folds = int(min(_FOLDS, np.bincount(rows.classes)[np.unique(rows.classes)].min()))
    splitter = StratifiedKFold(n_folds, shuffle=True, random_state=seed % 2**32)
    named = np.empty(len(rows.Z), dtype=np.int64)
    splits: Iterable[Any] = splitter.split(rows.Z, rows.classes)
    for learn, judge in splits:
        named[judge] = fitted(rows.Z[learn], rows.classes[learn]).predict(rows.Z[judge])
    return named
