"""Codes in tables of a page, as strips of colours."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

__all__ = ["code_strip"]

_MOST = 256  # numbers; more would be invisible
_WRAPPED = 16  # numbers in a line
_LEAST = 0.02


def code_strip(code: Sequence[float | None], peak: float) -> Markup:
    """Return a code as HTML: a coloured cell for each number.

    Parameters
    ----------
    code : sequence of float or None
        Numbers; the first 256 are shown, in lines of 16.
    peak : float
        Absolute value that has the full colour.

    Returns
    -------
    markupsafe.Markup
        An element of the class ``code``, with the numbers as its text for screen readers.
    """
    shown = list(code[:_MOST])
    told = ", ".join("-" if value is None else f"{value:.3g}" for value in shown)
    cells = "".join(_cell(value, peak) for value in shown)
    across = min(len(shown), _WRAPPED)
    return Markup(
        '<span class="code" role="img" style="--across:{}" title="{}" aria-label="{}">{}</span>'
    ).format(across, told, told, Markup(cells))


def _cell(value: float | None, peak: float) -> str:
    share = 0.0 if value is None or not math.isfinite(value) else min(1.0, abs(value) / (peak or 1))
    if share < _LEAST or value is None:
        return "<i></i>"
    name = "n" if value < 0 else "p"
    return f'<i class="{name}" style="opacity:{share:.2f}"></i>'
