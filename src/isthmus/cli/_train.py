"""isthmus train."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import yaml
from cyclopts import Parameter

from ..errors import DataError, UsageError, did_you_mean
from ..estimators import ESTIMATORS
from ..recipes import load_recipe
from ..runs import run_training
from ._options import parse_value, with_parameters
from ._progress import progress
from ._tables import results_table

__all__ = ["train"]

_SOURCE_OPTIONS = ("data_dir", "columns", "label", "image_size")
_CONFIG_KEYS = ("description", "source", "estimator", "parameters", "test_fraction")


def _train(
    source: str | None = None,
    /,
    *,
    recipe: str | None = None,
    config: Path | None = None,
    estimator: str | None = None,
    out: Path | None = None,
    force: Annotated[bool, Parameter(negative=())] = False,
    seed: int | None = None,
    device: str | None = None,
    data_dir: Path | None = None,
    columns: str | None = None,
    label: str | None = None,
    image_size: str | None = None,
    test_fraction: float | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative=())] = False,
    quiet: Annotated[bool, Parameter(name=("--quiet", "-q"), negative=())] = False,
    verbose: Annotated[bool, Parameter(name=("--verbose", "-v"), negative=())] = False,
    parameters: dict[str, Any] | None = None,
) -> int:
    """Train an autoencoder on your rows and show what it learned, with PCA beside it.

    Flags win over the config file, the file over the recipe.

    Parameters
    ----------
    source
        Where rows come from: digits, mnist, fashion-mnist, a .npy, .npz, .csv or .parquet file, or
        a folder of pictures. Default: digits, or what the config file or recipe names.
    recipe
        A named, complete setting: tutorial, tutorial-sigmoid or stacked-tutorial.
    config
        A YAML file with source, estimator and parameters, such as a run's config.yaml.
    estimator
        Which kind: autoencoder.
    out
        The run's folder. Default: a new one below runs/.
    force
        Replace the run that is there.
    seed
        Of weights, splits and shuffling. Default: 0.
    device
        Where to train: auto, cpu, cuda.
    data_dir
        Where the files of mnist or fashion-mnist are.
    columns
        A table's columns to use, with commas between. Default: all numeric ones.
    label
        The column of a table, or the array of a .npz file, that holds labels; only to look at.
    image_size
        Resize a folder's pictures: 32, or HEIGHTxWIDTH.
    test_fraction
        Share of rows held out, where the source has no test rows of its own. Default: 0.2.
    as_json
        Print one JSON document on stdout, and nothing else.
    quiet
        No progress.
    verbose
        A line an epoch, also beside the progress bar.
    """
    flags = {
        "source": source,
        "data_dir": data_dir,
        "columns": _names(columns),
        "label": label,
        "image_size": image_size,
    }
    settings = {"random_state": seed, "device": device, **(parameters or {})}
    whole = _merged(recipe, config, flags, settings, estimator, test_fraction)
    lines = bool(verbose or whole["parameters"].pop("verbose", 0))
    folder, document = run_training(
        whole, out=out, force=force, callbacks=progress(-1 if quiet else int(lines))
    )
    if as_json:
        print(json.dumps(document, indent=2, default=str))
        return 0
    print(results_table(document))
    print(f"\n{document['verdict']}\n")
    for note in document["source"]["notes"]:
        print(f"Note: {note}")
    print(f"Run: {folder}  (open {folder / 'report.html'})")
    return 0


def _merged(
    recipe: str | None,
    config: Path | None,
    flags: dict[str, Any],
    settings: dict[str, Any],
    estimator: str | None,
    test_fraction: float | None,
) -> dict[str, Any]:
    """Put the recipe, the file and the flags together, each over the one before."""
    whole: dict[str, Any] = {"source": {}, "parameters": {}}
    layers = [load_recipe(recipe)] if recipe else []
    if config is not None:
        layers.append(_read_config(config))
    layers.append(
        {
            "source": {name: value for name, value in flags.items() if value is not None},
            "parameters": {
                name: parse_value(name, value)
                for name, value in settings.items()
                if value is not None
            },
            "estimator": estimator,
            "test_fraction": test_fraction,
        }
    )
    for layer in layers:
        place = layer.get("source") or {}
        place = place if isinstance(place, dict) else {"source": place}
        if "source" in place and place["source"] != whole["source"].get("source"):
            # Another source has other columns; where its files are found may stay.
            whole["source"] = {k: v for k, v in whole["source"].items() if k == "data_dir"}
        whole["source"] |= place
        whole["parameters"] |= {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in (layer.get("parameters") or {}).items()
        }
        for key in ("estimator", "test_fraction"):
            if layer.get(key) is not None:
                whole[key] = layer[key]
    whole["source"].setdefault("source", "digits")
    return {"estimator": "autoencoder", "test_fraction": 0.2} | whole


def _read_config(path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise DataError(f"The config file {path} cannot be read: {reason}.") from None
    except yaml.YAMLError as error:
        raise UsageError(f"The config file {path} is not valid YAML: {error}.") from None
    if not isinstance(document, dict):
        raise UsageError(
            f"The config file {path} must hold keys such as source and parameters. "
            f"Got a {type(document).__name__}."
        )
    for key in document:
        if key not in _CONFIG_KEYS:
            raise UsageError(
                f"The config file {path} may have the keys {', '.join(_CONFIG_KEYS)}. "
                f"Got {key!r}." + did_you_mean(str(key), _CONFIG_KEYS)
            )
    for key in ("parameters",):
        if document.get(key) is not None and not isinstance(document[key], dict):
            raise UsageError(f"`{key}` in {path} must map names to values.")
    place = document.get("source")
    if isinstance(place, dict):
        known = ("source", *_SOURCE_OPTIONS)
        for key in place:
            if key not in known:
                raise UsageError(
                    f"`source` in {path} may have the keys {', '.join(known)}. Got {key!r}."
                    + did_you_mean(str(key), known)
                )
    elif place is not None and not isinstance(place, str):
        raise UsageError(f"`source` in {path} must be a name, a path or a mapping.")
    return document


def _names(text: str | None) -> list[str] | None:
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


train = with_parameters(_train, ESTIMATORS.values())
