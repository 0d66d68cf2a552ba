"""What every source gives: rows in one array, and what is known about them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from .._row_blocks import row_blocks
from .._translation import Message

__all__ = ["Dataset", "fingerprint", "listed", "quantity", "safe_name"]

_SHOWN = 5  # how many names a message lists before "and N more"


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows from one source.

    Attributes
    ----------
    name : str
        Short and safe in a folder name: ``"digits"``, ``"mnist"``, or the file's stem.
    kind : {"pictures", "table", "array", "texts"}
        What the rows are.
    X : ndarray of shape (n_samples, n_features)
        The rows, in C order, in the source's own units and type: pictures stay uint8 and float32
        stays float32. May be a read-only memory map. Texts are strings in an array of objects,
        of shape (n_samples,).
    y : ndarray of shape (n_samples,) or None
        Labels, numbers or strings; never used to train.
    feature_names : tuple of str or None
        The names of a table's columns.
    label_name : str or None
        Where the labels came from.
    picture_shape : tuple of int or None
        ``(height, width)`` of grey pictures, ``(height, width, 3)`` of coloured ones.
    X_test, y_test : ndarray or None
        The source's own held-out rows and their labels, where it has some.
    notes : tuple of str
        Plain sentences about what was left out or assumed.
    row_names : tuple of str or None
        File names of a folder's pictures, relative to the folder, in the order of ``X``.
    """

    name: str
    kind: str
    X: NDArray[Any]
    y: NDArray[Any] | None
    feature_names: tuple[str, ...] | None
    label_name: str | None
    picture_shape: tuple[int, ...] | None
    X_test: NDArray[Any] | None
    y_test: NDArray[Any] | None
    notes: tuple[str, ...] = ()
    row_names: tuple[str, ...] | None = None


def fingerprint(X: NDArray[Any]) -> str:
    """Name the content of an array: the same shape, type and values give the same 16 letters.

    O(n) time; memory stays constant, also for a memory map.

    Parameters
    ----------
    X : ndarray of shape (n_samples, ...)
        Any order in memory: equal arrays have equal fingerprints. Objects have to be strings.

    Returns
    -------
    str
        The first 16 hexadecimal digits of a SHA-256.
    """
    digest = hashlib.sha256(f"{X.shape} {X.dtype.str}".encode())
    if X.dtype == object:  # texts
        for text in X:
            digest.update(f"{len(text)} {text}".encode(errors="surrogatepass"))
        return digest.hexdigest()[:16]
    for block in row_blocks(X):
        digest.update(block.tobytes())
    return digest.hexdigest()[:16]


def quantity(n: int, noun: str) -> str:
    """Return "1 row", "1,234 rows".

    Parameters
    ----------
    n : int
        How many.
    noun : str
        One of them; of more, an s is added.

    Returns
    -------
    str
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def listed(names: Sequence[str], *, shown: int = _SHOWN, quote: str = "`") -> str:
    """Return "`a`, `b` and 3 more".

    Parameters
    ----------
    names : sequence of str
        What to list; long ones are cut.
    shown : int, default=5
        How many are named.
    quote : str, default="`"
        Stands around each name.

    Returns
    -------
    str
    """
    short = [name if len(name) <= 40 else f"{name[:37]}..." for name in names[:shown]]
    text = ", ".join(f"{quote}{name}{quote}" for name in short)
    more = len(names) - shown
    return Message("{names} and {n} more", names=text, n=more) if more > 0 else text


def safe_name(text: str) -> str:
    """Return a text as part of a folder's name: letters, digits, `.`, `_` and `-` only.

    Parameters
    ----------
    text : str
        Anything.

    Returns
    -------
    str
        At most 64 characters, one at least.
    """
    return re.sub(r"[^\w.-]+", "-", text)[:64].strip("-.") or "data"
