"""Merging of recipe, config file and command-line options, in ascending precedence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from .._documents import DocumentError, NotUtf8Error, read_yaml_file
from .._reading import READING_OPTIONS
from ..errors import DataError, UsageError, did_you_mean
from ..recipes import load_recipe
from ._auto_estimator import estimator_of_parameters
from ._declared_parameters import AUTO, parameters_of
from ._options import parse_parameters
from ._source_options import TrainingOptions

__all__ = ["chosen_settings", "merged", "read_config"]

_KEYS = (
    "description",
    "source",
    "estimator",
    "parameters",
    "test_fraction",
    "labels_per_class",
    "max_words",
)
_SOURCE_KEYS = ("source", *(name for name, option in READING_OPTIONS.items() if option.help))
_DEFAULTS = {
    "estimator": "autoencoder",
    "test_fraction": 0.2,
    "labels_per_class": None,
}


def chosen_settings(
    source: str | None,
    options: TrainingOptions,
    parameters: Mapping[str, Any] | None,
    *,
    estimator: str = "autoencoder",
) -> dict[str, Any]:
    """Return the settings of a training, from recipe, config file and options.

    Parameters
    ----------
    source : str or None
        Source on the command line.
    options : TrainingOptions
        Options, including recipe and config file.
    parameters : mapping or None
        Parameters of the estimator.
    estimator : str, default="autoencoder"
        Estimator if none is named.

    Returns
    -------
    dict
        Settings for ``run_training``, after ``read_planned_rows`` if the estimator is "auto".
    """
    own = _given({"random_state": options.seed, "device": options.device})
    flags = {
        **options.rows.settings(source),
        "estimator": options.estimator,
        "labels_per_class": options.labels_per_class,
        "parameters": {**own, **(parameters or {})},
    }
    layers: list[Mapping[str, Any]] = [{"estimator": estimator}]
    layers += [load_recipe(options.recipe)] if options.recipe is not None else []
    layers += [read_config(options.config)] if options.config is not None else []
    return merged([*layers, flags])


def merged(layers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Merge layers of settings; later layers take precedence.

    Parameters
    ----------
    layers : iterable of mapping
        ``source`` (a name, or a mapping of the arguments of ``read_source``), ``estimator``,
        ``parameters`` and the other keys of a config file; missing or None means not set. If
        ``source`` in a mapping is None, another layer must set it. If ``rows`` in a mapping is
        "texts", the text column of a table is required.

    Returns
    -------
    dict
        Settings for ``run_training``.

    Raises
    ------
    UsageError
        If the source or the text column is required and missing, or the estimator is unknown.
    """
    from ..sources import options_of

    whole: dict[str, Any] = {"source": {}, "parameters": {}, **_DEFAULTS}
    needs_source, needs_texts = False, False
    for layer in layers:
        place = layer.get("source")
        needs_source |= "source" in layer and place is None
        needs_texts |= layer.get("rows") == "texts"
        place = _given(place if isinstance(place, Mapping) else {"source": place})
        if place.get("source", whole["source"].get("source")) != whole["source"].get("source"):
            # Another source has other columns; the folder to search is kept if it applies.
            kept = {"data_dir"} & {*options_of(place["source"], text_lines=place.get("text_lines"))}
            whole["source"] = {k: v for k, v in whole["source"].items() if k in kept}
        whole["source"] |= place
        parameters = layer.get("parameters") or {}
        if layer.get("max_words") is not None:  # a parameter that once was a top-level key
            parameters = {"max_words": layer["max_words"], **parameters}
        whole["parameters"] |= parameters
        whole |= _given({key: layer.get(key) for key in _DEFAULTS})
    if needs_source and "source" not in whole["source"]:
        raise UsageError(
            "A source is required. Pass one, such as `isthmus train texts.csv --text-column text`."
        )
    whole["source"].setdefault("source", "digits")
    place = whole["source"]["source"]
    meant = options_of(place, text_lines=whole["source"].get("text_lines"))
    if needs_texts and "text_column" in {*meant} - {*whole["source"]}:
        raise UsageError(
            f"This recipe is for texts. {place} is a table: name its text column with "
            "--text-column."
        )
    if str(whole["estimator"]).lower() == AUTO:
        whole["estimator"] = estimator_of_parameters(whole["parameters"])
    # Whether a single number means a tuple depends on the estimator, which any layer may set.
    declared = parameters_of(whole["estimator"]).by_name
    whole["parameters"] = parse_parameters(whole["parameters"], declared)
    return whole


def read_config(path: Path) -> dict[str, Any]:
    """Read a config file.

    Parameters
    ----------
    path : pathlib.Path
        YAML file.

    Returns
    -------
    dict
        Layer for ``merged``.

    Raises
    ------
    DataError
        If the file cannot be read.
    UsageError
        If it is not YAML, or has unknown keys.
    """
    document = _read_yaml(path)
    _check_keys(document, _KEYS, f"The config file {path}")
    source, parameters = document.get("source"), document.get("parameters")
    if isinstance(source, dict):
        _check_keys(source, _SOURCE_KEYS, f"`source` in {path}")
        document["source"] = _with_names(source)
    elif source is not None and not isinstance(source, str):
        raise UsageError(f"`source` in {path} must be a name, a path or a mapping. Got {source!r}.")
    if parameters is not None and not isinstance(parameters, dict):
        raise UsageError(f"`parameters` in {path} must map names to values. Got {parameters!r}.")
    if "callbacks" in (parameters or {}):
        raise UsageError(f"`parameters` in {path} must not have callbacks, which are for Python.")
    return document


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        document = read_yaml_file(path)
    except OSError as error:
        raise DataError(f"The config file {path} cannot be read: {error.strerror}.") from None
    except NotUtf8Error:
        raise DataError(f"The config file {path} must be UTF-8 text.") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or "it cannot be parsed"
        reason = str(error) if isinstance(error, DocumentError) else reason
        raise UsageError(f"The config file {path} is not valid YAML: {reason}{where}.") from None
    if not isinstance(document, dict):
        got = "nothing" if document is None else f"a {type(document).__name__}"
        raise UsageError(
            f"The config file {path} must map keys such as source and parameters to values. "
            f"Got {got}."
        )
    return document


def _check_keys(document: Mapping[Any, Any], known: tuple[str, ...], owner: str) -> None:
    for key in document:
        if key not in known:
            raise UsageError(
                f"{owner} may have the keys {', '.join(known)}. Got {key!r}."
                + did_you_mean(str(key), known)
            )


def _with_names(source: Mapping[str, Any]) -> dict[str, Any]:
    """Return the mapping with strings where YAML read numbers: columns may be called 0, 1, 2."""
    return {
        key: value if value is None else _from_yaml(key, value) for key, value in source.items()
    }


def _from_yaml(key: str, value: Any) -> Any:
    if key == "source":
        return str(value)
    form = READING_OPTIONS[key].form
    try:
        return form.from_yaml(value)
    except UsageError:
        raise
    except (TypeError, ValueError, OverflowError):
        raise UsageError(
            f"`{key}` of `source` must be {form.metavar or 'true or false'}. Got {value!r}."
        ) from None


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
