"""Figures stored as data: the drawing function and its arguments."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .._translation import Message
from ._code_layout import CodeLayout
from ._code_map import code_map
from ._coded_pictures import coded_pictures
from ._column_errors import column_errors
from ._confused_levels import confused_levels
from ._confusion_table import confusion_table
from ._error_histogram import ErrorBins, error_histogram
from ._heat_maps import heat_maps
from ._latent_densities import latent_densities
from ._latent_pictures import latent_pictures
from ._layer_filters import first_layer_filters
from ._loss_curves import loss_curves
from ._pca_size_curve import pca_sizes
from ._picture_lines import picture_lines
from ._pixel_errors import pixel_errors
from ._ranking_curves import ranking_curves
from ._reconstruction_grid import reconstruction_grid
from ._strange_rows import strange_pictures, strange_rows
from ._unit_bars import unit_divergences
from ._unit_effects import unit_effects
from ._unit_strips import unit_strips

__all__ = [
    "FigureSpec",
    "is_known_figure",
    "recalled_figures",
    "register_figure",
    "stored_figures",
]

Arrays = dict[str, NDArray[Any]]

_FIGURES: dict[str, Callable[..., Figure]] = {
    "code_map": code_map,
    "coded_pictures": coded_pictures,
    "column_errors": column_errors,
    "confused_levels": confused_levels,
    "confusion_table": confusion_table,
    "error_histogram": error_histogram,
    "first_layer_filters": first_layer_filters,
    "heat_maps": heat_maps,
    "latent_densities": latent_densities,
    "latent_pictures": latent_pictures,
    "loss_curves": loss_curves,
    "pca_sizes": pca_sizes,
    "picture_lines": picture_lines,
    "pixel_errors": pixel_errors,
    "ranking_curves": ranking_curves,
    "reconstruction_grid": reconstruction_grid,
    "strange_pictures": strange_pictures,
    "strange_rows": strange_rows,
    "unit_divergences": unit_divergences,
    "unit_effects": unit_effects,
    "unit_strips": unit_strips,
}
_NO_LANGUAGE = ("first_layer_filters",)  # figures without words
_TYPES = {cls.__name__: cls for cls in (CodeLayout, ErrorBins)}
_FEW_NAMES = 50
_LARGE = 10_000  # values; larger float arrays are stored in single precision


def register_figure(name: str, function: Callable[..., Figure]) -> None:
    """Register a function as a figure that runs can store.

    Parameters
    ----------
    name : str
        Name in a run's report.json.
    function : callable
        Takes the values of ``FigureSpec.arguments`` and ``language``; returns a Matplotlib figure.
    """
    _FIGURES[name] = function


def is_known_figure(name: str) -> bool:
    """Return whether a built-in or registered figure has this name.

    Parameters
    ----------
    name : str
        Name in a run's report.json.

    Returns
    -------
    bool
    """
    return name in _FIGURES


@dataclass(frozen=True, eq=False)
class FigureSpec:
    """Figure with its file, its place on the page, and the values to draw.

    Attributes
    ----------
    file : str
        Name in the run's folder ``figures``; ends in .svg or .png.
    section : str
        Section of the page.
    title, caption : str
        Shown with the figure.
    draws : str
        Name of the drawing function, built-in or registered.
    arguments : dict
        Keyword arguments except ``language``: plain values, arrays, a ``CodeLayout`` or an
        ``ErrorBins``. Arrays of more than 10,000 floats are stored in single precision.
    """

    file: str
    section: str
    title: str
    caption: str
    draws: str
    arguments: dict[str, Any]

    def __post_init__(self) -> None:
        kept = {name: _kept(value) for name, value in self.arguments.items()}
        object.__setattr__(self, "arguments", kept)

    def draw(self, language: str) -> Figure:
        """Draw the figure.

        Parameters
        ----------
        language : {"en", "zh"}
            Language of the text.

        Returns
        -------
        matplotlib.figure.Figure
        """
        words = {} if self.draws in _NO_LANGUAGE else {"language": language}
        return _FIGURES[self.draws](**self.arguments, **words)


def _kept(value: Any) -> Any:
    """Return a value in the form and precision in which it is stored."""
    if type(value) in _TYPES.values():
        fields = {f.name: _kept(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return type(value)(**fields)
    if isinstance(value, np.ndarray):
        if value.dtype == object:
            return _plain_labels(value)
        is_long = value.size > _LARGE and value.dtype == np.float64
        return value.astype(np.float32) if is_long else value
    return value.item() if isinstance(value, np.generic) else value


def _plain_labels(values: NDArray[Any]) -> NDArray[Any]:
    """Return labels as numbers, with NaN for missing ones, or as texts, with ""."""
    items = values.tolist()
    if all(x is None or (isinstance(x, int | float) and not isinstance(x, bool)) for x in items):
        return np.array([np.nan if x is None else x for x in items], dtype=np.float64)
    return np.array(["" if x is None or x != x else str(x) for x in items], dtype=np.str_)


def stored_figures(figures: Iterable[FigureSpec]) -> tuple[list[dict[str, Any]], Arrays]:
    """Convert figures to a JSON document and arrays.

    Parameters
    ----------
    figures : iterable of FigureSpec
        With distinct file names.

    Returns
    -------
    tuple of list of dict and dict of str to ndarray
        Entries of ``figures`` in report.json, and the arrays that they refer to.
    """
    entries, arrays = [], Arrays()
    for spec in figures:
        arguments = {
            name: _stored(value, f"{spec.file}:{name}", arrays)
            for name, value in spec.arguments.items()
        }
        entries.append(
            {
                "file": f"figures/{spec.file}",
                "section": spec.section,
                "title": spec.title,
                "caption": spec.caption,
                "draws": spec.draws,
                "arguments": arguments,
            }
        )
    return entries, arrays


def _stored(value: Any, key: str, arrays: Arrays) -> Any:
    if type(value) in _TYPES.values():
        fields = {
            f.name: _stored(getattr(value, f.name), f"{key}.{f.name}", arrays)
            for f in dataclasses.fields(value)
        }
        return {"type": type(value).__name__, **fields}
    if isinstance(value, np.ndarray):
        arrays[key] = value
        return {"array": key}
    if isinstance(value, list | tuple):
        return _stored_list(list(value), key, arrays)
    return value


def _stored_list(values: list[Any], key: str, arrays: Arrays) -> Any:
    """Return a list as JSON, or as arrays if JSON would need a line for each of many values."""
    if values and all(isinstance(value, Mapping) for value in values):
        names = dict.fromkeys(name for record in values for name in record)
        columns = {name: [record.get(name) for record in values] for name in names}
        kept = {name: _plain_labels(np.array(column, object)) for name, column in columns.items()}
        return {"records": {n: _stored(c, f"{key}.{n}", arrays) for n, c in kept.items()}}
    if len(values) > _FEW_NAMES and values == _column_names(len(values)):
        return {"numbered_columns": len(values)}
    if len(values) > _FEW_NAMES and all(type(value) is str for value in values):
        return {"texts": _stored(np.array(values, dtype=np.str_), key, arrays)}
    return values


def _column_names(n: int) -> list[Message]:
    """Return names for columns without names."""
    return [Message("column {k}", k=k) for k in range(n)]


def recalled_figures(
    entries: Iterable[Mapping[str, Any]], arrays: Mapping[str, NDArray[Any]]
) -> list[FigureSpec]:
    """Restore figures from the output of ``stored_figures``.

    Parameters
    ----------
    entries : iterable of mapping
        Entries of report.json.
    arrays : mapping of str to ndarray
        Arrays of report.npz.

    Returns
    -------
    list of FigureSpec

    Raises
    ------
    KeyError, TypeError
        If an entry is damaged, or an array or drawing function is missing.
    """
    return [
        FigureSpec(
            str(entry["file"]).removeprefix("figures/"),
            entry["section"],
            entry["title"],
            entry["caption"],
            _known(entry["draws"]),
            {name: _recalled(value, arrays) for name, value in entry["arguments"].items()},
        )
        for entry in entries
    ]


def _known(name: str) -> str:
    if name not in _FIGURES:
        raise KeyError(f"unknown figure {name!r}")
    return name


def _recalled(value: Any, arrays: Mapping[str, NDArray[Any]]) -> Any:
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return arrays[value["array"]]
    if "records" in value:
        columns = {name: arrays[column["array"]] for name, column in value["records"].items()}
        rows = zip(*(column.tolist() for column in columns.values()), strict=True)
        return [
            {name: item for name, item in zip(columns, row, strict=True) if item != ""}
            for row in rows
        ]
    if "numbered_columns" in value:
        return _column_names(value["numbered_columns"])
    if "texts" in value:
        return arrays[value["texts"]["array"]].tolist()
    if "type" in value:
        fields = {k: _recalled(v, arrays) for k, v in value.items() if k != "type"}
        return _TYPES[value["type"]](**fields)
    return value
