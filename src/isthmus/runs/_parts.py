"""Split of a source's rows into training and held-out rows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._chunks import Chunks
from .._random import derived_seed, numpy_generator
from .._selected_rows import select_rows
from .._translation import Message
from ..errors import DataError
from ..preprocessing import Preprocessor
from ..rows import split_rows
from ..sources import Dataset

__all__ = ["Parts", "split_dataset"]

# Of each part, what figures are measured on: the larger of these many rows and these many values.
_MOST_ROWS = 2**17
_MOST_VALUES = 2**26


@dataclass(frozen=True, eq=False)
class Parts:
    """Rows of a source, split.

    Attributes
    ----------
    X : ndarray, SelectedRows or CSR array of shape (n_samples, n_features)
        Training rows: a view of a large file; texts as a matrix once they are prepared.
    y : ndarray of shape (n_samples,) or None
        Labels of the training rows.
    X_held_out, y_held_out
        Held-out rows and their labels.
    rule : str
        How the held-out rows were chosen.
    numbers : ndarray of int
        Indices of all rows in the source, from 0, with held-out rows last.
    preprocessor : isthmus.preprocessing.Preprocessor, default=None
        Preprocessor that made the matrices, to pass to ``fit``.
    masks : ndarray of shape (n_held_out, height, width), bool, default=None
        Masks of the defects in the held-out pictures.
    held_out : str, default=""
        SHA-256 of the indices of the rows that were held out, before any of them was left out.
    """

    X: Any
    y: NDArray[Any] | None
    X_held_out: Any
    y_held_out: NDArray[Any] | None
    rule: str
    numbers: NDArray[np.int64]
    preprocessor: Preprocessor | None = None
    masks: NDArray[np.bool_] | None = None
    held_out: str = ""

    @property
    def shown(self) -> tuple[Any, NDArray[Any] | None]:
        """Rows for figures: the held-out rows, if there are any."""
        if self.X_held_out.shape[0]:
            return self.X_held_out, self.y_held_out
        return self.X, self.y

    @property
    def shown_numbers(self) -> NDArray[np.int64]:
        """Indices in the source of the rows for figures."""
        n_held_out = self.X_held_out.shape[0]
        return self.numbers[-n_held_out:] if n_held_out else self.numbers

    def sampled(self, seed: int) -> Parts:
        """Return a random sample of each part for measuring, or all of its rows if they are few.

        A part is sampled if it has over 131,072 rows and over 67 million values: the standard
        error of a mean over that many rows is below a third of a percent of the deviation.

        Parameters
        ----------
        seed : int
            Of the draw.

        Returns
        -------
        Parts
            In the order of the source; the parts themselves if none has too many rows.
        """
        if isinstance(self.X, Chunks):
            return self._sampled_chunks(seed)
        n_train, n_held_out = self.X.shape[0], self.X_held_out.shape[0]
        most = max(_MOST_ROWS, _MOST_VALUES // max(1, self.X.shape[1]))
        if max(n_train, n_held_out) <= most:
            return self
        generator = numpy_generator(seed, "measured rows")
        train, held_out = (_drawn(n, most, generator) for n in (n_train, n_held_out))
        return replace(
            self,
            X=select_rows(self.X, train),
            y=None if self.y is None else self.y[train],
            X_held_out=select_rows(self.X_held_out, held_out),
            y_held_out=None if self.y_held_out is None else self.y_held_out[held_out],
            numbers=self.numbers[np.concatenate([train, n_train + held_out])],
            masks=None if self.masks is None else self.masks[held_out],
        )

    def _sampled_chunks(self, seed: int) -> Parts:
        """Return a random sample of parts in chunks, which is in memory."""
        train, X = self.X.sample(seed=seed)
        held_out, X_held_out = self.X_held_out.sample(seed=seed)
        numbers = np.concatenate([self.X.places(train), self.X_held_out.places(held_out)])
        if len(self.numbers):  # the source itself has held-out rows
            numbers = self.numbers[np.concatenate([train, self.X.shape[0] + held_out])]
        return replace(
            self,
            X=X,
            y=None if self.y is None else self.y[train],
            X_held_out=X_held_out,
            y_held_out=None if self.y_held_out is None else self.y_held_out[held_out],
            numbers=numbers,
        )


def _drawn(n_rows: int, most: int, generator: np.random.Generator) -> NDArray[np.intp]:
    """Return the indices of a random sample of at most ``most`` rows, in order."""
    if n_rows <= most:
        return np.arange(n_rows)
    return np.sort(generator.choice(n_rows, most, replace=False))


def _split_in_order(
    n_rows: int, n_held_out: int, gap: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Hold out the last windows, and leave out those before them that overlap them."""
    first = n_rows - n_held_out
    n_kept = first - gap
    if n_kept < 2:
        raise DataError(
            f"At least 2 windows must be left to train on. Of {n_rows} windows, the last "
            f"{n_held_out} are held out, and {min(first, gap)} overlap them: choose a "
            "smaller `window` (--window) or `test_fraction`."
        )
    return np.arange(n_kept), np.arange(first, n_rows)


def split_dataset(dataset: Dataset, fraction: float, seed: int) -> Parts:
    parts = _split(dataset, fraction, seed)
    n_held_out = parts.X_held_out.shape[0]
    if len(parts.numbers):
        digest = hashlib.sha256(
            parts.numbers[len(parts.numbers) - n_held_out :].astype("<i8").tobytes()
        )
    else:  # rows in chunks: a hash of the position decides
        digest = hashlib.sha256(f"{n_held_out} {float(fraction)} {seed}".encode())
    return replace(parts, held_out=digest.hexdigest())


def _split(dataset: Dataset, fraction: float, seed: int) -> Parts:
    X, y = dataset.X, dataset.y
    if dataset.X_test is not None:
        n_rows = X.shape[0] + dataset.X_test.shape[0]
        rule = Message("test rows of the source")
        return Parts(X, y, dataset.X_test, dataset.y_test, rule, np.arange(n_rows))
    if isinstance(X, Chunks):
        return _split_chunks(X, y, fraction, seed)
    stay, leave = split_rows(len(X), fraction, seed=seed, purpose="test")
    if not len(leave):
        return Parts(X, y, X[:0], None if y is None else y[:0], Message("none"), stay)
    if dataset.gap:
        stay, leave = _split_in_order(len(X), len(leave), dataset.gap)
    labels = (None, None) if y is None else (y[stay], y[leave])
    rule = Message.plural(
        "{n} row drawn with seed {seed}", "{n} rows drawn with seed {seed}", len(leave), seed=seed
    )
    if dataset.gap:
        rule = Message.plural(
            "the last window, which overlaps no training window",
            "the last {n:,} windows, which overlap no training window",
            len(leave),
        )
    train, held_out = select_rows(X, stay), select_rows(X, leave)
    return Parts(train, labels[0], held_out, labels[1], rule, np.concatenate([stay, leave]))


def _split_chunks(X: Chunks, y: NDArray[Any] | None, fraction: float, seed: int) -> Parts:
    """Hold out rows by a hash of their position, which needs no list of all rows."""
    stay, leave = X.split(fraction, derived_seed(seed, "test"))
    rule = Message.plural(
        "{n:,} row, by a hash of its position with seed {seed}",
        "{n:,} rows, by a hash of their positions with seed {seed}",
        len(leave),
        seed=seed,
    )
    labels = [None if y is None else y[part.places(np.arange(len(part)))] for part in (stay, leave)]
    rule = rule if len(leave) else Message("none")
    return Parts(stay, labels[0], leave, labels[1], rule, np.arange(0))
