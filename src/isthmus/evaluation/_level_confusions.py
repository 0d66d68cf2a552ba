"""Levels of categorical columns, and what they are reconstructed as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..estimators import BaseAutoencoder
from ..metrics import Components

__all__ = ["LevelConfusion", "level_confusions"]


@dataclass(frozen=True, eq=False)
class LevelConfusion:
    """Confusion of one categorical column's levels.

    Attributes
    ----------
    name : str
        Name of the column.
    levels : tuple of str
        Names of its levels, most frequent in training first.
    counts : ndarray of shape (n_levels, n_levels)
        Rows of each level (down), by the level they are reconstructed as (across). Rows in which
        the cell is missing do not count.
    n_right_pca : int or None
        Number of rows that PCA reconstructs right; None without PCA.
    """

    name: str
    levels: tuple[str, ...]
    counts: NDArray[np.int64]
    n_right_pca: int | None = None

    @property
    def n_rows(self) -> int:
        """Number of rows in which the level is known."""
        return int(self.counts.sum())

    @property
    def n_wrong(self) -> int:
        """Number of rows with another level than the reconstructed one."""
        return self.n_rows - int(np.trace(self.counts))

    @property
    def right(self) -> float:
        """Share of rows that are reconstructed right; NaN without rows."""
        return self._share(int(np.trace(self.counts)))

    @property
    def right_of_pca(self) -> float | None:
        """Share of rows that PCA reconstructs right."""
        return None if self.n_right_pca is None else self._share(self.n_right_pca)

    @property
    def most_frequent(self) -> float:
        """Share of rows with the level that is most frequent in training."""
        return self._share(int(self.counts[0].sum()))

    def _share(self, n: int) -> float:
        return n / self.n_rows if self.n_rows else float("nan")


def level_confusions(
    estimator: BaseAutoencoder, X: NDArray[Any], pca: Components | None = None
) -> list[LevelConfusion]:
    """Count what the levels of categorical columns are reconstructed as.

    Parameters
    ----------
    estimator : BaseAutoencoder
        Fitted.
    X : ndarray of shape (n_samples, n_features)
        As returned by ``prepared_rows``.
    pca : Components, default=None
        PCA of scaled rows, to compare with.

    Returns
    -------
    list of LevelConfusion
        In the order of the columns; empty for rows without categorical columns.
    """
    reader, layout = estimator.preprocessor_.table, estimator.preprocessor_.layout
    if reader is None or layout is None:
        return []
    starts = dict(zip(layout.names, layout.starts.tolist(), strict=True))
    names = reader.level_names
    counts = {name: np.zeros((len(own),) * 2, np.int64) for name, own in names.items()}
    n_right = dict.fromkeys(names, 0)
    for _, scaled, scaled_hat in estimator.scaled_reconstructions(X) if names else ():
        of_pca = None if pca is None else pca.restored(scaled)
        for name, levels in names.items():
            place = slice(starts[name], starts[name] + len(levels))
            known = ~np.isnan(scaled[:, place.start])
            true, ours = (part[known, place].argmax(axis=1) for part in (scaled, scaled_hat))
            np.add.at(counts[name], (true, ours), 1)
            if of_pca is not None:
                n_right[name] += int((of_pca[known, place].argmax(axis=1) == true).sum())
    return [
        LevelConfusion(name, levels, counts[name], None if pca is None else n_right[name])
        for name, levels in names.items()
    ]
