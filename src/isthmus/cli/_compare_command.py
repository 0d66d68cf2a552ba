"""isthmus compare."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from .._files import write_text
from .._translation import Message, check_language, locale_language, translate
from .._write_errors import names_output
from ._dry_run import DryRun, say_dry_run
from ._evaluate_command import cell
from ._next_command import say_next
from ._options import whole_number
from ._run_source import check_places
from ._source_options import RowsOptions
from ._status_line import Status
from ._terminal_tables import in_columns, say_table
from ._terminal_text import say, say_json

__all__ = ["compare"]

_NO_OPTIONS = RowsOptions()
_PAGES = (".html", ".htm")


def compare(
    *runs: Path,
    source: Annotated[str | None, Parameter(metavar="SOURCE")] = None,
    out: Annotated[Path | None, Parameter(name=("--out", "-o"), metavar="FILE")] = None,
    n_resamples: Annotated[int, Parameter(metavar="N", converter=whole_number)] = 1000,
    confidence: Annotated[float, Parameter(metavar="SHARE")] = 0.95,
    seed: Annotated[int, Parameter(metavar="N", converter=whole_number)] = 0,
    lang: Annotated[str | None, Parameter(metavar="en|zh")] = None,
    dry_run: DryRun = False,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
    rows: Annotated[RowsOptions, Parameter(name="*")] = _NO_OPTIONS,
) -> int:
    """Compare runs on the same rows, in the units of the first one.

    Parameters
    ----------
    runs
        At least two runs: their folders, folders of runs such as a sweep's, or patterns such as
        'runs/digits-*'.
    source
        Rows for all runs. Default: the rows of their common source that all of them held out.
    out
        .html file for a page with errors, learning curves and settings, or .svg or .png file for
        a figure. Replaces an existing file, but never the rows or a file of a run.
    n_resamples
        Number of resamples of the rows for the intervals; 0 for none. Default: 1000.
    confidence
        Confidence level of the intervals. Default: 0.95.
    seed
        Seed of the resamples. Default: 0.
    lang
        Language of the output and of the figure: en or zh. Default: that of the locale.
    dry_run
        Say what would be read and written, after all checks, and write nothing.
    as_json
        Print one JSON document on stdout instead of text.
    rows
        Options for reading rows.
    """
    language = locale_language() if lang is None else lang
    check_language(language)
    from ..runs import check_output, named_runs

    if out is not None:
        check_output(out, (*_PAGES, ".svg", ".png"))
    names, notes = named_runs(runs)
    for note in notes:
        say(translate(Message("Note: {note}", note=note), language), stream=sys.stderr)
    status = Status(language)
    for run in names:
        check_places(run, source, status)
    from ..runs import compare_runs, open_run

    if out is not None and out.exists():
        for run in names:
            open_run(run).check_apart(out, source)
    if dry_run:
        reads = dict.fromkeys((*names, source or ""))
        return say_dry_run(reads, [out] if out else [], language, as_json=as_json)
    status(Message("Comparing runs..."))
    document = compare_runs(
        names,
        source,
        data_dir=rows.data_dir,
        device=rows.device,
        reading=rows.reading,
        n_resamples=n_resamples,
        confidence=confidence,
        random_state=seed,
    )
    if out is not None:
        _write(document, out, language)
    if as_json:
        say_json(document, indent=1)
    else:
        _say(document, language)
        if out is None:
            say_next(language, "compare", *runs, "--out", "compared.html")
    return 0


def _write(document: dict[str, Any], out: Path, language: str) -> None:
    """Write a page or a figure, and say so."""
    from ..runs import comparison_figure, comparison_page

    if out.suffix.lower() in _PAGES:
        with names_output(out, tempfile.gettempdir()):
            write_text(out, comparison_page(document, language=language))
        done = Message("Wrote the page to {file}.", file=str(out))
    else:
        from ..figures import save_figure

        save_figure(comparison_figure(document, language=language), out)
        done = Message("Wrote the figure to {file}.", file=str(out))
    say(translate(done, language), stream=sys.stderr)


def _say(document: dict[str, Any], language: str) -> None:
    from ..runs import comparison_table, seeds_table

    table = comparison_table(document)
    _say_table(table["columns"], map(_cells, table["rows"]), table["caption"], language)
    if (seeds := seeds_table(document)) is not None:
        lines = ([name, str(n), *map(_number, rest)] for name, n, *rest in seeds["rows"])
        _say_table(seeds["columns"], lines, seeds["caption"], language)
    say(translate(document["verdict"]["text"], language), style="bold")
    if len(document["models"]) > 2:  # otherwise the verdict is about these two
        say(translate(document["runner_up"]["verdict"]["text"], language))


def _say_table(
    heads: Iterable[str], lines: Iterable[Iterable[str]], caption: str, language: str
) -> None:
    rows = [[translate(text, language) for text in line] for line in (heads, *lines)]
    say_table(in_columns(rows))
    say(translate(Message("({text})", text=caption), language) + "\n")


def _cells(row: Sequence[Any]) -> list[str]:
    name, latent_dim, weights, error, difference, explained, of_pca = row
    return [
        name,
        str(latent_dim),
        f"{weights:,}",
        cell(error, ".4g"),
        cell(difference, ".3g"),
        cell(explained, ".1%", bare=True),
        cell(of_pca, ".4g", bare=True),
    ]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
