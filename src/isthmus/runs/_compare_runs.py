"""Several runs on the rows that all of them held out: what `isthmus compare` does."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ..errors import DataError, UsageError
from ..evaluation import compare
from ..figures import model_intervals
from ._evaluate_run import all_rows, training_rows
from ._fitted_run import FittedRun, open_run
from ._run_rows import rows_again

__all__ = ["compare_runs", "comparison_figure"]

# What does not change the rows.
_BESIDE = ("data_dir", "label")


def compare_runs(
    runs: Sequence[str | os.PathLike[str]],
    source: str | None = None,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    device: str = "auto",
    reading: Mapping[str, Any] | None = None,
    **settings: Any,
) -> dict[str, Any]:
    """Measure several runs on the same rows, against the first of them.

    Parameters
    ----------
    runs : sequence of path
        Two or more runs' folders, or with a source saved models.
    source : str, default=None
        As for ``isthmus.sources.read_source``: all rows. None takes the rows of the runs' common
        source that every one of them held out.
    data_dir : path, default=None
        Where to look for a named source.
    device : str, default="auto"
        Where to compute.
    reading : mapping, default=None
        Further arguments of ``isthmus.sources.read_source`` for the source.
    **settings
        Of ``isthmus.evaluation.compare``: ``n_resamples``, ``confidence``, ``random_state``.

    Returns
    -------
    dict
        What ``isthmus.evaluation.compare`` returns, with ``rows``: ``which`` ("held-out" or
        "source") and ``source``, its name.

    Raises
    ------
    UsageError
        If there are fewer than two different runs, or one gives no reconstructions.
    DataError
        If the runs learned from other sources or columns, or share no held-out rows.
    """
    names = [str(run) for run in runs]
    if len(names) < 2 or len(set(map(os.path.realpath, names))) < len(names):
        raise UsageError(
            f"`compare` needs two different runs at least. Got {', '.join(names) or 'none'}."
        )
    fitted = {name: open_run(name, device=device) for name in names}
    for run in fitted.values():
        run.check_can("inverse_transform", "be compared")
    _check_same_columns(fitted)
    first = fitted[names[0]]
    if source is None:
        _check_same_source(fitted)
        name, X, X_train = _held_out_by_all(fitted, data_dir)
    else:
        dataset = first.read(source, label=None, data_dir=data_dir, **(reading or {}))
        name, (X, _) = dataset.name, all_rows(dataset)
        own, _ = training_rows(names[0], first, data_dir)
        X_train = None if own is None else own.parts.X
    estimators = {name: run.estimator for name, run in fitted.items()}
    document = compare(estimators, X, X_train=X_train, **settings)
    which = "held-out" if source is None else "source"
    return {**document, "rows": {"which": which, "source": name}}


def comparison_figure(document: Mapping[str, Any], *, language: str = "en") -> Figure:
    """Draw what ``compare_runs`` returned.

    Parameters
    ----------
    document : mapping
        Its document.
    language : {"en", "zh"}, default="en"
        Of the figure's own words.

    Returns
    -------
    matplotlib.figure.Figure
    """
    return model_intervals(
        [f"{model['name']} ({model['latent_dim']})" for model in document["models"]],
        [model["squared_error"] for model in document["models"]],
        [model["difference"] for model in document["models"]],
        beside=[model["pca_squared_error"] for model in document["models"]],
        language=language,
    )


def _check_same_columns(fitted: Mapping[str, FittedRun]) -> None:
    (one, first), *others = fitted.items()
    for other, run in others:
        columns = [r.feature_names for r in (first, run)]
        have_words = {first.estimator.preprocessor_.kind, run.estimator.preprocessor_.kind}
        if first.estimator.n_features_in_ != run.estimator.n_features_in_:
            told = f"{first.estimator.n_features_in_} and {run.estimator.n_features_in_} columns"
        elif "texts" in have_words and columns[0] != columns[1]:
            told = "other words"
        elif None not in columns and columns[0] != columns[1]:
            told = "columns of other names or in another order"
        else:
            continue
        raise DataError(
            f"Runs to be compared must have learned from the same columns. {one} and {other} have "
            f"{told}: compare others."
        )


def _check_same_source(fitted: Mapping[str, FittedRun]) -> None:
    sources = {
        name: {key: value for key, value in run.own_source().items() if key not in _BESIDE}
        for name, run in fitted.items()
    }
    (one, own), *others = sources.items()
    for other, theirs in others:
        if theirs != own:
            raise DataError(
                f"Runs to be compared must come from one source. {one} learned from "
                f"{own.get('source')} and {other} from {theirs.get('source')}, or with other "
                "options: name rows for all of them by --source."
            )


def _held_out_by_all(fitted: Mapping[str, FittedRun], data_dir: Any) -> tuple[str, Any, Any]:
    """Return the source's name, the rows that no run was trained on, and the first one's own."""
    (one, first), *others = fitted.items()
    own = rows_again(one, first, data_dir=data_dir)
    held_out = [own.numbers if own.is_held_out else own.numbers[:0]]
    for other, run in others:
        theirs = rows_again(other, run, data_dir=data_dir)
        held_out.append(theirs.numbers if theirs.is_held_out else theirs.numbers[:0])
    common = functools.reduce(np.intersect1d, held_out)
    if not len(common):
        raise DataError(
            "Runs to be compared must share rows that all of them held out. These hold out "
            f"{', '.join(f'{len(numbers):,}' for numbers in held_out)} rows and share none: name "
            "rows by --source."
        )
    return own.dataset.name, own.parts.X_held_out[np.isin(own.numbers, common)], own.parts.X
