"""isthmus similar."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from .._translation import Message, check_language, locale_language, translate
from ..errors import UsageError
from ._dry_run import DryRun, say_dry_run
from ._options import whole_number
from ._row_choice import CHOSEN, RowChoice
from ._run_source import all_rows, check_places, dataset_for
from ._said import Said
from ._source_options import LabelledRowsOptions
from ._status_line import Status
from ._terminal_tables import in_columns, say_table
from ._terminal_text import say, say_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..runs import FittedRun

    _Columns = dict[str, NDArray[Any]]

__all__ = ["similar"]

_NO_OPTIONS = LabelledRowsOptions()
_MOST_SHOWN = 20  # groups of duplicates on the terminal


def similar(
    run: Path,
    source: str | None = None,
    /,
    *,
    row: Annotated[RowChoice | None, CHOSEN, Parameter(metavar="ROWS")] = None,
    like: Annotated[str | None, Parameter(metavar="SOURCE")] = None,
    duplicates: bool = False,
    n: Annotated[
        int, Parameter(name=("--neighbors", "-n"), metavar="N", converter=whole_number)
    ] = 10,
    out: Annotated[Path | None, Parameter(name=("--out", "-o"), metavar="FILE")] = None,
    rows: Annotated[LabelledRowsOptions, Parameter(name="*")] = _NO_OPTIONS,
    lang: Annotated[str | None, Parameter(metavar="en|zh")] = None,
    dry_run: DryRun = False,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Find the rows with the most similar codes, or groups of duplicates.

    Parameters
    ----------
    run
        Run folder, or saved model.
    source
        Rows to search, with the columns of the training data, matched by name in a table. Default:
        the training source, followed by its test rows, if any.
    row
        Positions in the source, from 0, such as 3 or 3,17,20:25: find the rows that are most
        similar to each of them. Negative ones count from the end.
    like
        Other rows, such as a file with one row or a folder with one picture: find the rows of the
        source that are most similar to each of them.
    duplicates
        List groups of rows with (nearly) the same code: at most a hundredth as far apart as codes
        are from their mean.
    n
        Number of rows to find for each. Default: 10.
    out
        .csv or .parquet file with all rows that were found; or, for pictures, a .png or .svg file
        with each picture before those that are similar. Replaces an existing file, but never the
        rows or a file of a run.
    rows
        Options for reading rows.
    lang
        Language of what is printed: en or zh. Default: that of the locale.
    dry_run
        Say what would be read and written, after all checks, and write nothing.
    as_json
        Print one JSON document on stdout instead of text: a list with one object per row found.
    """
    language = locale_language() if lang is None else lang
    check_language(language)
    status, said = Status(language), Said(language)
    from ..runs import SIMILAR_SUFFIXES, check_output

    if out is not None:
        check_output(out, SIMILAR_SUFFIXES)
    if n < 1:
        raise UsageError(f"--neighbors must be an integer of at least 1. Got {n}.")
    if (row is not None) + (like is not None) + duplicates != 1:
        raise UsageError(
            "`isthmus similar` requires exactly one of --row, --like and --duplicates."
        )
    check_places(run, source, status, needs=("similar", "find similar rows"))
    if like is not None:
        check_places(run, like, status)
    from ..runs import check_pictured, open_run

    fitted = open_run(run, device=rows.device)
    fitted.check_can("similar", "find similar rows")
    if out is not None:
        check_pictured(out, fitted, is_of_groups=duplicates)
        fitted.check_apart(out, source)
    status.reading(source or fitted.source_name)
    X, beside = all_rows(dataset_for(fitted, source, rows, said=said))
    wanted: Any = None if row is None else row.of(X.shape[0]).tolist()
    if like is not None:
        wanted = all_rows(dataset_for(fitted, like, rows, said=said))[0]
    if dry_run:
        reads = {run: None, source or fitted.source_name: X.shape[0], like or "": None}
        return say_dry_run(reads, [out] if out else [], language, as_json=as_json)
    status(Message("Comparing codes..."))
    if duplicates:
        return _duplicates(fitted, X, beside, out, language, as_json)
    return _similar(fitted, X, beside, wanted, n, out, language, as_json)


def _similar(
    fitted: FittedRun,
    X: Any,
    beside: _Columns,
    wanted: Any,
    n: int,
    out: Path | None,
    language: str,
    as_json: bool,
) -> int:
    from ..runs import similar_rows, write_similar

    found = similar_rows(fitted.estimator, X, wanted, beside, n_neighbors=n)
    if as_json:
        _say_json(found)
    else:
        _say_rows(found, language)
    if out is not None:
        write_similar(out, fitted, X, wanted, found, language=language)
        n_found = len(found["row"])
        done = Message.plural(
            "Wrote {n:,} similar row to {file}.",
            "Wrote {n:,} similar rows to {file}.",
            n_found,
            file=str(out),
        )
        say(translate(done, language), stream=sys.stderr)
    return 0


def _duplicates(
    fitted: FittedRun,
    X: Any,
    beside: _Columns,
    out: Path | None,
    language: str,
    as_json: bool,
) -> int:
    from ..runs import duplicate_rows, write_table

    found = duplicate_rows(fitted.estimator, X, beside)
    n_rows = len(found["row"])
    n_groups = len(set(found["group"].tolist()))
    summary = Message.plural(
        "{n:,} group of rows with nearly the same code: {rows:,} rows.",
        "{n:,} groups of rows with nearly the same code: {rows:,} rows in total.",
        n_groups,
        rows=n_rows,
    )
    if as_json:
        _say_json(found)
    else:
        if n_rows:
            _say_groups(found, language)
        nothing = Message("No rows have nearly the same code.")
        say(translate(summary if n_rows else nothing, language))
    if out is not None:
        write_table(out, found, fitted.provenance())
        done = Message.plural(
            "Wrote {n:,} row to {file}.", "Wrote {n:,} rows to {file}.", n_rows, file=str(out)
        )
        say(translate(done, language), stream=sys.stderr)
    return 0


def _say_json(found: _Columns) -> None:
    columns = {name: values.tolist() for name, values in found.items()}
    say_json([dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)])


def _say_rows(found: _Columns, language: str) -> None:
    heads = {"of_row": Message("of row"), "rank": Message("rank"), "row": Message("row")}
    heads |= {"distance": Message("distance")}
    lines = [[translate(heads.get(name, name), language) for name in found]]
    lines += [[*map(_text, cells)] for cells in zip(*found.values(), strict=True)]
    say_table(in_columns(lines))


def _say_groups(found: _Columns, language: str) -> None:
    """Print the first groups, each as a line of row numbers."""
    heads = (Message("group"), Message("rows"), Message("numbers"))
    lines = [[translate(head, language) for head in heads]]
    for group in sorted(set(found["group"].tolist()))[:_MOST_SHOWN]:
        own = found["row"][found["group"] == group].tolist()
        shown = ", ".join(map(str, own[:8])) + (", ..." if len(own) > 8 else "")
        lines.append([str(group), f"{len(own):,}", shown])
    say_table(in_columns(lines))
    say()


def _text(cell: Any) -> str:
    if isinstance(cell, float):
        return "-" if cell != cell else f"{cell:.4g}"
    return "-" if cell is None else str(cell)
