"""Report of a run, drawn again from stored values, for `isthmus report`."""

from __future__ import annotations

import dataclasses
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from .._files import write_text
from .._translation import Message, check_language, gettext_noop
from ..artifacts import REPORT, find_artifact, read_report
from ..errors import ArtifactError, UsageError
from ..figures import (
    FigureSpec,
    check_map,
    is_known_figure,
    lay_out_codes,
    recalled_figures,
    stored_figures,
)
from ..pages import page_text, write_card, write_report
from ._drawing import draw_figures, is_left_out_note
from ._evaluation_file import evaluation_for_page
from ._report_arrays import ARRAYS, read_arrays, write_arrays
from ._report_document import map_facts
from ._run_folder import damage_of, read_settings, whole_run_folder

if TYPE_CHECKING:
    from .kinds import Kind

__all__ = ["figures_of_run", "rebuild_report"]

_KEPT = gettext_noop(
    "The figures are from the training: this run is from an older version, which did not store "
    "their data."
)


def rebuild_report(
    run: str | os.PathLike[str],
    *,
    map: str | None = None,
    language: str = "en",
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
    settings = read_settings(folder)
    arrays = read_arrays(folder)
    evaluation, is_left_out = evaluation_for_page(folder)
    document.pop("evaluation", None)
    document |= {} if evaluation is None else {"evaluation": evaluation}
    with damage_of(folder, REPORT):
        if "card" not in document:  # a run of an earlier version
            document["card"] = _kind(document, settings).card()
        figures, chosen = figures_of_run(folder, document, settings, arrays, map)
        if figures is not None and chosen != str(document.get("map", "pca")):
            document |= map_facts(document, chosen)
        notes = [] if is_left_out is None else [is_left_out]
        return _written(folder, document, figures, arrays, notes, out), notes


def figures_of_run(
    folder: Path,
    document: Mapping[str, Any],
    settings: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]] | None,
    map: str | None,
) -> tuple[list[FigureSpec] | None, str]:
    """Return a run's figures from stored values, and the layout of their map of codes.

    Parameters
    ----------
    folder : pathlib.Path
        Run folder.
    document, settings : mapping
        Content of report.json and of config.yaml.
    arrays : mapping of str to ndarray or None
        Arrays of report.npz, if there are any.
    map : {"pca", "umap"} or None
        Layout of the map; None keeps that of the run.

    Returns
    -------
    tuple of list of FigureSpec and str
        None instead of figures for a run of a version that did not store them.
    """
    entries = document.get("figures", [])
    if any("draws" in entry and not is_known_figure(entry["draws"]) for entry in entries):
        _kind(document, settings)  # its package may register figures
    before = str(document.get("map", "pca"))
    chosen = before if map is None else map
    figures = _stored(folder, entries, arrays)
    if chosen != before:
        _check_map(folder, any("Z" in spec.arguments for spec in figures or ()), chosen)
        if figures is not None:
            figures = _laid_out_again(figures, arrays or {}, chosen)
    return figures, chosen


def _kind(document: Mapping[str, Any], settings: Mapping[str, Any]) -> Kind:
    """Return the kind of a run; imports torch."""
    from .kinds import kind_named

    return kind_named(str(document.get("kind", settings["estimator"])))


def _stored(
    folder: Path, entries: Sequence[Mapping[str, Any]], arrays: Mapping[str, NDArray[Any]] | None
) -> list[FigureSpec] | None:
    """Return a run's figures, or None for a run of a version that did not store them."""
    if arrays is None:
        if any("draws" in entry for entry in entries):
            raise ArtifactError(
                f"{folder} is not a complete run: its {ARRAYS}, with the data of its figures, is "
                "missing. Restore it, or train the run again."
            )
        return None
    with damage_of(folder, ARRAYS):
        return recalled_figures(entries, arrays)


def _check_map(folder: Path, has_map: bool, method: str) -> None:
    if not has_map:
        raise UsageError(
            f"`map` does not apply to {folder}: its report has no map of codes. Leave it out."
        )
    check_map(method)  # raises an error if UMAP is not installed


def _laid_out_again(
    figures: Sequence[FigureSpec], arrays: Mapping[str, NDArray[Any]], method: str
) -> list[FigureSpec]:
    """Return figures with the codes of maps laid out by another method."""
    return [
        _on_layout(spec, arrays["codes"], method) if "Z" in spec.arguments else spec
        for spec in figures
    ]


def _on_layout(spec: FigureSpec, codes: NDArray[Any], method: str) -> FigureSpec:
    before = spec.arguments["Z"]
    layout = lay_out_codes(
        codes, method=method, random_state=before.random_state, n_total=before.n_total
    )
    caption = spec.caption
    if isinstance(caption, Message) and "second" in caption.values:  # it describes the layout
        values = caption.values | {"second": layout.caption}
        caption = Message(caption.msgid, **values)
    return dataclasses.replace(spec, caption=caption, arguments={**spec.arguments, "Z": layout})


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
        stored |= {name: arrays[name] for name in ("codes",) if arrays and name in arrays}
    with _place_of_figures(folder, out) as place:
        if figures is None:
            fresh = [Message(_KEPT)]
        else:
            entries, language = document["figures"], str(document["language"])
            fresh = draw_figures(place / "figures", figures, entries, language)
        notes += fresh
        source = document.setdefault("source", {})
        source["notes"] = [*filter(_is_about_source, source.get("notes", [])), *fresh]
        if out is not None:
            write_text(Path(out), page_text(place, document))
            return Path(out)
    if figures is not None:
        write_arrays(folder, stored)
    page = write_report(folder, document)
    write_card(folder, document)
    return page


def _is_about_source(note: object) -> bool:
    """Return whether a note is about the source, not about figures."""
    is_kept = isinstance(note, Message) and note.msgid == _KEPT
    return not (is_kept or is_left_out_note(note))


@contextmanager
def _place_of_figures(folder: Path, out: object) -> Iterator[Path]:
    """Yield the run's folder, or a temporary copy of its figures."""
    if out is None:
        yield folder
        return
    with tempfile.TemporaryDirectory() as scratch:
        if (folder / "figures").is_dir():
            shutil.copytree(folder / "figures", Path(scratch) / "figures")
        yield Path(scratch)
