"""isthmus score."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from .._translation import Message, check_language, locale_language, translate
from ..errors import UsageError
from ._drift_warning import FAILED, check_fail_on
from ._dry_run import DryRun
from ._options import whole_number
from ._resumable import Done, Rows, Work, check_outputs, options_given, provenance, say_written
from ._run_source import check_places, chosen, chosen_rows, dataset_for, positions_of
from ._said import Said
from ._source_options import LabelledRowsOptions
from ._status_line import Status
from ._terminal_text import say, say_json

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..runs import FittedRun, KeptBlocks
    from ..sources import Dataset

__all__ = ["score"]

_NO_OPTIONS = LabelledRowsOptions()
_TABLES = (".csv", ".parquet")
_EXPLAINED = 3  # rows


def score(
    run: Path,
    source: str | None = None,
    /,
    *,
    out: Annotated[Path, Parameter(name=("--out", "-o"), metavar="FILE")],
    maps: Annotated[Path | None, Parameter(metavar="FOLDER|FILE.npy")] = None,
    features: Annotated[int, Parameter(metavar="N", converter=whole_number)] = 3,
    rows: Annotated[LabelledRowsOptions, Parameter(name="*")] = _NO_OPTIONS,
    fail_on: Annotated[str | None, Parameter(metavar="drift")] = None,
    resume: Annotated[bool, Parameter(negative="")] = False,
    lang: Annotated[str | None, Parameter(metavar="en|zh")] = None,
    dry_run: DryRun = False,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Score how anomalous each row is, most anomalous first, and name the features responsible.

    Parameters
    ----------
    run
        Run folder, or saved model; also of an outlier detector.
    source
        Rows with the columns of the training data, matched by name in a table. Default: the
        training source, followed by its test rows, if any.
    out
        .csv or .parquet file with the number of each row in the source (from 0), its error, the
        threshold, whether the row is an outlier (its error is above the threshold), and the
        features with the largest shares of the error, with their values and the values expected
        instead; then ids, labels and names of picture files. Replaces an existing file, but never
        the rows or a file of a run. For a folder of tables or .tar files, also a folder, which gets
        a file for each.
    maps
        Of a detector of pictures: write where each picture is anomalous, on one scale. A new folder
        gets a PNG for each picture, with the errors in colour over it, and scale.png; a .npy file
        gets all maps as an array of rows, height and width, in the order of the source.
    features
        Number of features to name for each row. Default: 3.
    rows
        Options for reading rows.
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
    from ..runs import check_maps

    shards = check_outputs("score", out, source, _TABLES)
    needs = ("explain", "score rows")
    if maps is not None:
        check_maps(maps)
        needs = ("score_maps", "map errors in pictures")
    if maps is not None and shards is not None:
        raise UsageError("`maps` requires one output file. Got a folder: name a file with --out.")
    if features < 0:
        raise UsageError(f"--features must be an integer of at least 0. Got {features}.")
    check_places(run, source, status, rows, needs=needs)
    said = Said(language)

    last: list[_Scored] = []

    def found(
        fitted: FittedRun, source: str | None, out: Path
    ) -> tuple[Dataset, slice | NDArray[np.int64]]:
        _check_able(fitted, source, out, maps)
        status.reading(source or fitted.source_name)
        dataset = dataset_for(fitted, source, rows, said=said)
        return dataset, chosen(dataset, rows)

    def read(fitted: FittedRun, source: str | None, out: Path) -> Rows:
        return chosen_rows(*found(fitted, source, out))

    def one(fitted: FittedRun, source: str | None, out: Path, kept: KeptBlocks) -> list[int]:
        import numpy as np

        from .._selected_rows import select_rows
        from ..runs import scored_rows

        dataset, where = found(fitted, source, out)
        X, beside = chosen_rows(dataset, where)
        is_drifted = said.warn_of_drift(fitted, source, X)
        table = dataset.table
        if table is not None and rows.rows is not None:
            table = select_rows(table, positions_of(where, np.arange(X.shape[0])))
        status(Message("Scoring rows..."))
        columns = scored_rows(
            fitted, X, table=table, n_features=features, counted=status.counted, kept=kept
        )
        _write(out, columns, beside, where, provenance(fitted, kept))
        last[:] = [_Scored(fitted, dataset, X, where, columns)]
        return [X.shape[0], is_drifted, sum(is_high is True for is_high in columns["is_outlier"])]

    options = {**options_given(rows), "features": features}
    work = Work("score", run, source, out, shards, options)
    if dry_run:
        beside = [] if maps is None else [maps]
        return work.dry_run(read, rows.device, status, language, as_json=as_json, beside=beside)
    done = work.written(one, rows.device, status, said, resume=resume, fail_on=fail_on)
    say_written(_written(done, out), done, language)
    if shards is None:
        _say_more(last[0], maps, features, status, language)
    if as_json:
        say_json({**_facts(done, maps), "is_drifted": done.n_drifted > 0})
    return FAILED if fail_on and done.n_drifted else 0


def _written(done: Done, out: Path) -> Message:
    """Return what was written, in words."""
    if done.is_folder:
        return Message.plural(
            "Wrote {n:,} score to files in {file}.",
            "Wrote {n:,} scores to files in {file}, each most anomalous first.",
            done.n_rows,
            file=str(out),
        )
    return Message.plural(
        "Wrote {n:,} score to {file}.",
        "Wrote {n:,} scores to {file}, most anomalous first.",
        done.n_rows,
        file=str(out),
    )


def _facts(done: Done, maps: Path | None) -> dict[str, Any]:
    """Return what was written, with numbers about the scores; None without a threshold."""
    from ..runs import error_threshold

    threshold = error_threshold(done.fitted)
    return {
        "files": done.facts["files"] + [str(path) for path in (maps,) if path is not None],
        "n_rows": done.n_rows,
        "n_outliers": None if threshold is None else sum(own[-1] for own in done.numbers),
        "threshold": threshold,
    }


@dataclass(frozen=True, eq=False)
class _Scored:
    """Rows with their scores."""

    fitted: FittedRun
    dataset: Dataset
    X: Any
    where: slice | NDArray[Any]
    columns: dict[str, Any]


def _check_able(fitted: FittedRun, source: str | None, out: Path, maps: Path | None) -> None:
    fitted.check_can("explain", "score rows")
    if maps is not None:
        fitted.check_can("score_maps", "map errors in pictures")
        fitted.estimator.check_maps()
        fitted.check_apart(maps, source)
    fitted.check_apart(out, source)


def _write(
    out: Path,
    columns: dict[str, Any],
    beside: dict[str, NDArray[Any]],
    where: slice | NDArray[Any],
    made: dict[str, str],
) -> None:
    import numpy as np

    from ..runs import free_name, write_rows

    order = columns["row"]
    columns["row"] = positions_of(where, order)
    for name, values in beside.items():
        columns[free_name(name, columns)] = values[order]
    write_rows(out, [np.empty((len(order), 0))], len(order), [], columns, made)


def _say_more(
    scored: _Scored, maps: Path | None, n_features: int, status: Status, language: str
) -> None:
    """Write the maps, and say why the first rows are unlike the others."""
    dataset, X = scored.dataset, scored.X
    if maps is not None:
        import numpy as np

        from ..runs import write_maps

        status(Message("Drawing figures..."))
        positions = positions_of(scored.where, np.arange(X.shape[0]))
        write_maps(maps, scored.fitted, X, positions, dataset.row_names)
        drawn = Message.plural(
            "Wrote {n:,} map to {file}.", "Wrote {n:,} maps to {file}.", X.shape[0], file=str(maps)
        )
        say(translate(drawn, language), stream=sys.stderr)
    if not dataset.picture_shape and dataset.kind in ("table", "array"):
        _say_why(scored.columns, n_features, language)


def _say_why(columns: dict[str, Any], n_features: int, language: str) -> None:
    """Say why the first rows are unlike the others, by the columns responsible."""
    from ..doctor import Reason, unlike_sentence

    parts = ("feature", "value", "expected", "share")
    for k in range(_EXPLAINED):
        cells = [[columns.get(f"{part}_{c + 1}") for part in parts] for c in range(n_features)]
        reasons = [
            Reason(*(part[k] for part in own if part is not None))
            for own in cells
            if own[0] is not None and k < len(own[0]) and own[-1] is not None and own[-1][k]
        ]
        if reasons and columns["is_outlier"][k] is not False:
            say(
                translate(unlike_sentence(int(columns["row"][k]), reasons), language),
                stream=sys.stderr,
            )
