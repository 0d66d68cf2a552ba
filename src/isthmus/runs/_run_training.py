"""Training from source to report, for `isthmus train`."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from .._chunks import Chunks
from .._file_changes import replacing_files
from .._files import write_text
from .._translation import Message, check_language
from ..artifacts import model_hash
from ..doctor import Finding, sketch_rows
from ..estimators import resolved_parameters
from ..figures import check_map, stored_figures
from ..logs import logged
from ..metrics import Components, fit_pca
from ..pages import write_card, write_report
from ..sources import Dataset, fingerprint
from ..training import Callback
from ._drawing import draw_figures
from ._environment import environment, peak_memory
from ._joined_training import fit_for_run
from ._kept_split import SPLIT, split_facts
from ._metrics_file import MetricsFile
from ._parts import Parts
from ._prepared import make_estimator, prepared
from ._report_arrays import code_arrays, write_arrays
from ._report_document import map_facts, report_document
from ._report_plots import plots_of_report
from ._resolved_settings import resolved
from ._run_folder import CONFIG, METRICS, check_run_folder, new_run_folder
from ._unfinished import Unfinished, checkpointed
from .kinds import kind_of
from .kinds._ablation import ablate_pretraining, check_ablatable
from .kinds._run_findings import examine_fitted, examine_parts, row_components

__all__ = ["run_training"]


def run_training(
    config: dict[str, Any],
    *,
    out: str | os.PathLike[str] | None = None,
    force: bool = False,
    ablate: bool = False,
    map: str = "pca",
    language: str = "en",
    interactive: bool = False,
    callbacks: Iterable[Callback] = (),
    on_columns: Callable[[dict[str, Any]], object] | None = None,
    on_rows: Callable[[Sequence[Finding]], object] | None = None,
    on_phase: Callable[[str], object] | None = None,
    dataset: Dataset | None = None,
    decompose: Callable[..., Any] = fit_pca,
    checkpoint_seconds: float | None = 60.0,
    checkpoint_epochs: int | None = None,
    resumes: Unfinished | None = None,
) -> tuple[Path, dict[str, Any]]:
    """Train on a source, compare with PCA, and write a run folder.

    Parameters
    ----------
    config : dict
        Content of config.yaml: ``source`` (the arguments of ``isthmus.sources.read_source``),
        ``estimator`` (a name), ``parameters`` (of the estimator), ``test_fraction`` (the fraction
        of rows to hold out if the source has no held-out rows) and ``labels_per_class`` (number
        of labels per class for a classifier; None for all).
    out : path, default=None
        Run folder; None creates a new one below ``runs``.
    force : bool, default=False
        Whether to replace an existing run.
    ablate : bool, default=False
        Whether to also train without pretraining, with three seeds each, and report the gain.
    map : {"pca", "umap"}, default="pca"
        Layout of the report's map of codes; UMAP needs the extra of this name.
    language : {"en", "zh"}, default="en"
        Language of the report, its figures and the model card; report.json is English.
    interactive : bool, default=False
        Whether report.html has a script, to explore maps, curves and tables.
    callbacks : iterable of Callback, default=()
        Callbacks of the training; a ``RunLog`` also gets parameters and results.
    on_columns : callable, default=None
        Called with the table of columns, before training starts, unless all are plain numbers.
    on_rows : callable, default=None
        Called with the doctor's findings about the rows, before training starts.
    on_phase : callable, default=None
        Called with what is done next, as a message such as "Drawing figures...", except training.
    dataset : Dataset, default=None
        The source, if it is already read.
    decompose : callable, default=fit_pca
        Function that fits PCA, as for ``isthmus.evaluation.beside_pca``.
    checkpoint_seconds, checkpoint_epochs : float or None, int or None
        Time and epochs between two checkpoints, as for ``isthmus.training.Checkpointer``. They are
        in the run folder until the run is complete.
    resumes : Unfinished, default=None
        Run to continue, as from ``read_unfinished``: ``config`` and ``out`` are then its own.

    Returns
    -------
    tuple of pathlib.Path and dict
        Run folder and document of the report.

    Raises
    ------
    IsthmusError
        If anything fails; an existing run is then not changed.
    """
    check_language(language)
    asked = _plain(config)
    unfitted = make_estimator(resolved(config))
    if ablate:
        check_ablatable(unfitted)
    if map != "pca":
        kind_of(unfitted).check_map(unfitted)
    check_map(map)  # raises an error if UMAP is not installed
    options = {"ablate": ablate, "map": map, "language": language, "interactive": interactive}
    options |= {"checkpoint_seconds": checkpoint_seconds, "checkpoint_epochs": checkpoint_epochs}
    if resumes is None:
        check_run_folder(out, force=force, source=config["source"])
    else:
        resumes.check_version()
    say = on_phase or _ignored
    say(Message("Preparing rows..."))
    ready = prepared(config, dataset=dataset, to_fit=True)
    config, estimator, dataset, parts = ready.config, ready.estimator, ready.dataset, ready.parts
    data = fingerprint(dataset.X)  # before other processes wait for this one in the training
    if resumes is not None:
        resumes.check_rows(data)
    kind, columns = kind_of(estimator), ready.columns
    if on_columns is not None and columns is not None:
        on_columns(columns)
    is_streamed = isinstance(parts.X, Chunks)
    is_sampled = kind.is_sampled or is_streamed
    measured = parts.sampled(estimator.random_state) if is_sampled else parts
    if is_streamed:  # another machine may have more memory, but must find the same split
        config["source"]["stream"] = True
    say(Message("Examining rows..."))
    pca = row_components(estimator, measured, decompose)
    before = examine_parts(estimator, dataset, measured, pca=pca)
    if on_rows is not None:
        on_rows(before)
    say(Message("Preparing training..."))
    callbacks = tuple(callbacks)
    named = {"estimator": config["estimator"], "source": config["source"]["source"]}
    named |= {k: v for k, v in estimator.get_params(deep=False).items() if k != "callbacks"}
    with (
        new_run_folder(
            out,
            name=dataset.name,
            force=force,
            source=config["source"],
            resumes=resumes is not None,
        ) as (folder, final),
        logged(callbacks, folder, final, named) as logs,
        checkpointed(
            final,
            folder,
            start := _start(asked, config, options, estimator, data),
            seconds=checkpoint_seconds,
            epochs=checkpoint_epochs,
            resumes=resumes is not None,
        ) as checkpoints,
    ):
        started = time.perf_counter()
        facts = {**start["facts"]}
        with replacing_files(folder) as place:  # together, they prove that this is a run
            _write_yaml(place / CONFIG, config)
            _write_json(place / "environment.json", facts)
        for callback in callbacks:
            callback.checkpoints = checkpoints
        trained_on = replace(parts, X_held_out=measured.X_held_out) if is_streamed else parts
        watching = [checkpoints, MetricsFile(folder / METRICS), *callbacks]
        fit_for_run(estimator, trained_on, watching)
        trained = time.perf_counter()
        say(Message("Measuring, beside PCA..."))
        known = parts.sampled(estimator.random_state)
        sketch = sketch_rows(estimator, known.X, known.X_held_out)
        split = split_facts(parts, config["test_fraction"], facts["data"])
        about = _about(dataset, config) | {SPLIT: split}
        estimator.save(folder / "model", about=about, arrays=sketch.arrays())
        if pca is not None and estimator.preprocessor_ is parts.preprocessor:
            decompose = _already(pca)
        outcome = kind.measure(estimator, dataset, measured, decompose=decompose, map=map)
        facts |= {"device": str(estimator.device_), "peak_memory_mb": peak_memory()}
        _write_json(folder / "environment.json", facts)
        document = report_document(final, config, dataset, parts, estimator, outcome, facts)
        document["source"]["notes"] += [c.remark for c in callbacks if c.remark is not None]
        document["source"]["notes"] += _sampling_notes(parts, measured)
        document["tables"] = [*([columns] if columns else []), *document.get("tables", [])]
        document |= {"kind": kind.name, "card": kind.card(), "model_sha256": model_hash(folder)}
        document["resolved"] = resolved_parameters(estimator)
        document["findings"] = examine_fitted(estimator, dataset, measured, before, outcome.beside)
        if ablate:
            say(Message("Training without pretraining, for comparison..."))
            document["ablation"] = ablate_pretraining(estimator, parts)
            document["model"]["pretraining"] = document["ablation"]["sentence"]
        document["language"] = language
        document |= map_facts(document, map) | ({"interactive": True} if interactive else {})
        say(Message("Drawing figures..."))
        document["figures"], arrays = stored_figures(outcome.figures)
        arrays |= code_arrays(dataset, outcome.codes, outcome.code_numbers)
        document["arrays_sha256"] = write_arrays(folder, arrays)
        entries = document["figures"]
        left_out = draw_figures(folder / "figures", outcome.figures, entries, language)
        document["source"]["notes"] += left_out
        document["timing"] = {
            "training_seconds": round(sum(r["seconds"] for r in estimator.history_), 3),
            "fit_seconds": round(trained - started, 3),
            "all_seconds": round(time.perf_counter() - started, 3),
        }
        plots = plots_of_report(document, outcome.figures, arrays)
        write_report(folder, document, plots=plots)
        write_card(folder, document)
        for log in logs:
            log.log_report(document, final)
    return final, document


def _start(
    asked: dict[str, Any],
    config: dict[str, Any],
    options: dict[str, Any],
    estimator: Any,
    data: str,
) -> dict[str, Any]:
    """Return what a run stores to be continued."""
    facts = environment() | {"data": data, "seed": estimator.random_state}
    return {"asked": asked, "config": _plain(config), "options": options, "facts": facts}


def _ignored(message: str) -> None:
    """Show no phase."""


def _already(pca: Components) -> Callable[[Any, int, int], Components]:
    """Return a function that returns the components of the training rows for any size."""
    return lambda _, n_components, __: pca.of_size(n_components)


def _sampling_notes(parts: Parts, measured: Parts) -> list[str]:
    """Return what the report says of rows that were trained on but not measured, if there are."""
    counts = [(p.X.shape[0], p.X_held_out.shape[0]) for p in (parts, measured)]
    if counts[0] == counts[1]:
        return []
    return [
        Message(
            "Figures were measured on random samples. Training rows: {n:,} of {n_all:,}; held-out "
            "rows: {m:,} of {m_all:,}.",
            n=measured.X.shape[0],
            n_all=parts.X.shape[0],
            m=measured.X_held_out.shape[0],
            m_all=parts.X_held_out.shape[0],
        )
    ]


def _about(dataset: Dataset, config: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": dataset.kind,
        "label": dataset.label_name if dataset.kind in ("table", "texts") else None,
        "ids": list(dataset.ids),
        "source": config["source"],
    }


def _write_yaml(path: Path, document: dict[str, Any]) -> None:
    write_text(path, yaml.safe_dump(_plain(document), sort_keys=False, allow_unicode=True))


def _write_json(path: Path, document: dict[str, Any]) -> None:
    write_text(path, json.dumps(document, indent=2) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, os.PathLike) else value
