"""Comparison of runs on common held-out rows, for `isthmus compare`."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ..errors import DataError
from ..evaluation import Comparison, compare
from ..figures import model_intervals
from ._compared_places import check_several
from ._comparison_tables import short_names
from ._evaluate_run import all_rows, training_rows
from ._fitted_run import FittedRun, open_run
from ._run_rows import rows_again
from ._seed_groups import seed_groups

__all__ = ["compare_runs", "comparison_figure"]

# Options that do not change the rows.
_BESIDE = ("data_dir", "label")


def compare_runs(
    runs: Sequence[str | os.PathLike[str]],
    source: str | None = None,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    device: str = "auto",
    reading: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Comparison:
    """Compare several runs on the same rows with the first of them.

    Parameters
    ----------
    runs : sequence of path
        Folders of two or more runs; with a source also saved models.
    source : str, default=None
        As for ``isthmus.sources.read_source``; all its rows are used. None uses the rows of the
        runs' common source that all of them held out.
    data_dir : path, default=None
        Folder of a named source.
    device : str, default="auto"
        Device to compute on.
    reading : mapping, default=None
        Further arguments of ``isthmus.sources.read_source`` for the source.
    **settings
        Settings of ``isthmus.evaluation.compare``: ``n_resamples``, ``confidence``,
        ``random_state``.

    Returns
    -------
    Comparison
        Return value of ``isthmus.evaluation.compare``, with ``rows``: ``which`` ("held-out" or
        "source") and ``source``, its name; and ``seeds``: mean and spread of the errors of runs
        that differ only in their seed, as from ``seed_groups``.

    Raises
    ------
    UsageError
        If there are fewer than two different runs, or one cannot reconstruct.
    DataError
        If the runs have different sources or columns, or no common held-out rows.
    """
    names = [str(run) for run in runs]
    check_several(names)
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
    return Comparison(
        {
            **document,
            "rows": {"which": which, "source": name},
            "seeds": seed_groups(names, document["models"]),
        }
    )


def comparison_figure(document: Mapping[str, Any], *, language: str = "en") -> Figure:
    """Draw the result of ``compare_runs``.

    Parameters
    ----------
    document : mapping
        Return value of ``compare_runs``.
    language : {"en", "zh"}, default="en"
        Language of the figure.

    Returns
    -------
    matplotlib.figure.Figure
    """
    names = short_names([model["name"] for model in document["models"]])
    return model_intervals(
        [f"{names[model['name']]} ({model['latent_dim']})" for model in document["models"]],
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
        widths = [r.estimator.preprocessor_.n_features for r in (first, run)]
        if widths[0] != widths[1]:
            told = f"{widths[0]} and {widths[1]} columns"
        elif "texts" in have_words and columns[0] != columns[1]:
            told = "different words"
        elif None not in columns and columns[0] != columns[1]:
            told = "columns of different names or in another order"
        else:
            continue
        raise DataError(
            f"Runs to compare must be trained on the same columns. {one} and {other} have {told}."
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
                f"Runs to compare must have the same source and options. {one} was trained on "
                f"{own.get('source')} and {other} on {theirs.get('source')}: pass rows for all of "
                "them with --source."
            )


def _held_out_by_all(fitted: Mapping[str, FittedRun], data_dir: Any) -> tuple[str, Any, Any]:
    """Return the source's name, the rows that all runs held out, and the first run's rows."""
    (one, first), *others = fitted.items()
    own = rows_again(one, first, data_dir=data_dir)
    held_out = [own.numbers if own.is_held_out else own.numbers[:0]]
    for other, run in others:
        theirs = rows_again(other, run, data_dir=data_dir)
        held_out.append(theirs.numbers if theirs.is_held_out else theirs.numbers[:0])
    common = functools.reduce(np.intersect1d, held_out)
    if not len(common):
        raise DataError(
            "Runs to compare must have common held-out rows. They hold out "
            f"{', '.join(f'{len(numbers):,}' for numbers in held_out)} rows, none of them in "
            "common: pass rows with --source."
        )
    return own.dataset.name, own.parts.X_held_out[np.isin(own.numbers, common)], own.parts.X
