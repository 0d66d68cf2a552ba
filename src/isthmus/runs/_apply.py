"""A trained run at work on rows: codes and reconstructions."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from .._files import replacing
from ..artifacts import find_artifact, read_artifact
from ..data import Dataset, read_source
from ..errors import DataError, UsageError
from ..estimators import BaseAutoencoder, load

__all__ = ["FittedRun", "open_run", "write_rows"]

_SUFFIXES = (".parquet", ".npy", ".csv")


@dataclass(frozen=True, eq=False)
class FittedRun:
    """A fitted estimator and what its artifact tells about the rows it learned from.

    Attributes
    ----------
    estimator : BaseAutoencoder
        Fitted.
    about : dict
        Kind, columns, label, picture shape and source of the training rows.
    """

    estimator: BaseAutoencoder
    about: dict[str, Any]

    def read(self, source: str | None, *, label: str | None, **options: Any) -> Dataset:
        """Read rows in the form that the estimator was fitted on.

        Parameters
        ----------
        source : str or None
            As for ``isthmus.data.read_source``; None is the training's own.
        label : str or None
            A table's column of labels, to be written beside the codes.
        **options
            Further arguments of ``read_source``; None is left out.

        Returns
        -------
        Dataset

        Raises
        ------
        DataError
            If the rows cannot be read, or have other columns than those of the training.
        """
        own = {key: value for key, value in self.about.get("source", {}).items() if value}
        source = source or own.get("source")
        if source is None:
            raise UsageError("This model does not tell its source: name one.")
        given = {key: value for key, value in options.items() if value is not None}
        suffix = "".join(Path(source).suffixes[-2:]).lower()
        if self.about.get("columns") and suffix.endswith((".csv", ".tsv", ".csv.gz", ".parquet")):
            given["columns"] = self.about["columns"]
            if label is None and source == own.get("source"):
                label = self.about.get("label")
        if self.about.get("picture_shape") and Path(source).is_dir():
            given.setdefault("image_size", tuple(self.about["picture_shape"][:2]))
        if source == own.get("source"):
            given = {k: v for k, v in own.items() if k in ("data_dir", "image_size")} | given
        dataset = read_source(source, label=label, **given)
        self._check_width(dataset)
        return dataset

    def _check_width(self, dataset: Dataset) -> None:
        expected, got = self.estimator.n_features_in_, dataset.X.shape[1]
        if expected == got:
            return
        shape = self.about.get("picture_shape")
        form = f" (pictures of shape {'x'.join(map(str, shape))})" if shape else ""
        raise DataError(
            f"Rows for this run must have the {expected} columns of its training{form}. "
            f"{dataset.name} has {got}: give rows of the same kind, or train a new run."
        )


def open_run(folder: str | os.PathLike[str], *, device: str = "auto") -> FittedRun:
    """Open a run's folder, or the artifact in it.

    Parameters
    ----------
    folder : path
        A run, or what ``save`` wrote.
    device : str, default="auto"
        Where the network goes.

    Returns
    -------
    FittedRun

    Raises
    ------
    ArtifactError
        If there is none, or it cannot be read.
    """
    folder = find_artifact(Path(folder))
    return FittedRun(load(folder, device=device), read_artifact(folder)[0].get("about") or {})


def check_suffix(path: Path, also: tuple[str, ...] = ()) -> None:
    """Raise ``UsageError`` unless rows can be written to a file of this name."""
    known = _SUFFIXES + also
    if path.suffix.lower() not in known:
        raise UsageError(
            f"The output's name must end in {', '.join(known[:-1])} or {known[-1]}. "
            f"Got {str(path)!r}."
        )


def write_rows(
    path: Path, values: NDArray[Any], names: list[str], beside: dict[str, NDArray[Any]]
) -> None:
    """Write an array as a table or as a .npy file, whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
        Ends in .parquet, .csv or .npy.
    values : ndarray of shape (n_samples, n_columns)
        The rows.
    names : list of str
        The columns' names; a .npy file has none.
    beside : dict of str to ndarray
        Further columns after them, such as labels; left out of a .npy file.
    """
    check_suffix(path)
    with replacing(path) as temporary:
        if path.suffix.lower() == ".npy":
            np.save(temporary, values)
            return
        columns = {name: pa.array(values[:, k]) for k, name in enumerate(names)}
        for name, column in beside.items():
            columns[_free_name(name, columns)] = pa.array(column.tolist())
        table = pa.table(columns)
        if path.suffix.lower() == ".csv":
            pyarrow.csv.write_csv(table, temporary)
        else:
            pyarrow.parquet.write_table(table, temporary)


def _free_name(name: str, taken: dict[str, Any]) -> str:
    while name in taken:
        name += "_"
    return name
