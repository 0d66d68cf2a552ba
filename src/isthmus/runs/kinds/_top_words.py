"""Words with the largest weights in rows of texts."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["top_words"]


def top_words(rows: Any, words: Any, *, most: int = 10) -> list[list[str]]:
    """Return the words with the largest weights of each row, largest first.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_words)
        Weights; words of weights up to 0 are left out.
    words : sequence of str of length n_words
        Words.
    most : int, default=10
        Maximum number per row.

    Returns
    -------
    list of list of str
    """
    order = np.argsort(-np.asarray(rows), axis=1, kind="stable")[:, :most]
    return [
        [words[k] for k in own if row[k] > 0]
        for own, row in zip(order, np.asarray(rows), strict=True)
    ]
