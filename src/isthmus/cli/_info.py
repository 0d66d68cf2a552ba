"""isthmus info."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from ..artifacts import find_artifact, read_artifact, read_json
from ..errors import ArtifactError
from ._tables import results_table
from ._text import say

__all__ = ["info"]


def info(
    run: Path,
    /,
    *,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Tell what a run is and how well it does.

    Parameters
    ----------
    run
        A run's folder, or a saved model.
    as_json
        Print one JSON document on stdout instead of text: all that the model and the report hold.
    """
    artifact = find_artifact(run)
    model, tensors = read_artifact(artifact)
    report_path = artifact.parent / "report.json"
    report = read_json(report_path) if report_path.is_file() else None
    if as_json:
        print(json.dumps({"model": model, "report": report}, indent=2))
        return 0
    try:
        lines = [f"{name:<14}{value}" for name, value in _facts(model, tensors).items()]
        if report is not None:
            lines += ["", results_table(report), "", report["verdict"]]
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise ArtifactError(
            f"{run} is not a complete run: {type(error).__name__}: {error}."
        ) from None
    say("\n".join(lines))
    return 0


def _layers(model: dict[str, Any]) -> str:
    if "network" not in model:  # several of one kind
        given = model["parameters"]
        widths = [model["n_features_in"], *given["hidden_dims"], given["latent_dim"]]
        return f"{given['n_members']} of " + "-".join(map(str, widths)) + ", mirrored"
    network = model["network"]
    if "encoder" in network:
        return f"{network['encoder']} and {network['decoder']}"
    inner = network.get("layer_dims") or [*network["hidden_dims"], network["latent_dim"]]
    widths = [network["n_features"], *inner]
    if "classes" in model:
        return "-".join(map(str, [*widths, len(model["classes"])]))
    return "-".join(map(str, widths)) + ", mirrored"


def _epochs(model: dict[str, Any]) -> str:
    if "best_epoch" not in model:
        return f"{model['training']['epochs']} of each"
    return f"{len(model['history'])} (best: {model['best_epoch']})"


def _facts(model: dict[str, Any], tensors: dict[str, Any]) -> dict[str, Any]:
    about = model["about"]
    weights = sum(t.size for name, t in tensors.items() if name.startswith(("network.", "member")))
    last = model["history"][-1]
    loss = f"train {last['train_loss']:.4g}"
    if last["validation_loss"] is not None:
        loss += f", validation {last['validation_loss']:.4g}"
    return {
        "estimator": model["estimator"],
        "source": about.get("source", {}).get("source", "not told"),
        "layers": _layers(model),
        "weights": f"{weights:,}",
        "scaling": model["scaling"],
        "epochs": _epochs(model),
        "last losses": loss,
        "seed": model["seed"],
        "saved by": f"isthmus {model['isthmus_version']}",
    }
