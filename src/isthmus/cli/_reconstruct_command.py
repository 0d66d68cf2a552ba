"""isthmus reconstruct."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from .._translation import Message, check_language, locale_language, translate
from ..errors import UsageError
from ._dry_run import DryRun, say_dry_run
from ._options import whole_number
from ._run_source import check_places, rows_for
from ._source_options import ChosenRowsOptions
from ._status_line import Status
from ._terminal_text import say, say_json

__all__ = ["reconstruct"]

_FIGURES = (".png", ".svg", ".pdf")
_N_PICTURES = 20
_NO_OPTIONS = ChosenRowsOptions()


def reconstruct(
    run: Path,
    source: str | None = None,
    /,
    *,
    out: Annotated[Path, Parameter(name=("--out", "-o"), metavar="FILE")],
    pictures: Annotated[int | None, Parameter(metavar="N", converter=whole_number)] = None,
    rows: Annotated[ChosenRowsOptions, Parameter(name="*")] = _NO_OPTIONS,
    lang: Annotated[str | None, Parameter(metavar="en|zh")] = None,
    dry_run: DryRun = False,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Reconstruct rows with a trained run.

    Parameters
    ----------
    run
        Run folder, or saved model.
    source
        Rows with the columns of the training data, matched by name in a table. Default: the
        training source, followed by its test rows, if any.
    out
        .parquet, .csv or .npy file for the reconstructions, in the units of the rows; or a .png,
        .svg or .pdf file with pictures above their reconstructions. Replaces an existing file, but
        never the rows or a file of a run.
    pictures
        Number of pictures in a .png, .svg or .pdf file, the last rows. Default: 20, or all that
        are chosen by --rows.
    rows
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
    from ..runs import ROW_SUFFIXES, check_output

    as_figure = out.suffix.lower() in _FIGURES
    check_output(out, ROW_SUFFIXES + _FIGURES)
    if pictures is not None and pictures < 1:
        raise UsageError(f"`pictures` must be an integer of at least 1. Got {pictures}.")
    if pictures is None and rows.rows is None:
        pictures = _N_PICTURES
    check_places(run, source, status, rows, needs=("reconstruct", "reconstruct rows"), out=out)
    from ..figures import reconstruction_grid, save_figure
    from ..runs import grid_values, open_run, write_reconstructions

    fitted = open_run(run, device=rows.device)
    fitted.check_can("reconstruct", "reconstruct rows")
    fitted.check_apart(out, source)
    shape = fitted.picture_shape
    if as_figure and shape is None:
        raise UsageError(
            f"{out.suffix} files require a run that was trained on pictures. This one was trained "
            "on rows without a shape: write a .parquet, .csv or .npy file."
        )
    status.reading(source or fitted.source_name)
    X, beside = rows_for(fitted, source, rows, language=language)
    if as_figure and pictures is not None:
        X = X[-pictures:]
    if dry_run:
        reads = {run: None, source or fitted.source_name: X.shape[0]}
        return say_dry_run(reads, [out], language, as_json=as_json)
    status(Message("Reconstructing rows..."))
    if as_figure and shape is not None:
        values = grid_values(fitted.estimator, X, shape)
        save_figure(reconstruction_grid(**values, language=language), out)
        done = Message.plural(
            "Wrote {n} picture and its reconstruction to {file}.",
            "Wrote {n} pictures and their reconstructions to {file}.",
            len(X),
            file=str(out),
        )
    else:
        write_reconstructions(out, fitted.estimator, X, beside, fitted.provenance())
        done = Message.plural(
            "Wrote {n:,} reconstructed row to {file}.",
            "Wrote {n:,} reconstructed rows to {file}.",
            X.shape[0],
            file=str(out),
        )
    say(translate(done, language), stream=sys.stderr)
    if as_json:
        say_json({"files": [str(out)], "n_rows": X.shape[0]})
    return 0
