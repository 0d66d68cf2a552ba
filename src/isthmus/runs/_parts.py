"""Which of a source's rows a run trains on, and which it holds out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._language import Sentence
from .._selected_rows import select_rows
from ..errors import DataError
from ..rows import split_rows
from ..sources import Dataset

__all__ = ["Parts", "split_dataset"]


@dataclass(frozen=True, eq=False)
class Parts:
    """A source's rows, split."""

    X: NDArray[Any]
    y: NDArray[Any] | None
    X_held_out: NDArray[Any]
    y_held_out: NDArray[Any] | None
    rule: str
    numbers: NDArray[np.int64]  # of all rows in the source, from 0; those held out last

    @property
    def shown(self) -> tuple[NDArray[Any], NDArray[Any] | None]:
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
        rule = Sentence("the source's own test rows")
        return Parts(X, y, dataset.X_test, dataset.y_test, rule, np.arange(n_rows))
    stay, leave = split_rows(len(X), fraction, seed=seed, purpose="test")
    if not len(leave):  # X[stay] would be a copy of all rows
        return Parts(X, y, X[:0], None if y is None else y[:0], Sentence("none"), stay)
    labels = (None, None) if y is None else (y[stay], y[leave])
    rule = Sentence("{n} {n:row|rows} chosen by seed {seed}", n=len(leave), seed=seed)
    X_stays, X_leaves = select_rows(X, stay), select_rows(X, leave)
    return Parts(X_stays, labels[0], X_leaves, labels[1], rule, np.concatenate([stay, leave]))
