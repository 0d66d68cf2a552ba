"""Trained runs and their use on rows: codes and reconstructions."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._chunks import ChunkedRows, ChunkedTable
from .._damage import what_is_wrong
from .._row_blocks import is_sparse
from .._translation import Message
from .._version import __version__
from ..artifacts import find_artifact, model_hash, read_arrays, read_document
from ..doctor import RowSketch
from ..errors import ArtifactError, DataError, OutputExistsError, UsageError
from ..estimators import load
from ..preprocessing import Words
from ..sources import Dataset, options_of, quantity, read_source, table_numbers
from ._run_abilities import lacks_ability
from ._run_folder import run_folder
from ._source_paths import located
from ._table_notes import id_columns, unknown_notes
from .kinds import KINDS, kind_of

_OF_THE_FORM = (
    "header",
    "key",
    "sheet",
    "stride",
    "window",
    "binarise",
)  # options that describe the form of a file

__all__ = ["FittedRun", "open_run"]


@dataclass(frozen=True, eq=False)
class FittedRun:
    """Fitted estimator with the metadata of its training rows.

    Attributes
    ----------
    estimator : estimator
        Fitted.
    about : dict
        Kind, label and source of the training rows.
    folder : pathlib.Path, default=None
        Folder of the model.
    sketch : isthmus.doctor.RowSketch, default=None
        Sketch of the training rows; None for a model that was not trained as a run.
    """

    estimator: Any
    about: dict[str, Any]
    folder: Path | None = None
    sketch: RowSketch | None = None

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        """Column names: those of a table, or the words of texts."""
        names: tuple[str, ...] | None = self.estimator.preprocessor_.column_names
        return names

    @property
    def ids(self) -> tuple[str, ...]:
        """Columns of the training table that identify its rows."""
        return tuple(map(str, self.about.get("ids") or ()))

    @property
    def columns(self) -> tuple[str, ...] | None:
        """Columns of the training table, to select by name in another table."""
        columns: tuple[str, ...] | None = self.estimator.preprocessor_.input_columns
        return columns

    @property
    def picture_shape(self) -> tuple[int, ...] | None:
        """Shape of the training pictures: (height, width) or (height, width, channels)."""
        shape: tuple[int, ...] | None = self.estimator.preprocessor_.picture_shape
        return shape

    @property
    def source_name(self) -> str:
        """Training source as the training was told of it, or an empty string."""
        return str(self.own_source().get("source", ""))

    @property
    def _reads_texts(self) -> bool:
        return bool(self.estimator.preprocessor_.kind == "texts")

    def read(self, source: str | None, *, label: str | None, **options: Any) -> Dataset:
        """Read rows in the form that the estimator was fitted on, tables and texts as matrices.

        Parameters
        ----------
        source, label, **options
            As for ``read_as_given``.

        Returns
        -------
        Dataset

        Raises
        ------
        DataError
            If the rows cannot be read, or differ in columns from the training rows.
        """
        return self.in_matrices(
            self.read_as_given(source, label=label, **options), options.get("id")
        )

    def read_as_given(self, source: str | None, *, label: str | None, **options: Any) -> Dataset:
        """Read rows as their source has them, with the reading options of the training.

        Parameters
        ----------
        source : str or None
            As for ``isthmus.sources.read_source``; None uses the training source.
        label : str or None
            Label column of a table, to write next to the codes.
        **options
            Further arguments of ``read_source``; None means not given.

        Returns
        -------
        Dataset

        Raises
        ------
        DataError
            If the rows cannot be read, or differ in columns from the training rows.
        """
        own, place = self.own_source(), self._place(source)
        given = {**options, "label": label}
        given = {key: value for key, value in given.items() if value is not None}
        lines = given.get(
            "text_lines", own.get("text_lines") if place == own.get("source") else None
        )
        if lines is None and self._reads_texts and "text_column" not in given:
            lines = True
        meant = options_of(place, text_lines=lines)
        if place == own.get("source"):
            given = _in_place_of(own, given) | given
        elif "image_size" in own and "image_size" in meant:  # same size as the training pictures
            given.setdefault("image_size", own["image_size"])
        for name in (
            {*_OF_THE_FORM} & {*own} & {*meant}
        ):  # new files have the form of the training's
            given.setdefault(name, own[name])
        if lines is not None and "text_lines" in meant:
            given["text_lines"] = lines
        if "colour" in meant and len(self.picture_shape or ()) == 3:
            given["colour"] = True  # three channels even if the new pictures are grey
        given["source"] = source or place  # as the user wrote it, for messages
        if self._reads_texts and "text_column" in meant:
            if own.get("text_column") is not None:
                given.setdefault("text_column", own["text_column"])
            if "text_column" not in given:
                raise UsageError(
                    "This run was trained on texts: name the text column of the table with "
                    f"--text-column. Got the table {given['source']}."
                )
        elif self.columns and "columns" in meant:
            for option in ("columns", "exclude", "kinds"):  # the model knows its columns
                given.pop(option, None)
            if "missing" in own:
                given.setdefault("missing", own["missing"])
        return read_source(**given)

    def encoder(self, layer: int | None = None) -> Callable[[NDArray[Any]], NDArray[Any]]:
        """Return a function that encodes rows, or returns the features of a layer.

        Parameters
        ----------
        layer : int, default=None
            Layer of a stacked autoencoder, from 1; None is the last.

        Returns
        -------
        callable
            From an ndarray of shape (n_samples, n_features) to one of shape (n_samples, width);
            NaN for rows without any observed cell. A sparse autoencoder returns a CSR array.

        Raises
        ------
        UsageError
            If the layer does not exist, or the estimator has no layers.
        """
        if layer is None:
            self.check_can("transform", "encode rows")
            return functools.partial(self._coded, self.estimator.transform)
        self.check_can("encode", "return the features of a layer")
        return functools.partial(self._coded, functools.partial(self.estimator.encode, layer=layer))

    def _coded(self, encode: Callable[[Any], NDArray[Any]], X: Any) -> NDArray[Any]:
        codes, is_empty = encode(X), self.estimator.preprocessor_.has_nothing_observed(X)
        if is_empty.any() and not is_sparse(codes):
            codes = np.where(is_empty[:, None], np.asarray(np.nan, codes.dtype), codes)
        return codes

    def provenance(self) -> dict[str, str]:
        """Return where results of this run come from, for the metadata of files.

        Returns
        -------
        dict
            ``version`` of Isthmus, ``run`` (name of its folder, without its path),
            ``model_sha256`` and ``created``, the current time in ISO 8601.
        """
        made = {"version": __version__}
        if self.folder is not None:
            owner = run_folder(self.folder) or self.folder
            made |= {"run": owner.resolve().name, "model_sha256": model_hash(self.folder)}
        return {**made, "created": datetime.now().astimezone().isoformat(timespec="seconds")}

    def check_can(self, method: str, deed: str) -> None:
        """Raise ``UsageError`` if the estimator lacks a method.

        Parameters
        ----------
        method : str
            Name of the method, or another capability, as for ``Kind.can``.
        deed : str
            Purpose of the method, for the message.
        """
        if not kind_of(self.estimator).can(method):
            able = [name for name, kind in KINDS.items() if kind.can(method)]
            raise lacks_ability(able, deed, kind_of(self.estimator).name)

    def check_apart(self, out: Path, source: str | None) -> None:
        """Raise ``OutputExistsError`` if writing ``out`` would overwrite rows.

        These are the rows of ``source`` and the training rows, which the run needs again.
        """
        if not out.exists():
            return
        for place in {self._place(source), str(self.own_source().get("source", ""))}:
            rows = Path(place)
            if not place or not rows.exists():
                continue
            is_it = out.samefile(rows)
            if is_it or (rows.is_dir() and out.resolve().is_relative_to(rows.resolve())):
                what = "is" if is_it else "is in"
                raise OutputExistsError(
                    f"The output must not overwrite the rows. {out} {what} the source "
                    f"{rows}: choose another name."
                )

    def in_matrices(self, dataset: Dataset, ids: Sequence[str] | None = None) -> Dataset:
        """Return texts and tables as matrices, and other rows unchanged.

        Parameters
        ----------
        dataset : Dataset
            Return value of ``read_as_given``.
        ids : sequence of str, default=None
            Columns that identify the rows; None uses those of the training.

        Returns
        -------
        Dataset

        Raises
        ------
        DataError
            If the rows differ in columns from the training rows.
        """
        dataset = self._as_matrices(dataset, ids)
        self._check_shape(dataset)
        return dataset

    def _as_matrices(self, dataset: Dataset, ids: Sequence[str] | None) -> Dataset:
        if self._reads_texts != (dataset.kind == "texts"):
            learned, got = ("texts", "numbers") if self._reads_texts else ("numbers", "texts")
            raise DataError(
                f"This run was trained on {learned}. {dataset.name} contains {got}: pass rows of "
                "the same kind, or train a new run."
            )
        if dataset.kind == "table":
            return self._of_table(dataset, self.ids if ids is None else ids)
        if not self._reads_texts:
            return dataset
        rows, notes = self.estimator.prepared_rows(dataset.X), dataset.notes
        wordless = Words.count_wordless(rows)
        if wordless:
            note = Message.plural(
                "{n:,} text contains none of the words of the model.",
                "{n:,} texts contain none of the words of the model.",
                wordless,
            )
            notes = (*notes, note)
        return replace(dataset, X=rows, feature_names=self.feature_names, notes=notes)

    def _of_table(self, dataset: Dataset, ids: Sequence[str]) -> Dataset:
        """Return a table as a matrix, with its ids and notes on its cells."""
        if self.columns is None:
            names = [name for name in dataset.X.column_names if name not in ids]
            self._check_n_columns(dataset.name, len(names))
            if isinstance(dataset.X, ChunkedTable):
                rows = self.estimator.prepared_rows(_numbers_of(dataset, names))
                return replace(dataset, X=rows, ids=id_columns(dataset, ids), table=dataset.X)
            numbers = table_numbers(Path(dataset.name), dataset.X.select(names))
            rows = self.estimator.prepared_rows(numbers)
        else:
            rows = self.estimator.prepared_rows(dataset.X)
        notes = list(dataset.notes)
        is_streamed = isinstance(rows, ChunkedRows)
        if rows.dtype.kind == "f" and not is_streamed:
            is_empty = self.estimator.preprocessor_.has_nothing_observed(rows)
            n_rows = int((np.isnan(rows).any(axis=1) | is_empty).sum())
            if n_rows:
                notes.append(_missing_note(n_rows, int(is_empty.sum())))
        reader = self.estimator.preprocessor_.table
        if reader is not None and not is_streamed:
            notes += unknown_notes(reader.count_unknown(rows))
        return replace(
            dataset,
            X=rows,
            feature_names=self.feature_names,
            notes=tuple(notes),
            ids=id_columns(dataset, ids),
            table=dataset.X,
        )

    def own_source(self) -> dict[str, Any]:
        """Return the arguments of ``read_source`` for the training rows; empty if unknown."""
        own = self.about.get("source")
        return located(own) if isinstance(own, dict) and "source" in own else {}

    def _place(self, source: str | None) -> str:
        if source is not None:
            return str(located({"source": source})["source"])
        own = self.own_source()
        if not own:
            raise UsageError("This model does not store its source. Pass a source.")
        return str(own["source"])

    def _check_shape(self, dataset: Dataset) -> None:
        shape, theirs = self.picture_shape, dataset.picture_shape
        if shape and theirs and tuple(theirs) != shape:
            raise DataError(
                "Pictures for this run must have the shape of its training pictures, "
                f"{_times(shape)}. {dataset.name} has {_times(theirs)}: pass pictures of that "
                "shape, or resize those of a folder with --image-size."
            )
        self._check_n_columns(dataset.name, dataset.X.shape[1])

    def _check_n_columns(self, name: str, got: int) -> None:
        expected = self.estimator.preprocessor_.n_features
        if expected != got:
            raise DataError(
                f"Rows for this run must have {quantity(expected, 'column')}, as in training. "
                f"{name} has {got}: pass rows of the same kind, or train a new run."
            )


def _numbers_of(dataset: Dataset, names: Sequence[str]) -> ChunkedRows:
    """Return columns of a table in chunks as a matrix, for a run on rows without names."""
    table: ChunkedTable = dataset.X.select(names)
    convert = functools.partial(table_numbers, Path(dataset.name))
    dtype = np.result_type(convert(table.between(0, 1)), np.float32)
    return table.matrix(convert, len(names), dtype)


def _in_place_of(own: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the training's options without columns that now have another purpose."""
    kept = dict(own)
    if own.get("label") in (given.get("id") or ()):
        kept.pop("label")
    if "id" in own:
        kept["id"] = [name for name in own["id"] if name != given.get("label")] or None
    if {"limit", "sample"} & {*given}:
        kept = {name: value for name, value in kept.items() if name not in ("limit", "sample")}
    return kept


