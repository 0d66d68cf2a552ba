"""isthmus evaluate."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from .._translation import Message, check_language, locale_language, translate
from ..errors import UsageError
from ._drift_warning import DRIFTS, FAILED, NO_SKETCH, check_fail_on, say_warning
from ._dry_run import DryRun, say_dry_run
from ._options import whole_number
from ._run_source import check_places
from ._source_options import RowsOptions
from ._status_line import Status
from ._terminal_tables import in_columns, say_table
from ._terminal_text import say, say_json

if TYPE_CHECKING:
    from ..evaluation import EstimateText

__all__ = ["cell", "evaluate"]

_NO_OPTIONS = RowsOptions()
_WORST = 5
_WITH_INTERVAL = ("model", "difference")  # intervals of the others are only in the document


def evaluate(
    run: Path,
    source: str | None = None,
    /,
    *,
    label: Annotated[str | None, Parameter(metavar="NAME")] = None,
    fail_under: Annotated[
        list[str] | None, Parameter(metavar="METRIC=VALUE", consume_multiple=False)
    ] = None,
    fail_on: Annotated[str | None, Parameter(metavar="drift")] = None,
    match_pca: bool = False,
    max_rows: Annotated[int, Parameter(metavar="N", converter=whole_number)] = 3000,
    n_resamples: Annotated[int, Parameter(metavar="N", converter=whole_number)] = 1000,
    confidence: Annotated[float, Parameter(metavar="SHARE")] = 0.95,
    seed: Annotated[int, Parameter(metavar="N", converter=whole_number)] = 0,
    lang: Annotated[str | None, Parameter(metavar="en|zh")] = None,
    dry_run: DryRun = False,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
    rows: Annotated[RowsOptions, Parameter(name="*")] = _NO_OPTIONS,
) -> int:
    """Evaluate a trained run on held-out or new rows, compared with PCA and the mean.

    Parameters
    ----------
    run
        Run folder; with a source also a saved model.
    source
        Rows with the columns of the training data. Default: the run's held-out rows.
    label
        Label column, for probes and clusters of codes. Default: that of the training, for its own
        rows.
    fail_under
        Exit with code 4 if a metric is worse than a value: below it, or above it for squared_error.
        May be repeated.
    fail_on
        `drift`: exit with code 4 if the rows of the source are unlike the training rows. Default:
        only print a warning.
    match_pca
        Also find the number of components for which PCA has the same error.
    max_rows
        Maximum number of rows for probes, clusters and neighbourhoods. Default: 3000.
    n_resamples
        Number of resamples of the rows for the intervals; 0 for none. Default: 1000.
    confidence
        Confidence level of the intervals. Default: 0.95.
    seed
        Seed of resamples, samples of rows and k-means. Default: 0.
    lang
        Language of the output: en or zh. Default: that of the locale.
    dry_run
        Say what would be read and written, after all checks, and write nothing.
    as_json
        Print one JSON document on stdout instead of text: the content of evaluation.json.
    rows
        Options for reading rows.
    """
    language = locale_language() if lang is None else lang
    check_language(language)
    check_fail_on(fail_on)
    status = Status(language)
    check_places(run, source, status)
    from ..evaluation import check_bounds, parse_bounds
    from ..runs import evaluate_run

    bounds = parse_bounds(fail_under or ())
    if dry_run:
        reads = {run: None, source or "": None}
        return say_dry_run(reads, _written_files(run), language, as_json=as_json)
    status(Message("Evaluating {run}...", run=str(run)))
    document = evaluate_run(
        run,
        source,
        label=label,
        data_dir=rows.data_dir,
        device=rows.device,
        reading=rows.reading,
        match_pca=match_pca,
        max_rows=max_rows,
        n_resamples=n_resamples,
        confidence=confidence,
        random_state=seed,
    )
    if as_json:
        say_json(document, indent=1)
    else:
        _say(document, language)
    for note in document["notes"]:
        if note["code"] in DRIFTS:
            say_warning(note["text"], language=language)
        else:
            say(translate(Message("Note: {note}", note=note["text"]), language), stream=sys.stderr)
    check_bounds(document, bounds)
    drift = document.get("drift")
    if fail_on and source is not None and drift is None:
        raise UsageError(NO_SKETCH)
    return FAILED if fail_on and drift and drift["is_drifted"] else 0


def _written_files(run: Path) -> list[Path]:
    """Return the files of a run that an evaluation replaces; none of a saved model."""
    from ..runs import run_folder

    folder = run_folder(run)
    names = ("evaluation.json", "report.json", "report.html", "MODEL_CARD.md")
    return [] if folder is None else [folder / name for name in names]


def _say(document: dict[str, Any], language: str) -> None:
    from ..evaluation import evaluation_table

    table = evaluation_table(document)
    lines = [["", *(translate(title, language) for title in table["columns"].values())]]
    for row in table["rows"]:
        cells = [_shown(e, bare=key not in _WITH_INTERVAL) for key, e in row["cells"].items()]
        lines.append([translate(row["label"], language), *cells])
    caption = translate(Message("({text})", text=table["caption"]), language)
    say_table(in_columns(lines))
    say(f"{caption}\n")
    if worst := _worst_features(document, language):
        say_table(in_columns(worst))
        say()
    say(translate(document["verdict"]["text"], language), style="bold")


def _shown(estimate: EstimateText, *, bare: bool = False) -> str:
    """Return an estimate as text, with its interval unless ``bare``."""
    return (estimate.value if bare else " ".join(estimate).rstrip()) or "-"


def cell(estimate: dict[str, Any] | None, form: str, *, bare: bool = False) -> str:
    """Return an estimate as text, with its interval unless ``bare``."""
    from ..evaluation import estimate_text

    return _shown(estimate_text(estimate, form), bare=bare)


def _worst_features(document: dict[str, Any], language: str) -> list[list[str]]:
    """Return lines about the worst-reconstructed named columns."""
    features = document["features"]
    if not features["names"]:
        return []
    explained = features["variance_explained"]
    known = [k for k, share in enumerate(explained) if share is not None]
    worst = sorted(known, key=lambda k: explained[k])[:_WORST]
    heads = (
        Message("worst columns"), Message("RMSE (original unit)"), Message("variance explained"),
    )  # fmt: skip
    lines = [[translate(head, language) for head in heads]]
    for k in worst:
        interval = features["rmse_intervals"][k] if features["rmse_intervals"] else None
        rmse = cell({"value": features["rmse"][k], "interval": interval}, ".4g")
        lines.append([features["names"][k][:40], rmse, f"{explained[k]:z.1%}"])
    return lines
