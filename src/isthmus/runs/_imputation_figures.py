"""Errors of imputation methods on cells hidden on purpose."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._random import numpy_generator
from .._translation import Message
from ..preprocessing import Preprocessor

__all__ = ["imputation_figures", "imputation_words"]

Fill = Callable[[NDArray[Any]], NDArray[Any]]

_SHARE = 0.1
_MOST_ROWS = 2000
_WIDE = 100  # encoded values, above which the iterative imputer gets fewer rounds and features
_WIDEST = 1000  # encoded values, above which it is left out: it correlates all pairs of columns
_EVEN = 0.005  # relative difference that counts as none


def imputation_figures(
    matrix: NDArray[Any],
    made: Preprocessor,
    ours: Fill,
    *,
    seed: int = 0,
) -> dict[str, Any]:
    """Measure how well hidden cells are filled, beside mean or mode and scikit-learn.

    A tenth of the observed cells are hidden at random, in at most 2,000 rows. All methods fill the
    same cells; the mean, the mode and scikit-learn's ``IterativeImputer`` are fitted to these rows.

    Parameters
    ----------
    matrix : ndarray of shape (n_samples, n_features)
        Matrix of rows, NaN where missing.
    made : Preprocessor
        Fitted; made the matrix.
    ours : callable
        Fills the missing cells of a matrix.
    seed : int, default=0
        Determines which cells are hidden.

    Returns
    -------
    dict
        ``n_rows``, ``n_numbers`` and ``n_levels``, the numbers of rows and of hidden cells of both
        kinds; ``methods``, a dict of name to ``rmse`` (root mean squared error of numbers, in
        standard deviations of their columns) and ``right`` (share of the levels of categories that
        are right), None without such cells. Rows of more than 1,000 encoded values have no
        "iterative".
    """
    rng = numpy_generator(seed, "hidden on purpose")
    chosen = np.sort(rng.permutation(len(matrix))[:_MOST_ROWS])
    truth = np.asarray(matrix[chosen], dtype=np.float64)
    numbers, levels, groups = _columns(made, truth.shape[1])
    hidden = np.zeros(truth.shape, dtype=bool)
    for first, group in groups.items():
        cells = rng.random(len(truth)) < _SHARE
        # An unknown level is negative, and no method can restore it.
        cells &= truth[:, first] >= 0 if first in levels else ~np.isnan(truth[:, first])
        hidden[:, group] = cells[:, None]
    holes = np.where(hidden, np.nan, truth)
    filled = {
        "ours": ours(holes),
        "mean": _by_mean(holes, levels),
    }
    if made.n_encoded <= _WIDEST:
        filled["iterative"] = _by_iteration(holes, made, seed)
    spread = np.nanstd(truth, axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    is_number, is_level = (
        hidden & np.isin(np.arange(truth.shape[1]), own) for own in (numbers, levels)
    )
    return {
        "n_rows": len(truth),
        "n_numbers": int(is_number.sum()),
        "n_levels": int(is_level.sum()),
        "methods": {
            name: {
                "rmse": _root_mean_square(((values - truth) / scale)[is_number]),
                "right": _share_right(values[is_level], truth[is_level]),
            }
            for name, values in filled.items()
        },
    }


def _columns(
    made: Preprocessor, n_features: int
) -> tuple[list[int], list[int], dict[int, list[int]]]:
    """Return the columns of numbers and of levels, and all of each hidden column by its first."""
    if made.table is None:
        every = list(range(n_features))
        return every, [], {k: [k] for k in every}
    numbers = list(range(len(made.table.numeric)))
    levels: list[int] = []
    groups = {k: [k] for k in numbers}
    own = made.table.positions[1 if made.table.numeric else 0 :]
    for block, positions in zip(made.table.others, own, strict=True):
        if not block.is_restorable:
            continue
        groups[positions[0]] = positions
        (levels if block.layout.heights[0] else numbers).append(positions[0])
    return numbers, levels, groups


def _by_mean(holes: NDArray[np.float64], levels: list[int]) -> NDArray[np.float64]:
    """Return numbers filled with the mean, levels with the most frequent one."""
    filled = holes.copy()
    for k, column in enumerate(filled.T):
        missing = np.isnan(column)
        if missing.all():
            continue
        if k in levels:
            counts = np.bincount(column[~missing & (column >= 0)].astype(np.intp), minlength=1)
            column[missing] = counts.argmax()
        else:
            column[missing] = column[~missing].mean()
    return filled


def _by_iteration(holes: NDArray[np.float64], made: Preprocessor, seed: int) -> NDArray[np.float64]:
    """Return rows filled by scikit-learn's ``IterativeImputer``, on the encoded rows."""
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401 (makes it importable)
    from sklearn.impute import IterativeImputer

    encoded = made.encode(holes).astype(np.float64)
    if made.table is None:
        encoded[np.isnan(holes)] = np.nan
    else:
        n = len(made.table.numeric)
        encoded[:, :n][np.isnan(holes[:, :n])] = np.nan
    kept = np.delete(np.arange(encoded.shape[1]), _last_levels(made))
    is_wide = len(kept) > _WIDE
    imputer = IterativeImputer(
        random_state=seed,
        max_iter=3 if is_wide else 10,
        n_nearest_features=30 if is_wide else None,
        keep_empty_features=True,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has not converged
        encoded[:, kept] = imputer.fit_transform(encoded[:, kept])
    return made.decode(_with_last_levels(encoded, made))


def _last_levels(made: Preprocessor) -> list[int]:
    """Return the position of each category's last level, which the others determine.

    With all of them, a regression would restore a level from the others' first guesses.
    """
    layout = made.layout
    if made.table is None or layout is None:
        return []
    ends = np.cumsum(layout.sizes)
    return [int(end) - 1 for end, height in zip(ends, layout.heights, strict=True) if height]


def _with_last_levels(encoded: NDArray[np.float64], made: Preprocessor) -> NDArray[np.float64]:
    layout = made.layout
    if made.table is None or layout is None:
        return encoded
    starts = layout.starts
    for start, size, height in zip(starts, layout.sizes, layout.heights, strict=True):
        if height:
            last = start + size - 1
            encoded[:, last] = height - encoded[:, start:last].sum(axis=1)
    return encoded


def _root_mean_square(errors: NDArray[np.float64]) -> float | None:
    return float(np.sqrt(np.square(errors).mean())) if len(errors) else None


def _share_right(values: NDArray[np.float64], truth: NDArray[np.float64]) -> float | None:
    return float((values == truth).mean()) if len(truth) else None


def imputation_words(figures: Mapping[str, Any]) -> list[Message]:
    """Return a sentence on hidden numbers and one on hidden categories: who wins by how much.

    Parameters
    ----------
    figures : mapping
        Return value of ``imputation_figures``.

    Returns
    -------
    list of Message
    """
    names = {
        "mean": Message("the mean or mode"),
        "iterative": Message("scikit-learn's IterativeImputer"),
    }
    methods = figures["methods"]
    others = [name for name in names if name in methods]
    words = []
    if figures["n_numbers"]:
        best = min(others, key=lambda name: methods[name]["rmse"])
        words.append(_on_numbers(methods["ours"]["rmse"], methods[best]["rmse"], names[best]))
    if figures["n_levels"]:
        best = max(others, key=lambda name: methods[name]["right"])
        words.append(_on_levels(methods["ours"]["right"], methods[best]["right"], names[best]))
    return words


def _on_numbers(own: float, other: float, name: str) -> Message:
    if abs(own - other) <= _EVEN * max(own, other):
        return Message("Isthmus and {other} are equally good on numbers.", other=name)
    if own < other:
        return Message(
            "Isthmus is better on numbers: its error is {share:.0%} below that of {other}.",
            share=1 - own / other,
            other=name,
        )
    return Message(
        "Isthmus is worse on numbers: the error of {other} is {share:.0%} lower. Prefer it for "
        "this table.",
        share=1 - other / own,
        other=name,
    )


def _on_levels(own: float, other: float, name: str) -> Message:
    facts = {"own": own, "share": other, "other": name}
    if abs(own - other) <= _EVEN:
        return Message(
            "Isthmus and {other} are equally good on categories: {own:.0%} are right.",
            own=own,
            other=name,
        )
    if own > other:
        return Message(
            "Isthmus is better on categories: {own:.0%} are right, {share:.0%} with {other}.",
            **facts,
        )
    return Message(
        "Isthmus is worse on categories: {own:.0%} are right, {share:.0%} with {other}. Prefer it "
        "for this table.",
        **facts,
    )
