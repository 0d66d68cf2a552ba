"""isthmus impute."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from .._translation import Message, check_language, locale_language, translate
from ..errors import UsageError
from ._device_option import DEVICE
from ._dry_run import DryRun, say_dry_run
from ._launched_ranks import launch
from ._options import whole_number
from ._resumable import Rows, Work, check_outputs, options_given
from ._run_source import check_places
from ._said import Said
from ._shared_shards import check_shares
from ._source_options import TableOptions
from ._status_line import Status
from ._terminal_tables import in_columns, more_columns
from ._terminal_text import say, say_json, terminal_width

if TYPE_CHECKING:
    from ..runs import FittedRun, Imputed, KeptBlocks

__all__ = ["impute"]

_MOST_COLUMNS = 50  # that are listed on the terminal


@dataclass(frozen=True, kw_only=True)
class _Options(TableOptions):
    """Options of rows to fill.

    Parameters
    ----------
    device
        Device to compute on: auto, cpu or cuda. Default: auto.
    """

    device: Annotated[str, DEVICE] = "auto"


_NO_OPTIONS = _Options()


def impute(
    source: str,
    new: str | None = None,
    /,
    *,
    out: Annotated[Path | None, Parameter(name=("--out", "-o"), metavar="FILE")] = None,
    mark: bool = False,
    draws: Annotated[int | None, Parameter(metavar="N", converter=whole_number)] = None,
    seed: Annotated[int, Parameter(metavar="N", converter=whole_number)] = 0,
    rows: Annotated[_Options, Parameter(name="*")] = _NO_OPTIONS,
    resume: Annotated[bool, Parameter(negative="")] = False,
    lang: Annotated[str | None, Parameter(metavar="en|zh")] = None,
    dry_run: DryRun = False,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Fill missing cells of a table, and say how well that works.

    Parameters
    ----------
    source
        Rows with missing cells, to which an imputer is fitted; or a run folder, whose model fills
        the cells by its reconstructions.
    new
        Rows for the model of a run. Default: its training source.
    out
        .csv or .parquet file. Observed cells stay as they are; a .csv file of a text table has its
        delimiter too. Default: the name of the source with "-imputed.csv", in the working folder.
        Replaces an existing file, but never the rows or a file of a run. For a folder of tables and
        the model of a run, also a folder, which gets a file for each.
    mark
        Add a column NAME_missing for each column with missing cells: 1 where a cell was missing.
    draws
        Write this many files, FILE-1, FILE-2 and so on, each with values drawn at random around the
        estimates, for multiple imputation. Default: one file with the estimates.
    seed
        Seed of networks, draws and cells hidden on purpose. Default: 0.
    rows
        Options for reading rows.
    resume
        Continue where the same command with a run was interrupted: what it had done is kept next to
        the output.
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
    from .._random import resolve_seed
    from ..runs import FILLED_SUFFIXES, check_fillable, check_output, draw_path, is_run, planned

    resolve_seed(seed)  # raises the error of a negative one
    if draws is not None and draws < 1:
        raise UsageError(f"--draws must be an integer of at least 1. Got {draws}.")
    n_draws = draws or 0  # 0: the estimates
    target = _default_path(new or source) if out is None else out
    if is_run(source) and not n_draws:
        return _by_run(
            Path(source),
            new,
            target,
            rows,
            status,
            language,
            mark=mark,
            seed=seed,
            resume=resume,
            dry_run=dry_run,
            as_json=as_json,
        )
    if resume:
        raise UsageError(
            "`resume` requires a run, whose model fills cells block by block. An imputer is fitted "
            "to all rows of a source first: leave --resume out."
        )
    check_shares(launch(), "impute", None)
    paths = [draw_path(target, k, n_draws) for k in range(max(1, n_draws))]
    for path in paths:
        check_output(path, FILLED_SUFFIXES)
    if is_run(source):
        raise UsageError(
            "`draws` requires a source, to which an imputer is fitted. A run fills each cell with "
            "its reconstruction: leave the option out, or pass the source instead of the run."
        )
    if new is not None:
        raise UsageError(
            f"A second source requires a run before it, whose model fills it. {source} is no "
            f"run: pass one of them."
        )
    for path in paths:
        _check_apart(path, source)
    status.reading(source)
    from ..sources import in_memory, read_source

    dataset = read_source(source, **rows.reading, **in_memory(source))
    check_fillable(dataset)
    dataset = planned(dataset)
    if dry_run:
        return say_dry_run({source: len(dataset.X)}, paths, language, as_json=as_json)
    status.loading()
    from ..runs import impute_source
    from ._progress import progress

    done = impute_source(
        source,
        n_draws=n_draws,
        seed=seed,
        device=rows.device,
        dataset=dataset,
        on_phase=lambda sentence: say(translate(sentence, language), stream=sys.stderr),
        callbacks=partial(progress, language=language),
        **rows.reading,
    )
    from ..runs import write_filled

    for k, path in enumerate(paths):
        write_filled(path, done, k, mark=mark)
    _say(done, paths, language)
    if as_json:
        facts = {"files": [str(path) for path in paths], "n_rows": len(dataset.X), "seed": seed}
        facts |= {"n_filled": sum(done.n_filled.values()), "filled": done.n_filled}
        say_json({**facts, "figures": done.figures})
    return 0


def _by_run(
    run: Path,
    source: str | None,
    out: Path,
    rows: _Options,
    status: Status,
    language: str,
    *,
    mark: bool,
    seed: int,
    resume: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Fill cells by the model of a run, block by block."""
    from ..runs import FILLED_SUFFIXES

    shards = check_outputs("impute", out, source, FILLED_SUFFIXES)
    check_places(run, source, status)
    last: list[Imputed] = []
    said = Said(language)

    def read(fitted: FittedRun, source: str | None, out: Path) -> Rows:
        from ..runs import rows_to_fill

        fitted.check_apart(out, source)
        return rows_to_fill(fitted, source, **rows.reading).X, {}

    def one(fitted: FittedRun, source: str | None, out: Path, kept: KeptBlocks) -> list[int]:
        from ..runs import impute_by_run, write_filled

        fitted.check_apart(out, source)
        status(Message("Filling cells..."))
        how: dict[str, Any] = {"seed": seed, "is_part": shards is not None, **rows.reading}
        done = impute_by_run(fitted, source, counted=status.counted, kept=kept, **how)
        write_filled(out, done, mark=mark)
        last[:] = [done]
        if shards is not None:
            for note in done.dataset.notes:
                said.note(note)
        return [done.filled[0].num_rows, False, sum(done.n_filled.values())]

    options = {**options_given(rows), "mark": mark, "seed": seed}
    work = Work("impute", run, source, out, shards, options)
    if dry_run:
        return work.dry_run(read, rows.device, status, language, as_json=as_json)
    written = work.written(one, rows.device, status, said, resume=resume)
    n_filled = sum(own[-1] for own in written.numbers)
    facts = {**written.facts, "seed": seed, "n_filled": n_filled}
    if shards is None:
        _say(last[0], [out], language)
        hint = Message(
            "An imputer is usually more precise than a run: `isthmus impute SOURCE` fits one to "
            "the rows."
        )
        say(translate(hint, language), stream=sys.stderr)
        facts |= {"filled": last[0].n_filled, "figures": last[0].figures}
    else:
        say(translate(_filled_message(n_filled, [out]), language), stream=sys.stderr)
    if as_json:
        say_json(facts)
    return 0


