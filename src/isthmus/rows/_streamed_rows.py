"""Rows of a source larger than memory, read window by window."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .._chunks import ChunkedRows
from .._random import numpy_generator
from ._batches import batch_sizes
from ._block_size import block_size
from ._dense_rows import DenseRows
from ._encoded_rows import EncodedRows
from ._read_windows import Window, read_windows
from ._rows import Encoder

__all__ = ["StreamedRows"]

_WINDOW_BYTES = 2**27  # of encoded rows; two windows are in memory at a time


class StreamedRows(EncodedRows):
    """Rows that are read in chunks, and encoded as they are read; see ``isthmus.rows.Rows``.

    An epoch reads the chunks in random order. Several chunks, up to 128 MiB of encoded rows, form a
    window whose rows are mixed; the next window is read and encoded on other threads, in the time
    that training leaves. The order depends on the seed and the epoch only.

    Parameters
    ----------
    X : ChunkedRows of shape (n_samples, n_features)
        Raw rows.
    encoder : Encoder
        Encoder of every row that is read.
    device : torch.device or str, default="cpu"
        Device of batches and blocks.
    """

    def __init__(
        self, X: ChunkedRows, encoder: Encoder, *, device: torch.device | str = "cpu"
    ) -> None:
        super().__init__(X, encoder, device=device)
        self._piece: NDArray[Any] | None = None

    def select(self, indices: NDArray[np.intp]) -> Any:
        """Return some of the rows, as a copy in memory; see ``Rows.select``."""
        return DenseRows(self._X.at(indices), self._encoder, device=self.device)

    def take(self, indices: Tensor) -> Tensor:
        """Return the rows at given indices, (n, ...), float32."""
        return self._to_device(self._encoder.encode(self._X.at(indices.cpu().numpy())))

    def sample(self, most: int, *, seed: int, purpose: str) -> Tensor:
        """Return a random sample of encoded rows of a few chunks; see ``EncodedRows.sample``."""
        _, raw = self._X.sample(most, seed=seed)
        return self._to_device(self._encoder.encode(raw))

    def batches(
        self, epoch: int, seed: int, batch_size: int, *, rank: int = 0, world: int = 1
    ) -> Iterator[Tensor]:
        """Yield the rows of one epoch in random order; see ``Rows.batches``."""
        sizes = iter(batch_sizes(len(self), batch_size, world))
        generator = numpy_generator(seed, "shuffle", epoch)
        size = next(sizes, 0)
        left: list[Tensor] = []
        for window, order in self._windows(generator):
            start = 0
            while size and start + size - sum(part.shape[0] for part in left) <= len(order):
                stop = start + size - sum(part.shape[0] for part in left)
                whole = torch.cat([*left, window.take(order[start:stop])]) if left else None
                yield (window.take(order[start:stop]) if whole is None else whole)[rank::world]
                start, left, size = stop, [], next(sizes, 0)
            if start < len(order):
                left.append(window.take(order[start:]))

    def blocks(self, *, padded: bool = False) -> Iterator[tuple[slice, Tensor]]:
        """Yield all rows in order, ``block_size`` at a time; see ``Rows.blocks``."""
        step, start = block_size(self.n_features), 0
        for raw in self._X.pieces(step):
            self._piece = raw
            rows = self._to_device(self._encoder.encode(raw))
            where = slice(start, start + len(raw))
            if padded and len(raw) < step:
                rows = torch.cat([rows, rows.new_zeros(step - len(raw), *self.shape)])
            yield where, rows
            start = where.stop
        self._piece = None

    def raw(self, where: slice) -> NDArray[Any]:
        """Return the raw rows of the block that was yielded last; see ``EncodedRows.raw``."""
        return self._X[where] if self._piece is None else self._piece

    def _block(self, where: slice) -> Tensor:
        return self._to_device(self._encoder.encode(self._X[where]))

    def _windows(self, generator: np.random.Generator) -> Iterator[tuple[Window, Tensor]]:
        """Yield the windows of an epoch, and the order of their rows."""
        planned = self._planned(generator)
        seeds = generator.integers(2**62, size=len(planned))
        windows = read_windows(self._X, self._encoder, planned, self.shape, self.device)
        for window, seed in zip(windows, seeds, strict=True):
            order = np.random.default_rng(int(seed)).permutation(len(window))
            yield window, torch.from_numpy(order)

    def _planned(self, generator: np.random.Generator) -> list[list[int]]:
        """Return the chunks of each window: groups in random order, cut where they fill one."""
        groups, firsts = np.unique(self._X.groups, return_index=True)
        ends = np.append(firsts[1:], self._X.n_chunks)
        order = [
            chunk for k in generator.permutation(len(groups)) for chunk in range(firsts[k], ends[k])
        ]
        most = max(1, _WINDOW_BYTES // (4 * self.n_features))
        windows: list[list[int]] = []
        n_rows = most
        for chunk in order:
            size = int(self._X.sizes[chunk])
            if n_rows + size > most:
                windows.append([])
                n_rows = 0
            windows[-1].append(chunk)
            n_rows += size
        return windows
