"""isthmus reconstruct."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from .._translation import Message, check_language, locale_language
from ..errors import UsageError
from ._dry_run import DryRun
from ._options import whole_number
from ._resumable import Rows, Work, check_outputs, options_given, provenance, say_written
from ._run_source import check_places, rows_for
from ._said import Said
from ._source_options import ChosenRowsOptions
from ._status_line import Status
from ._terminal_text import say_json

if TYPE_CHECKING:
    from ..runs import FittedRun, KeptBlocks

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
    resume: Annotated[bool, Parameter(negative="")] = False,
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
        never the rows or a file of a run. For a folder of tables or .tar files, also a folder,
        which gets a table for each.
    pictures
        Number of pictures in a .png, .svg or .pdf file, the last rows. Default: 20, or all that
        are chosen by --rows.
    rows
        Options for reading rows.
    resume
        Continue where the same command was interrupted: what it had done is kept next to the
        output.
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
    from ..runs import ROW_SUFFIXES

    as_figure = out.suffix.lower() in _FIGURES
    shards = check_outputs("reconstruct", out, source, ROW_SUFFIXES + _FIGURES)
    if pictures is not None and pictures < 1:
        raise UsageError(f"`pictures` must be an integer of at least 1. Got {pictures}.")
    if pictures is None and rows.rows is None:
        pictures = _N_PICTURES
    check_places(run, source, status, rows, needs=("reconstruct", "reconstruct rows"), out=out)
    said = Said(language)

    def read(fitted: FittedRun, source: str | None, out: Path) -> Rows:
        fitted.check_can("reconstruct", "reconstruct rows")
        fitted.check_apart(out, source)
        if as_figure:
            _check_pictured(fitted, out)
        status.reading(source or fitted.source_name)
        X, beside = rows_for(fitted, source, rows, said=said)
        return (X if pictures is None or not as_figure else X[-pictures:]), beside

    def one(fitted: FittedRun, source: str | None, out: Path, kept: KeptBlocks) -> list[int]:
        from ..runs import write_reconstructions

        X, beside = read(fitted, source, out)
        status(Message("Reconstructing rows..."))
        made = provenance(fitted, kept)
        write_reconstructions(out, fitted.estimator, X, beside, made, status.counted, kept)
        return [X.shape[0], False]

    def drawn(fitted: FittedRun, source: str | None, out: Path, kept: KeptBlocks) -> list[int]:
        X, _ = read(fitted, source, out)
        status(Message("Reconstructing rows..."))
        _draw(fitted, X, out, language)
        return [len(X), False]

    work = Work("reconstruct", run, source, out, shards, options_given(rows))
    if dry_run:
        return work.dry_run(read, rows.device, status, language, as_json=as_json)
    done = work.written(drawn if as_figure else one, rows.device, status, said, resume=resume)
    say_written(_written(done.n_rows, out, as_figure=as_figure), done, language)
    if as_json:
        say_json(done.facts)
    return 0


def _check_pictured(fitted: FittedRun, out: Path) -> None:
    if fitted.picture_shape is None:
        raise UsageError(
            f"{out.suffix} files require a run that was trained on pictures. This one was trained "
            "on rows without a shape: write a .parquet, .csv or .npy file."
        )


def _draw(fitted: FittedRun, X: Any, out: Path, language: str) -> None:
    from ..figures import reconstruction_grid, save_figure
    from ..runs import grid_values

    assert fitted.picture_shape is not None
    values = grid_values(fitted.estimator, X, fitted.picture_shape)
    save_figure(reconstruction_grid(**values, language=language), out)


def _written(n: int, out: Path, *, as_figure: bool) -> Message:
    if as_figure:
        return Message.plural(
            "Wrote {n} picture and its reconstruction to {file}.",
            "Wrote {n} pictures and their reconstructions to {file}.",
            n,
            file=str(out),
        )
    return Message.plural(
        "Wrote {n:,} reconstructed row to {file}.",
        "Wrote {n:,} reconstructed rows to {file}.",
        n,
        file=str(out),
    )
