"""List of the latents of a run, with the rows that activate each of them most."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..sources import Dataset
from ._fitted_run import FittedRun
from ._row_labels import row_labels

__all__ = ["list_latents"]


def list_latents(
    fitted: FittedRun, given: Dataset, X: Any, *, n_latents: int = 20, n_rows: int = 5
) -> dict[str, Any]:
    """List the latents that most rows use.

    Parameters
    ----------
    fitted : FittedRun
        Loaded run of a sparse autoencoder.
    given : Dataset
        Rows as their source has them, for labels.
    X : ndarray or CSR array of shape (n_samples, n_features)
        The same rows as a matrix, test rows last.
    n_latents : int, default=20
        Maximum number of latents.
    n_rows : int, default=5
        Maximum number of rows per latent.

    Returns
    -------
    dict
        ``estimator``, ``n_latents``, ``k``, ``n_rows``, ``latents_per_row`` (L0),
        ``variance_unexplained``, ``dead`` (number) and ``latents``: a list in descending density of
        dicts with ``latent``, ``density``, ``mean_activation`` and ``top_rows``, each with ``row``
        (from 0), ``activation`` and ``label`` (text, file or first cells; may be empty).
    """
    estimator = fitted.estimator
    latents = estimator.latents(X, n_top=n_rows)
    chosen = latents.most_frequent(n_latents)
    wanted = sorted({row for one in chosen for row in one["top_rows"]})
    labels = dict(zip(wanted, row_labels(given, wanted), strict=True))
    return {
        "estimator": type(estimator).__name__,
        "n_latents": len(latents),
        "k": estimator.n_active_,
        "n_rows": latents.n_rows,
        "latents_per_row": latents.per_row,
        "variance_unexplained": _unexplained(estimator, X),
        "dead": len(latents.dead),
        "latents": [
            {
                **{name: one[name] for name in ("latent", "density", "mean_activation")},
                "top_rows": [
                    {"row": row, "activation": value, "label": labels[row]}
                    for row, value in zip(one["top_rows"], one["top_activations"], strict=True)
                ],
            }
            for one in chosen
        ],
    }


def _unexplained(estimator: Any, X: Any) -> float | None:
    share = 1 - estimator.score(X)
    return float(share) if np.isfinite(share) else None
