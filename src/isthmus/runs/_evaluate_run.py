"""Evaluation of a run, for `isthmus evaluate`."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .._chunks import Chunks
from .._files import write_text
from ..artifacts import REPORT, read_report
from ..doctor import measure_drift
from ..errors import ArtifactError, DataError
from ..evaluation import check_classes, coded_message
from ..pages import write_card, write_report
from ..sources import Dataset
from ._evaluation_file import EVALUATION, on_page
from ._fitted_run import FittedRun, open_run
from ._rebuild_report import place_of_files
from ._report_plots import plots_of_run
from ._run_folder import damage_of, run_folder
from ._run_rows import RunRows, rows_again
from ._source_paths import located
from .kinds import kind_of

__all__ = ["all_rows", "evaluate_run", "training_rows"]


def evaluate_run(
    run: str | os.PathLike[str],
    source: str | None = None,
    *,
    label: str | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    device: str = "auto",
    reading: dict[str, Any] | None = None,
    **settings: Any,
) -> dict[str, Any]:
    """Evaluate a run on its held-out rows, or on those of a source, in the way of its kind.

    The result is also written to evaluation.json in the run's folder, replacing an earlier one,
    and is added to the run's report and model card, in their language. For a saved model without
    a run nothing is written.

    Parameters
    ----------
    run : path
        Run folder; with a source also a saved model.
    source : str, default=None
        As for ``isthmus.sources.read_source``; all its rows are used. None uses the held-out rows
        of the run, or its training rows if there are none.
    label : str, default=None
        Label column. None uses that of the training, for the run's own rows.
    data_dir : path, default=None
        Folder of a named source.
    device : str, default="auto"
        Device to compute on.
    reading : dict, default=None
        Further arguments of ``isthmus.sources.read_source`` for the source.
    **settings
        Settings of ``isthmus.evaluate``: ``match_pca``, ``n_neighbors``, ``max_rows``,
        ``n_resamples``, ``confidence``, ``random_state``.

    Returns
    -------
    dict
        Return value of ``isthmus.evaluate``, with the ``source`` in ``rows``, and with ``run`` and
        ``created``; for the rows of a source also ``drift``, see ``isthmus.doctor.Drift.as_dict``.

    Raises
    ------
    IsthmusError
        If the run or the rows cannot be read or used.
    """
    fitted = open_run(run, device=device)
    fitted.check_can("evaluate", "be evaluated")
    if source is None:
        rows = _own_rows(run, fitted, label, data_dir)
    else:
        options = {**(reading or {}), "label": label, "data_dir": data_dir}
        rows = _rows_of(run, fitted, source, options)
    if label is not None and rows.y is not None:
        check_classes(rows.y, len(rows.y), owner=f"The labels `{label}`")
    document = kind_of(fitted.estimator).evaluate(
        fitted.estimator,
        rows.X,
        rows.y,
        X_train=rows.X_train,
        y_train=rows.y_train,
        feature_names=rows.dataset.feature_names,
        picture_shape=rows.dataset.picture_shape,
        **settings,
    )
    document["rows"] |= {"which": rows.which, "source": rows.dataset.name}
    document["notes"] = [*rows.notes, *document["notes"]]
    if source is not None and fitted.sketch is not None:
        drift = measure_drift(fitted.estimator, rows.X, fitted.sketch)
        document["drift"] = drift.as_dict()
        if (finding := drift.finding()) is not None:
            document["notes"].insert(0, coded_message(finding.code, finding.values))
    document["run"] = str(run)
    document["created"] = datetime.now().astimezone().isoformat(timespec="seconds")
    folder = run_folder(run)
    if folder is not None:
        _write_evaluation(folder, document)
    return document


def _write_evaluation(folder: Path, document: dict[str, Any]) -> None:
    """Write the document into a run, and update its report, all files together."""
    report = None
    try:
        report = read_report(folder) | {"evaluation": on_page(document)}
    except ArtifactError as error:
        document["notes"].append(coded_message("page_left", {"reason": str(error)}))
    with place_of_files(folder, None, keeps_figures=True) as place:
        if report is not None:
            try:
                with damage_of(folder, REPORT):
                    write_report(place, report, plots=plots_of_run(folder, report))
                    write_card(place, report)
            except ArtifactError as error:
                document["notes"].append(coded_message("page_left", {"reason": str(error)}))
                shutil.rmtree(place)  # the files stay as they are
        text = json.dumps(document, indent=1, allow_nan=False)
        write_text(place / EVALUATION, text + "\n")


@dataclass(frozen=True, eq=False)
class _Rows:
    """Rows to evaluate on, and the training rows if available."""

    which: str
    dataset: Dataset
    X: Any
    y: NDArray[Any] | None
    X_train: Any = None
    y_train: NDArray[Any] | None = None
    notes: tuple[dict[str, Any], ...] = ()


def _own_rows(
    run: str | os.PathLike[str], fitted: FittedRun, label: str | None, data_dir: Any
) -> _Rows:
    own = rows_again(run, fitted, label=label, data_dir=data_dir)
    parts, (X, y), notes = own.parts, own.parts.shown, []
    if own.n_shown:
        notes += _sample_notes(X, own.n_shown)
    if not own.is_held_out:
        notes.append(coded_message("training_rows"))
    if label is None and (reason := _label_problem(fitted, y, parts.y)):
        # Found automatically, not requested by the user.
        notes.append(coded_message("labels_left_out", {"reason": reason}))
        y = None
    which = "held-out" if own.is_held_out else "training"
    y_train = parts.y if own.is_held_out else None  # a probe is not tested on its training rows
    return _Rows(which, own.dataset, X, y, parts.X, y_train, tuple(notes))


def _sample_notes(X: Any, n_all: int) -> list[dict[str, Any]]:
    n = X.shape[0]
    return [coded_message("sampled_rows", {"n": n, "n_all": n_all})] if n < n_all else []


def _rows_of(
    run: str | os.PathLike[str], fitted: FittedRun, source: str, options: dict[str, Any]
) -> _Rows:
    dataset = fitted.read(source, **options)
    X, y, notes = _labelled(dataset)
    if located({"source": source})["source"] == fitted.own_source().get("source"):
        notes.append(coded_message("seen_rows"))
    X_train, y_train = None, None
    own, reason = training_rows(run, fitted, options["data_dir"])
    if own is None:
        notes.append(coded_message("training_unread", {"reason": reason}))
    else:
        X_train = own.parts.X
        # Another label column defines other classes.
        if own.dataset.label_name == dataset.label_name and not _label_problem(fitted, own.parts.y):
            y_train = own.parts.y
    return _Rows("source", dataset, X, y, X_train, y_train, tuple(notes))


def _labelled(dataset: Dataset) -> tuple[Any, NDArray[Any] | None, list[dict[str, Any]]]:
    """Return the rows to evaluate on: the test rows, if they alone have labels, else all."""
    if isinstance(dataset.X, Chunks):
        X, y = all_rows(dataset)
        return X, y, _sample_notes(X, len(dataset.X))
    if dataset.y is None and dataset.y_test is not None:
        note = coded_message("labelled_rows", {"n": len(dataset.y_test)})
        return dataset.X_test, dataset.y_test, [note]
    return *all_rows(dataset), []


def training_rows(
    run: str | os.PathLike[str], fitted: FittedRun, data_dir: Any
) -> tuple[RunRows | None, str]:
    """Return a run's own rows, or None and the reason why they are not available."""
    try:
        return rows_again(run, fitted, data_dir=data_dir), ""
    except (ArtifactError, DataError, OSError) as error:
        return None, str(error)


def all_rows(dataset: Dataset) -> tuple[Any, NDArray[Any] | None]:
    """Return all rows of a source, its test rows last, and their labels.

    Of rows in chunks, it is a random sample.
    """
    if isinstance(dataset.X, Chunks):
        return dataset.X.sample()[1], None
    if dataset.X_test is None:
        return dataset.X, dataset.y
    pieces = [dataset.X, dataset.X_test]
    X = sparse.vstack(pieces) if sparse.issparse(dataset.X) else np.concatenate(pieces)
    if dataset.y is None or dataset.y_test is None:
        return X, None
    return X, np.concatenate([dataset.y, dataset.y_test])


def _label_problem(fitted: FittedRun, *labels: NDArray[Any] | None) -> str:
    """Return why labels cannot be used, or an empty string.

    Those of a detector need not be classes of some size: it uses them if they mark anomalies.
    """
    if kind_of(fitted.estimator).expects_outliers:
        return ""
    return next(filter(None, map(_class_problem, labels)), "")


def _class_problem(y: NDArray[Any] | None) -> str:
    """Return why labels cannot be used as classes, or an empty string."""
    if y is None:
        return ""
    try:
        check_classes(y, len(y), owner="The labels")
    except DataError as error:
        return str(error)
    return ""
