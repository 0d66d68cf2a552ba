"""Tables of a comparison of runs, for the terminal and a page."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .._translation import Message, gettext_noop
from ._seed_groups import differing_settings

__all__ = ["comparison_table", "seeds_table", "settings_table", "short_names"]

_CAPTIONS = {
    "held-out": gettext_noop(
        "Rows of {source} held out by all runs (n = {n_rows:,}), {confidence:.0%} intervals in "
        "brackets. Squared error: sum over features, in units of the first run's scaling "
        "({scaling})."
    ),
    "source": gettext_noop(
        "Rows of {source} (n = {n_rows:,}), {confidence:.0%} intervals in brackets. Squared "
        "error: sum over features, in units of the first run's scaling ({scaling})."
    ),
}
_COLUMNS = {
    "latent_dim": Message("code size"),
    "weights": Message("weights"),
    "squared_error": Message("squared error"),
    "difference": Message("vs. first"),
    "variance_explained": Message("explained"),
    "pca_squared_error": Message("PCA error"),
}
_OF_SEEDS = ("mean", "std", "low", "high", "pca_mean")


def comparison_table(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the errors of all runs as a table.

    Parameters
    ----------
    document : mapping
        Return value of ``compare_runs``.

    Returns
    -------
    dict
        ``columns``, ``rows``, ``shares`` and ``caption``, as for ``write_report``: after the name
        of a run its code size, its number of weights, and estimates of its squared error, the
        difference from the first run, the share of variance explained and the error of PCA.
    """
    models = document["models"]
    names = short_names([model["name"] for model in models])
    rows = document["rows"]
    return {
        "columns": ["", *_COLUMNS.values()],
        "rows": [[names[m["name"]], *(m[key] for key in _COLUMNS)] for m in models],
        "shares": [_COLUMNS["variance_explained"]],
        "caption": Message(
            _CAPTIONS[rows["which"]],
            n_rows=document["n_rows"],
            source=rows["source"],
            confidence=document["settings"]["confidence"],
            scaling=document["scaling"],
        ),
    }


def seeds_table(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return mean and spread over seeds as a table, or None without runs that differ in the seed.

    Parameters
    ----------
    document : mapping
        Return value of ``compare_runs``.

    Returns
    -------
    dict or None
        ``columns``, ``rows`` and ``caption``, as for ``write_report``.
    """
    if not document["seeds"]:
        return None
    columns = [
        "", Message("seeds"), Message("mean error"), Message("SD"), Message("lowest"),
        Message("highest"), Message("mean PCA error"),
    ]  # fmt: skip
    return {
        "columns": columns,
        "rows": [
            [group["label"], len(group["seeds"]), *(group[key] for key in _OF_SEEDS)]
            for group in document["seeds"]
        ],
        "caption": Message(
            "Squared errors of runs that differ only in their seed, on the same rows as above. SD: "
            "standard deviation over seeds, with n - 1."
        ),
    }


def settings_table(runs: Sequence[str]) -> dict[str, Any] | None:
    """Return the settings in which runs differ as a table, or None if there are none.

    Parameters
    ----------
    runs : sequence of str
        Run folders.

    Returns
    -------
    dict or None
        ``columns``, ``rows`` and ``caption``, as for ``write_report``.
    """
    differing = differing_settings(runs)
    names = list(dict.fromkeys(name for own in differing.values() for name in own))
    if not names:
        return None
    shown = short_names(runs)
    return {
        "columns": ["", *names],
        "rows": [[shown[run], *(differing[run].get(name) for name in names)] for run in runs],
        "caption": Message("Settings that not all runs share."),
    }


def short_names(runs: Sequence[str]) -> dict[str, str]:
    """Return the paths of runs without the folder that they share.

    Parameters
    ----------
    runs : sequence of str
        Different paths.

    Returns
    -------
    dict of str to str
    """
    parents = {os.path.normpath(Path(run).parent) for run in runs}
    is_mixed = len({os.path.isabs(parent) for parent in parents}) > 1
    shared = "." if is_mixed else os.path.commonpath(parents)
    short = {run: os.path.relpath(run, shared) for run in runs}
    return {run: run for run in runs} if shared in ("", ".", os.sep) else short
