"""Bounds that an evaluation has to keep, for continuous integration."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import BoundError, UsageError, did_you_mean
from ._evaluate_words import METRICS

__all__ = ["check_bounds", "parse_bounds"]


def parse_bounds(texts: Iterable[str]) -> dict[str, float]:
    """Read bounds as a command line spells them.

    Parameters
    ----------
    texts : iterable of str
        ``"METRIC=VALUE"`` each, with a name of ``METRICS``.

    Returns
    -------
    dict of str to float

    Raises
    ------
    UsageError
        If there is no such metric, or the value is no number.
    """
    bounds = {}
    for text in texts:
        name, _, value = text.partition("=")
        name = name.strip().lower().replace("-", "_")
        if name not in METRICS:
            raise UsageError(
                f"`fail_under` must be METRIC=VALUE, with a metric of {', '.join(METRICS)}. "
                f"Got {text!r}." + did_you_mean(name, METRICS)
            )
        try:
            bounds[name] = float(value)
        except ValueError:
            bounds[name] = math.nan
        if not math.isfinite(bounds[name]):
            raise UsageError(
                f"`fail_under` must be METRIC=VALUE, with a number such as {name}=0.9. "
                f"Got {text!r}."
            )
    return bounds


def check_bounds(document: Mapping[str, Any], bounds: Mapping[str, float]) -> None:
    """Raise unless an evaluation keeps all bounds.

    Parameters
    ----------
    document : mapping
        What ``evaluate`` returned.
    bounds : mapping of str to float
        The least that is good enough; of errors, the most.

    Raises
    ------
    UsageError
        If a metric was not measured on these rows.
    BoundError
        If some are not kept; all are named.
    """
    unmeasured = [name for name in bounds if name not in document["metrics"]]
    if unmeasured:
        raise UsageError(
            f"`fail_under` must name metrics that these rows have: {', '.join(document['metrics'])}"
            f". Got {', '.join(unmeasured)}: give labels, or rows that are pictures, or leave it "
            "out."
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
        return f"{name} has no value on these rows, and its bound is {bound:g}"
    if metric["better"] == "lower":
        return f"{name} is {value:.6g}, above the bound of {bound:g}" if value > bound else ""
    return f"{name} is {value:.6g}, below the bound of {bound:g}" if value < bound else ""
