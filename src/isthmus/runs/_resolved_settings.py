"""Settings of a training with all values resolved, and their checks that need no estimator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._random import resolve_seed
from ..errors import UsageError
from ._source_paths import check_utf8, located

__all__ = ["resolved"]


def resolved(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with all values resolved that could differ between runs.

    ``max_words`` of old settings, from before it was a parameter, becomes a parameter.

    Parameters
    ----------
    config : mapping
        As for ``run_training``.

    Returns
    -------
    dict

    Raises
    ------
    UsageError
        If the seed or ``test_fraction`` is invalid, or a name in the source is not UTF-8.
    """
    max_words = config.get("max_words")
    parameters = {**({} if max_words is None else {"max_words": max_words}), **config["parameters"]}
    config = {key: value for key, value in config.items() if key != "max_words"}
    parameters["random_state"] = resolve_seed(parameters.get("random_state", 0))
    fraction = config["test_fraction"]
    if not isinstance(fraction, int | float) or not 0 <= fraction < 1:
        raise UsageError(
            f"`test_fraction` must be a number of at least 0 and below 1. Got {fraction!r}."
        )
    source = located(config["source"])
    for name, value in source.items():
        check_utf8(name, value)
    return {**config, "parameters": parameters, "source": source}
