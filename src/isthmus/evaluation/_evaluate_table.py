"""Table of an evaluation, for the terminal, a page and a model card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .._translation import Message, gettext_noop
from ._evaluate_words import METRICS

__all__ = ["EstimateText", "estimate_text", "evaluation_table"]

_HEADINGS = {
    "given": Message("Metrics"),
    "held-out": Message("Metrics on held-out rows"),
    "training": Message("Metrics on training rows"),
}
_CAPTIONS = {
    "given": gettext_noop(
        "Given rows (n = {n_rows:,}), {confidence:.0%} intervals in brackets. "
        "Squared error: sum over features, in scaled units (scaling: {scaling})."
    ),
    "held-out": gettext_noop(
        "Held-out rows of {source} (n = {n_rows:,}), {confidence:.0%} intervals in brackets. "
        "Squared error: sum over features, in scaled units (scaling: {scaling})."
    ),
    "training": gettext_noop(
        "Training rows of {source} (n = {n_rows:,}), {confidence:.0%} intervals in brackets. "
        "Squared error: sum over features, in scaled units (scaling: {scaling})."
    ),
    "source": gettext_noop(
        "Rows of {source} (n = {n_rows:,}), {confidence:.0%} intervals in brackets. "
        "Squared error: sum over features, in scaled units (scaling: {scaling})."
    ),
}
_CAPTION_OF_DETECTORS = gettext_noop(
    "Rows of {source} (n = {n_rows:,}), {confidence:.0%} intervals in brackets. An isolation "
    "forest and PCA are fitted on the training rows."
)


class EstimateText(NamedTuple):
    """Formatted estimate; empty texts for missing parts."""

    value: str
    interval: str


def evaluation_table(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table of an evaluation.

    Parameters
    ----------
    document : mapping
        As in evaluation.json.

    Returns
    -------
    dict
        ``heading``, a sentence about the rows. ``columns``, titles by column name, only of columns
        with values. ``rows``, a list with a ``label`` and ``cells``, an ``EstimateText`` by column
        name, for each metric. ``caption``, a sentence.
    """
    metrics, which = document["metrics"], document["rows"]["which"]
    titles = _titles(document)
    columns = {k: t for k, t in titles.items() if any(m.get(k) for m in metrics.values())}
    rows = [
        {
            "label": METRICS[name].label,
            "cells": {k: estimate_text(m.get(k), METRICS[name].form) for k in columns},
        }
        for name, m in metrics.items()
    ]
    source = str(document["rows"].get("source", ""))
    template = _CAPTION_OF_DETECTORS if document["latent_dim"] is None else _CAPTIONS[which]
    caption = Message(
        template,
        n_rows=document["rows"]["n_rows"],
        source=source,
        confidence=document["settings"]["confidence"],
        scaling=document["scaling"],
    )
    heading = _HEADINGS.get(which) or Message("Metrics on rows of {source}", source=source)
    return {"heading": heading, "columns": columns, "rows": rows, "caption": caption}


def _titles(document: Mapping[str, Any]) -> dict[str, str]:
    if document["latent_dim"] is None:  # a detector has no codes
        return {
            "model": document["estimator"],
            "forest": Message("Isolation forest"),
            "pca": "PCA",
            "difference": Message("vs. PCA"),
        }
    n_components = document["pca"]["n_components"] if document["pca"] else 0
    return {
        "model": f"{document['estimator']} ({document['latent_dim']})",
        "pca": f"PCA ({n_components})",
        "difference": Message("vs. PCA"),
        "raw": Message("raw rows"),
        "mean": Message("mean"),
    }


def estimate_text(estimate: Mapping[str, Any] | None, form: str) -> EstimateText:
    """Format an estimate.

    Parameters
    ----------
    estimate : mapping or None
        ``value`` and ``interval``, either of which may be None.
    form : str
        Format of numbers, such as ``".4g"``.

    Returns
    -------
    EstimateText
        The interval in brackets.
    """
    if estimate is None or estimate["value"] is None:
        return EstimateText("", "")
    form = f"z{form}"  # no minus sign for values that round to zero
    value = f"{estimate['value']:{form}}"
    if estimate["interval"] is None:
        return EstimateText(value, "")
    low, high = estimate["interval"]
    return EstimateText(value, f"[{low:{form}}, {high:{form}}]")
