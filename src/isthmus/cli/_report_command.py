"""isthmus report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from .._translation import Message, check_language, locale_language, translate
from ..errors import UsageError
from ._chosen_tools import check_map
from ._dry_run import DryRun, say_dry_run
from ._status_line import Status
from ._terminal_text import say, say_json

__all__ = ["report"]


def report(
    run: Path,
    /,
    *,
    map: Annotated[str | None, Parameter(metavar="pca|umap")] = None,
    lang: Annotated[str | None, Parameter(metavar="en|zh")] = None,
    out: Annotated[Path | None, Parameter(name=("--out", "-o"), metavar="PATH")] = None,
    form: Annotated[str | None, Parameter(name="--format", metavar="pdf|svg|png")] = None,
    interactive: Annotated[bool | None, Parameter(negative="--no-interactive")] = None,
    license: Annotated[str | None, Parameter(metavar="ID")] = None,
    dry_run: DryRun = False,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Write a run's report again, in English or Chinese, or its figures as files for papers.

    Parameters
    ----------
    run
        Run folder. Its numbers do not change; figures are drawn again from stored values.
    map
        Layout of the map of codes, now and in later reports: pca, or umap, which requires
        `pip install 'isthmus[umap]'`. Default: unchanged.
    lang
        Language of the report, its figures and the model card: en or zh. Default: that of the
        locale.
    out
        .html file for the report; the run is then not changed. Replaces an existing file, but
        never a file of a run. Default: replace report.html, figures and MODEL_CARD.md in the run.
        With --format, the folder of the figures; default: a folder of the run such as figures/pdf.
    form
        Write only the figures, each as a file: pdf, svg, or png with 300 dots per inch. The report
        does not change.
    interactive
        Add a script to the page, now and in later reports, to read, move and zoom maps, read
        curves and sort tables. The page still asks for nothing from a network. Default: unchanged.
    license
        License of the model for its card, now and in later reports, in the terms of the Hugging
        Face Hub, such as apache-2.0. Default: unchanged.
    dry_run
        Say what would be read and written, after all checks, and write nothing.
    as_json
        Print one JSON document on stdout: the written files.
    """
    from ..runs import check_export, check_output

    language = locale_language() if lang is None else lang
    check_language(language)
    check_map(map)
    if form is not None:
        check_export(form, out)
        if interactive is not None:
            raise UsageError("`interactive` does not apply to --format. Leave one of them out.")
        if license is not None:
            raise UsageError("`license` does not apply to --format. Leave one of them out.")
    elif out is not None:
        check_output(out, (".html", ".htm"))
    from ..artifacts import check_license, find_artifact

    check_license(license)
    find_artifact(run)
    if dry_run:
        return say_dry_run({run: None}, _written_places(run, out, form), language, as_json=as_json)
    status = Status(language)
    status(Message("Drawing figures..."))
    from ..runs import export_figures, rebuild_report

    if form is None:
        page, notes = rebuild_report(
            run, map=map, language=language, interactive=interactive, license=license, out=out
        )
        written = [page]
    else:
        written, notes = export_figures(run, form, out=out, map=map, language=language)
    for note in notes:
        say(translate(Message("Note: {note}", note=note), language), stream=sys.stderr)
    if as_json:
        say_json({"files": [str(path) for path in written]})
    else:
        for path in written:
            say(str(path))
    return 0


def _written_places(run: Path, out: Path | None, form: str | None) -> list[Path]:
    """Return the files and folders that a report replaces."""
    if out is not None:
        return [out]
    if form is not None:
        return [run / "figures" / form]
    return [run / name for name in ("report.html", "report.json", "MODEL_CARD.md", "figures")]
