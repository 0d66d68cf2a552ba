"""isthmus encode."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from .._translation import Message, check_language, locale_language, translate
from ._options import whole_number
from ._run_source import rows_for
from ._source_options import LabelledRowsOptions
from ._terminal_text import say

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
    lang: Annotated[str | None, Parameter(metavar="en|zh")] = None,
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
        .parquet, .csv or .npy file for the codes; a table also has the labels, and the names of
        picture files. Replaces an existing file, but never the rows or a file of a run.
    rows
        Options for reading rows.
    layer
        Layer of a stacked autoencoder whose features to write, from 1. Default: the last.
    lang
        Language of what is printed: en or zh. Default: that of the locale.
    """
    from ..runs import check_output, mapped, open_run, write_rows

    language = locale_language() if lang is None else lang
    check_language(language)
    check_output(out)
    fitted = open_run(run, device=rows.device)
    fitted.check_apart(out, source)
    X, beside = rows_for(fitted, source, rows, language=language)
    codes = mapped(fitted.encoder(layer), X)
    first = next(codes)
    width = first.shape[1]
    names = [f"code_{k}" for k in range(width)]
    write_rows(out, itertools.chain([first], codes), X.shape[0], names, beside)
    done = Message.plural(
        "Wrote {n:,} code to {file} (code size {size}).",
        "Wrote {n:,} codes to {file} (code size {size}).",
        X.shape[0],
        file=str(out),
        size=width,
    )
    say(translate(done, language), stream=sys.stderr)
    return 0
