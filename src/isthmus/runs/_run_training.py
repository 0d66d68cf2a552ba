"""One training from source to report: what `isthmus train` does."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from .._files import write_text
from .._translation import check_language
from ..doctor import Finding
from ..figures import check_map, stored_figures
from ..logs import logged
from ..metrics import Components, fit_pca
from ..pages import write_card, write_report
from ..sources import Dataset, fingerprint
from ..training import Callback
from ._drawing import draw_figures
from ._environment import environment, peak_memory
from ._metrics_file import MetricsFile
from ._parts import Parts
from ._prepared import make_estimator, prepared, resolved
from ._report_arrays import write_arrays
from ._report_document import map_facts, report_document
from ._run_folder import CONFIG, METRICS, check_run_folder, new_run_folder
from .kinds import Kind, kind_of
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
    callbacks: Iterable[Callback] = (),
    on_rows: Callable[[Sequence[Finding]], object] | None = None,
    dataset: Dataset | None = None,
    decompose: Callable[..., Any] = fit_pca,
) -> tuple[Path, dict[str, Any]]:
    """Train on a source, measure beside PCA, and leave a run's folder.

    Parameters
    ----------
    config : dict
        ``source`` (the arguments of ``isthmus.sources.read_source``), ``estimator`` (a name),
        ``parameters`` (of the estimator), ``test_fraction`` (the share of rows held out where
        the source has no held-out rows of its own) and ``labels_per_class`` (how many labels a
        classifier learns from; None for all): what config.yaml holds.
    out : path, default=None
        The run's folder; None chooses a new one below ``runs``.
    force : bool, default=False
        Replace a run that is there.
    ablate : bool, default=False
        Also train without the pretraining, three seeds each, and tell what it bought.
    map : {"pca", "umap"}, default="pca"
        How the report's map of codes is drawn; UMAP needs the extra of this name.
    language : {"en", "zh"}, default="en"
        Of the report, its figures and the model card; report.json is English.
    callbacks : iterable of Callback, default=()
        They look on while the estimator trains; a ``RunLog`` also gets parameters and results.
    on_rows : callable, default=None
        Told what the doctor found in the rows, before the training begins.
    dataset : Dataset, default=None
        The source, where it was read before.
    decompose : callable, default=fit_pca
        What fits PCA, as for ``isthmus.evaluation.beside_pca``.

    Returns
    -------
    tuple of pathlib.Path and dict
        The run's folder, and the report's document.

    Raises
    ------
    IsthmusError
        If anything in the way is wrong; a run that was there is then as it was.
    """
    check_language(language)
    unfitted = make_estimator(resolved(config))
    if ablate:
        check_ablatable(unfitted)
    if map != "pca":
        kind_of(unfitted).check_map(unfitted)
    check_map(map)  # which needs UMAP to be installed
    check_run_folder(out, force=force, source=config["source"])
    ready = prepared(config, dataset=dataset, to_fit=True)
    config, estimator, dataset, parts = ready.config, ready.estimator, ready.dataset, ready.parts
    pca = row_components(estimator, parts, decompose)
    before = examine_parts(estimator, dataset, parts, pca=pca)
    if on_rows is not None:
        on_rows(before)
    callbacks = tuple(callbacks)
    named = {"estimator": config["estimator"], "source": config["source"]["source"]}
    named |= {k: v for k, v in estimator.get_params(deep=False).items() if k != "callbacks"}
    kind = kind_of(estimator)
    with (
        new_run_folder(out, name=dataset.name, force=force, source=config["source"]) as (
            folder,
            final,
        ),
        logged(callbacks, folder, final, named) as logs,
    ):
        started = time.perf_counter()
        facts = environment() | {"data": fingerprint(dataset.X), "seed": estimator.random_state}
        _write_yaml(folder / CONFIG, config)
        _write_json(folder / "environment.json", facts)
        _fit(kind, estimator, parts, [MetricsFile(folder / METRICS), *callbacks])
        trained = time.perf_counter()
        estimator.save(folder / "model", about=_about(dataset, config))
        if pca is not None and estimator.preprocessor_ is parts.preprocessor:
            decompose = _already(pca)
        outcome = kind.measure(estimator, dataset, parts, decompose=decompose, map=map)
        facts |= {"device": str(estimator.device_), "peak_memory_mb": peak_memory()}
        _write_json(folder / "environment.json", facts)
        document = report_document(final, config, dataset, parts, estimator, outcome, facts)
        document |= {"kind": kind.name, "card": kind.card()}
        document["findings"] = examine_fitted(estimator, dataset, parts, before, outcome.beside)
        if ablate:
            document["ablation"] = ablate_pretraining(estimator, parts)
            document["model"]["pretraining"] = document["ablation"]["sentence"]
        document["language"] = language
        document |= map_facts(document, map)
        document["figures"], arrays = stored_figures(outcome.figures)
        if outcome.codes is not None:
            arrays["codes"] = outcome.codes
        write_arrays(folder, arrays)
        entries = document["figures"]
        left_out = draw_figures(folder / "figures", outcome.figures, entries, language)
        document["source"]["notes"] += left_out
        document["timing"] = {
            "training_seconds": round(sum(r["seconds"] for r in estimator.history_), 3),
            "fit_seconds": round(trained - started, 3),
            "all_seconds": round(time.perf_counter() - started, 3),
        }
        write_report(folder, document)
        write_card(folder, document)
        for log in logs:
            log.log_report(document, final)
    return final, document


def _already(pca: Components) -> Callable[[Any, int, int], Components]:
    """Return what gives the components of the training rows at any size."""
    return lambda _, n_components, __: pca.of_size(n_components)


def _fit(kind: Kind, estimator: Any, parts: Parts, callbacks: list[Callback]) -> None:
    # Where nothing is chosen by them, the held-out rows may be looked at after each epoch.
    chooses = getattr(estimator, "early_stopping", False)
    estimator.callbacks = callbacks
    try:
        kind.fit(estimator, parts, is_watched=bool(parts.X_held_out.shape[0]) and not chooses)
    finally:
        estimator.callbacks = None


def _about(dataset: Dataset, config: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": dataset.kind,
        "label": dataset.label_name if dataset.kind in ("table", "texts") else None,
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