def _default_path(source: str) -> Path:
    from ..sources import safe_name, stem_of

    path = Path(source)
    return Path(f"{safe_name(stem_of(path) if path.is_file() else path.name)}-imputed.csv")


def _check_apart(out: Path, source: str) -> None:
    from ..errors import OutputExistsError

    rows = Path(source)
    if out.exists() and rows.exists() and out.samefile(rows):
        raise OutputExistsError(
            f"The output must not overwrite the rows. {out} is the source {rows}: choose another "
            "name."
        )


def _say(done: Imputed, paths: list[Path], language: str) -> None:
    def told(text: str) -> str:
        return translate(text, language)

    lines: list[str] = [told(Message("Note: {note}", note=note)) for note in done.dataset.notes]
    lines += ["", _filled_table(done, language), "", _figures_table(done.figures, language)]
    lines += [told(line) for line in _words(done.figures)]
    lines += ["", told(_filled_message(sum(done.n_filled.values()), paths))]
    say("\n".join(lines).strip("\n"), stream=sys.stderr)


def _filled_message(n_filled: int, paths: list[Path]) -> Message:
    what = Message.plural("Filled {n:,} cell", "Filled {n:,} cells", n_filled)
    return Message("{what}: {files}", what=what, files=", ".join(map(str, paths)))


def _filled_table(done: Imputed, language: str) -> str:
    head = [Message("column"), Message("filled"), Message("still missing")]
    rows = [
        [name, f"{n:,}", f"{int(done.missing[name].sum()) - n:,}"]
        for name, n in itertools.islice(done.n_filled.items(), _MOST_COLUMNS)
    ]
    cells = [[translate(cell, language) for cell in head], *rows]
    shown = in_columns(cells, most=terminal_width(sys.stderr))
    n_left = len(done.n_filled) - len(rows)
    if not n_left:
        return shown
    return f"{shown}\n{translate(more_columns(n_left), language)}"


def _words(figures: Mapping[str, Any]) -> list[Message]:
    from ..runs import imputation_words

    return imputation_words(figures)


def _figures_table(figures: Mapping[str, Any], language: str) -> str:
    names = {
        "ours": Message("Isthmus"),
        "mean": Message("mean or mode"),
        "iterative": Message("IterativeImputer"),
    }
    head = [
        Message.plural(
            "{n:,} cell hidden on purpose",
            "{n:,} cells hidden on purpose",
            figures["n_numbers"] + figures["n_levels"],
        ),
        Message("error of numbers"),
        Message("right categories"),
    ]
    rows = [
        [translate(names[name], language), _cell(own["rmse"], ".4f"), _cell(own["right"], ".1%")]
        for name, own in figures["methods"].items()
    ]
    cells = [[translate(cell, language) for cell in head], *rows]
    return in_columns(cells, most=terminal_width(sys.stderr))


def _cell(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
