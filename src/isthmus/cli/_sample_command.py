"""isthmus sample."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from .._translation import Message, check_language, locale_language, translate
from ..errors import UsageError
from ._device_option import DEVICE
from ._dry_run import DryRun, say_dry_run
from ._number_of_rows import check_number_of_rows
from ._options import whole_number
from ._run_source import check_places
from ._status_line import Status
from ._terminal_text import say, say_json

__all__ = ["sample"]


def sample(
    run: Path,
    /,
    *,
    out: Annotated[Path, Parameter(name=("--out", "-o"), metavar="FILE")],
    rows: Annotated[
        int, Parameter(name=("--rows", "-n"), metavar="N", converter=whole_number)
    ] = 64,
    seed: Annotated[int, Parameter(metavar="N", converter=whole_number)] = 0,
    device: Annotated[str, DEVICE] = "auto",
    lang: Annotated[str | None, Parameter(metavar="en|zh")] = None,
    dry_run: DryRun = False,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Draw new rows from a trained run.

    Parameters
    ----------
    run
        Run folder, or saved model.
    out
        .png or .svg file with a grid of pictures; .parquet, .csv or .npy file with the rows in the
        units and types of the training rows; for texts also .txt, with the top words of each row.
        Replaces an existing file, but never a file of a run.
    rows
        Number of rows. Default: 64.
    seed
        Seed of the draws; the same seed gives the same rows. Default: 0.
    device
        Device to compute on: auto, cpu or cuda. Default: auto.
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
    check_number_of_rows("--rows", rows, 1, out)
    if seed < 0:
        raise UsageError(f"--seed must be an integer of at least 0. Got {seed}.")
    check_places(run, None, status, needs=("sample", "draw new rows"), out=out)
    from ..runs import check_suits, open_run, write_new_rows

    fitted = open_run(run, device=device)
    fitted.check_can("sample", "draw new rows")
    check_suits(out, fitted)
    fitted.check_apart(out, None)
    if dry_run:
        return say_dry_run({run: None}, [out], language, as_json=as_json)
    status(Message("Drawing rows..."))
    drawn = fitted.estimator.sample(rows, random_state=seed)
    write_new_rows(out, fitted, drawn, provenance=fitted.provenance(), language=language)
    done = Message.plural(
        "Wrote {n:,} sampled row to {file}.",
        "Wrote {n:,} sampled rows to {file}.",
        rows,
        file=str(out),
    )
    say(translate(done, language), stream=sys.stderr)
    if as_json:
        say_json({"files": [str(out)], "n_rows": rows, "seed": seed})
    return 0
