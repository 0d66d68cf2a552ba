"""isthmus interpolate."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from .._translation import Message, check_language, locale_language, translate
from ..errors import UsageError
from ._dry_run import DryRun, say_dry_run
from ._number_of_rows import check_number_of_rows
from ._options import whole_number
from ._row_choice import CHOSEN, RowChoice
from ._run_source import all_rows, check_places, dataset_for
from ._said import Said
from ._source_options import RowsOptions
from ._status_line import Status
from ._terminal_text import say, say_json

__all__ = ["interpolate"]

_NO_OPTIONS = RowsOptions()


def interpolate(
    run: Path,
    source: str | None = None,
    /,
    *,
    rows: Annotated[RowChoice, CHOSEN, Parameter(name="--rows", metavar="N,N")],
    out: Annotated[Path, Parameter(name=("--out", "-o"), metavar="FILE")],
    steps: Annotated[
        int, Parameter(name=("--steps", "-n"), metavar="N", converter=whole_number)
    ] = 10,
    reading: Annotated[RowsOptions, Parameter(name="*")] = _NO_OPTIONS,
    lang: Annotated[str | None, Parameter(metavar="en|zh")] = None,
    dry_run: DryRun = False,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Walk between two rows in a straight line between their codes.

    Parameters
    ----------
    run
        Run folder, or saved model.
    source
        Rows with the columns of the training data, matched by name in a table. Default: the
        training source, followed by its test rows, if any.
    rows
        Numbers of the two rows in the source, from 0, such as 3,17; negative ones count from the
        end.
    out
        .png or .svg file with the pictures in a line; .parquet, .csv or .npy file with the rows in
        the units and types of the training rows; for texts also .txt, with the top words of each
        row. Replaces an existing file, but never the rows or a file of a run.
    steps
        Number of rows to write, at least 2; the first and last are the reconstructions of the two.
        Default: 10.
    reading
        Options for reading rows.
    lang
        Language of what is printed: en or zh. Default: that of the locale.
    dry_run
        Say what would be read and written, after all checks, and write nothing.
    as_json
        Print one JSON document on stdout: what was written.
    """
    language = locale_language() if lang is None else lang
    check_language(language)
    status = Status(language)
    from ..runs import NEW_ROW_SUFFIXES, check_output

    check_output(out, NEW_ROW_SUFFIXES)
    if not rows.is_pair:
        raise UsageError(f"--rows must be two row numbers, such as 3,17. Got {rows.text!r}.")
    check_number_of_rows("--steps", steps, 2, out)
    check_places(run, source, status, needs=("interpolate", "walk between rows"), out=out)
    from .._selected_rows import select_rows
    from ..runs import check_suits, open_run, write_new_rows

    fitted = open_run(run, device=reading.device)
    fitted.check_can("interpolate", "walk between rows")
    check_suits(out, fitted)
    fitted.check_apart(out, source)
    status.reading(source or fitted.source_name)
    X, _ = all_rows(dataset_for(fitted, source, reading, said=Said(language)))
    ends = rows.of(X.shape[0])
    if dry_run:
        reads = {run: None, source or fitted.source_name: X.shape[0]}
        return say_dry_run(reads, [out], language, as_json=as_json)
    status(Message("Decoding rows..."))
    walk = fitted.estimator.interpolate(select_rows(X, ends), steps)
    write_new_rows(
        out, fitted, walk, n_columns=steps, provenance=fitted.provenance(), language=language
    )
    done = Message(
        "Wrote {n:,} rows from row {start:,} to row {end:,} to {file}.",
        n=steps,
        start=int(ends[0]),
        end=int(ends[1]),
        file=str(out),
    )
    say(translate(done, language), stream=sys.stderr)
    if as_json:
        say_json({"files": [str(out)], "n_rows": steps, "ends": ends.tolist()})
    return 0
