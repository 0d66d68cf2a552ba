"""Rows in chunks that are read when they are needed, for sources larger than memory."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ._column_statistics import ColumnStatistics
from ._reading_threads import reading_threads

__all__ = ["ChunkedColumn", "ChunkedRows", "ChunkedTable", "Chunks"]

MOST_SAMPLED = 100_000  # rows of a sample
_MOST_VALUES = 2**24  # of a sample: 64 MiB in single precision
_SAMPLED_CHUNKS = 64  # a sample reads at most so many chunks


class Chunks(ABC):
    """Rows in chunks, each of which is read when it is needed.

    Parameters
    ----------
    sizes : sequence of int
        Number of rows of each chunk, all at least 1.
    read : callable
        From the index of a chunk to its rows. Called from several threads.
    groups : sequence of int, default=None
        For each chunk, the number of its group: the chunks of a group are cheap to read only one
        after the other. None: each chunk is a group.
    fingerprint : str, default=""
        Hash of the source.
    """

    def __init__(
        self,
        sizes: Sequence[int] | NDArray[np.int64],
        read: Callable[[int], Any],
        *,
        groups: Sequence[int] | None = None,
        fingerprint: str = "",
    ) -> None:
        self.sizes: NDArray[np.int64] = np.asarray(sizes, np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.int64)
        self.groups = np.arange(len(self.sizes)) if groups is None else np.asarray(groups)
        self.fingerprint = fingerprint
        self._read = read
        self._positions: Callable[[int], NDArray[np.int64]] | None = None
        self._owner: object = None  # the rows whose files this is read from, if others own them
        self._last: tuple[int, Any] = (-1, None)
        self._samples: dict[int, tuple[NDArray[np.int64], Any]] = {}

    def __len__(self) -> int:
        return int(self.starts[-1])

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of rows and columns."""
        return (len(self), self._width)

    @property
    def n_chunks(self) -> int:
        """Number of chunks."""
        return len(self.sizes)

    def chunk(self, k: int) -> Any:
        """Read the rows of a chunk.

        Parameters
        ----------
        k : int
            Index from 0.

        Returns
        -------
        ndarray of shape (n, n_features) or pyarrow.Table
        """
        return self._read(k)

    def chunks(self, order: Sequence[int] | None = None) -> Iterator[Any]:
        """Yield chunks; the next one is read on another thread in the meantime.

        Parameters
        ----------
        order : sequence of int, default=None
            Indices of chunks; None for all of them in order.

        Yields
        ------
        ndarray of shape (n, n_features) or pyarrow.Table
        """
        wanted = list(range(self.n_chunks) if order is None else order)
        with reading_threads() as pool:
            coming = [pool.submit(self.chunk, k) for k in wanted[:1]]
            for k in range(len(wanted)):
                found = coming.pop().result()
                coming += [pool.submit(self.chunk, ahead) for ahead in wanted[k + 1 : k + 2]]
                yield found

    def positions(self, k: int) -> NDArray[np.int64]:
        """Return the positions in the source of the rows of a chunk.

        Parameters
        ----------
        k : int
            Index of the chunk.

        Returns
        -------
        ndarray of shape (n,), int64
        """
        if self._positions is not None:
            return self._positions(k)
        return np.arange(self.starts[k], self.starts[k + 1])

    def places(self, indices: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the positions in the source of rows at given indices, in order.

        Parameters
        ----------
        indices : ndarray of shape (n,), int64
            Indices in ``self``, ascending.

        Returns
        -------
        ndarray of shape (n,), int64
        """
        owner = np.searchsorted(self.starts, indices, side="right") - 1
        own = [
            self.positions(int(k))[indices[owner == k] - self.starts[k]] for k in np.unique(owner)
        ]
        return np.concatenate([np.empty(0, np.int64), *own])

    def split(self, fraction: float, seed: int) -> tuple[Self, Self]:
        """Hold out rows by a hash of their position, so that each row stays on its side.

        Parameters
        ----------
        fraction : float
            Expected fraction of rows to hold out.
        seed : int
            Of the hash.

        Returns
        -------
        tuple of Chunks
            Rows to keep, and rows to hold out.
        """

        def is_held_out(k: int) -> NDArray[np.bool_]:
            return _uniform(self.positions(k), seed) < fraction

        return self._where(lambda k: ~is_held_out(k)), self._where(is_held_out)

    def some(self, indices: NDArray[np.intp]) -> Self:
        """Return some of the rows, also in chunks.

        Parameters
        ----------
        indices : ndarray of shape (n,), int
            From 0, ascending.

        Returns
        -------
        Chunks
        """
        cuts = np.searchsorted(indices, self.starts)
        kept = np.flatnonzero(np.diff(cuts))  # chunks that have rows left

        def within(k: int) -> NDArray[np.int64]:
            own = int(kept[k])
            found: NDArray[np.int64] = indices[cuts[own] : cuts[own + 1]] - self.starts[own]
            return found

        made = self._like(
            np.diff(cuts)[kept],
            lambda k: _taken(self.chunk(int(kept[k])), within(k)),
            self.groups[kept],
        )
        made._positions = lambda k: self.positions(int(kept[k]))[within(k)]
        made._owner = self
        return made

    def sample(self, most: int = MOST_SAMPLED, *, seed: int = 0) -> tuple[NDArray[np.int64], Any]:
        """Return a random sample of the rows of up to 64 random chunks.

        Parameters
        ----------
        most : int, default=100,000
            Largest number of rows; of wide rows there are fewer.
        seed : int, default=0
            Of the draw.

        Returns
        -------
        tuple of ndarray of shape (n,), int64, and ndarray or pyarrow.Table
            Positions of the rows in ``self``, in order, and the rows. Kept in memory.
        """
        if not len(self):
            return np.empty(0, np.int64), self._empty()
        if seed not in self._samples:
            self._samples[seed] = self._drawn(np.random.default_rng([seed, 7]))
        places, rows = self._samples[seed]
        if len(places) <= most:
            return places, rows
        chosen = np.random.default_rng([seed, 8]).choice(len(places), most, replace=False)
        chosen.sort()
        return places[chosen], _taken(rows, chosen)

    def _drawn(self, generator: np.random.Generator) -> tuple[NDArray[np.int64], Any]:
        n = min(MOST_SAMPLED, max(1, _MOST_VALUES // max(1, self._width)), len(self))
        order = generator.permutation(self.n_chunks)[:_SAMPLED_CHUNKS]
        # Chunks may be small or one of them very large: take more of them until they suffice.
        sizes = self.sizes[order]
        if sizes.sum() < n:
            order = generator.permutation(self.n_chunks)
            order = order[: int(np.searchsorted(np.cumsum(self.sizes[order]), n)) + 1]
            sizes = self.sizes[order]
        within = generator.choice(int(sizes.sum()), n, replace=False)
        of_chunk = np.split(np.sort(within), np.searchsorted(np.sort(within), np.cumsum(sizes)))
        firsts = np.cumsum(sizes) - sizes
        own = {
            int(k): rows - first
            for k, rows, first in zip(order, of_chunk, firsts, strict=False)
            if len(rows)
        }
        wanted = sorted(own)
        parts = [
            _taken(chunk, own[k]) for k, chunk in zip(wanted, self.chunks(wanted), strict=True)
        ]
        places = np.concatenate([self.starts[k] + own[k] for k in wanted])
        return places, self._joined(parts)

    @property
    @abstractmethod
    def _width(self) -> int:
        """Number of columns."""

    @abstractmethod
    def _joined(self, parts: list[Any]) -> Any:
        """Join rows of several chunks."""

    @abstractmethod
    def _like(self, sizes: Any, read: Callable[[int], Any], groups: Any) -> Self:
        """Return other rows with the same columns."""

    def _where(self, mask: Callable[[int], NDArray[np.bool_]]) -> Self:
        """Return the rows of a mask."""
        counts = np.array([int(mask(k).sum()) for k in range(self.n_chunks)], np.int64)
        kept = np.flatnonzero(counts)  # chunks that have rows left

        def rows(k: int) -> Any:
            return _taken(self.chunk(int(kept[k])), np.flatnonzero(mask(int(kept[k]))))

        made = self._like(counts[kept], rows, self.groups[kept])
        made._positions = lambda k: self.positions(int(kept[k]))[mask(int(kept[k]))]
        return made

    def _cached(self, k: int) -> Any:
        """Return a chunk; the last one is kept."""
        number, found = self._last
        if number != k:
            found = self.chunk(k)
            self._last = (k, found)
        return found

    def at(self, indices: NDArray[np.intp]) -> Any:
        """Return the rows at given indices.

        Parameters
        ----------
        indices : ndarray of shape (n,), int
            From 0, in any order; the chunks that hold them are read one after the other.

        Returns
        -------
        ndarray of shape (n, n_features) or pyarrow.Table
        """
        indices = np.asarray(indices, np.int64)
        indices = np.where(indices < 0, indices + len(self), indices)
        order = np.argsort(indices, kind="stable")
        owner = np.searchsorted(self.starts, indices[order], side="right") - 1
        parts = [
            _taken(self._cached(int(k)), indices[order[owner == k]] - self.starts[k])
            for k in np.unique(owner)
        ]
        back = np.empty(len(order), np.int64)
        back[order] = np.arange(len(order))
        return _taken(self._joined(parts), back) if parts else self._empty()

    @abstractmethod
    def _empty(self) -> Any:
        """Return no rows."""

    def between(self, start: int, stop: int) -> Any:
        """Return consecutive rows.

        Parameters
        ----------
        start, stop : int
            Bounds.

        Returns
        -------
        ndarray of shape (n, n_features) or pyarrow.Table
        """
        parts = []
        k = int(np.searchsorted(self.starts, start, side="right")) - 1
        while start < min(stop, len(self)):
            first = int(self.starts[k])
            end = min(stop, int(self.starts[k + 1]))
            parts.append(self._cached(k)[start - first : end - first])
            start, k = end, k + 1
        if len(parts) == 1:
            return parts[0]
        return self._joined(parts) if parts else self._empty()


class ChunkedRows(Chunks):
    """Matrix in chunks: a read-only array of two axes whose rows are read on access.

    Parameters
    ----------
    sizes, read, groups, fingerprint
        As for ``Chunks``; ``read`` returns arrays.
    n_features : int
        Number of columns.
    dtype : data type
        Of the values.
    """

    def __init__(
        self,
        sizes: Sequence[int] | NDArray[np.int64],
        read: Callable[[int], NDArray[Any]],
        *,
        n_features: int,
        dtype: Any,
        groups: Sequence[int] | None = None,
        fingerprint: str = "",
    ) -> None:
        super().__init__(sizes, read, groups=groups, fingerprint=fingerprint)
        self._n_features = n_features
        self.dtype: np.dtype[Any] = np.dtype(dtype)
        self.ndim = 2
        self.picture_shape: tuple[int, ...] | None = None
        self.column_names: tuple[str, ...] | None = None
        self._statistics: ColumnStatistics | None = None

    @property
    def nbytes(self) -> int:
        """Size in bytes of all rows in memory."""
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def statistics(self) -> ColumnStatistics:
        """Statistics of the columns, of one pass over all rows; kept."""
        if self._statistics is None:
            found = ColumnStatistics.none(self._n_features)
            for chunk in self.chunks():
                found = found.updated(chunk)
            self._statistics = found
        return self._statistics

    def pieces(self, step: int) -> Iterator[NDArray[Any]]:
        """Yield all rows in order, in arrays of ``step`` rows; the last one may be shorter.

        Parameters
        ----------
        step : int
            Number of rows.

        Yields
        ------
        ndarray of shape (n, n_features)
        """
        left: NDArray[Any] = self._empty()
        for chunk in self.chunks():
            start = 0
            if len(left):
                start = step - len(left)
                left = np.concatenate([left, chunk[:start]])
                if len(left) == step:
                    yield left
                    left = self._empty()
            n_whole = max(0, len(chunk) - start) // step * step
            for first in range(start, start + n_whole, step):
                yield chunk[first : first + step]
            if start + n_whole < len(chunk):
                left = chunk[start + n_whole :]
        if len(left):
            yield left

    def __getitem__(self, where: Any) -> Any:
        rows, *rest = where if isinstance(where, tuple) else (where,)
        is_view = rest and isinstance(rows, slice) and rows == slice(None)
        if is_view and np.ndim(rest[0]) + isinstance(rest[0], slice):
            return self._columns(rest[0])
        found: NDArray[Any]
        if isinstance(rows, slice):
            start, stop, step = rows.indices(len(self))
            found = self.between(start, max(start, stop)) if step == 1 else self.at(np.r_[rows])
        elif np.ndim(rows) == 0:
            found = self.at(np.array([rows]))[0]
        else:
            index = np.asarray(rows)
            found = self.at(np.flatnonzero(index) if index.dtype == bool else index)
        return found[(..., *rest)] if rest else found

    def _columns(self, columns: Any) -> ChunkedRows:
        """Return some of the columns."""
        width = len(np.arange(self._n_features)[columns])
        made = ChunkedRows(
            self.sizes,
            lambda k: self.chunk(k)[:, columns],
            n_features=width,
            dtype=self.dtype,
            groups=self.groups.tolist(),
        )
        made._statistics = self.statistics.of(columns)
        return made

    def mean(self, axis: int, dtype: Any = np.float64) -> NDArray[Any]:
        """Return the mean row; see ``SelectedRows.mean``."""
        if axis != 0:
            raise ValueError(f"`axis` must be 0. Got {axis}.")
        return self.statistics.mean.astype(dtype)

    def min(self) -> Any:
        """Return the smallest value."""
        return self.statistics.low.min()

    def max(self) -> Any:
        """Return the largest value."""
        return self.statistics.high.max()

    @property
    def _width(self) -> int:
        return self._n_features

    def _joined(self, parts: list[NDArray[Any]]) -> NDArray[Any]:
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _empty(self) -> NDArray[Any]:
        return np.empty((0, self._n_features), self.dtype)

    def _like(self, sizes: Any, read: Callable[[int], Any], groups: Any) -> Self:
        return type(self)(
            sizes,
            read,
            n_features=self._n_features,
            dtype=self.dtype,
            groups=groups,
            fingerprint=self.fingerprint,
        )


class ChunkedTable(Chunks):
    """Table in chunks.

    Parameters
    ----------
    sizes, read, groups, fingerprint
        As for ``Chunks``; ``read`` returns tables.
    schema : pyarrow.Schema
        Names and types of the columns.
    project : callable, default=None
        From names of columns to a function that reads only these of a chunk.
    """

    def __init__(
        self,
        sizes: Sequence[int] | NDArray[np.int64],
        read: Callable[[int], pa.Table],
        *,
        schema: pa.Schema,
        project: Callable[[Sequence[str]], Callable[[int], pa.Table]] | None = None,
        groups: Sequence[int] | None = None,
        fingerprint: str = "",
    ) -> None:
        super().__init__(sizes, read, groups=groups, fingerprint=fingerprint)
        self.schema, self._project = schema, project

    @property
    def num_rows(self) -> int:
        """Number of rows."""
        return len(self)

    @property
    def column_names(self) -> list[str]:
        """Names of the columns."""
        return list(self.schema.names)

    def column(self, name: str) -> ChunkedColumn:
        """Return a column, whose cells are read on access."""
        return ChunkedColumn(self, name)

    def select(self, names: Sequence[str]) -> ChunkedTable:
        """Return some of the columns."""
        wanted = list(names)
        own = None if self._project is None else self._project(wanted)
        made = ChunkedTable(
            self.sizes,
            own or (lambda k: self.chunk(k).select(wanted)),
            schema=pa.schema([self.schema.field(name) for name in wanted]),
            project=self._project,
            groups=self.groups.tolist(),
            fingerprint=self.fingerprint,
        )
        made._positions, made._owner = self._positions, self
        return made

    def mapped(
        self, function: Callable[[pa.Table], pa.Table], *, schema: pa.Schema | None = None
    ) -> ChunkedTable:
        """Return the table with a function applied to each chunk.

        Parameters
        ----------
        function : callable
            From a table of any of the columns to one of the same columns.
        schema : pyarrow.Schema, default=None
            The columns with the types that the function gives them; None for the same types.

        Returns
        -------
        ChunkedTable
        """
        return self._derived(lambda table, k: function(table.chunk(k)), schema or self.schema)

    def checked(self, check: Callable[[pa.Table], object]) -> ChunkedTable:
        """Return the table with a check of each cell when it is read for the first time.

        Parameters
        ----------
        check : callable
            Called with some columns of a chunk; raises an error.

        Returns
        -------
        ChunkedTable
        """
        known: list[set[str]] = [set() for _ in self.sizes]

        def read(table: ChunkedTable, k: int) -> pa.Table:
            chunk = table.chunk(k)
            new = [name for name in chunk.column_names if name not in known[k]]
            if new:
                check(chunk.select(new))
                known[k].update(new)
            return chunk

        return self._derived(read, self.schema)

    def _derived(
        self, read: Callable[[ChunkedTable, int], pa.Table], schema: pa.Schema
    ) -> ChunkedTable:
        """Return a table of the same rows, whose chunks are read by a function of this one."""

        def project(names: Sequence[str]) -> Callable[[int], pa.Table]:
            chosen = self.select(names)
            return lambda k: read(chosen, k)

        made = ChunkedTable(
            self.sizes,
            lambda k: read(self, k),
            schema=schema,
            project=project,
            groups=self.groups.tolist(),
            fingerprint=self.fingerprint,
        )
        made._positions, made._owner = self._positions, self
        return made

    def matrix(
        self, convert: Callable[[pa.Table], NDArray[Any]], n_features: int, dtype: Any
    ) -> ChunkedRows:
        """Return the rows as a matrix, converted chunk by chunk.

        Parameters
        ----------
        convert : callable
            From a table to an array.
        n_features : int
            Number of columns of the arrays.
        dtype : data type
            Of the values.

        Returns
        -------
        ChunkedRows
        """
        made = ChunkedRows(
            self.sizes,
            lambda k: np.asarray(convert(self.chunk(k)), dtype),
            n_features=n_features,
            dtype=dtype,
            groups=self.groups.tolist(),
            fingerprint=self.fingerprint,
        )
        made._positions = self._positions
        return made

    @property
    def _width(self) -> int:
        return len(self.schema)

    def _joined(self, parts: list[pa.Table]) -> pa.Table:
        return pa.concat_tables(parts)

    def _empty(self) -> pa.Table:
        return self.schema.empty_table()

    def _like(self, sizes: Any, read: Callable[[int], Any], groups: Any) -> Self:
        return type(self)(
            sizes, read, schema=self.schema, groups=groups, fingerprint=self.fingerprint
        )


class ChunkedColumn:
    """Column of a table in chunks, such as ids to write next to codes.

    Parameters
    ----------
    table : ChunkedTable
        The table.
    name : str
        Name of the column.
    """

    def __init__(self, table: ChunkedTable, name: str) -> None:
        self._table, self._name = table.select([name]), name
        self.type = table.schema.field(name).type

    def __len__(self) -> int:
        return len(self._table)

    def slice(self, start: int, length: int) -> pa.Array:
        """Return consecutive cells."""
        found = self._table.between(start, start + length).column(self._name)
        return found.combine_chunks()

    def __getitem__(self, where: Any) -> NDArray[Any]:
        index = np.atleast_1d(np.arange(len(self))[where])
        cells = self._table.at(index).column(self._name).to_pylist()
        found = np.array([*cells, None], dtype=object)[:-1]
        return found if np.ndim(where) or isinstance(where, slice) else found[0]


def _uniform(positions: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """Return a number in [0, 1) for each position: splitmix64 (Steele, Lea & Flood, 2014)."""
    with np.errstate(over="ignore"):
        start = np.uint64(seed % 2**64) * np.uint64(0xD1342543DE82EF95)
        z = positions.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + start
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) / 2**53


def _taken(rows: Any, indices: NDArray[Any]) -> Any:
    return rows.take(pa.array(indices)) if isinstance(rows, pa.Table) else rows[indices]
