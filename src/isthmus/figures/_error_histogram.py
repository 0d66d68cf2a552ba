"""Figure of the distribution of errors over rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from .._translation import Message, translate
from ..errors import UsageError
from ._shown_text import drawable
from ._style import (
    BLUE,
    INK,
    ORANGE,
    grid,
    house_style,
    logarithmic,
    new_figure,
    no_minor_ticks,
    root_figure,
)

__all__ = ["ErrorBins", "bin_errors", "error_histogram"]

_MOST_BINS = 60


@dataclass(frozen=True, eq=False)
class ErrorBins:
    """Number of rows per bin of errors.

    Attributes
    ----------
    edges : ndarray of shape (n_bins + 1,)
        In the unit of the errors.
    counts : ndarray of shape (n_bins,)
        Rows in each bin, without those counted in ``strange``.
    strange : ndarray of shape (n_bins,) or None
        Rows in each bin that are labelled anomalous; None without labels.
    line : float or None
        Threshold above which a row is an outlier.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    strange: NDArray[np.int64] | None = None
    line: float | None = None


def bin_errors(
    errors: ArrayLike, line: float | None = None, *, is_strange: ArrayLike | None = None
) -> ErrorBins:
    """Count errors in bins of equal width.

    Parameters
    ----------
    errors : array-like of shape (n_samples,)
        Finite; larger for more anomalous rows.
    line : float, optional
        Threshold above which a row is an outlier; in the same unit.
    is_strange : array-like of shape (n_samples,), bool, optional
        Which rows are labelled anomalous; they are counted separately.

    Returns
    -------
    ErrorBins

    Raises
    ------
    UsageError
        If there are no errors, or the lengths differ.
    """
    values = np.asarray(errors, dtype=np.float64)
    marked = np.zeros(len(values), dtype=bool) if is_strange is None else np.asarray(is_strange)
    if not len(values) or marked.shape != values.shape:
        raise UsageError(
            "error_histogram requires at least one error, and one mark per error. "
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
    ax: Axes | None = None,
    language: str = "en",
) -> Figure:
    """Draw the distribution of the rows' errors, and optionally the outlier threshold.

    Counts are on a logarithmic axis, because outliers are few.

    Parameters
    ----------
    errors : array-like of shape (n_samples,) or ErrorBins
        Errors, finite and larger for more anomalous rows; or their counts by ``bin_errors``, which
        then also define ``line`` and ``is_strange``.
    line : float, optional
        Threshold in the same unit.
    is_strange : array-like of shape (n_samples,), bool, optional
        Which rows are labelled anomalous; they are drawn in another colour.
    ax : matplotlib.axes.Axes, default=None
        Axes to draw into; None creates a figure.
    language : {"en", "zh"}, default="en"
        Language of the figure; English, with a warning, if no font supports it.

    Returns
    -------
    matplotlib.figure.Figure
        5.8 inches wide, or that of ``ax``.

    Raises
    ------
    UsageError
        If there are no errors, or the lengths differ.
    """
    bins: ErrorBins
    if isinstance(errors, ErrorBins):
        bins = errors
    else:
        bins = bin_errors(errors, line, is_strange=is_strange)
    language = drawable(language)
    with house_style(language):
        axes = new_figure(5.8, 3.3).add_subplot() if ax is None else ax
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
            name = translate(Message("threshold ({line:.3g})", line=bins.line), language)
            axes.axvline(bins.line, color=INK, lw=1.2, ls=(0, (4, 2)), label=name)
        axes.set_yscale("log")
        axes.set_ylim(bottom=0.7)
        axes.yaxis.set_major_formatter(lambda count, _: f"{count:,.0f}")
        no_minor_ticks(axes.yaxis)
        axes.set_xlabel(translate(Message("error (higher is more anomalous)"), language))
        axes.set_ylabel(logarithmic(translate(Message("rows"), language), language))
        if bins.line is not None or bins.strange is not None:
            axes.legend()
        grid(axes, "y")
    return root_figure(axes)
