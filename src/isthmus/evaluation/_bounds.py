"""Bounds on metrics, for continuous integration."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import BoundError, UsageError, did_you_mean
from ._evaluate_words import METRICS

__all__ = ["check_bounds", "parse_bounds"]


def parse_bounds(texts: Iterable[str]) -> dict[str, float]:
    """Parse bounds of the command line.

    Parameters
    ----------
    texts : iterable of str
        Each ``"METRIC=VALUE"``, with a name of ``METRICS``.

    Returns
    -------
    dict of str to float

    Raises
    ------
    UsageError
        If the metric is unknown, or the value is not a number.
    """
    bounds = {}
    for text in texts:
        name, _, value = text.partition("=")
        name = name.strip().lower().replace("-", "_")
        if name not in METRICS:
            raise UsageError(
                f"`fail_under` must be METRIC=VALUE, where METRIC is one of {', '.join(METRICS)}. "
                f"Got {text!r}." + did_you_mean(name, METRICS)
            )
        try:
            bounds[name] = float(value)
        except ValueError:
            bounds[name] = math.nan
        if not math.isfinite(bounds[name]):
            raise UsageError(
                f"`fail_under` must be METRIC=VALUE, where VALUE is a number, such as {name}=0.9. "
                f"Got {text!r}."
            )
    return bounds


def check_bounds(document: Mapping[str, Any], bounds: Mapping[str, float]) -> None:
    """Raise an error if an evaluation violates bounds.

    Parameters
    ----------
    document : mapping
        Return value of ``evaluate``.
    bounds : mapping of str to float
        Minimum of each metric; maximum of errors.

    Raises
    ------
    UsageError
        If a metric was not measured on these rows.
    BoundError
        If bounds are violated; the message names all of them.
    """
    unmeasured = [name for name in bounds if name not in document["metrics"]]
    if unmeasured:
        raise UsageError(
            "`fail_under` must name metrics that were measured: "
            f"{', '.join(document['metrics'])}. Got {', '.join(unmeasured)}: pass labels or "
            "pictures, or leave it out."
        )
    broken = [
        text
        for name, bound in bounds.items()
        if (text := _broken(name, document["metrics"][name], bound))
    ]
    if broken:
        raise BoundError(f"{'; '.join(broken)}.")


def _broken(name: str, metric: Mapping[str, Any], bound: float) -> str:
    value = metric["model"]["value"]
    if value is None:
        return f"{name} is undefined on these rows (bound {bound:g})"
    if metric["better"] == "lower":
        return f"{name} is {value:.6g}, above the bound of {bound:g}" if value > bound else ""
    return f"{name} is {value:.6g}, below the bound of {bound:g}" if value < bound else ""
