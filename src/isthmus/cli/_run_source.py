"""Reading of rows for a trained run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._translation import Message, translate
from ._source_options import LabelledRowsOptions, RowsOptions
from ._status_line import Status
from ._terminal_text import say

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..runs import FittedRun
    from ..sources import Dataset

__all__ = ["all_rows", "check_places", "dataset_for", "rows_for"]


def check_places(run: Path, source: str | None, status: Status) -> None:
    """Raise the errors of a run or a source that does not exist, before PyTorch is imported.

    Parameters
    ----------
    run : pathlib.Path
        Run on the command line.
    source : str or None
        Source on the command line; None is the training source.
    status : Status
        Told of the import that follows.
    """
    from ..artifacts import find_artifact

    find_artifact(run)
    if source is not None:
        from ..sources import check_source

        check_source(source)
    status.loading()


def rows_for(
    fitted: FittedRun, source: str | None, options: RowsOptions, *, language: str = "en"
) -> tuple[NDArray[Any], dict[str, NDArray[Any]]]:
    """Read rows in the form that a run was trained on, and print notes about them on stderr.

    Parameters
    ----------
    fitted : FittedRun
        Loaded run.
    source : str or None
        Source on the command line; None is the training source.
    options : RowsOptions
        Options for reading rows.
    language : {"en", "zh"}, default="en"
        Language of the notes.

    Returns
    -------
    tuple of ndarray and dict of str to ndarray
        All rows, with the source's test rows last, and further columns to write next to them.
    """
    return all_rows(dataset_for(fitted, source, options, language=language))


def dataset_for(
    fitted: FittedRun, source: str | None, options: RowsOptions, *, language: str = "en"
) -> Dataset:
    """Read rows as for ``rows_for``, with all their metadata, and print notes about them.

    Parameters
    ----------
    fitted, source, options, language
        As for ``rows_for``.

    Returns
    -------
    isthmus.sources.Dataset
    """
    dataset = fitted.read(
        source,
        label=options.label if isinstance(options, LabelledRowsOptions) else None,
        data_dir=options.data_dir,
        **options.reading,
    )
    for note in dataset.notes:
        say(translate(Message("Note: {note}", note=note), language), stream=sys.stderr)
    return dataset


def all_rows(dataset: Dataset) -> tuple[NDArray[Any], dict[str, NDArray[Any]]]:
    """Return all rows, test rows last, and further columns to write next to them.

    Parameters
    ----------
    dataset : Dataset
        Return value of ``dataset_for``.

    Returns
    -------
    tuple of ndarray and dict of str to ndarray
    """
    import numpy as np

    X = dataset.X
    beside: dict[str, NDArray[Any]] = {}
    if dataset.row_names is not None:
        beside["file"] = np.array(dataset.row_names)
    beside |= dataset.ids
    labels = dataset.y
    if dataset.X_test is not None:
        X = np.concatenate([X, dataset.X_test])
        parts = ("train", len(dataset.X)), ("test", len(dataset.X_test))
        beside["part"] = np.concatenate([np.full(n, name) for name, n in parts])
        labels = _joined(labels, dataset.y_test, len(dataset.X_test))
    if labels is not None:
        beside[dataset.label_name or "label"] = labels
    return X, beside


def _joined(
    labels: NDArray[Any] | None, test_labels: NDArray[Any] | None, n_test: int
) -> NDArray[Any] | None:
    """Return the labels of all rows; None for test rows without labels."""
    import numpy as np

    if labels is None or test_labels is not None:
        return labels if labels is None else np.concatenate([labels, test_labels])
    return np.concatenate([labels.astype(object), np.full(n_test, None)])
