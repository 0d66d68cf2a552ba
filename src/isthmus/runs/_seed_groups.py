"""Runs that differ only in their seed: mean and spread of their errors."""

from __future__ import annotations

import inspect
import json
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from .._translation import Message
from ..errors import ArtifactError, UsageError
from ._run_folder import read_settings, run_folder
from .kinds import kind_named

__all__ = ["differing_settings", "seed_groups"]

_APART = ("random_state", "device", "verbose")  # parameters that do not change what is compared
_UNSET = "\N{EN DASH}"


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
        For each run, a value as text by the name of each setting: "default (0.1)" for a parameter
        that is not set, and a dash for one that its estimator does not have.
    """
    configs = {run: _config(run) for run in runs}
    known = {run: (_flat(config), _defaults(config)) for run, config in configs.items() if config}
    names = sorted({name for given, _ in known.values() for name in given})
    used = [{**defaults, **given} for given, defaults in known.values()]
    differing = [name for name in names if len({_text(own.get(name)) for own in used}) > 1]
    return {
        run: {name: _shown(name, *known[run]) for name in differing} if run in known else {}
        for run in runs
    }


def _defaults(config: Mapping[str, Any]) -> dict[str, str]:
    """Return the defaults of the parameters of a run's estimator; none if it is not installed."""
    try:
        estimator = kind_named(config["estimator"]).estimator
    except UsageError:
        return {}
    parameters = inspect.signature(estimator).parameters
    return {name: _text(own.default) for name, own in parameters.items()}


def _shown(name: str, given: Mapping[str, str], defaults: Mapping[str, str]) -> str:
    if name in given or name not in defaults:
        return given.get(name, _UNSET)
    return Message("default ({value})", value=defaults[name])


def _label(settings: Mapping[str, str]) -> str:
    shown = [Message("{name} {value}", name=n, value=value) for n, value in settings.items()]
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
        return _UNSET
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
