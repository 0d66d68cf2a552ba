"""Samples and walks in a report, with the precision and recall of the samples."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._random import numpy_generator
from ..._selected_rows import select_rows
from ..._translation import Message, two_sentences
from ...errors import UsageError
from ...figures import FigureSpec, has_colours
from ...metrics import precision_recall
from ...preprocessing import is_table, whole_table
from ...sources import Dataset
from .._parts import Parts
from ._features import feature_names
from ._kept_pictures import SMALL, kept_shades
from ._pixel_range import value_range
from ._top_words import top_words

__all__ = ["measure_samples"]

_N_PICTURES, _PICTURES_IN_A_LINE = 64, 16
_N_WALKS, _N_STEPS = 3, 10
_N_ROWS, _N_COLUMNS = 4, 12  # of a table of sampled rows
_MOST_COMPARED, _LEAST_COMPARED = 1_000, 20

Part = tuple[list[dict[str, Any]], list[FigureSpec]]


def measure_samples(estimator: Any, dataset: Dataset, parts: Parts) -> Part:
    """Return what a report shows of rows that an autoencoder makes up.

    Parameters
    ----------
    estimator : estimator
        Fitted; can sample.
    dataset : Dataset
        The source.
    parts : Parts
        Rows of the source, split.

    Returns
    -------
    tuple of list of dict and list of FigureSpec
        Tables and figures; none for an estimator that cannot sample, such as one with very long
        codes.
    """
    n = min(_MOST_COMPARED, parts.X.shape[0], parts.X_held_out.shape[0])
    seed = estimator.seed_
    try:
        drawn = estimator.sample(max(n, _N_PICTURES), random_state=seed)
    except (AttributeError, UsageError):
        return [], []
    compared = _compared(estimator, parts, drawn, n)
    if dataset.picture_shape:
        figures = [
            _samples_figure(estimator, drawn[:_N_PICTURES], dataset.picture_shape),
            *_walks_figure(estimator, dataset, parts),
        ]
        return compared, figures
    return [*_rows_table(estimator, dataset, drawn), *compared], []


def _samples_figure(
    estimator: Any, pictures: NDArray[Any], picture_shape: tuple[int, ...]
) -> FigureSpec:
    kept, shape = _as_kept(estimator, pictures, picture_shape)
    values = {"X": kept, "picture_shape": shape, "n_columns": _PICTURES_IN_A_LINE}
    return FigureSpec(
        "samples.svg",
        "samples",
        Message("Sampled pictures"),
        Message("{n} decoded codes, drawn from a density of the training codes.", n=len(pictures)),
        "picture_lines",
        values | {"value_range": (0, 255)},
    )


def _walks_figure(estimator: Any, dataset: Dataset, parts: Parts) -> list[FigureSpec]:
    X, y = parts.shown
    pairs = _pairs(X.shape[0], y)
    if not pairs:
        return []
    walks = [estimator.interpolate(select_rows(X, np.array(pair)), _N_STEPS) for pair in pairs]
    kept, shape = _as_kept(estimator, np.concatenate(walks), dataset.picture_shape or ())
    numbers = parts.shown_numbers
    names = [
        Message("{start:,} to {end:,}", start=int(numbers[a]), end=int(numbers[b]))
        for a, b in pairs
    ]
    caption = Message(
        "Straight lines between the codes of two pictures, decoded. The first and last of a line "
        "are the reconstructions of the two; lines are named by their numbers in the source, from "
        "0."
    )
    values = {"X": kept, "picture_shape": shape, "n_columns": _N_STEPS, "names": names}
    return [
        FigureSpec(
            "walks.svg",
            "samples",
            Message("Walks between pictures"),
            caption,
            "picture_lines",
            values | {"value_range": (0, 255)},
        )
    ]


def _as_kept(
    estimator: Any, pictures: NDArray[Any], picture_shape: tuple[int, ...]
) -> tuple[NDArray[np.uint8], tuple[int, ...]]:
    ends = value_range(estimator) or (float(pictures.min()), float(pictures.max()))
    return kept_shades(np.asarray(pictures), picture_shape, ends, longest=SMALL)


def _pairs(n_rows: int, y: NDArray[Any] | None) -> list[tuple[int, int]]:
    """Return pairs of the first rows, of different classes if there are some."""
    has_classes = y is not None and has_colours(y) and len({*np.asarray(y).tolist()}) > 1
    pairs: list[tuple[int, int]] = []
    start = None
    for row in range(n_rows):
        if start is None:
            start = row
        elif not has_classes or (y is not None and y[row] != y[start]):
            pairs.append((start, row))
            start = None
        if len(pairs) == _N_WALKS:
            break
    return pairs


def _rows_table(estimator: Any, dataset: Dataset, drawn: Any) -> list[dict[str, Any]]:
    """Return a table of sampled rows, of texts as their top words."""
    if dataset.kind == "texts":
        words = top_words(drawn[:_N_ROWS], estimator.column_names or ())
        names = [Message("sample {n}", n=k + 1) for k in range(_N_ROWS)]
        columns: list[str] = ["", Message("words with the largest weights")]
        rows: list[list[Any]] = [
            [name, ", ".join(own)] for name, own in zip(names, words, strict=True)
        ]
        caption = Message("Decoded codes, drawn from a density of the training codes.")
    else:
        cells, total = _first_columns(drawn, dataset)
        columns = [Message("feature")]
        columns += [Message("sample {n}", n=k + 1) for k in range(_N_ROWS)]
        rows = [[name, *own] for name, own in cells.items()]
        caption = Message(
            "Decoded codes, drawn from a density of the training codes, in original units. Numbers "
            "are expected values, so they vary less than in real rows."
        )
        if total > len(cells):
            caption = Message(
                "{caption} Shown are the first {n} of {total:,} columns.",
                caption=caption,
                n=len(cells),
                total=total,
            )
    return [
        {
            "section": "samples",
            "title": Message("Sampled rows"),
            "columns": columns,
            "rows": rows,
            "caption": caption,
        }
    ]


def _first_columns(drawn: Any, dataset: Dataset) -> tuple[dict[str, list[Any]], int]:
    """Return the cells of the first columns and rows, and the number of all columns."""
    if not is_table(drawn):
        names = feature_names(dataset, drawn.shape[1])[:_N_COLUMNS]
        cells = {name: drawn[:_N_ROWS, k].tolist() for k, name in enumerate(names)}
        return cells, drawn.shape[1]
    table = whole_table(drawn, _N_COLUMNS).slice(0, _N_ROWS)
    cells = {name: [*map(_shown, table.column(name).to_pylist())] for name in table.column_names}
    return cells, drawn.shape[1]


def _shown(value: Any) -> Any:
    if isinstance(value, int | float | str) or value is None:
        return value
    return str(value).partition(".")[0]  # dates to the second


def _compared(estimator: Any, parts: Parts, drawn: Any, n: int) -> list[dict[str, Any]]:
    """Return the table of precision and recall, beside those of training rows."""
    table = estimator.preprocessor_.table
    # Columns that cannot be restored are missing from samples, so that these cannot be encoded.
    is_whole = table is None or all(block.is_restorable for block in table.others)
    if n < _LEAST_COMPARED or not is_whole or estimator.preprocessor_.kind == "texts":
        return []
    generator = numpy_generator(estimator.seed_, "compared rows")
    held_out, train = (
        _scaled(estimator, select_rows(X, np.sort(generator.permutation(X.shape[0])[:n])))
        for X in (parts.X_held_out, parts.X)
    )
    sampled = _scaled(estimator, estimator.prepared_rows(drawn))[:n]
    rows = {Message("sampled rows"): sampled, Message("training rows"): train}
    precision, recall = Message("precision"), Message("recall")
    caption = Message(
        "Precision: share of these rows that are as near to a held-out row as its third-nearest "
        "neighbour among the held-out rows. Recall: the same with both sets exchanged "
        "(Kynkäänniemi et al., 2019). Distances are between rows in scaled units, {n:,} rows of "
        "each kind. Training rows show what can be reached.",
        n=n,
    )
    if estimator.preprocessor_.kind == "pictures":
        no_fid = Message("There is no FID, which requires a network trained on other pictures.")
        caption = two_sentences(caption, no_fid)
    return [
        {
            "section": "samples",
            "title": Message("Precision and recall of sampled rows"),
            "columns": ["", precision, recall],
            "shares": [precision, recall],
            "rows": [[name, *precision_recall(held_out, own)] for name, own in rows.items()],
            "caption": caption,
        }
    ]


def _scaled(estimator: Any, X: Any) -> NDArray[np.float64]:
    """Return rows in scaled units, 0 where cells are missing."""
    blocks = [block for _, block in estimator.scaled_blocks(X)]
    return np.nan_to_num(np.concatenate(blocks).astype(np.float64))
