"""Rows in a report: best, median and worst ones, and the most anomalous ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..._row_blocks import as_dense
from ..._translation import Message
from ...figures import ErrorBins, FigureSpec, bin_errors
from ...sources import Dataset
from .._parts import Parts
from ._features import feature_names
from ._kept_pictures import kept_pictures
from ._restored_cells import restored_cells
from ._row_names import row_names

__all__ = [
    "N_STRANGEST",
    "n_best",
    "rows_in_order",
    "spread_figure",
    "strange_cells",
    "strange_figure",
    "strangest_figures",
    "table_of_rows",
]

N_STRANGEST = 10
_N_FEATURES = 12
_MOST_WIDE = 5_000  # features; with more, there is no figure of the shares of ten rows


def rows_in_order(
    errors: NDArray[np.float64], *, most: int, Z: Any = None
) -> dict[str, NDArray[np.int64]]:
    """Return the rows with the best, median and worst reconstructions.

    The smallest errors are often those of rows that are almost the same. With codes, the best rows
    are those of ``n_best`` that differ most: the row with the smallest error, and then, one after
    the other, the row whose code is farthest from those of the chosen rows.

    Parameters
    ----------
    errors : ndarray of shape (n_samples,)
        Error per row.
    most : int
        Maximum number per kind; fewer if there are fewer than three times as many rows.
    Z : ndarray or CSR array of shape (n_samples, latent_dim), default=None
        Codes of the rows.

    Returns
    -------
    dict of str to ndarray
        Indices by kind, by ascending error, except for the worst, by descending error. For
        fewer than three rows only the worst, all of them.
    """
    order = np.argsort(errors, kind="stable")
    n = min(most, len(order) // 3)
    if not n:
        return {Message("worst"): order[::-1]}
    middle = (len(order) - n) // 2
    return {
        Message("best"): order[:n] if Z is None else _apart(order[: n_best(len(order), n)], Z, n),
        Message("median"): order[middle : middle + n],
        Message("worst"): order[::-1][:n],
    }


def n_best(n_rows: int, n: int) -> int:
    """Return from how many rows with the smallest errors ``rows_in_order`` chooses the best.

    Parameters
    ----------
    n_rows : int
        Number of rows.
    n : int
        Number of rows to choose.

    Returns
    -------
    int
        A tenth of the rows, at least ``3 * n``, but at most a third of the rows.
    """
    return min(max(n_rows // 10, 3 * n), n_rows // 3)


def _apart(candidates: NDArray[np.int64], Z: Any, n: int) -> NDArray[np.int64]:
    """Return candidates whose codes are far from each other, in their order."""
    codes = as_dense(Z[candidates], dtype=np.float64)
    distances = np.full(len(codes), np.inf)
    chosen = [0]
    while len(chosen) < n:
        distances = np.minimum(distances, np.square(codes - codes[chosen[-1]]).sum(axis=1))
        distances[chosen] = -1.0  # also among rows with the same code, each is chosen once
        chosen.append(int(distances.argmax()))
    far: NDArray[np.int64] = candidates[np.sort(chosen)]
    return far


def table_of_rows(estimator: Any, dataset: Dataset, parts: Parts) -> list[dict[str, Any]]:
    """Return tables of the best, median and worst row with their reconstructions.

    Parameters
    ----------
    estimator : estimator
        Fitted; can reconstruct rows and explain their errors.
    dataset : Dataset
        The source.
    parts : Parts
        Rows of the source, split.

    Returns
    -------
    list of dict
        One table of the report; none for pictures and texts.
    """
    if dataset.picture_shape or dataset.kind == "texts":
        return []
    X = parts.shown[0]
    errors = estimator.reconstruction_error(X)
    chosen = {name: int(rows[0]) for name, rows in rows_in_order(errors, most=1).items()}
    rows = np.asarray(X[list(chosen.values())], dtype=np.float64)
    names, given, copies = restored_cells(estimator, dataset, rows)
    if not names:  # hashed columns and texts cannot be restored
        return []
    features = np.argsort(-estimator.explain(rows)[-1], kind="stable")
    shown = [k for k in features.tolist() if k in names][:_N_FEATURES]
    numbers = parts.shown_numbers
    columns: list[str] = [Message("feature")]
    for name, at in chosen.items():
        columns += [
            Message("{name}: row {n:,}", name=name, n=int(numbers[at])),
            Message("reconstruction"),
        ]
    return [
        {
            "section": "reconstructions",
            "title": Message("Best, median and worst row"),
            "columns": columns,
            "rows": [
                [
                    names[k],
                    *(v for x, back in zip(given, copies, strict=True) for v in (x[k], back[k])),
                ]
                for k in shown
            ],
            "caption": Message(
                "Rows with the smallest, median and largest error, in original units. Features: "
                "those with the largest errors in the worst row. Rows are counted from 0."
            ),
        }
    ]


def strange_cells(
    estimator: Any,
    dataset: Dataset,
    X: Any,
    numbers: NDArray[np.int64],
    errors: NDArray[np.float64],
) -> list[dict[str, Any]]:
    """Return a table of the most anomalous rows, with values beside the expected ones.

    Parameters
    ----------
    estimator : estimator
        Fitted; can explain errors.
    dataset : Dataset
        The source.
    X : ndarray or CSR array of shape (n_samples, n_features)
        Rows.
    numbers : ndarray of shape (n_samples,)
        Indices of the rows in the source, from 0.
    errors : ndarray of shape (n_samples,)
        Their errors.

    Returns
    -------
    list of dict
        One table of the report; none for pictures, texts, sparse and very wide rows.
    """
    if dataset.kind not in ("table", "array") or dataset.picture_shape or sparse.issparse(X):
        return []
    if X.shape[1] > _MOST_WIDE:
        return []
    worst = np.argsort(-errors, kind="stable")[:N_STRANGEST]
    rows = np.asarray(X[worst])
    names, given, expected = restored_cells(estimator, dataset, rows)
    if not names:
        return []
    own = sorted(names)
    shares = np.asarray(estimator.explain(rows))[:, own]
    share = Message("share of error")
    return [
        {
            "section": "anomalies",
            "title": Message("Values of the most anomalous rows"),
            "columns": [
                "", Message("column"), Message("value"), Message("expected"), share,
            ],
            "shares": [share],
            "rows": [
                [
                    name,
                    names[own[k]],
                    values[own[k]],
                    others[own[k]],
                    float(part[k]),
                ]
                for name, values, others, part, k in zip(
                    row_names(dataset, numbers[worst]),
                    given,
                    expected,
                    shares,
                    shares.argmax(axis=1),
                    strict=True,
                )
            ],
            "caption": Message(
                "The column with the largest share of each row's error, in original units. Rows "
                "are counted from 0."
            ),
        }
    ]  # fmt: skip


def strangest_figures(
    estimator: Any, dataset: Dataset, parts: Parts, errors: NDArray[np.float64]
) -> list[FigureSpec]:
    """Return the figures of the distribution of errors, and of the most anomalous rows.

    Parameters
    ----------
    estimator : estimator
        Fitted, with ``explain``.
    dataset : Dataset
        The source.
    parts : Parts
        Rows of the source, split.
    errors : ndarray of shape (n_samples,)
        Errors of the rows in figures.

    Returns
    -------
    list of FigureSpec
    """
    caption = Message(
        "Distribution of errors (n = {n:,}); the axis of counts is logarithmic.", n=len(errors)
    )
    spread = spread_figure(bin_errors(errors), caption)
    if parts.X.shape[1] > _MOST_WIDE:
        return [spread]
    worst = np.argsort(-errors, kind="stable")[:N_STRANGEST]
    X, shares = parts.shown[0][worst], estimator.explain(parts.shown[0][worst])
    if dataset.picture_shape:
        caption = Message(
            "Pictures with the largest errors, most anomalous first, each below the number of its "
            "row and above its error by pixel. Rows are counted from 0."
        )
    else:
        caption = Message(
            "Rows with the largest errors, most anomalous first. Cells show each feature's share "
            "of the error, from 5%."
        )
    numbers = parts.shown_numbers[worst]
    return [spread, strange_figure(dataset, X, shares, numbers, errors[worst], caption)]


def spread_figure(bins: ErrorBins, caption: str) -> FigureSpec:
    """Return the figure of the distribution of errors.

    Parameters
    ----------
    bins : ErrorBins
        Errors of all rows.
    caption : str
        Caption of the figure.

    Returns
    -------
    FigureSpec
    """
    values = {"errors": bins}
    return FigureSpec(
        "errors.svg", "anomalies", Message("Errors"), caption, "error_histogram", values
    )


def strange_figure(
    dataset: Dataset,
    X: Any,
    shares: NDArray[np.float64],
    numbers: NDArray[np.int64],
    errors: NDArray[np.float64],
    caption: str,
) -> FigureSpec:
    """Return the figure of the most anomalous rows or pictures.

    Parameters
    ----------
    dataset : Dataset
        The source.
    X : ndarray or CSR array of shape (n, n_features)
        Rows, most anomalous first.
    shares : ndarray of shape (n, n_features)
        Share of each feature in its row's error.
    numbers : ndarray of shape (n,)
        Indices of the rows in the source, from 0.
    errors : ndarray of shape (n,)
        Errors of the rows.
    caption : str
        Caption of the figure.

    Returns
    -------
    FigureSpec
    """
    if dataset.picture_shape:
        kept, shape = kept_pictures(np.asarray(X), dataset.picture_shape)
        shares, _ = kept_pictures(shares, dataset.picture_shape)
        pictures = {"X": kept, "shares": shares, "picture_shape": shape, "rows": numbers.tolist()}
        title = Message("Most anomalous pictures")
        return FigureSpec(
            "strangest.svg", "anomalies", title, caption, "strange_pictures", pictures
        )
    rows = [
        Message("{row} ({error:.3g})", row=row, error=float(error))
        for row, error in zip(row_names(dataset, numbers), errors, strict=True)
    ]
    names = feature_names(dataset, shares.shape[1])
    values = {"shares": shares, "rows": rows, "features": names}
    title = Message("Most anomalous rows")
    return FigureSpec("strangest.svg", "anomalies", title, caption, "strange_rows", values)
