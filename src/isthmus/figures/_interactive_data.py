"""Stored figures as plain values for the interactive page: maps of codes and curves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._stage_names import stage_name
from .._translation import Message, translate
from ._code_layout import CodeLayout
from ._code_map import read_labels
from ._figure_spec import FigureSpec
from ._shown_text import clean, shorten

__all__ = ["interactive_data"]

_MOST_POINTS = 4_000
_MOST_EPOCHS = 2_000
_LONGEST = 60  # columns of a name in a read-out


def interactive_data(
    figures: Iterable[FigureSpec], arrays: Mapping[str, NDArray[Any]], *, language: str = "en"
) -> dict[str, dict[str, Any]]:
    """Return the values of maps and curves, for a page that shows them with a script.

    Parameters
    ----------
    figures : iterable of FigureSpec
        Figures of a report.
    arrays : mapping of str to ndarray
        Arrays of report.npz; ``codes.rows`` and ``codes.names``, if they exist, are the positions
        of the codes in the source, and their ids or file names.
    language : {"en", "zh"}, default="en"
        Language of names.

    Returns
    -------
    dict of str to dict
        JSON values by the file of the figure; figures of other kinds are left out. A map has at
        most 4,000 points, the first of a random order.
    """
    figures = list(figures)
    errors = next((_errors(spec) for spec in figures if spec.arguments.get("is_scale")), None)
    data = {}
    for spec in figures:
        if spec.draws == "code_map":
            found = _map(spec.arguments, arrays, errors, language)
        else:
            draw = _CURVES.get(spec.draws)
            found = None if draw is None else {"kind": "curves", "panels": draw(spec, language)}
        if found is not None:
            data[f"figures/{spec.file}"] = found
    return data


def _errors(spec: FigureSpec) -> NDArray[np.float64]:
    return np.asarray(spec.arguments["y"], dtype=np.float64)


def _map(
    arguments: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    errors: NDArray[np.float64] | None,
    language: str,
) -> dict[str, Any] | None:
    """Return a map of codes; None for codes of size one, whose figure is no map."""
    layout: CodeLayout = arguments["Z"]
    if len(layout.axis_names) != 2 or not len(layout.points):
        return None
    rows = layout.rows[:_MOST_POINTS]
    x, y = (_rounded(column[: len(rows)]) for column in layout.points.T)
    data: dict[str, Any] = {
        "kind": "map",
        "x": x,
        "y": y,
        "axes": [_text(name, language) for name in layout.axis_names],
        "hasUnits": layout.has_units,
        "total": len(layout.rows),
        **_beside(arrays, rows, layout.n_codes),
    }
    if errors is not None and len(errors) == layout.n_codes:
        data["error"] = [_number(value) for value in errors[rows]]
    return data | _colours(arguments, layout, rows, language)


def _beside(arrays: Mapping[str, NDArray[Any]], rows: NDArray[Any], n_codes: int) -> dict[str, Any]:
    """Return the positions and names of rows, if they are stored."""
    numbers, names = arrays.get("codes.rows"), arrays.get("codes.names")
    found: dict[str, Any] = {}
    if numbers is not None and len(numbers) == n_codes:
        found["row"] = numbers[rows].tolist()
    if names is not None and len(names) == n_codes:
        found["name"] = [_text(name, "en") for name in names[rows].tolist()]
    return found


def _colours(
    arguments: Mapping[str, Any], layout: CodeLayout, rows: NDArray[Any], language: str
) -> dict[str, Any]:
    """Return the labels of points: classes, values on a scale, or texts without colours."""
    y = arguments.get("y")
    if y is None:
        return {}
    is_scale = bool(arguments.get("is_scale"))
    name = arguments.get("label_name") or Message("label")
    labels = read_labels(y, layout.n_codes, name, language, is_scale)
    data: dict[str, Any] = {"labelName": _text(name, language)}
    if labels is None:
        return data | {"text": [_text(label, language) for label in np.asarray(y)[rows].tolist()]}
    if labels.codes is not None:
        return data | {
            "class": labels.codes[rows].tolist(),
            "classes": [_text(label, language) for label in labels.names],
            "hasOther": labels.has_other,
        }
    assert labels.values is not None
    known = labels.values[np.isfinite(labels.values)]
    low = float(known.min()) if len(known) else 0.0
    high = labels.top if labels.top is not None else float(known.max()) if len(known) else 1.0
    return data | {
        "value": [_number(value) for value in labels.values[rows]],
        "ends": [_number(low), _number(high)],
        "isError": is_scale,
    }


def _loss_panels(spec: FigureSpec, language: str) -> list[dict[str, Any]]:
    arguments = spec.arguments
    stages: dict[Any, list[Mapping[str, Any]]] = {}
    for record in arguments["history"]:
        stages.setdefault(record.get("stage"), []).append(record)
    panels = []
    for stage, records in stages.items():
        kept = [records[k] for k in _thinned(len(records))]
        lines = [
            {"name": _text(name, language), "y": [_number(record.get(key)) for record in kept]}
            for key, name in (
                ("train_loss", Message("training")),
                ("validation_loss", Message("validation")),
            )
        ]
        panels.append(
            {
                "title": "" if stage is None else _text(stage_name(stage), language),
                "x": [int(record["epoch"]) for record in kept],
                "xName": _text(Message("epoch"), language),
                "yName": _text(arguments.get("loss_name") or Message("loss"), language),
                "lines": [line for line in lines if any(y is not None for y in line["y"])],
            }
        )
    return panels


def _size_panels(spec: FigureSpec, language: str) -> list[dict[str, Any]]:
    arguments = spec.arguments
    errors = np.asarray(arguments["pca_errors"], dtype=np.float64)
    size, error = int(arguments["latent_dim"]), float(arguments["error"])
    same = min(error, errors[min(size, len(errors) - 1)])
    shown = errors[errors > 0.01 * same] if same > 0 else errors  # as in the figure
    kept = _thinned(len(shown))
    mark = {
        "x": size,
        "y": _number(error),
        "name": _text(Message("this model ({n})", n=size), language),
    }
    return [
        {
            "title": "",
            "x": kept,
            "xName": _text(Message("code size"), language),
            "yName": _text(Message("squared error per row"), language),
            "lines": [
                {
                    "name": _text(Message("PCA"), language),
                    "y": [_number(shown[k]) for k in kept],
                    "colour": 1,  # as in the figure; the model has the first colour
                }
            ],
            "mark": mark,
        }
    ]


_CURVES: dict[str, Callable[[FigureSpec, str], Sequence[dict[str, Any]]]] = {
    "loss_curves": _loss_panels,
    "pca_sizes": _size_panels,
}


def _thinned(n: int) -> list[int]:
    """Return evenly spaced indices of n values, all of them if they are few."""
    kept = np.linspace(0, n - 1, min(n, _MOST_EPOCHS)).round().astype(int)
    indices: list[int] = np.unique(kept).tolist()
    return indices


def _rounded(values: NDArray[np.float64]) -> list[float]:
    """Return coordinates to a ten-thousandth of their range, which is finer than a pixel."""
    spread = float(np.ptp(values)) or 1.0
    digits = int(np.clip(4 - np.floor(np.log10(spread)), -300, 300))
    rounded: list[float] = np.round(values.astype(np.float64), digits).tolist()
    return rounded


def _number(value: Any) -> float | None:
    """Return a number with four digits, None for NaN and infinity."""
    if value is None or not np.isfinite(value):
        return None
    return float(f"{float(value):.4g}")


def _text(value: object, language: str) -> str:
    return shorten(clean(translate(value, language)), _LONGEST)
