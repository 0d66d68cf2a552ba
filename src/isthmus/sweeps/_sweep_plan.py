"""Plan of a sweep, and its comparison with an existing folder."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._damage import what_is_wrong
from .._documents import read_json_file
from .._files import write_text
from .._folder_locks import TEMPORARY
from .._random import resolve_seed
from ..errors import ArtifactError, OutputExistsError, UsageError, gathered
from ..runs import first_free, located, make_estimator, prepared
from ..sources import Dataset, safe_name

__all__ = [
    "SWEEP",
    "SweepPlan",
    "Training",
    "begun",
    "check_trainings",
    "differing",
    "facts_of",
    "largest_code",
    "open_sweep",
    "plan_sweep",
    "read_sweep",
    "value_text",
]

SWEEP = "sweep.json"
_SCHEMA_VERSION = 1
_MOST_SHOWN = 3


@dataclass(frozen=True)
class Training:
    """One training of a sweep.

    Attributes
    ----------
    name : str
        Name of the run's folder.
    values : dict
        Value of each parameter that varies, including the seed if it does.
    config : dict
        Settings for ``run_training``.
    """

    name: str
    values: dict[str, Any]
    config: dict[str, Any]


@dataclass(frozen=True)
class SweepPlan:
    """All trainings of a sweep, and the facts that identify it.

    Attributes
    ----------
    axes : dict of str to list
        Parameters that vary, with their values.
    trainings : list of Training
        In order: the last parameter varies fastest, except for the seed.
    facts : dict
        Settings, axes and seeds, in JSON types.
    largest_code : int
        Largest code size of all trainings.
    """

    axes: dict[str, list[Any]]
    trainings: list[Training]
    facts: dict[str, Any]
    largest_code: int


def plan_sweep(
    config: Mapping[str, Any], axes: Mapping[str, Sequence[Any]], *, n_seeds: int = 1
) -> SweepPlan:
    """Plan the trainings of a sweep: every combination of values with every seed.

    Parameters
    ----------
    config : mapping
        Settings that all trainings share, as for ``run_training``.
    axes : mapping of str to sequence
        Values of each parameter to vary.
    n_seeds : int, default=1
        Number of seeds per combination, counted from ``random_state``.

    Returns
    -------
    SweepPlan

    Raises
    ------
    UsageError
        If nothing varies, a value is repeated, or parameters of a training are invalid.
    """
    _check(config, axes, n_seeds)
    first = resolve_seed(config["parameters"].get("random_state", 0))
    seeds = range(first, first + n_seeds)
    combinations = list(itertools.product(*axes.values(), seeds))
    width = len(str(len(combinations)))
    trainings = []
    for k, (*values, seed) in enumerate(combinations, 1):
        own = dict(zip(axes, values, strict=True))
        parameters = {**config["parameters"], **own, "random_state": seed}
        if n_seeds > 1:
            own["random_state"] = seed
        label = "_".join(
            f"{name}-{value_text(value).replace('e+', 'e')}" for name, value in own.items()
        )
        name = f"{k:0{width}}-{safe_name(label)}"
        trainings.append(Training(name, own, {**config, "parameters": parameters}))
    facts = facts_of(config, axes, first, n_seeds)
    largest = largest_code(training.config for training in trainings)
    return SweepPlan({n: list(v) for n, v in axes.items()}, trainings, facts, largest)


def largest_code(configs: Iterable[Mapping[str, Any]]) -> int:
    """Return the largest code size of some trainings.

    Parameters
    ----------
    configs : iterable of mapping
        As for ``run_training``.

    Returns
    -------
    int

    Raises
    ------
    UsageError
        If parameters are invalid; the message lists all of them.
    """
    sizes: list[int] = []
    with gathered() as attempt:
        for config in configs:
            with attempt():
                sizes.append(_code_size(make_estimator(config)))
    return max(sizes)


def check_trainings(configs: Iterable[Mapping[str, Any]], dataset: Dataset) -> None:
    """Raise the errors that can be detected before the first training.

    Parameters
    ----------
    configs : iterable of mapping
        As for ``run_training``, all with the same source.
    dataset : Dataset
        The source.

    Raises
    ------
    UsageError, DataError
        All problems in one error.
    """
    by_seed: dict[Any, list[Mapping[str, Any]]] = {}
    for config in configs:
        by_seed.setdefault(config["parameters"].get("random_state"), []).append(config)
    with gathered() as attempt:
        for alike in by_seed.values():  # configurations with the same split
            with attempt():
                ready = prepared(alike[0], dataset=dataset, to_fit=True)
                for config in alike:
                    with attempt():
                        make_estimator(config).check_rows(
                            ready.parts.X, ready.parts.y, preprocessor=ready.parts.preprocessor
                        )


def facts_of(
    config: Mapping[str, Any], axes: Mapping[str, Any], seed: int, n_seeds: int
) -> dict[str, Any]:
    """Return the facts that identify a sweep, in JSON types."""
    common = {name: v for name, v in config["parameters"].items() if name not in axes}
    settings = {
        **config,
        "source": located(config["source"]),
        "parameters": common | {"random_state": seed},
    }
    facts = {"settings": settings, "axes": axes, "seeds": n_seeds}
    plain: dict[str, Any] = json.loads(json.dumps(facts, default=str))
    return plain


def _check(config: Mapping[str, Any], axes: Mapping[str, Sequence[Any]], n_seeds: int) -> None:
    if n_seeds < 1:
        raise UsageError(f"`seeds` must be an integer of at least 1. Got {n_seeds}.")
    if not any(len(values) > 1 for values in axes.values()):
        given = config["parameters"] | {name: values[0] for name, values in axes.items() if values}
        with gathered() as attempt:
            with attempt():  # a value that is invalid itself is reported too
                make_estimator({**config, "parameters": given})
            with attempt():
                raise UsageError(_no_values_message(given))
    if "random_state" in axes:
        raise UsageError(
            "`random_state` must not have several values: use `seeds`, the number of seeds."
        )
    for name, values in axes.items():
        texts = [value_text(value) for value in values]
        twice = next((text for text in texts if texts.count(text) > 1), None)
        if twice is not None:
            raise UsageError(f"Each value of `{name}` must occur once. Got {twice} twice.")


def _no_values_message(given: Mapping[str, Any]) -> str:
    own = {n: value_text(v) for n, v in given.items() if n not in ("random_state", "device")}
    got = ", ".join(f"`{name}` {text}" for name, text in [*own.items()][-_MOST_SHOWN:])
    return (
        "A sweep requires a parameter with several values, such as `--latent-dim 2,4,8,16`. "
        f"Got {got or 'none'}."
    )


def _code_size(estimator: Any) -> int:
    """Return the code size if the parameters define it, else 1."""
    layers = getattr(estimator, "layer_dims", (1,))
    size = getattr(estimator, "latent_dim", layers[-1])
    return size if isinstance(size, int) else 1


def value_text(value: Any) -> str:
    """Return a parameter's value as written on the command line."""
    if isinstance(value, tuple | list):
        return ",".join(map(value_text, value)) or "()"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def open_sweep(
    plan: SweepPlan, out: str | os.PathLike[str] | None, *, name: str, data: str
) -> Path:
    """Return the folder of a new or existing sweep, with ``sweep.json`` in it.

    Parameters
    ----------
    plan : SweepPlan
        Plan of the sweep.
    out : path or None
        Sweep folder. None uses the first free name of ``runs/NAME-sweep-1``, ...
    name : str
        NAME for that case.
    data : str
        Fingerprint of the rows.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    OutputExistsError
        If the folder has other content, including a sweep with other settings or rows.
    """
    folder = first_free(f"{name}-sweep") if out is None else Path(out)
    facts = {"schema_version": _SCHEMA_VERSION, "plan": plan.facts, "data": data}
    if found := begun(plan, folder):
        if found["data"] != data:
            raise OutputExistsError(
                f"The sweep in {folder} was started with other rows: its source has changed since. "
                "Choose another folder with --out."
            )
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / SWEEP, json.dumps(facts, indent=2) + "\n")
    return folder


