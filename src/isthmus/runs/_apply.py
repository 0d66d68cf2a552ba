"""A trained run at work on rows: codes and reconstructions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from .._files import replacing
from ..artifacts import find_artifact, read_document
from ..data import Dataset, Words, options_of, read_source
from ..errors import ArtifactError, DataError, OutputExistsError, UsageError
from ..estimators import load
from ._source import located

__all__ = ["FittedRun", "check_output", "open_run", "write_rows"]

_SUFFIXES = (".parquet", ".csv", ".npy")


@dataclass(frozen=True, eq=False)
class FittedRun:
    """A fitted estimator and what its artifact tells about the rows it learned from.

    Attributes
    ----------
    estimator : estimator
        Fitted.
    about : dict
        Kind, columns, label, picture shape and source of the training rows.
    words : Words, default=None
        What makes rows of texts, for a run that learned from texts.
    """

    estimator: Any
    about: dict[str, Any]
    words: Words | None = None

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
        own, place = self._own_source(), self._place(source)
        given = {**options, "label": label}
        given = {key: value for key, value in given.items() if value is not None}
        meant = options_of(place)
        if place == own.get("source"):
            given = own | given
        elif "image_size" in own and "image_size" in meant:  # as the training's own pictures
            given.setdefault("image_size", own["image_size"])
        if "colour" in meant and len(self.about.get("picture_shape") or ()) == 3:
            given["colour"] = True  # a grey picture among coloured ones is one of them
        given["source"] = source or place  # as it was written, for messages
        if self.words is not None and "text_column" in meant:
            if own.get("text_column") is not None:
                given.setdefault("text_column", own["text_column"])
            if "text_column" not in given:
                raise UsageError(
                    "This run learned from texts: name the table's column of texts by "
                    f"--text-column. Got the table {given['source']}."
                )
        elif self.about.get("columns") and "columns" in meant:
            given["columns"] = self.about["columns"]
        dataset = self._in_words(read_source(**given))
        self._check_shape(dataset)
        return dataset

    def encode(self, X: NDArray[Any], *, layer: int | None = None) -> NDArray[Any]:
        """Return the codes of rows, or the features of one layer.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
            Rows with the columns of the training.
        layer : int, default=None
            Of a stacked autoencoder, from 1; None is the last.

        Returns
        -------
        ndarray of shape (n_samples, width)

        Raises
        ------
        UsageError
            If there is no such layer, or the estimator has no layers to choose from.
        """
        if layer is None:
            self.check_can("transform", "make codes")
            codes: NDArray[Any] = self.estimator.transform(X)
            return codes
        self.check_can("encode", "give the features of a layer")
        features: NDArray[Any] = self.estimator.encode(X, layer=layer)
        return features

    def check_can(self, method: str, deed: str) -> None:
        """Raise ``UsageError`` if the estimator lacks a method.

        Parameters
        ----------
        method : str
            Its name.
        deed : str
            What it does, for the message.
        """
        if not hasattr(self.estimator, method):
            raise UsageError(
                f"Not every estimator can {deed}. This run's is {type(self.estimator).__name__}: "
                "train another, by --estimator."
            )

    def check_apart(self, out: Path, source: str | None) -> None:
        """Raise ``OutputExistsError`` if writing ``out`` would replace the rows of ``source``."""
        place = Path(self._place(source))
        if out.exists() and place.exists() and out.samefile(place):
            raise OutputExistsError(
                f"The output would replace the rows themselves. {out} is the source: choose "
                "another name."
            )

    def _in_words(self, dataset: Dataset) -> Dataset:
        """Return texts as rows, and other rows as they are."""
        if (self.words is None) != (dataset.kind != "texts"):
            learned, got = ("numbers", "texts") if self.words is None else ("texts", "numbers")
            raise DataError(
                f"This run learned from {learned}, and {dataset.name} is read as {got}: give rows "
                "of the same kind, or train a new run."
            )
        if self.words is None:
            return dataset
        return replace(dataset, X=self.words.rows(dataset.X), feature_names=self.words.names)

    def _own_source(self) -> dict[str, Any]:
        own = self.about.get("source")
        return located(own) if isinstance(own, dict) and "source" in own else {}

    def _place(self, source: str | None) -> str:
        if source is not None:
            return str(located({"source": source})["source"])
        own = self._own_source()
        if not own:
            raise UsageError("This model does not tell its source: name one.")
        return str(own["source"])

    def _check_shape(self, dataset: Dataset) -> None:
        expected, got = self.estimator.n_features_in_, dataset.X.shape[1]
        shape, theirs = self.about.get("picture_shape"), dataset.picture_shape
        if shape and theirs and list(theirs) != list(shape):
            raise DataError(
                f"Pictures for this run must be of shape {_times(shape)}, as in its training. "
                f"Those of {dataset.name} are {_times(theirs)}: give pictures of that shape, or "
                "resize a folder's by --image-size."
            )
        if expected != got:
            raise DataError(
                f"Rows for this run must have the {expected} columns of its training. "
                f"{dataset.name} has {got}: give rows of the same kind, or train a new run."
            )


def _times(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))


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
    about = read_document(folder).get("about") or {}
    return FittedRun(load(folder, device=device), about, _words_of(folder, about))


def _words_of(folder: Path, about: dict[str, Any]) -> Words | None:
    if "words" not in about:
        return None
    try:
        return Words.from_facts(about["words"])
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactError(
            f"{folder} is not a complete model: its words cannot be read ("
            f"{type(error).__name__}: {error})."
        ) from None


def check_output(path: Path, *, also: tuple[str, ...] = ()) -> None:
    """Raise ``UsageError`` unless rows can be written to a file of this name.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    also : tuple of str, default=()
        Suffixes beside .parquet, .npy and .csv.
    """
    known = _SUFFIXES + also
    if path.suffix.lower() not in known:
        raise UsageError(
            f"The output's name must end in {', '.join(known[:-1])} or {known[-1]}. "
            f"Got {str(path)!r}."
        )
    if path.is_dir():
        raise OutputExistsError(f"The output must be a file. {path} is a folder.")
    above = next(folder for folder in path.absolute().parents if os.path.lexists(folder))
    if not above.is_dir():
        raise OutputExistsError(f"The output must be in a folder. {above} is none.")


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
    check_output(path)
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
