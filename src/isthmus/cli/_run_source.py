"""Reading of rows for a trained run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UsageError, did_you_mean
from ._early_checks import check_able, check_rows_file
from ._row_choice import PARTS
from ._source_options import ChosenRowsOptions, LabelledRowsOptions, RowsOptions
from ._status_line import Status

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..runs import FittedRun
    from ..sources import Dataset
    from ._said import Said

__all__ = [
    "all_rows",
    "check_places",
    "chosen",
    "chosen_rows",
    "dataset_for",
    "positions_of",
    "rows_for",
]


def check_places(
    run: Path,
    source: str | None,
    status: Status,
    options: RowsOptions | None = None,
    *,
    needs: tuple[str, str] | None = None,
    out: Path | None = None,
) -> None:
    """Raise the errors of a run or a source that does not exist, before PyTorch is imported.

    Parameters
    ----------
    run : pathlib.Path
        Run on the command line.
    source : str or None
        Source on the command line; None is the training source.
    status : Status
        Told of the import that follows.
    options : RowsOptions, default=None
        Options for reading rows, whose ``part`` is checked.
    needs : tuple of str and str, default=None
        What the run must be able to do, as for ``check_able``.
    out : pathlib.Path, default=None
        File for rows of the run, which must suit them.
    """
    from ..artifacts import find_artifact

    part = options.part if isinstance(options, ChosenRowsOptions) else None
    if part is not None and part not in PARTS:
        raise UsageError(
            f"`part` must be one of {', '.join(PARTS)}. Got {part!r}.{did_you_mean(part, PARTS)}"
        )
    find_artifact(run)
    if needs is not None:
        check_able(run, *needs)
    if out is not None:
        check_rows_file(run, out)
    if source is not None:
        from ..sources import check_source

        check_source(source)
    status.loading()


def rows_for(
    fitted: FittedRun, source: str | None, options: ChosenRowsOptions, *, said: Said
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
    said : Said
        Prints the notes.

    Returns
    -------
    tuple of ndarray and dict of str to ndarray
        The chosen rows, or all with the source's test rows last; and further columns to write next
        to them.
    """
    dataset = dataset_for(fitted, source, options, said=said)
    return chosen_rows(dataset, chosen(dataset, options))


def dataset_for(
    fitted: FittedRun, source: str | None, options: RowsOptions, *, said: Said
) -> Dataset:
    """Read rows as for ``rows_for``, with all their metadata, and print notes about them.

    Parameters
    ----------
    fitted, source, options, said
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
        said.note(note)
    return dataset


def chosen(dataset: Dataset, options: ChosenRowsOptions) -> slice | NDArray[np.int64]:
    """Return where the chosen rows are among all rows, test rows last.

    Parameters
    ----------
    dataset : Dataset
        Return value of ``dataset_for``.
    options : ChosenRowsOptions
        Options with ``rows`` and ``part``.

    Returns
    -------
    slice or ndarray of shape (n,)
        A slice with both bounds for consecutive rows; positions of many rows take memory.

    Raises
    ------
    UsageError
        If a position is outside the rows, or the source has no test rows.
    """
    import numpy as np

    n_train = dataset.X.shape[0]
    first, n_rows = 0, n_train
    if dataset.X_test is not None:
        n_rows += dataset.X_test.shape[0]
        first = n_train if options.part == "test" else 0
        n_rows = {"train": n_train, "test": n_rows - n_train}.get(options.part or "", n_rows)
    elif options.part is not None:
        raise UsageError(
            f"`part` requires a source with test rows. {dataset.name} has none: leave --part out."
        )
    if options.rows is None:
        return slice(first, first + n_rows)
    what = f"{options.part} rows of the source" if options.part else "rows of the source"
    positions = first + options.rows.of(n_rows, what)
    if len(positions) and (np.diff(positions) == 1).all():  # a view, also of a memory map
        return slice(int(positions[0]), int(positions[-1]) + 1)
    return positions


def positions_of(where: slice | NDArray[np.int64], order: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return the positions of some of the chosen rows among all rows.

    Parameters
    ----------
    where : slice or ndarray
        Return value of ``chosen``.
    order : ndarray of shape (n,), int
        Indices of chosen rows.

    Returns
    -------
    ndarray of shape (n,), int64
    """
    return where.start + order if isinstance(where, slice) else where[order]


def chosen_rows(
    dataset: Dataset, where: slice | NDArray[np.int64]
) -> tuple[NDArray[Any], dict[str, NDArray[Any]]]:
    """Return chosen rows, and further columns to write next to them.

    Parameters
    ----------
    dataset : Dataset
        Return value of ``dataset_for``.
    where : slice or ndarray of shape (n,)
        Return value of ``chosen``.

    Returns
    -------
    tuple of ndarray and dict of str to ndarray
    """
    X, beside = all_rows(dataset)
    if isinstance(where, slice) and where == slice(0, X.shape[0]):
        return X, beside  # rows in chunks are read when they are written
    return X[where], {name: values[where] for name, values in beside.items()}


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
        X = np.concatenate([X[:], dataset.X_test[:]])
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
