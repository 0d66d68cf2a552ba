"""isthmus compare."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from .._translation import Message, check_language, gettext_noop, locale_language, translate
from ._evaluate_command import cell
from ._options import whole_number
from ._run_source import check_places
from ._source_options import RowsOptions
from ._status_line import Status
from ._terminal_tables import in_columns, say_table
from ._terminal_text import say, say_json

__all__ = ["compare"]

_NO_OPTIONS = RowsOptions()
_HEADS = (
    Message("code size"),
    Message("weights"),
    Message("squared error"),
    Message("vs. first"),
    Message("explained"),
    Message("PCA error"),
)
_CAPTIONS = {
    "held-out": gettext_noop(
        "Rows of {source} held out by all runs (n = {n_rows:,}), {confidence:.0%} intervals in "
        "brackets. Squared error: sum over features, in units of the first run's scaling "
        "({scaling})."
    ),
    "source": gettext_noop(
        "Rows of {source} (n = {n_rows:,}), {confidence:.0%} intervals in brackets. Squared "
        "error: sum over features, in units of the first run's scaling ({scaling})."
    ),
}


def compare(
    *runs: Path,
    source: Annotated[str | None, Parameter(metavar="SOURCE")] = None,
    out: Annotated[Path | None, Parameter(name=("--out", "-o"), metavar="FILE")] = None,
    n_resamples: Annotated[int, Parameter(metavar="N", converter=whole_number)] = 1000,
    confidence: Annotated[float, Parameter(metavar="SHARE")] = 0.95,
    seed: Annotated[int, Parameter(metavar="N", converter=whole_number)] = 0,
    lang: Annotated[str | None, Parameter(metavar="en|zh")] = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
    rows: Annotated[RowsOptions, Parameter(name="*")] = _NO_OPTIONS,
) -> int:
    """Compare runs on the same rows, in the units of the first one.

    Parameters
    ----------
    runs
        Folders of at least two runs.
    source
        Rows for all runs. Default: the rows of their common source that all of them held out.
    out
        .svg or .png file for a figure. Replaces an existing file, but never the rows or a file of
        a run.
    n_resamples
        Number of resamples of the rows for the intervals; 0 for none. Default: 1000.
    confidence
        Confidence level of the intervals. Default: 0.95.
    seed
        Seed of the resamples. Default: 0.
    lang
        Language of the output and of the figure: en or zh. Default: that of the locale.
    as_json
        Print one JSON document on stdout instead of text.
    rows
        Options for reading rows.
    """
    language = locale_language() if lang is None else lang
    check_language(language)
    from ..runs import check_output

    if out is not None:
        check_output(out, (".svg", ".png"))
    status = Status(language)
    for run in runs:
        check_places(run, source, status)
    from ..figures import save_figure
    from ..runs import compare_runs, comparison_figure, open_run

    if out is not None and out.exists():
        for run in runs:
            open_run(run).check_apart(out, source)
    status(Message("Comparing runs..."))
    document = compare_runs(
        runs,
        source,
        data_dir=rows.data_dir,
        device=rows.device,
        reading=rows.reading,
        n_resamples=n_resamples,
        confidence=confidence,
        random_state=seed,
    )
    if out is not None:
        save_figure(comparison_figure(document, language=language), out)
        done = Message("Wrote the figure to {file}.", file=str(out))
        say(translate(done, language), stream=sys.stderr)
    if as_json:
        say_json(document, indent=1)
    else:
        _say(document, language)
    return 0


def _say(document: dict[str, Any], language: str) -> None:
    rows = document["rows"]
    caption = Message(
        _CAPTIONS[rows["which"]],
        n_rows=document["n_rows"],
        source=rows["source"],
        confidence=document["settings"]["confidence"],
        scaling=document["scaling"],
    )
    say_table(in_columns(_table(document, language)))
    say(translate(Message("({text})", text=caption), language) + "\n")
    say(translate(document["verdict"]["text"], language), style="bold")


def _table(document: dict[str, Any], language: str) -> list[list[str]]:
    head = ["", *(translate(name, language) for name in _HEADS)]
    lines = [
        [
            model["name"],
            str(model["latent_dim"]),
            f"{model['weights']:,}",
            cell(model["squared_error"], ".4g"),
            cell(model["difference"], ".3g"),
            cell(model["variance_explained"], ".1%", bare=True),
            cell(model["pca_squared_error"], ".4g", bare=True),
        ]
        for model in document["models"]
    ]
    return [head, *lines]
