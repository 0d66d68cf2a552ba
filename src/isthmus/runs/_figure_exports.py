"""Figures of a run as single files for papers, for `isthmus report --format`."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .._translation import Message, check_language
from ..artifacts import REPORT, find_artifact, read_report
from ..errors import ArtifactError
from ..figures import FigureSpec, save_for_paper
from ._drawing import draw_figures
from ._output_paths import check_export, check_output
from ._own_files import check_unlinked
from ._recalled_figures import figures_of_run
from ._report_arrays import read_arrays
from ._run_folder import damage_of, read_settings, whole_run_folder

__all__ = ["export_figures"]


def export_figures(
    run: str | os.PathLike[str],
    form: str,
    *,
    out: str | os.PathLike[str] | None = None,
    map: str | None = None,
    language: str = "en",
) -> tuple[list[Path], list[Message]]:
    """Write the figures of a run's report as single files, from stored values.

    The report, its figures and its other files do not change.

    Parameters
    ----------
    run : path
        Run folder.
    form : {"pdf", "svg", "png"}
        Format: PDF with embedded TrueType fonts, SVG with text as outlines, or PNG with 300 dots
        per inch, which also holds for what is rasterised in PDF and SVG.
    out : path, default=None
        Folder, created if needed; files of the same names are replaced. None is the folder
        ``figures/FORMAT`` of the run.
    map : {"pca", "umap"}, default=None
        Layout of the map of codes; None keeps that of the run.
    language : {"en", "zh"}, default="en"
        Language of the figures.

    Returns
    -------
    tuple of list of pathlib.Path and list of Message
        The files, and a note for each figure that could not be drawn.

    Raises
    ------
    UsageError
        If the format is unknown.
    OutputExistsError
        If a file would replace one of a run.
    ArtifactError
        If the run is incomplete, or of a version that did not store the data of its figures.
    """
    check_language(language)
    place = None if out is None else Path(out)
    check_export(form, place)
    folder = whole_run_folder(run) or find_artifact(Path(run))
    with damage_of(folder, REPORT):
        figures, _ = figures_of_run(
            folder, read_report(folder), read_settings(folder), read_arrays(folder), map
        )
    if figures is None:
        raise ArtifactError(
            f"{folder} is from an older version, which did not store the data of its figures. "
            "Train the run again."
        )
    named = _named(figures, form)
    if place is None:
        check_unlinked(folder)
        place = folder / "figures" / form
    else:
        for spec in named:
            check_output(place / spec.file, (f".{form}",))
    entries: list[dict[str, Any]] = [{} for _ in named]
    notes = draw_figures(place, named, entries, language, save=save_for_paper)
    pairs = zip(named, entries, strict=True)
    return [place / spec.file for spec, entry in pairs if not entry], notes


def _named(figures: Sequence[FigureSpec], form: str) -> list[FigureSpec]:
    """Return figures with distinct file names of a format."""
    named: dict[str, FigureSpec] = {}
    for spec in figures:
        stem = Path(spec.file).stem
        name = f"{stem}.{form}"
        if name in named:  # such as strangest.png and strangest.svg
            name = f"{spec.file.replace('.', '-')}.{form}"
        named[name] = dataclasses.replace(spec, file=name)
    return list(named.values())
