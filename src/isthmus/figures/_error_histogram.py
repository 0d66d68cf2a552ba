"""The figure of how errors are spread over rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter
from numpy.typing import ArrayLike, NDArray

from .._translation import Message, translate
from ..errors import UsageError
from ._shown_text import drawable
from ._style import BLUE, INK, ORANGE, grid, house_style, new_figure

__all__ = ["ErrorBins", "bin_errors", "error_histogram"]

_MOST_BINS = 60


@dataclass(frozen=True, eq=False)
class ErrorBins:
    """How many rows have errors in each bin.

    Attributes
    ----------
    edges : ndarray of shape (n_bins + 1,)
        In the errors' unit.
    counts : ndarray of shape (n_bins,)
        Rows in each bin; without those counted in ``strange``.
    strange : ndarray of shape (n_bins,) or None
        Rows in each bin that labels call strange; None without labels.
    line : float or None
        Beyond it a row is an outlier.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    strange: NDArray[np.int64] | None = None
    line: float | None = None


def bin_errors(
    errors: ArrayLike, line: float | None = None, *, is_strange: ArrayLike | None = None
) -> ErrorBins:
    """Count errors in bins of one width.

    Parameters
    ----------
    errors : array-like of shape (n_samples,)
        Finite; the larger, the stranger.
    line : float, optional
        Beyond it a row is an outlier; in the same unit.
    is_strange : array-like of shape (n_samples,), bool, optional
        What labels say; such rows are counted apart.

    Returns
    -------
    ErrorBins

    Raises
    ------
    UsageError
        If there is no error, or the lengths differ.
    """
    values = np.asarray(errors, dtype=np.float64)
    marked = np.zeros(len(values), dtype=bool) if is_strange is None else np.asarray(is_strange)
    if not len(values) or marked.shape != values.shape:
        raise UsageError(
            "error_histogram needs at least one error, and one mark for each. "
            f"Got {len(values)} errors and {len(marked)} marks."
        )
    ends = values if line is None else np.append(values, line)
    low, high = ends.min(), ends.max()
    n_bins = int(np.clip(np.sqrt(len(values)), 10, _MOST_BINS))
    edges = np.linspace(low, high if high > low else low + 1, n_bins + 1)
    counts, strange = (np.histogram(part, edges)[0] for part in (values[~marked], values[marked]))
    return ErrorBins(edges, counts, None if is_strange is None else strange, line)


def error_histogram(
    errors: ArrayLike | ErrorBins,
    line: float | None = None,
    *,
    is_strange: ArrayLike | None = None,
    language: str = "en",
) -> Figure:
    """Draw how the rows' errors are spread, and maybe the line beyond which a row is an outlier.

    Counts are on a logarithmic axis: outliers are few.

    Parameters
    ----------
    errors : array-like of shape (n_samples,) or ErrorBins
        Finite; the larger, the stranger. Or their counts, by ``bin_errors``, which then also
        tells ``line`` and ``is_strange``.
    line : float, optional
        In the same unit.
    is_strange : array-like of shape (n_samples,), bool, optional
        What labels say; such rows are drawn in a colour of their own.
    language : {"en", "zh"}, default="en"
        Of the figure's own words; English, with a warning, where no font shows the other.

    Returns
    -------
    matplotlib.figure.Figure
        5.8 inches wide.

    Raises
    ------
    UsageError
        If there is no error, or the lengths differ.
    """
    bins: ErrorBins
    if isinstance(errors, ErrorBins):
        bins = errors
    else:
        bins = bin_errors(errors, line, is_strange=is_strange)
    language = drawable(language)
    with house_style(language):
        figure = new_figure(5.8, 3.3)
        axes = figure.add_subplot()
        starts, edges = bins.edges[:-1], bins.edges.tolist()
        if bins.strange is None:
            axes.hist(starts, edges, weights=bins.counts, color=BLUE)
        else:
            # Side by side in each bin: stacked on a logarithmic axis, heights would mislead.
            axes.hist(
                [starts, starts], edges, weights=[bins.counts, bins.strange], color=[BLUE, ORANGE],
                label=[
                    translate(Message("other rows"), language),
                    translate(Message("labelled as anomalies"), language),
                ],
            )  # fmt: skip
        if bins.line is not None:
            name = translate(Message("threshold"), language)
            axes.axvline(bins.line, color=INK, lw=1.2, ls=(0, (4, 2)), label=name)
        axes.set_yscale("log")
        axes.set_ylim(bottom=0.7)
        axes.yaxis.set_major_formatter(lambda count, _: f"{count:,.0f}")
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.set_xlabel(translate(Message("error (higher is more anomalous)"), language))
        axes.set_ylabel(translate(Message("rows"), language))
        if bins.line is not None or bins.strange is not None:
            axes.legend()
        grid(axes, "y")
    return figure
