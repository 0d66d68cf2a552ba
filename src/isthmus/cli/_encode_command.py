"""isthmus encode."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from .._translation import Message, check_language, locale_language, translate
from ..errors import UsageError
from ._drift_warning import FAILED, check_fail_on, warn_of_drift
from ._dry_run import DryRun, say_dry_run
from ._options import whole_number
from ._run_source import check_places, rows_for
from ._source_options import LabelledRowsOptions
from ._status_line import Status
from ._terminal_text import say, say_json

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
        existing file, but never the rows or a file of a run.
    rows
        Options for reading rows.
    layer
        Layer of a stacked autoencoder whose features to write, from 1. Default: the last.
    fail_on
        `drift`: exit with code 4 if the rows of the source are unlike the training rows. The file
        is written in any case. Default: only print a warning.
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
    from ..runs import CODE_SUFFIXES, check_output

    check_output(out, CODE_SUFFIXES)
    needs = ("encode", "return the features of a layer") if layer else ("transform", "encode rows")
    check_places(run, source, status, rows, needs=needs)
    from ..runs import code_names, mapped, open_run, write_rows

    fitted = open_run(run, device=rows.device)
    check_fail_on(fail_on, fitted)
    fitted.check_apart(out, source)
    status.reading(source or fitted.source_name)
    X, beside = rows_for(fitted, source, rows, language=language)
    if dry_run:
        reads = {run: None, source or fitted.source_name: X.shape[0]}
        return say_dry_run(reads, [out], language, as_json=as_json)
    is_drifted = warn_of_drift(fitted, source, X, language=language)
    status(Message("Encoding rows..."))
    codes = mapped(fitted.encoder(layer), X)
    codes = status.counted(Message("Encoding rows"), codes, X.shape[0])
    first = next(codes)
    _check_sparse(first, out)
    width, names = first.shape[1], code_names(first, out)
    blocks = itertools.chain([first], codes)
    write_rows(out, blocks, X.shape[0], names, beside, fitted.provenance())
    done = Message.plural(
        "Wrote {n:,} code to {file} (code size {size}).",
        "Wrote {n:,} codes to {file} (code size {size}).",
        X.shape[0],
        file=str(out),
        size=width,
    )
    say(translate(done, language), stream=sys.stderr)
    if as_json:
        facts = {"files": [str(out)], "n_rows": X.shape[0], "code_size": width}
        say_json({**facts, "is_drifted": is_drifted})
    return FAILED if fail_on and is_drifted else 0


def _check_sparse(codes: Any, out: Path) -> None:
    from .._row_blocks import is_sparse

    if out.suffix.lower() == ".npz" and not is_sparse(codes):
        raise UsageError(
            f"Only sparse codes can be written to a .npz file. Got {str(out)!r} for a run with "
            "dense codes: name a .npy, .parquet or .csv file."
        )