def _is_left(path: Path) -> bool:
    """Return whether a process was killed when it wrote ``sweep.json`` there."""
    prefix = f".{SWEEP}."
    return path.name.startswith(prefix) and bool(
        TEMPORARY.fullmatch(path.name.removeprefix(prefix))
    )


def begun(plan: SweepPlan, folder: Path) -> dict[str, Any] | None:
    """Return the ``sweep.json`` of this sweep in a folder; None if there is no folder.

    Parameters
    ----------
    plan : SweepPlan
        Plan of the sweep.
    folder : pathlib.Path
        Folder of the sweep, if it was started.

    Returns
    -------
    dict or None

    Raises
    ------
    OutputExistsError
        If the folder has other content.
    ArtifactError
        If ``sweep.json`` cannot be read.
    """
    if not os.path.lexists(folder) or (folder.is_dir() and all(map(_is_left, folder.iterdir()))):
        return None
    if not (folder / SWEEP).is_file():
        raise OutputExistsError(
            f"A sweep requires its own folder. {folder} already exists and has no {SWEEP}: "
            "choose another name."
        )
    found = read_sweep(folder)
    before, version = found["plan"], found["schema_version"]
    if version != _SCHEMA_VERSION or before != plan.facts:
        told = ", ".join(f"`{name}`" for name in differing(before, plan.facts))
        raise OutputExistsError(
            f"The sweep in {folder} was started with other settings ({told or 'another version'}): "
            "use the same settings, or choose another folder with --out."
        )
    return found


def read_sweep(folder: Path) -> dict[str, Any]:
    """Return the ``sweep.json`` of a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of a sweep.

    Returns
    -------
    dict
        With ``schema_version``, ``plan`` and ``data``.

    Raises
    ------
    ArtifactError
        If it cannot be read.
    """
    try:
        found: dict[str, Any] = read_json_file(folder / SWEEP)
        _, _, before = found["schema_version"], found["data"], found["plan"]
        _flat(before)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArtifactError(
            f"{folder / SWEEP} cannot be read ({what_is_wrong(error)}): choose another folder."
        ) from None
    return found


def differing(one: Any, other: Any) -> list[str]:
    """Return the settings in which two plans differ.

    Parameters
    ----------
    one, other : dict
        Facts of plans.

    Returns
    -------
    list of str
    """
    flat = [_flat(plan) for plan in (one, other)]
    names = dict.fromkeys([*flat[0], *flat[1]])
    return [name for name in names if flat[0].get(name, ...) != flat[1].get(name, ...)]


def _flat(plan: dict[str, Any]) -> dict[str, Any]:
    settings = dict(plan.get("settings", {}))
    source = settings.pop("source", {})
    parameters = settings.pop("parameters", {})
    rest = {"seeds": plan.get("seeds"), "search": plan.get("search", False)}
    return {**settings, **source, **parameters, **plan.get("axes", {}), **rest}
