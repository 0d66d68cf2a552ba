"""Codes of the map in a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..._random import numpy_generator
from ...figures import CodeLayout, lay_out_codes

__all__ = ["MappedCodes"]

_MOST_CODES = 10_000
_MOST_VALUES = 2_000_000  # 8 MB in a run folder


@dataclass(frozen=True, eq=False)
class MappedCodes:
    """Codes of the map, a random sample of at most 10,000.

    Attributes
    ----------
    rows : ndarray of shape (n,)
        Indices of the codes, in order.
    sample : ndarray of shape (n, latent_dim), float32
        The codes, to lay them out by another method.
    layout : CodeLayout
        Their layout.
    labels : ndarray of shape (n,) or None
        Their labels.
    """

    rows: NDArray[np.int64]
    sample: NDArray[np.float32]
    layout: CodeLayout
    labels: NDArray[Any] | None

    @classmethod
    def of(cls, Z: NDArray[Any], y: NDArray[Any] | None, *, method: str, seed: int) -> Self:
        """Lay codes out.

        Parameters
        ----------
        Z : ndarray of shape (n_samples, latent_dim)
            All codes.
        y : ndarray of shape (n_samples,) or None
            Their labels.
        method : {"pca", "umap"}
            As for ``lay_out_codes``.
        seed : int
            Seed of the sample and of UMAP.

        Returns
        -------
        MappedCodes
        """
        rows, n_total = np.arange(len(Z)), None
        most = min(_MOST_CODES, max(1, _MOST_VALUES // Z.shape[1]))
        if len(Z) > most:
            n_total = len(Z)
            rows = np.sort(numpy_generator(seed, "map").choice(len(Z), most, replace=False))
        sample = np.asarray(Z[rows], dtype=np.float32)
        layout = lay_out_codes(sample, method=method, random_state=seed, n_total=n_total)
        return cls(rows, sample, layout, None if y is None else np.asarray(y)[rows])
