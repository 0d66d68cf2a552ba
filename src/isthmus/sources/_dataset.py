"""Dataset: rows in one array, with their metadata."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from numpy.typing import NDArray

from .._row_blocks import row_blocks
from .._translation import Message

__all__ = ["Dataset", "fingerprint", "listed", "quantity", "safe_name"]

_SHOWN = 5  # number of names that a message lists before "and N more"


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows from one source.

    Attributes
    ----------
    name : str
        Short and safe as a folder name: ``"digits"``, ``"mnist"``, or the file's stem.
    kind : {"pictures", "table", "array", "texts"}
        Kind of rows.
    X : ndarray of shape (n_samples, n_features) or pyarrow.Table
        Rows in C order, in the source's units and dtype: pictures stay uint8, float32 stays
        float32. May be a read-only memory map. Texts are strings in an object array of shape
        (n_samples,). A table keeps its columns with their types, except the label.
    y : ndarray of shape (n_samples,) or None
        Labels, numbers or strings.
    feature_names : tuple of str or None
        The names of a table's columns.
    label_name : str or None
        Name of the column or array with the labels.
    picture_shape : tuple of int or None
        ``(height, width)`` of greyscale pictures, ``(height, width, 3)`` of colour pictures.
    X_test, y_test : ndarray or None
        Held-out rows and their labels, if the source has any.
    notes : tuple of str
        Sentences about what was skipped or assumed.
    row_names : tuple of str or None
        File names of a folder's pictures, relative to the folder, in the order of ``X``.
    planning : dict
        For a table: what the user said of its columns, as arguments of
        ``isthmus.preprocessing.plan_columns``.
    ids : dict of str to ndarray
        For a table: columns that identify its rows, to write next to results.
    """

    name: str
    kind: str
    X: Any
    y: NDArray[Any] | None
    feature_names: tuple[str, ...] | None
    label_name: str | None
    picture_shape: tuple[int, ...] | None
    X_test: NDArray[Any] | None
    y_test: NDArray[Any] | None
    notes: tuple[str, ...] = ()
    row_names: tuple[str, ...] | None = None
    planning: Mapping[str, Any] = field(default_factory=dict)
    ids: Mapping[str, NDArray[Any]] = field(default_factory=dict)


def fingerprint(X: Any) -> str:
    """Return a hash of an array's shape, dtype and values, as 16 hexadecimal digits.

    O(n) time and constant memory, for memory maps too.

    Parameters
    ----------
    X : ndarray of shape (n_samples, ...) or pyarrow.Table
        Any memory order: equal arrays have equal fingerprints. Objects must be strings. A table's
        is that of its column names, types and values.

    Returns
    -------
    str
        The first 16 hexadecimal digits of a SHA-256.
    """
    if isinstance(X, pa.Table):
        return _fingerprint_of_table(X)
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


def quantity(n: int, noun: str) -> str:
    """Return a number with its noun, such as "1 row" or "1,234 rows".

    Parameters
    ----------
    n : int
        Number.
    noun : str
        Singular noun; an s is added for the plural.

    Returns
    -------
    str
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def listed(names: Sequence[str], *, shown: int = _SHOWN, quote: str = "`") -> str:
    """Return a list of names as text, such as "`a`, `b` and 3 more".

    Parameters
    ----------
    names : sequence of str
        Names to list; long ones are cut.
    shown : int, default=5
        Maximum number of names to show.
    quote : str, default="`"
        Quote character around each name.

    Returns
    -------
    str
    """
    short = [name if len(name) <= 40 else f"{name[:37]}..." for name in names[:shown]]
    quoted = [f"{quote}{name}{quote}" for name in short]
    more = len(names) - shown
    if more > 0:
        return Message("{names} and {n} more", names=quoted, n=more)
    return Message("{names}", names=quoted)


def safe_name(text: str) -> str:
    """Return a text as part of a folder name: letters, digits, `.`, `_` and `-` only.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        At least 1 and at most 64 characters.
    """
    return re.sub(r"[^\w.-]+", "-", text)[:64].strip("-.") or "data"
