"""Random draws of missing cells around their predictions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from .._random import numpy_generator
from ..rows import TensorRows

__all__ = ["CellDraws"]

_QUANTILES = 101
_FEWEST = 20  # errors, below which a column's are taken to be 0


class CellDraws:
    """Errors of networks on cells of rows that they were not trained on, by column.

    Parameters
    ----------
    errors : ndarray of shape (101, n_encoded), float32
        Quantiles of each encoded value's errors, from 0 to 100 %.
    """

    def __init__(self, errors: NDArray[np.float32]) -> None:
        self._errors = errors

    @classmethod
    def fitted(cls, network: nn.Module, rows: TensorRows, sizes: Sequence[int]) -> Self:
        """Measure the errors of the networks.

        Parameters
        ----------
        network : torch.nn.Module
            A trained ``isthmus.nn.FillCorrection``.
        rows : TensorRows
            Its training rows with hidden cells, as its batches.
        sizes : sequence of int
            Number of encoded values of each column.
        """
        n_networks: int = network.n_networks  # type: ignore[assignment]
        found: list[list[NDArray[np.float32]]] = [[] for _ in range(sum(sizes))]
        column_of = np.repeat(np.arange(len(sizes)), sizes)
        for _, (x, given, hidden, fill, near, fold) in rows.blocks():
            with torch.inference_mode():
                errors = x - network(x, given, fill, near)
            own = fold < n_networks
            errors = errors[fold[own], own.nonzero()[:, 0]].cpu().numpy()
            is_hidden = hidden[own].cpu().numpy()[:, column_of]
            for j, column in enumerate(found):
                column.append(errors[is_hidden[:, j], j])
        return cls(np.stack([_quantiles(np.concatenate(column)) for column in found], axis=1))

    def draw(
        self,
        predictions: NDArray[np.float32],
        columns: Sequence[tuple[int, float]],
        n_draws: int,
        seed: int,
    ) -> Iterator[NDArray[np.float32]]:
        """Yield draws of encoded values.

        Parameters
        ----------
        predictions : ndarray of shape (n_networks, n, n_encoded)
            Predictions of the networks.
        columns : sequence of (int, float)
            Number of encoded values of each column, and its height: 0 for numbers.
        n_draws : int
            Number of draws.
        seed : int
            Determines them.

        Yields
        ------
        ndarray of shape (n, n_encoded)
        """
        for k in range(n_draws):
            drawn = predictions[k % len(predictions)].copy()
            generator, start = numpy_generator(seed, "draw", k), 0
            for size, height in columns:
                own = drawn[:, start : start + size]
                if height:
                    own[:] = _levels(own, generator) * height
                else:
                    own += self._noise(start, own.shape, generator)
                start += size
            yield drawn

    def _noise(
        self, start: int, shape: tuple[int, ...], generator: np.random.Generator
    ) -> NDArray[np.float64]:
        place, grid = generator.random(shape), np.linspace(0, 1, _QUANTILES)
        columns = [
            np.interp(place[:, j], grid, self._errors[:, start + j]) for j in range(shape[1])
        ]
        return np.stack(columns, axis=1)

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the fitted arrays."""
        return {"errors": self._errors}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]]) -> Self:
        """Return the draws that returned ``tensors``."""
        return cls(tensors["errors"])


def _quantiles(errors: NDArray[np.float32]) -> NDArray[np.float32]:
    if len(errors) < _FEWEST:
        return np.zeros(_QUANTILES, np.float32)
    quantiles: NDArray[np.float32] = np.quantile(errors, np.linspace(0, 1, _QUANTILES))
    return quantiles.astype(np.float32)


def _levels(values: NDArray[np.float32], generator: np.random.Generator) -> NDArray[np.float32]:
    """Return one level per row as 1 among zeros, drawn with probabilities like the values."""
    shares = np.maximum(values, 1e-6).cumsum(axis=1)
    drawn = generator.random((len(values), 1)) * shares[:, -1:]
    out = np.zeros_like(values)
    out[np.arange(len(values)), (drawn >= shares).sum(axis=1).clip(max=values.shape[1] - 1)] = 1
    return out
