"""Report of a run, drawn again from stored values, for `isthmus report`."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from .._file_changes import replacing_files
from .._files import write_text
from .._translation import Message, check_language, gettext_noop
from .._write_errors import names_output
from ..artifacts import REPORT, find_artifact, read_report
from ..figures import FigureSpec, stored_figures
from ..pages import page_text, write_card, write_report
from ._drawing import draw_figures, is_left_out_note
from ._evaluation_file import evaluation_for_page
from ._recalled_figures import figures_of_run, kind_of_run
from ._report_arrays import OF_CODES, read_arrays, write_arrays
from ._report_document import map_facts
from ._report_plots import plots_of_report
from ._run_folder import damage_of, read_settings, whole_run_folder
from ._sole_writer import sole_writer

__all__ = ["place_of_files", "rebuild_report"]

_KEPT = gettext_noop(
    "The figures are from the training: this run is from an older version, which did not store "
    "their data."
)


def rebuild_report(
    run: str | os.PathLike[str],
    *,
    map: str | None = None,
    language: str = "en",
    interactive: bool | None = None,
    license: str | None = None,
    out: str | os.PathLike[str] | None = None,
) -> tuple[Path, list[Message]]:
    """Write a run's report again, optionally in another language.

    Everything is read from report.json and report.npz; neither the model nor the rows are needed.
    An evaluation of the run is part of the report.

    Parameters
    ----------
    run : path
        Run folder.
    map : {"pca", "umap"}, default=None
        Layout of the map of codes, also for later reports; None keeps that of the run.
    language : {"en", "zh"}, default="en"
        Language of the report, its figures and the model card.
    interactive : bool, default=None
        Whether the page has a script, to explore maps, curves and tables, also in later reports;
        None keeps that of the run.
    license : str, default=None
        License of the model for its card, also in later reports; None keeps that of the run.
    out : path, default=None
        Path of the report; nothing else is then changed. None replaces report.html, figures and
        the model card in the run.

    Returns
    -------
    tuple of pathlib.Path and list of Message
        Path of the report, and notes: why figures are those of the training or are missing, or
        why an evaluation is missing.

    Raises
    ------
    IsthmusError
        If the run is incomplete, or has another schema version.
    """
    check_language(language)
    folder = whole_run_folder(run) or find_artifact(Path(run))
    document = read_report(folder) | {"language": language}
    if interactive is not None:
        document.pop("interactive", None)
        document |= {"interactive": True} if interactive else {}
    document |= {} if license is None else {"license": license}
    settings = read_settings(folder)
    arrays = read_arrays(folder)
    evaluation, is_left_out = evaluation_for_page(folder)
    document.pop("evaluation", None)
    document |= {} if evaluation is None else {"evaluation": evaluation}
    with damage_of(folder, REPORT):
        if "card" not in document:  # a run of an earlier version
            document["card"] = kind_of_run(document, settings).card()
        figures, chosen = figures_of_run(folder, document, settings, arrays, map)
        if figures is not None and chosen != str(document.get("map", "pca")):
            document |= map_facts(document, chosen)
        notes = [] if is_left_out is None else [is_left_out]
        return _written(folder, document, figures, arrays, notes, out), notes


def _written(
    folder: Path,
    document: dict[str, Any],
    figures: Sequence[FigureSpec] | None,
    arrays: Mapping[str, NDArray[Any]] | None,
    notes: list[Message],
    out: Any,
) -> Path:
    """Write the report and its files, and return its path."""
    stored: dict[str, NDArray[Any]] = {}
    if figures is not None:
        document["figures"], stored = stored_figures(figures)
        stored |= {name: arrays[name] for name in OF_CODES if arrays and name in arrays}
    with place_of_files(folder, out, keeps_figures=figures is None) as place:
        if figures is None:
            fresh = [Message(_KEPT)]
        else:
            entries, language = document["figures"], str(document["language"])
            fresh = draw_figures(place / "figures", figures, entries, language)
        notes += fresh
        source = document.setdefault("source", {})
        source["notes"] = [*filter(_is_about_source, source.get("notes", [])), *fresh]
        plots = plots_of_report(document, figures, arrays)
        if out is not None:
            write_text(Path(out), page_text(place, document, plots=plots))
            return Path(out)
        if figures is not None:
            document["arrays_sha256"] = write_arrays(place, stored)
        write_report(place, document, plots=plots)
        write_card(place, document)
    return folder / "report.html"


def _is_about_source(note: object) -> bool:
    """Return whether a note is about the source, not about figures."""
    is_kept = isinstance(note, Message) and note.msgid == _KEPT
    return not (is_kept or is_left_out_note(note))


@contextmanager
def place_of_files(folder: Path, out: object, *, keeps_figures: bool) -> Iterator[Path]:
    """Yield where to write files that replace those of a run together.

    Parameters
    ----------
    folder : pathlib.Path
        Run folder.
    out : path or None
        With a path, nothing is replaced: the folder is temporary and has a copy of the figures.
    keeps_figures : bool
        Whether the page shows the figures as they are; the folder then has a copy of them.

    Yields
    ------
    pathlib.Path
    """
    if out is None:
        with sole_writer(folder), replacing_files(folder) as place:
            if keeps_figures:
                _copy_figures(folder, place)
            yield place
        return
    with names_output(str(out), tempfile.gettempdir()), tempfile.TemporaryDirectory() as scratch:
        _copy_figures(folder, Path(scratch))
        yield Path(scratch)


def _copy_figures(folder: Path, place: Path) -> None:
    if (folder / "figures").is_dir():
        shutil.copytree(folder / "figures", place / "figures")
