"""isthmus encode."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from .._translation import Message, check_language, locale_language
from ..errors import UsageError
from ._drift_warning import FAILED, check_fail_on
from ._dry_run import DryRun
from ._options import whole_number
from ._resumable import Rows, Work, check_outputs, options_given, provenance, say_written
from ._run_source import check_places, rows_for
from ._said import Said
from ._source_options import LabelledRowsOptions
from ._status_line import Status
from ._terminal_text import say_json

if TYPE_CHECKING:
    from ..runs import FittedRun, KeptBlocks

__all__ = ["encode"]

_NO_OPTIONS = LabelledRowsOptions()


def encode(
    run: Path,
    source: str | None = None,
    /,
    *,
    out: Annotated[Path, Parameter(name=("--out", "-o"), metavar="FILE")],
    rows: Annotated[LabelledRowsOptions, Parameter(name="*")] = _NO_OPTIONS,
    layer: Annotated[int | None, Parameter(metavar="N", converter=whole_number)] = None,
    fail_on: Annotated[str | None, Parameter(metavar="drift")] = None,
    resume: Annotated[bool, Parameter(negative="")] = False,
    lang: Annotated[str | None, Parameter(metavar="en|zh")] = None,
    dry_run: DryRun = False,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Encode rows with a trained run.

    Parameters
    ----------
    run
        Run folder, or saved model.
    source
        Rows with the columns of the training data, matched by name in a table. Default: the
        training source, followed by its test rows, if any.
    out
        .parquet, .csv or .npy file for the codes, for those of a sparse autoencoder also .npz
        (`scipy.sparse.load_npz`); a table also has the ids, the labels, and the names of picture
        files. Codes are empty for rows without any observed cell. Replaces an
        existing file, but never the rows or a file of a run. For a folder of tables or .tar files,
        also a folder, which gets a file for each.
    rows
        Options for reading rows.
    layer
        Layer of a stacked autoencoder whose features to write, from 1. Default: the last.
    fail_on
        `drift`: exit with code 4 if the rows of the source are unlike the training rows. The file
        is written in any case. Default: only print a warning.
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
    check_fail_on(fail_on)
    status = Status(language)
    from ..runs import CODE_SUFFIXES

    shards = check_outputs("encode", out, source, CODE_SUFFIXES)
    needs = ("encode", "return the features of a layer") if layer else ("transform", "encode rows")
    check_places(run, source, status, rows, needs=needs)
    said = Said(language)

    def read(fitted: FittedRun, source: str | None, out: Path) -> Rows:
        fitted.check_apart(out, source)
        status.reading(source or fitted.source_name)
        return rows_for(fitted, source, rows, said=said)

    def one(fitted: FittedRun, source: str | None, out: Path, kept: KeptBlocks) -> list[int]:
        from ..runs import code_names, mapped, write_rows

        X, beside = read(fitted, source, out)
        is_drifted = said.warn_of_drift(fitted, source, X)
        status(Message("Encoding rows..."))
        codes = mapped(fitted.encoder(layer), X, kept)
        codes = status.counted(Message("Encoding rows"), codes, X.shape[0])
        first = next(codes)
        _check_sparse(first, out)
        width, names = first.shape[1], code_names(first, out)
        blocks = itertools.chain([first], codes)
        write_rows(out, blocks, X.shape[0], names, beside, provenance(fitted, kept))
        return [X.shape[0], is_drifted, width]

    work = Work("encode", run, source, out, shards, {**options_given(rows), "layer": layer})
    if dry_run:
        return work.dry_run(read, rows.device, status, language, as_json=as_json)
    done = work.written(one, rows.device, status, said, resume=resume, fail_on=fail_on)
    say_written(
        Message.plural(
            "Wrote {n:,} code to {file} (code size {size}).",
            "Wrote {n:,} codes to {file} (code size {size}).",
            done.n_rows,
            file=str(out),
            size=done.numbers[0][-1],
        ),
        done,
        language,
    )
    if as_json:
        say_json({**done.facts, "code_size": done.numbers[0][-1], "is_drifted": done.n_drifted > 0})
    return FAILED if fail_on and done.n_drifted else 0


def _check_sparse(codes: Any, out: Path) -> None:
    from .._row_blocks import is_sparse

    if out.suffix.lower() == ".npz" and not is_sparse(codes):
        raise UsageError(
            f"Only sparse codes can be written to a .npz file. Got {str(out)!r} for a run with "
            "dense codes: name a .npy, .parquet or .csv file."
        )
