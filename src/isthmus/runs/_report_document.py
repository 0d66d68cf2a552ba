"""Document of a run's report, without its figures."""

from __future__ import annotations

import shlex
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..sources import Dataset
    from ._parts import Parts
    from .kinds import Outcome

__all__ = ["map_facts", "report_document"]


def report_document(
    folder: Path,
    config: dict[str, Any],
    dataset: Dataset,
    parts: Parts,
    estimator: Any,
    outcome: Outcome,
    facts: dict[str, Any],
) -> dict[str, Any]:
    """Return the document of a training's report, without figures, findings and times.

    Parameters
    ----------
    folder : pathlib.Path
        Final folder of the run.
    config : dict
        Settings.
    dataset : Dataset
        The source.
    parts : Parts
        Rows of the source, split.
    estimator : estimator
        Fitted.
    outcome : Outcome
        Measurements.
    facts : dict
        Environment.

    Returns
    -------
    dict
        As for ``isthmus.pages.write_report``.
    """
    return {
        "title": outcome.title,
        "created": datetime.now().astimezone().isoformat(timespec="seconds"),
        "verdict": outcome.verdict,
        "results": outcome.results,
        "table": outcome.table,
        **outcome.more,
        "source": {
            "name": dataset.name,
            "kind": dataset.kind,
            "n_rows_train": parts.X.shape[0],
            "n_rows_held_out": parts.X_held_out.shape[0],
            "held_out": parts.rule,
            "n_features": len(estimator.column_names or ()) or estimator.n_features_in_,
            "fingerprint": facts["data"],
            "notes": list(dataset.notes),
        },
        "model": {"estimator": type(estimator).__name__, **outcome.model},
        "settings": _settings(estimator) | config["parameters"],
        "environment": facts,
        "command": f"isthmus train --config {shlex.quote(str(folder / 'config.yaml'))}",
        "run": str(folder),
    }


def _settings(estimator: Any) -> dict[str, Any]:
    """Return an estimator's parameters, except objects without a plain value."""
    given = estimator.get_params(deep=False)
    return {name: value for name, value in given.items() if value is not None}


def map_facts(document: dict[str, Any], map: str) -> dict[str, str]:
    """Return the entries about the map, so that it is drawn the same way again.

    Parameters
    ----------
    document : dict
        With ``command``.
    map : {"pca", "umap"}
        Layout of the map.

    Returns
    -------
    dict
    """
    option = "" if map == "pca" else f" --map {map}"
    before = document.get("map", "pca")
    command = document["command"].removesuffix(f" --map {before}")
    return {"map": map, "command": f"{command}{option}"}
