"""Map of codes."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from .._translation import Message, translate
from ..errors import UsageError
from ._code_layout import CodeLayout, lay_out_codes
from ._shown_text import drawable, dress, showable
from ._style import (
    BLUE,
    CLASS_COLOURS,
    ERROR_SCALE,
    FAINT,
    GREY,
    INK,
    grid,
    house_style,
    new_figure,
    root_figure,
    say,
)

_MOST_CLASSES = 20
_LABEL_WIDTH = 16
_MOST_VECTORS = 2_000  # points; more are one picture in an SVG
# Places of the legend: of a figure that is one map, and of axes that may share their figure.
_IN_MARGIN: dict[str, Any] = {"loc": "outside right upper"}
_BESIDE_AXES: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)}


@dataclass(frozen=True)
class _Labels:
    """Colouring of the points: by class (``names``) or by a number (``values``)."""

    title: str
    codes: NDArray[np.int64] | None = None  # index into names; -1 for unlabelled rows
    names: tuple[str, ...] = ()
    has_other: bool = False  # the last name stands for several classes
    values: NDArray[np.float64] | None = None
    top: float | None = None  # upper end of the colour scale

    def at(self, rows: NDArray[Any]) -> _Labels:
        codes = None if self.codes is None else self.codes[rows]
        values = None if self.values is None else self.values[rows]
        return _Labels(self.title, codes, self.names, self.has_other, values, self.top)


def code_map(
    Z: ArrayLike | CodeLayout,
    y: ArrayLike | None = None,
    *,
    label_name: str | None = None,
    is_scale: bool = False,
    random_state: int = 0,
    ax: Axes | None = None,
    language: str = "en",
) -> Figure:
    """Draw codes as points in the plane, coloured by label.

    Codes of size two are drawn as they are, larger ones along their first two principal components
    or as laid out, codes of size one against their label. At most 10,000 random points are drawn.

    Parameters
    ----------
    Z : array-like of shape (n_samples, latent_dim) or CodeLayout
        Codes, whose non-finite rows are skipped, or their layout by ``lay_out_codes``.
    y : array-like of shape (n_samples,), optional
        Labels, numbers or text. Up to 20 distinct labels are classes. More numbers are drawn with
        a colour scale; more texts as the 19 most frequent ones and "other", or without colours if
        most rows would be "other", or there are more classes than half the rows. None and NaN
        mean unlabelled.
    label_name : str, optional
        Title of the legend.
    is_scale : bool, default=False
        Whether to use a colour scale for any number of values; it ends at the 99th percentile.
    random_state : int, default=0
        Determines which points are drawn, and their order. A layout has its own seed.
    ax : matplotlib.axes.Axes, default=None
        Axes to draw into; None creates a figure.
    language : {"en", "zh"}, default="en"
        Language of the figure; English, with a warning, if no font supports it.

    Returns
    -------
    matplotlib.figure.Figure
        5.2 inches wide, or 5.9 with labels, or that of ``ax``; more than 2,000
        points are one picture in an SVG.

    Raises
    ------
    UsageError
        If ``Z`` is not two-dimensional or the lengths differ.
    """
    layout = Z if isinstance(Z, CodeLayout) else lay_out_codes(Z, random_state=random_state)
    n = layout.n_codes
    labels = None if y is None else read_labels(y, n, label_name, language, is_scale)
    labels = labels.at(layout.rows) if labels else None
    language = drawable(language)
    with house_style(language):
        axes = _own_axes(layout, labels) if ax is None else ax
        _draw(axes, layout, labels, language)
        if len(layout.axis_names) == 2 and labels is not None and labels.codes is not None:
            owner, place = (root_figure(axes), _IN_MARGIN) if ax is None else (ax, _BESIDE_AXES)
            _draw_legend(owner, place, labels, language)
    return root_figure(axes)


def has_colours(y: ArrayLike) -> bool:
    """Return whether ``code_map`` colours points by these labels.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Labels, numbers or text.

    Returns
    -------
    bool
        False for too many distinct texts, such as names of rows.
    """
    return read_labels(y, len(np.asarray(y)), None, "en", False) is not None


def read_labels(
    y: ArrayLike, n_rows: int, label_name: str | None, language: str, is_scale: bool
) -> _Labels | None:
    raw = np.asarray(y)
    if raw.shape != (n_rows,):
        raise UsageError(
            f"`y` of code_map must have one label for each of the {n_rows} codes. "
            f"Got shape {raw.shape}."
        )
    title = showable(label_name or Message("label"), _LABEL_WIDTH, language=language)
    numbers = _as_numbers(raw)
    if numbers is not None:
        known = np.unique(numbers[np.isfinite(numbers)])
        if is_scale or len(known) > _MOST_CLASSES:
            # Otherwise a few outliers would take up the whole scale.
            top = float(np.nanquantile(numbers, 0.99)) if is_scale and len(known) else None
            return _Labels(title, values=numbers, top=top)
        codes = np.where(np.isfinite(numbers), np.searchsorted(known, numbers), -1)
        return _Labels(title, codes, tuple(_number_text(value) for value in known))
    texts = ["" if value is None or value != value else str(value) for value in raw.tolist()]
    return _classes_of(texts, title, translate(Message("other"), language))


def _as_numbers(raw: NDArray[Any]) -> NDArray[np.float64] | None:
    if raw.dtype.kind in "iuf":
        return raw.astype(np.float64)
    if raw.dtype.kind != "O":
        return None
    values = [np.nan if value is None else value for value in raw.tolist()]
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return np.array(values, dtype=np.float64)
    return None


def _number_text(value: float) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else f"{value:.4g}"


def _classes_of(texts: list[str], title: str, other_name: str) -> _Labels | None:
    counts = Counter(text for text in texts if text)
    names = sorted(counts, key=_natural)
    has_other = len(names) > _MOST_CLASSES
    if has_other:
        names = sorted(names, key=lambda name: -counts[name])[: _MOST_CLASSES - 1]
        most = counts.total() / 2
        if len(counts) > most or sum(counts[name] for name in names) < most:
            return None
    index = {name: at for at, name in enumerate(names)}
    other = len(names) if has_other else -1
    codes = np.array([index.get(text, other) if text else -1 for text in texts], dtype=np.int64)
    shown = [showable(name, _LABEL_WIDTH, middle=True) for name in names]
    return _Labels(title, codes, (*shown, *([other_name] if has_other else [])), has_other)


def _natural(text: str) -> list[tuple[int, str]]:
    """Return a key that sorts "class 2" before "class 10": numbers by length first."""
    parts = re.split(r"(\d+)", text[:200])
    return [(len(part.lstrip("0")) * (at % 2), part) for at, part in enumerate(parts)] + [(0, text)]


def _own_axes(layout: CodeLayout, labels: _Labels | None) -> Axes:
    is_plane = len(layout.axis_names) == 2
    return new_figure(5.9 if labels else 5.2, 4.5 if is_plane else 3.6).add_subplot()


def _draw(axes: Axes, layout: CodeLayout, labels: _Labels | None, language: str) -> None:
    points, axis_names = layout.points, [translate(name, language) for name in layout.axis_names]
    if not len(points):
        say(axes, Message("No row has a finite code."), language)
        return
    axes.set_xlabel(axis_names[0])
    grid(axes, "both")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6))
    if len(axis_names) == 1:
        rng = np.random.default_rng(layout.random_state)
        _draw_line(axes, points[:, 0], labels, rng, language)
        return
    axes.set_ylabel(axis_names[1])
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6))
    if not layout.has_units:
        axes.tick_params(labelbottom=False, labelleft=False)
    x, y = points.T
    if labels is None:
        _dots(axes, x, y, color=BLUE)
    elif labels.values is not None:
        _draw_scale(axes, x, y, labels)
    else:
        _draw_classes(axes, x, y, labels)


def _dots(axes: Axes, x: NDArray[Any], y: NDArray[Any], **look: Any) -> Any:
    size = float(np.clip(9_000 / max(len(x), 1), 5.0, 26.0))
    is_picture = len(x) > _MOST_VECTORS
    look = {"s": size, "alpha": 0.7, "linewidths": 0, "rasterized": is_picture} | look
    return axes.scatter(x, y, **look)


def _class_look(labels: _Labels, at: int) -> dict[str, Any]:
    """Return the marker of a class: ten colours, then the same ten with another shape."""
    if at < 0 or (labels.has_other and at == len(labels.names) - 1):
        return {"color": GREY, "marker": "o"}
    marker = "o" if at < len(CLASS_COLOURS) else "^"
    return {"color": CLASS_COLOURS[at % len(CLASS_COLOURS)], "marker": marker}


def _draw_classes(axes: Axes, x: NDArray[Any], y: NDArray[Any], labels: _Labels) -> None:
    assert labels.codes is not None  # ensured by the caller
    looks = {at: _class_look(labels, at) for at in range(-1, len(labels.names))}
    colours = np.array([looks[code]["color"] for code in labels.codes.tolist()])
    markers = np.array([looks[code]["marker"] for code in labels.codes.tolist()])
    size = float(np.clip(9_000 / max(len(x), 1), 5.0, 26.0))
    for marker in ("o", "^"):
        rows = markers == marker
        if rows.any():
            _dots(axes, x[rows], y[rows], c=colours[rows], marker=marker, s=size)


def _draw_legend(
    owner: Figure | Axes, place: dict[str, Any], labels: _Labels, language: str
) -> None:
    assert labels.codes is not None
    entries = [(name, _class_look(labels, at)) for at, name in enumerate(labels.names)]
    if (labels.codes < 0).any():
        entries.append((translate(Message("no label"), language), _class_look(labels, -1)))
    handles = [
        Line2D([], [], ls="none", markersize=6, label=name, **look) for name, look in entries
    ]
    legend = owner.legend(
        handles=handles, title=labels.title, alignment="left", labelspacing=0.25,
        handletextpad=0.2, borderaxespad=0.2, fontsize=8.5, title_fontsize=9, **place,
    )  # fmt: skip
    for text in (legend.get_title(), *legend.get_texts()):
        dress(text)


def _draw_scale(axes: Axes, x: NDArray[Any], y: NDArray[Any], labels: _Labels) -> None:
    assert labels.values is not None
    known = np.isfinite(labels.values)
    if not known.all():
        _dots(axes, x[~known], y[~known], color=FAINT)
    look = {"c": labels.values[known], "cmap": ERROR_SCALE, "vmax": labels.top}
    dots = _dots(axes, x[known], y[known], **look)
    ends = "neither" if labels.top is None else "max"
    bar = root_figure(axes).colorbar(dots, ax=axes, pad=0.02, aspect=30, extend=ends)
    if bar.solids is not None:
        bar.solids.set(alpha=1, rasterized=True)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0)
    bar.set_label(labels.title)
    dress(bar.ax.yaxis.label)


def _draw_line(
    axes: Axes,
    x: NDArray[np.float64],
    labels: _Labels | None,
    rng: np.random.Generator,
    language: str,
) -> None:
    """Draw codes of size one: a histogram, or strips by class, or against the label."""
    if labels is None:
        axes.hist(x, bins=min(60, max(10, round(len(x) ** 0.5))), color=BLUE, alpha=0.85)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        axes.set_ylabel(translate(Message("rows"), language))
        axes.grid(visible=False, axis="x")
    elif labels.values is not None:
        _dots(axes, x, labels.values, color=BLUE)
        axes.set_ylabel(labels.title)
        dress(axes.yaxis.label)
    else:
        assert labels.codes is not None
        names = (
            *labels.names,
            *([translate(Message("no label"), language)] if (labels.codes < 0).any() else []),
        )
        rows = np.where(labels.codes < 0, len(labels.names), labels.codes)
        _draw_classes(axes, x, rows + rng.uniform(-0.32, 0.32, len(x)), labels)
        axes.set_yticks(np.arange(len(names)), labels=names)
        for tick in axes.get_yticklabels():
            dress(tick)
            tick.set_color(INK)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_ylabel(labels.title)
        dress(axes.yaxis.label)
