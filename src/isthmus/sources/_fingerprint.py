"""Fingerprints of rows."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pyarrow as pa

from .._chunks import Chunks
from .._row_blocks import row_blocks
from ._table_columns import table_numbers

__all__ = ["fingerprint"]


def fingerprint(X: Any) -> str:
    """Return a hash of an array's shape, dtype and values, as 16 hexadecimal digits.

    O(n) time and constant memory, for memory maps too.

    Parameters
    ----------
    X : ndarray of shape (n_samples, ...) or pyarrow.Table
        Any memory order: equal arrays have equal fingerprints. Objects must be strings. The
        fingerprint of a table of complete numbers is that of their array; of another table, that of
        its columns' names, types and values; of rows in chunks, that of their files.

    Returns
    -------
    str
        The first 16 hexadecimal digits of a SHA-256.
    """
    if isinstance(X, Chunks):
        return X.fingerprint
    if isinstance(X, pa.Table):
        if not all(map(_is_complete_numbers, X.columns)):
            return _fingerprint_of_table(X)
        X = table_numbers(Path("X"), X)
    digest = hashlib.sha256(f"{X.shape} {X.dtype.str}".encode())
    if X.dtype == object:  # texts
        for text in X:
            digest.update(f"{len(text)} {text}".encode(errors="surrogatepass"))
        return digest.hexdigest()[:16]
    for block in row_blocks(X):
        digest.update(block.tobytes())
    return digest.hexdigest()[:16]


def _fingerprint_of_table(table: pa.Table) -> str:
    digest = hashlib.sha256(f"{table.shape}".encode())
    for name, column in zip(table.column_names, table.columns, strict=True):
        digest.update(f"{name} {column.type}".encode(errors="surrogatepass"))
        # A copy in one piece, or the hash would depend on how the file was cut into blocks.
        whole = pa.concat_arrays(list(column.chunks) or [pa.array([], column.type)])
        batch = pa.record_batch([whole], names=["values"])
        digest.update(batch.serialize())
    return digest.hexdigest()[:16]


def _is_complete_numbers(column: Any) -> bool:
    kind = column.type
    tests = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean)
    return any(test(kind) for test in tests) and not column.null_count
