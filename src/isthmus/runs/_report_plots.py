"""Values for the script of an interactive report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ..figures import FigureSpec, interactive_data
from ._recalled_figures import figures_of_run
from ._report_arrays import read_arrays
from ._run_folder import read_settings

__all__ = ["plots_of_report", "plots_of_run"]


def plots_of_report(
    document: Mapping[str, Any],
    figures: Sequence[FigureSpec] | None,
    arrays: Mapping[str, NDArray[Any]] | None,
) -> dict[str, Any] | None:
    """Return the values of a report's interactive figures.

    Parameters
    ----------
    document : mapping
        Document of the report.
    figures : sequence of FigureSpec or None
        Its figures, if they are stored; those that could not be drawn are left out.
    arrays : mapping of str to ndarray or None
        Arrays of report.npz.

    Returns
    -------
    dict or None
        None if the report is not interactive.
    """
    if not document.get("interactive"):
        return None
    language = str(document.get("language") or "en")
    entries = document.get("figures") or ()
    shown = {str(entry["file"]) for entry in entries if not entry.get("left_out")}
    drawn = [spec for spec in figures or () if f"figures/{spec.file}" in shown]
    return interactive_data(drawn, arrays or {}, language=language)


def plots_of_run(folder: Path, document: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the values of a run's interactive figures, as for ``plots_of_report``.

    Parameters
    ----------
    folder : pathlib.Path
        Run folder.
    document : mapping
        Document of the report.

    Returns
    -------
    dict or None
    """
    if not document.get("interactive"):
        return None
    arrays = read_arrays(folder)
    figures, _ = figures_of_run(folder, document, read_settings(folder), arrays, None)
    return plots_of_report(document, figures, arrays)