def _missing_note(n_rows: int, n_empty: int) -> Message:
    note = Message.plural("{n:,} row has missing cells.", "{n:,} rows have missing cells.", n_rows)
    if not n_empty:
        return note
    return Message.plural(
        "{note} In {n:,} row all cells are missing: do not use its result.",
        "{note} In {n:,} rows all cells are missing: do not use their results.",
        n_empty,
        note=note,
    )


def _times(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))


def open_run(folder: str | os.PathLike[str], *, device: str = "auto") -> FittedRun:
    """Load a run, or a saved model.

    Parameters
    ----------
    folder : path
        Run folder, or folder written by ``save``.
    device : str, default="auto"
        Device of the network.

    Returns
    -------
    FittedRun

    Raises
    ------
    ArtifactError
        If there is no model, or it cannot be read.
    """
    folder = find_artifact(Path(folder))
    about = read_document(folder).get("about") or {}
    if not isinstance(about, dict) or not _is_whole(about):
        raise ArtifactError(
            f"{folder} is not a complete model: the metadata in its model.json is damaged. "
            "Train it again, or copy it again."
        )
    estimator = load(folder, device=device)
    return FittedRun(estimator, about, folder, _sketch(folder, estimator))


def _sketch(folder: Path, estimator: Any) -> RowSketch | None:
    arrays = read_arrays(folder)
    if not arrays:
        return None
    try:
        return RowSketch.from_arrays(arrays, estimator.preprocessor_.observed_columns)
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactError(
            f"{folder} is not a complete model: the sketch of its training rows is damaged "
            f"({what_is_wrong(error)}). Train it again, or copy it again."
        ) from None


def _is_whole(about: dict[str, Any]) -> bool:
    source = about.get("source") or {}
    return isinstance(source, dict) and isinstance(source.get("source", ""), str)
