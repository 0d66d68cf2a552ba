"""Measurements of a mixed table: levels of its categorical columns, and its missing cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._translation import Message
from ...estimators import BaseAutoencoder
from ...evaluation import LevelConfusion, level_confusions, missing_shares
from ...figures import FigureSpec
from ...metrics import Components
from .._parts import Parts

__all__ = ["levels_shown", "missing_table"]

_MOST_COLUMNS = 12  # in a table
_MOST_PANELS = 4
_MOST_LEVELS = 6  # in a panel; the rarest are pooled


def levels_shown(
    estimator: BaseAutoencoder, parts: Parts, pca: Components, *, which: str
) -> tuple[list[dict[str, Any]], list[FigureSpec]]:
    """Return what a report shows of the levels of categorical columns.

    Parameters
    ----------
    estimator : BaseAutoencoder
        Fitted.
    parts : Parts
        Rows of the source, split.
    pca : Components
        PCA to compare with.
    which : str
        Kind of the rows in figures.

    Returns
    -------
    tuple of list of dict and list of FigureSpec
        A table of the columns with the most errors, and a figure of what their levels are
        reconstructed as; none for rows without categorical columns.
    """
    found = [own for own in level_confusions(estimator, parts.shown[0], pca) if own.n_rows]
    if not found:
        return [], []
    worst = sorted(found, key=lambda own: (own.right, own.name))
    return [_table(worst, which, estimator.latent_dim_)], _figure(worst, which)


def _table(worst: Sequence[LevelConfusion], which: str, latent_dim: int) -> dict[str, Any]:
    shown = worst[:_MOST_COLUMNS]
    right, pca = Message("right"), f"PCA ({latent_dim})"
    frequent = Message("most frequent level")
    caption = Message(
        "Share of {rows} rows whose level is reconstructed right, and the share if the most "
        "frequent level of the training rows were always chosen. Missing cells do not count.",
        rows=which,
    )
    if len(worst) > len(shown):
        caption = Message(
            "{caption} Shown are the {n} of {total:,} columns with the most errors.",
            caption=caption,
            n=len(shown),
            total=len(worst),
        )
    return {
        "section": "categories",
        "title": Message("Categorical columns"),
        "columns": ["", Message("levels"), right, pca, frequent],
        "shares": [right, pca, frequent],
        "rows": [
            [own.name, len(own.levels), own.right, own.right_of_pca, own.most_frequent]
            for own in shown
        ],
        "caption": caption,
    }


def _figure(worst: Sequence[LevelConfusion], which: str) -> list[FigureSpec]:
    """Return the figure of the columns with the most errors; none if all levels are right."""
    wrong = [own for own in worst if own.n_wrong][:_MOST_PANELS]
    if not wrong:
        return []
    pooled = [_most_frequent(own) for own in wrong]
    size = max(len(levels) for levels, _ in pooled)
    counts = np.zeros((len(wrong), size, size), np.int64)
    for table, (levels, own) in zip(counts, pooled, strict=True):
        table[: len(levels), : len(levels)] = own
    values = {
        "names": [own.name for own in wrong],
        "levels": [levels for levels, _ in pooled],
        "counts": counts,
    }
    caption = Message(
        "Columns with the most errors: what the levels of {rows} rows (down) are reconstructed as "
        "(across), as shares of each level.",
        rows=which,
    )
    title = Message("Levels, and what they are reconstructed as")
    return [FigureSpec("levels.svg", "categories", title, caption, "confused_levels", values)]


def _most_frequent(confusion: LevelConfusion) -> tuple[list[str], NDArray[np.int64]]:
    """Return the most frequent levels that occur, the others pooled, and their counts."""
    counts = confusion.counts
    occurs = counts.sum(axis=0) + counts.sum(axis=1)
    order = np.argsort(-occurs, kind="stable")
    order = order[occurs[order] > 0]
    if len(order) <= _MOST_LEVELS:
        return [confusion.levels[k] for k in order], counts[np.ix_(order, order)]
    kept, rest = order[: _MOST_LEVELS - 1], order[_MOST_LEVELS - 1 :]
    rows = np.vstack([counts[kept], counts[rest].sum(axis=0)])
    table = np.column_stack([rows[:, kept], rows[:, rest].sum(axis=1)])
    return [*(confusion.levels[k] for k in kept), Message("other levels")], table


def missing_table(estimator: BaseAutoencoder, parts: Parts) -> list[dict[str, Any]]:
    """Return the table of the columns with missing cells, most of them first.

    Parameters
    ----------
    estimator : BaseAutoencoder
        Fitted.
    parts : Parts
        Rows of the source, split.

    Returns
    -------
    list of dict
        One table of the report; none if no cell is missing.
    """
    found = missing_shares(estimator, parts.X, parts.X_held_out, seed=estimator.seed_)
    if not found:
        return []
    shown = found[:_MOST_COLUMNS]
    shares = [
        Message("missing, training"),
        Message("missing, held-out"),
        Message("explained by fills"),
    ]
    caption = Message(
        "Share of missing cells. Explained by fills: a tenth of the observed cells were hidden on "
        "purpose; share of their variance that the model's values explain. 0% is as good as the "
        "mean, and below 0% is worse."
    )
    if len(found) > len(shown):
        caption = Message(
            "{caption} Shown are the {n} of {total:,} columns with the most missing cells.",
            caption=caption,
            n=len(shown),
            total=len(found),
        )
    return [
        {
            "section": "missing",
            "title": Message("Columns with missing cells"),
            "columns": ["", *shares],
            "shares": shares,
            "rows": [[own.name, own.train, own.held_out, own.filled] for own in shown],
            "caption": caption,
        }
    ]
