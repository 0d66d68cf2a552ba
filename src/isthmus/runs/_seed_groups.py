"""Runs that differ only in their seed: mean and spread of their errors."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from .._translation import Message
from ..errors import ArtifactError
from ._run_folder import read_settings, run_folder

__all__ = ["differing_settings", "seed_groups"]

_APART = ("random_state", "device", "verbose")  # parameters that do not change what is compared
_DEFAULT = "\N{EN DASH}"


def seed_groups(runs: Sequence[str], models: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the errors of each setting over its seeds.

    Parameters
    ----------
    runs : sequence of str
        Runs, or saved models, which are in no group.
    models : sequence of mapping
        ``models`` of ``isthmus.evaluation.compare``, for the same runs.

    Returns
    -------
    list of dict
        For each setting with at least two seeds, the lowest mean first: ``label``, the settings
        that other runs do not share; ``runs``; ``seeds``; and ``mean``, ``std`` (with n - 1),
        ``low`` and ``high`` of the squared errors, and ``pca_mean``, None without PCA.
    """
    differing = differing_settings(runs)
    of_setting: dict[str, dict[int, Mapping[str, Any]]] = {}
    for run, model in zip(runs, models, strict=True):
        if (config := _config(run)) is not None:
            seed = config["parameters"]["random_state"]
            of_setting.setdefault(json.dumps(_flat(config)), {})[seed] = model
    groups = []
    for of_seed in of_setting.values():
        if len(of_seed) > 1:
            chosen = list(of_seed.values())
            label = _label(differing[chosen[0]["name"]])
            groups.append({"label": label, "seeds": [*of_seed], **_spread(chosen)})
    return sorted(groups, key=lambda group: group["mean"])


def differing_settings(runs: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the settings of each run that not all of them share, apart from the seed.

    Parameters
    ----------
    runs : sequence of str
        Runs, or saved models, whose settings are unknown.

    Returns
    -------
    dict of str to dict of str to str
        For each run, a value as text by the name of each setting; a dash for one that is not set.
    """
    settings = {run: _flat(config) if (config := _config(run)) else {} for run in runs}
    known = [own for own in settings.values() if own]
    names = sorted({name for own in known for name in own})
    differing = [name for name in names if len({_text(own.get(name)) for own in known}) > 1]
    return {
        run: {name: _text(own.get(name)) for name in differing if own}
        for run, own in settings.items()
    }


def _label(settings: Mapping[str, str]) -> str:
    shown = [f"{name} {value}" for name, value in settings.items()]
    return Message("{names}", names=shown) if shown else Message("all runs")


def _config(run: str) -> dict[str, Any] | None:
    """Return a run's settings; None for a saved model, or if they cannot be read."""
    folder = run_folder(run)
    try:
        return None if folder is None else read_settings(folder)
    except ArtifactError:
        return None


def _flat(config: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings that make a difference between runs, in a fixed order."""
    own = {k: v for k, v in config.items() if k not in ("parameters", "source")}
    given = {k: v for k, v in config["parameters"].items() if k not in _APART}
    source = json.dumps(config["source"], sort_keys=True, default=str)
    flat = {"source": source, **own, **given}
    return {name: _text(flat[name]) for name in sorted(flat) if flat[name] is not None}


def _text(value: Any) -> str:
    if value is None:
        return _DEFAULT
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _spread(models: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    errors = [model["squared_error"]["value"] for model in models]
    of_pca = [m["pca_squared_error"] and m["pca_squared_error"]["value"] for m in models]
    return {
        "runs": [model["name"] for model in models],
        "mean": statistics.fmean(errors),
        "std": statistics.stdev(errors),
        "low": min(errors),
        "high": max(errors),
        "pca_mean": None if None in of_pca else statistics.fmean(of_pca),
    }
