"""Latents of a sparse autoencoder, with the rows that activate each of them most."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .._rendered import Rendered, View

__all__ = ["Latents", "measure_latents"]

_N_SHOWN = 20


class Latents(Rendered, list[dict[str, Any]]):
    """Latents in order of their index, as a list of dicts that notebooks show as a table.

    Each dict has ``latent`` (its index), ``density`` (share of the rows whose code contains it),
    ``mean_activation`` (over these rows; None for a dead latent), ``top_rows`` (indices of the rows
    with the highest activation, in descending order) and ``top_activations``.

    Attributes
    ----------
    n_rows : int
        Number of rows.
    per_row : float
        Mean number of latents in a row's code: L0.
    dead : list of int
        Latents in no row's code.
    """

    n_rows: int = 0
    per_row: float = 0.0

    @property
    def dead(self) -> list[int]:
        """Latents in no row's code."""
        return [one["latent"] for one in self if not one["top_rows"]]

    def most_frequent(self, n: int) -> list[dict[str, Any]]:
        """Return the latents that most rows use.

        Parameters
        ----------
        n : int
            Maximum number.

        Returns
        -------
        list of dict
            In descending density.
        """
        return sorted(self, key=lambda one: -one["density"])[:n]

    def _view(self) -> View:
        n_dead = len(self.dead)
        shown = self.most_frequent(_N_SHOWN)
        sentence = (
            f"{len(self):,} latents on {self.n_rows:,} rows: {self.per_row:.1f} per row on "
            f"average, {n_dead:,} dead ({n_dead / max(1, len(self)):.1%})."
        )
        if len(shown) < len(self):
            sentence += f" The {len(shown)} most frequent:"
        return View(
            sentence,
            ("latent", "density", "mean activation", "top rows"),
            tuple(
                (
                    str(one["latent"]),
                    f"{one['density']:.3%}",
                    "" if one["mean_activation"] is None else f"{one['mean_activation']:.3g}",
                    ", ".join(map(str, one["top_rows"])),
                )
                for one in shown
            ),
        )


def measure_latents(
    blocks: Iterable[tuple[slice, sparse.csr_array]], n_latents: int, n_top: int
) -> Latents:
    """Measure latents on codes that are read block by block.

    O(n_values log n_values) time per block, and memory for ``n_top`` rows of each latent.

    Parameters
    ----------
    blocks : iterable of tuple of slice and CSR array of shape (n, n_latents)
        Rows and their codes, at least 0.
    n_latents : int
        Code size.
    n_top : int
        Number of rows to keep of each latent; of rows with equal activations the first.

    Returns
    -------
    Latents
    """
    counts, sums = np.zeros(n_latents, np.int64), np.zeros(n_latents)
    top, rows = np.zeros((n_latents, n_top)), np.full((n_latents, n_top), -1)
    n_rows = 0
    for where, codes in blocks:
        row = np.repeat(np.arange(codes.shape[0]), np.diff(codes.indptr))
        latent, values = codes.indices, codes.data
        counts += np.bincount(latent, minlength=n_latents)
        sums += np.bincount(latent, weights=values, minlength=n_latents)
        top, rows = _merged(top, rows, *_ranked(row + where.start, latent, values, top.shape))
        n_rows = where.stop
    found = Latents(
        {
            "latent": k,
            "density": int(counts[k]) / max(1, n_rows),
            "mean_activation": float(sums[k] / counts[k]) if counts[k] else None,
            "top_rows": rows[k][rows[k] >= 0].tolist(),
            "top_activations": top[k][rows[k] >= 0].tolist(),
        }
        for k in range(n_latents)
    )
    found.n_rows, found.per_row = n_rows, float(counts.sum() / max(1, n_rows))
    return found


def _ranked(
    row: NDArray[np.intp], latent: NDArray[Any], values: NDArray[Any], shape: tuple[int, ...]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the highest activations of each latent in a block, and their rows."""
    top, rows = np.zeros(shape), np.full(shape, -1)
    order = np.lexsort((row, -values, latent))
    row, latent, values = row[order], latent[order], values[order]
    starts = np.searchsorted(latent, np.arange(shape[0]))
    rank = np.arange(len(latent)) - starts[latent]
    is_kept = rank < shape[1]
    top[latent[is_kept], rank[is_kept]] = values[is_kept]
    rows[latent[is_kept], rank[is_kept]] = row[is_kept]
    return top, rows


def _merged(
    top: NDArray[np.float64],
    rows: NDArray[np.int64],
    new_top: NDArray[np.float64],
    new_rows: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    values, numbers = np.hstack([top, new_top]), np.hstack([rows, new_rows])
    order = np.argsort(-values, axis=1, kind="stable")[:, : top.shape[1]]
    return np.take_along_axis(values, order, axis=1), np.take_along_axis(numbers, order, axis=1)
