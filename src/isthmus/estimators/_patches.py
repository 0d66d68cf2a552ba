"""Patches of pictures and of feature maps, as rows and back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._row_blocks import as_dense

__all__ = ["Patches"]

_BLOCK_VALUES = 2**23  # of the patches of several pictures at once


class Patches:
    """Overlapping patches of pictures of one shape.

    Patches start every ``stride`` pixels, and the last ones end at the border, so that each pixel
    is in at least one of them if the stride is not larger than the patches.

    Parameters
    ----------
    shape : sequence of int
        (height, width) or (height, width, channels) of the pictures.
    size : int
        Sides of the patches, in pixels; those of a smaller picture are its own.
    stride : int
        Distance between patches, in pixels.

    Attributes
    ----------
    shape : tuple of int
        (height, width, channels) of the pictures.
    size : int
        The longer side of the patches.
    n_features : int
        Number of values of a patch.
    """

    def __init__(self, shape: Sequence[int], size: int, stride: int) -> None:
        height, width, channels = (*shape, 1)[:3]
        self.shape = (int(height), int(width), int(channels))
        self._sides = (min(size, height), min(size, width))
        self.size = max(self._sides)
        self._starts = [
            _starts(length, side, stride)
            for length, side in zip((height, width), self._sides, strict=True)
        ]
        self._n_positions = math.prod(map(len, self._starts))
        self.n_features = math.prod(self._sides) * int(channels)
        coverage = np.zeros((int(height), int(width), 1))
        for where in self._places():
            coverage[where] += 1
        self._coverage = coverage

    def blocks(self, X: Any) -> Iterator[slice]:
        """Yield slices of the pictures whose patches fit into memory together.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Pictures.

        Yields
        ------
        slice
        """
        n = max(1, _BLOCK_VALUES // (self._n_positions * self.n_features))
        for start in range(0, X.shape[0], n):
            yield slice(start, min(start + n, X.shape[0]))

    def rows(self, X: Any) -> NDArray[Any]:
        """Return the patches of pictures, picture by picture.

        Parameters
        ----------
        X : ndarray of shape (n_samples, height * width * channels)
            Pictures.

        Returns
        -------
        ndarray of shape (n_samples * n_positions, n_features)
        """
        views = self._views(X)
        ys, xs = self._starts
        return views[:, ys][:, :, xs].reshape(-1, self.n_features)

    def drawn(self, X: Any, most: int, generator: np.random.Generator) -> NDArray[Any]:
        """Return patches from random places, of all pictures alike.

        Parameters
        ----------
        X : ndarray of shape (n_samples, height * width * channels)
            Pictures.
        most : int
            Maximum number of patches; all different ones if they are no more.
        generator : numpy.random.Generator
            Source of the draws.

        Returns
        -------
        ndarray of shape (n, n_features)
        """
        n_samples, (height, width, _) = X.shape[0], self.shape
        n_down, n_across = height - self._sides[0] + 1, width - self._sides[1] + 1
        n = min(n_down * n_across, max(1, most // n_samples))
        kept = np.arange(n_samples)
        if n_samples > most:
            kept = np.sort(generator.choice(n_samples, most, replace=False))
        pieces = []
        for k in kept:
            chosen = generator.choice(n_down * n_across, n, replace=False)
            ys, xs = np.divmod(np.sort(chosen), n_across)
            pieces.append(self._views(X[k : k + 1])[0, ys, xs].reshape(n, -1))
        return np.concatenate(pieces)

    def joined(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return pictures of the mean over all patches that a pixel is in.

        Parameters
        ----------
        values : ndarray of shape (n_samples * n_positions, n_features)
            A value for each cell of the patches of ``rows``.

        Returns
        -------
        ndarray of shape (n_samples, height, width, channels)
        """
        cells = values.reshape(-1, self._n_positions, *self._sides, self.shape[2])
        total = np.zeros((len(cells), *self.shape))
        for k, where in enumerate(self._places()):
            total[(slice(None), *where)] += cells[:, k]
        # Pixels between patches that are farther apart than wide have none.
        return total / np.maximum(self._coverage, 1)

    def _places(self) -> Iterator[tuple[slice, slice]]:
        """Yield the rows and columns of pixels of each patch."""
        height, width = self._sides
        for y in self._starts[0]:
            for x in self._starts[1]:
                yield slice(y, y + height), slice(x, x + width)

    def _views(self, X: Any) -> NDArray[Any]:
        """Return the patches from each place, of (n, down, across, *sides, channels)."""
        pictures = as_dense(X).reshape(-1, *self.shape)
        views = np.lib.stride_tricks.sliding_window_view(pictures, self._sides, axis=(1, 2))
        return np.moveaxis(views, 3, -1)


def _starts(length: int, side: int, stride: int) -> list[int]:
    """Return where patches start along one axis."""
    last = length - side
    starts = list(range(0, last + 1, stride))
    return starts if starts[-1] == last else [*starts, last]
