"""Windows of streamed rows, which threads read and encode."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .._chunks import ChunkedRows
from .._reading_threads import n_processors, reading_threads
from ._dense_rows import DenseRows
from ._rows import Encoder

__all__ = ["Window", "read_windows"]

_AHEAD, _MOST_READERS = 2, 4  # threads; each has a row group in memory
_PIECE_VALUES = 2**19  # encoded at once, within the cache


class Window(Protocol):
    """Encoded rows of several chunks."""

    def __len__(self) -> int: ...

    def take(self, indices: Tensor) -> Tensor:
        """Return the rows at given indices."""


def read_windows(
    X: ChunkedRows,
    encoder: Encoder,
    windows: Sequence[Sequence[int]],
    shape: tuple[int, ...],
    device: torch.device,
) -> Iterator[Window]:
    """Yield windows in order.

    The next window is read during the computation with this one, unless that computes on all
    processors: matrix products in which a thread has to wait for a processor take longer than the
    reading that is saved. A window is then read by all processors at once.

    Parameters
    ----------
    X : ChunkedRows of shape (n_samples, n_features)
        Raw rows. Bytes stay bytes until they are used.
    encoder : Encoder
        Encoder of every row that is read.
    windows : sequence of sequence of int
        Chunks of each window.
    shape : tuple of int
        Shape of one encoded row.
    device : torch.device
        Device of the rows.

    Yields
    ------
    Window
    """
    is_ahead = device.type != "cpu" or torch.get_num_threads() < n_processors()
    are_bytes = X.dtype == np.uint8
    row, dtype = (X.shape[1:], np.uint8) if are_bytes else (shape, np.float32)
    n_rows = [int(X.sizes[chunks].sum()) for chunks in windows]
    n_threads = _AHEAD if is_ahead else max(1, min(_MOST_READERS, n_processors()) - 1)
    # This thread reads, too. The memory of a window is used again when it is no longer needed.
    spaces = [np.empty((max(n_rows, default=0), *row), dtype) for _ in range(1 + is_ahead)]

    with reading_threads(n_threads, gives_way=is_ahead) as pool:
        readings = (
            _Reading(X, encoder, chunks, spaces[k % len(spaces)][:n], pool)
            for k, (chunks, n) in enumerate(zip(windows, n_rows, strict=True))
        )
        try:
            ahead = next(readings, None)
            while ahead is not None:
                rows = ahead.rows()
                ahead = next(readings, None) if is_ahead else None
                if are_bytes:
                    yield DenseRows(rows, encoder, device=device, keep=True)
                else:
                    yield _Encoded(torch.from_numpy(rows).to(device))
                ahead = ahead or next(readings, None)
        finally:
            pool.shutdown(cancel_futures=True)


class _Reading:
    """A window that is being read: the chunks of each group one after the other."""

    def __init__(
        self,
        X: ChunkedRows,
        encoder: Encoder,
        chunks: Sequence[int],
        rows: NDArray[Any],
        pool: ThreadPoolExecutor,
    ) -> None:
        self._X, self._encoder, self._rows = X, encoder, rows
        starts = np.cumsum([0, *X.sizes[chunks]])
        groups = X.groups[chunks]
        cuts = [*np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]]).tolist(), len(chunks)]
        works = [
            functools.partial(self._read, chunks[a:b], int(starts[a]))
            for a, b in itertools.pairwise(cuts)
        ]
        self._parts: list[tuple[Callable[[], None], Future[None]]] = [
            (work, pool.submit(work)) for work in works
        ]

    def rows(self) -> NDArray[Any]:
        """Return the rows when all are read; parts that wait for a thread are read by this one."""
        for work, part in reversed(self._parts):
            if part.cancel():
                work()
        for _, part in self._parts:
            if not part.cancelled():
                part.result()
        return self._rows

    def _read(self, chunks: Sequence[int], start: int) -> None:
        """Read consecutive chunks into the rows from ``start``."""
        for k in chunks:
            raw = self._X.chunk(k)
            self._store(raw, self._rows[start : start + len(raw)])
            start += len(raw)

    def _store(self, raw: NDArray[Any], out: NDArray[Any]) -> None:
        if out.dtype == np.uint8:
            out[:] = raw
            return
        step = max(1, _PIECE_VALUES // max(1, raw[:1].size))
        for start in range(0, len(raw), step):
            out[start : start + step] = self._encoder.encode(raw[start : start + step])


class _Encoded:
    """Window of rows that are encoded already."""

    def __init__(self, rows: Tensor) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def take(self, indices: Tensor) -> Tensor:
        """Return the rows at given indices."""
        return self._rows.index_select(0, indices.to(self._rows.device))
