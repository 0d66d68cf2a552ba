"""isthmus score."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from .._translation import Message, check_language, locale_language, translate
from ..errors import UsageError
from ._drift_warning import FAILED, check_fail_on, warn_of_drift
from ._dry_run import DryRun, say_dry_run
from ._options import whole_number
from ._run_source import check_places, chosen_positions, chosen_rows, dataset_for
from ._source_options import LabelledRowsOptions
from ._status_line import Status
from ._terminal_text import say, say_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
        the rows or a file of a run.
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
    from ..runs import check_maps, check_output

    check_output(out, _TABLES)
    needs = ("explain", "score rows")
    if maps is not None:
        check_maps(maps)
        needs = ("score_maps", "map errors in pictures")
    if features < 0:
        raise UsageError(f"--features must be an integer of at least 0. Got {features}.")
    check_places(run, source, status, rows, needs=needs)
    from .._selected_rows import select_rows
    from ..runs import free_name, open_run, scored_rows, write_maps, write_rows

    fitted = open_run(run, device=rows.device)
    check_fail_on(fail_on, fitted)
    fitted.check_can("explain", "score rows")
    if maps is not None:
        fitted.check_can("score_maps", "map errors in pictures")
        fitted.estimator.check_maps()
        fitted.check_apart(maps, source)
    fitted.check_apart(out, source)
    status.reading(source or fitted.source_name)
    dataset = dataset_for(fitted, source, rows, language=language)
    positions = chosen_positions(dataset, rows)
    X, beside = chosen_rows(dataset, positions)
    if dry_run:
        reads = {run: None, source or fitted.source_name: X.shape[0]}
        return say_dry_run(reads, [out, *([maps] if maps else [])], language, as_json=as_json)
    is_drifted = warn_of_drift(fitted, source, X, language=language)
    status(Message("Scoring rows..."))
    table = dataset.table
    if table is not None and rows.rows is not None:
        table = select_rows(table, positions)
    columns = scored_rows(fitted, X, table=table, n_features=features)
    order = columns["row"]
    columns["row"] = positions[order]
    for name, values in beside.items():
        columns[free_name(name, columns)] = values[order]
    import numpy as np

    no_codes = np.empty((X.shape[0], 0))
    write_rows(out, [no_codes], X.shape[0], [], columns, fitted.provenance())
    done = Message.plural(
        "Wrote {n:,} score to {file}.",
        "Wrote {n:,} scores to {file}, most anomalous first.",
        X.shape[0],
        file=str(out),
    )
    say(translate(done, language), stream=sys.stderr)
    if maps is not None:
        status(Message("Drawing figures..."))
        write_maps(maps, fitted, X, positions, dataset.row_names)
        drawn = Message.plural(
            "Wrote {n:,} map to {file}.", "Wrote {n:,} maps to {file}.", X.shape[0], file=str(maps)
        )
        say(translate(drawn, language), stream=sys.stderr)
    if not dataset.picture_shape and dataset.kind in ("table", "array"):
        _say_why(columns, features, language)
    if as_json:
        files = [str(path) for path in (out, maps) if path is not None]
        say_json({"files": files, **_counted(columns), "is_drifted": is_drifted})
    return FAILED if fail_on and is_drifted else 0


def _counted(columns: dict[str, NDArray[Any]]) -> dict[str, Any]:
    """Return numbers about the scores; None without a threshold."""
    is_outlier, threshold = columns["is_outlier"].tolist(), columns["threshold"].tolist()
    is_known = bool(is_outlier) and is_outlier[0] is not None
    return {
        "n_rows": len(is_outlier),
        "n_outliers": sum(is_outlier) if is_known else None,
        "threshold": threshold[0] if is_known else None,
    }


def _say_why(columns: dict[str, NDArray[Any]], n_features: int, language: str) -> None:
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
