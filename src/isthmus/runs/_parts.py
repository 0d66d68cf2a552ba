"""Which of a source's rows a run trains on, and which it holds out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._selected_rows import select_rows
from .._translation import Message
from ..errors import DataError
from ..preprocessing import Preprocessor
from ..rows import split_rows
from ..sources import Dataset

__all__ = ["Parts", "split_dataset"]


@dataclass(frozen=True, eq=False)
class Parts:
    """A source's rows, split.

    Attributes
    ----------
    X : ndarray, SelectedRows or CSR array of shape (n_samples, n_features)
        Those that train: a view of a large file, and texts as their matrix once they are prepared.
    y : ndarray of shape (n_samples,) or None
        Their labels.
    X_held_out, y_held_out
        Those held out, and their labels.
    rule : str
        What held them out.
    numbers : ndarray of int
        The numbers of all rows in the source, from 0; of those held out last.
    preprocessor : isthmus.preprocessing.Preprocessor, default=None
        What made the matrices, and is to be fitted to: ``fit`` takes it.
    """

    X: Any
    y: NDArray[Any] | None
    X_held_out: Any
    y_held_out: NDArray[Any] | None
    rule: str
    numbers: NDArray[np.int64]
    preprocessor: Preprocessor | None = None

    @property
    def shown(self) -> tuple[Any, NDArray[Any] | None]:
        """The rows that figures show: held-out ones, if there are any."""
        if self.X_held_out.shape[0]:
            return self.X_held_out, self.y_held_out
        return self.X, self.y


def split_dataset(dataset: Dataset, fraction: float, seed: int) -> Parts:
    X, y = dataset.X, dataset.y
    if len(X) < 2:
        raise DataError(
            f"An autoencoder needs at least 2 rows to learn from. {dataset.name} has {len(X)}."
        )
    if dataset.X_test is not None:
        n_rows = X.shape[0] + dataset.X_test.shape[0]
        rule = Message("test rows of the source")
        return Parts(X, y, dataset.X_test, dataset.y_test, rule, np.arange(n_rows))
    stay, leave = split_rows(len(X), fraction, seed=seed, purpose="test")
    if not len(leave):
        return Parts(X, y, X[:0], None if y is None else y[:0], Message("none"), stay)
    labels = (None, None) if y is None else (y[stay], y[leave])
    rule = Message.plural(
        "{n} row drawn with seed {seed}", "{n} rows drawn with seed {seed}", len(leave), seed=seed
    )
    train, held_out = select_rows(X, stay), select_rows(X, leave)
    return Parts(train, labels[0], held_out, labels[1], rule, np.concatenate([stay, leave]))
