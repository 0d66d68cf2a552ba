"""What the numbers of a code mean, in a report."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..._translation import Message
from ...figures import FigureSpec, shrunk
from ...sources import Dataset
from .._parts import Parts
from ._features import feature_names
from ._kept_pictures import SMALL, kept_shades
from ._pixel_range import value_range

__all__ = ["measure_meanings"]

_N_UNITS = 8
_MOST_ROWS, _LEAST_ROWS = 1_000, 20
_WORK = 1e11  # multiplications, a few seconds
_MOST_WIDE = 5_000  # features; with more, a figure of twelve of them says little

Part = tuple[list[dict[str, Any]], list[FigureSpec], dict[str, Any]]


def measure_meanings(estimator: Any, dataset: Dataset, parts: Parts) -> Part:
    """Return what a report shows of the numbers of a code.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    dataset : Dataset
        The source.
    parts : Parts
        Rows of the source, split.

    Returns
    -------
    tuple of list of dict, list of FigureSpec and dict
        Tables, figures, and the numbers for report.json; none for a network so large, or with so
        many units, that this would take minutes.
    """
    n_rows = _affordable_rows(estimator)
    if n_rows < _LEAST_ROWS or not hasattr(estimator, "code_meanings"):
        return [], [], {}
    X = parts.shown[0]
    meanings = estimator.code_meanings(X, n_units=_N_UNITS, n_steps=7, n_rows=n_rows)
    n_used = min(n_rows, X.shape[0])
    draw = _strips if dataset.picture_shape else _effects
    figures = draw(estimator, dataset, meanings, n_used)
    numbers = {name: meanings[name] for name in ("order", "variance_explained", "mean", "sd")} | {
        "total_explained": meanings["total_explained"],
        "n_rows": n_used,
    }
    return _table(dataset, meanings), figures, {"units": numbers}


def _affordable_rows(estimator: Any) -> int:
    """Return the number of rows for which all passes take seconds."""
    weights: int = sum(p.numel() for p in estimator.network_.parameters())
    passes = 8 * max(1, int(estimator.latent_dim_))  # a backward pass is two forward ones
    return min(_MOST_ROWS, math.floor(_WORK / (weights * passes)))


def _names(meanings: Any) -> list[str]:
    """Return the names of the units that are shown, with the variance that each explains."""
    return [
        Message("{unit} ({share:.1%})", unit=int(k), share=float(meanings["variance_explained"][k]))
        for k in meanings["shown"]
    ]


def _about(meanings: Any, n_rows: int) -> Message:
    return Message.plural(
        "Units of the code (counted from 0), the {shown} of {total:,} that explain most, with the "
        "variance that is lost when the unit is fixed at its mean; on {n:,} row.",
        "Units of the code (counted from 0), the {shown} of {total:,} that explain most, with the "
        "variance that is lost when the unit is fixed at its mean; on {n:,} rows.",
        n_rows,
        shown=len(meanings["shown"]),
        total=len(meanings["sd"]),
    )


def _strips(estimator: Any, dataset: Dataset, meanings: Any, n_rows: int) -> list[FigureSpec]:
    shape, shown = dataset.picture_shape or (), meanings["shown"]
    n, n_steps = len(shown), len(meanings["steps"])
    pictures = meanings["traversals"].reshape(n * n_steps, -1)
    ends = value_range(estimator) or (float(pictures.min()), float(pictures.max()))
    kept, kept_shape = kept_shades(pictures, shape, ends, longest=SMALL)
    slopes = np.concatenate([meanings[name][shown] for name in ("encoder", "decoder")])
    slopes = shrunk(slopes, shape, most=max(kept_shape[:2])).reshape(2 * n, -1)
    caption = Message(
        "{about} From left to right: decoded codes while the unit moves by two standard deviations "
        "to each side of its mean, all others at their mean; then the pixels that move the unit, "
        "and those that it moves (mean derivatives: white is positive, black is negative).",
        about=_about(meanings, n_rows),
    )
    values = {
        "traversals": kept.reshape(n, n_steps, -1),
        "moved_by": slopes[:n].astype(np.float32),
        "moves": slopes[n:].astype(np.float32),
        "picture_shape": kept_shape,
        "names": _names(meanings),
        "steps": meanings["steps"].tolist(),
        "value_range": (0, 255),
    }
    title = Message("What the code's numbers mean")
    return [FigureSpec("units.svg", "units", title, caption, "unit_strips", values)]


def _effects(estimator: Any, dataset: Dataset, meanings: Any, n_rows: int) -> list[FigureSpec]:
    effects = meanings.effects[meanings["shown"]]
    if effects.shape[1] > _MOST_WIDE:
        return []
    caption = Message(
        "{about} Cells show how much each column moves, in scaled units, per standard deviation of "
        "the unit (mean derivatives). Columns of several scaled values, such as categories, have "
        "no sign.",
        about=_about(meanings, n_rows),
    )
    names = meanings["columns"] or feature_names(dataset, effects.shape[1])
    values = {
        "effects": effects,
        "units": _names(meanings),
        "features": list(names),
        "signed": meanings["signed"],
    }
    title = Message("What the code's numbers move")
    return [FigureSpec("units.svg", "units", title, caption, "unit_effects", values)]


def _table(dataset: Dataset, meanings: Any) -> list[dict[str, Any]]:
    """Return the table of units; none for pictures, whose figure tells more."""
    if dataset.picture_shape:
        return []
    share = Message("variance explained")
    caption = Message(
        "Moved by: change of the unit, in its standard deviations, per standard deviation of the "
        "column (mean derivatives; categories have no sign). Moves: values of the column while the "
        "unit goes from -2 to +2 standard deviations and all others are at their mean."
    )
    return [
        {
            "section": "units",
            "title": Message("What the code's numbers mean"),
            "columns": [Message("unit"), share, Message("moved by"), Message("moves")],
            "shares": [share],
            "rows": [
                [
                    Message("unit {unit}", unit=unit),
                    float(meanings["variance_explained"][unit]),
                    Message("{names}", names=meanings.moved_by(unit)),
                    Message("{names}", names=meanings.moves(unit)),
                ]
                for unit in meanings["shown"].tolist()
            ],
            "caption": caption,
        }
    ]
