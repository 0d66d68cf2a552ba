"""`read_source`: one way into everything that rows can come from."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, Unpack

from .._reading import READING_OPTIONS, ReadingOptions
from ..errors import DataError, IsthmusError, SourceNotFoundError, UsageError, did_you_mean
from ._arrays import as_rows, read_npy, read_npz
from ._dataset import Dataset, listed, safe_name
from ._idx import read_idx
from ._named_sources import NAMED_SOURCES, holds_idx_files, read_idx_folder, read_named
from ._picture_files import PICTURE_SUFFIXES, read_pictures
from ._table_files import read_table
from ._text_files import read_lines

__all__ = ["options_of", "read_source"]

_TABLE_ENDINGS = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".parquet", ".pq")
_NEAR = 0.75  # of two names: two swapped letters of five, or one of four that is missing
_IDX_NAME = re.compile(r".*(idx\d-ubyte|\.idx)(\.gz)?", re.IGNORECASE)
_INSTEAD = {
    ".xls": "save the sheet as CSV",
    ".xlsx": "save the sheet as CSV",
    ".ods": "save the sheet as CSV",
    ".data": "if it is a table, call it .csv",
    ".json": "save the table as CSV or Parquet",
    ".jsonl": "save the table as CSV or Parquet",
    ".feather": "save the table as Parquet",
    ".arrow": "save the table as Parquet",
    ".mat": "save the array as .npy",
    ".h5": "save the array as .npy",
    ".hdf5": "save the array as .npy",
    ".pt": "save the array as .npy",
    ".pkl": "save the array as .npy",
    ".pickle": "save the array as .npy",
    ".zip": "unpack it",
    ".tar": "unpack it",
    ".gz": "unpack it",
}


class _Kind(NamedTuple):
    """A kind of file or folder: what it is called, which options it has, and who reads it."""

    words: str
    options: tuple[str, ...]
    read: Callable[..., Dataset]


def _read_idx_set(path: Path) -> Dataset:
    return read_idx_folder(path, safe_name(path.resolve().name))


def _read_idx_file(path: Path) -> Dataset:
    X, picture_shape = as_rows(f"`{path}`", read_idx(path))
    return Dataset(
        name=safe_name(path.name.removesuffix(".gz").removesuffix(".idx")),
        kind="pictures" if picture_shape else "array",
        X=X,
        y=None,
        feature_names=None,
        label_name=None,
        picture_shape=picture_shape,
        X_test=None,
        y_test=None,
    )


_TABLE = _Kind("the table", ("columns", "label", "text_column"), read_table)
_LINES = _Kind("the texts of", (), read_lines)
_ARRAYS = _Kind("the arrays of", ("label",), read_npz)
_ARRAY = _Kind("the array", (), read_npy)
_PICTURE = _Kind("the picture", ("image_size", "colour"), read_pictures)
_FOLDER = _Kind("the folder", ("image_size", "colour"), read_pictures)
_IDX_FILE = _Kind("the IDX file", (), _read_idx_file)
_IDX_SET = _Kind("the MNIST-style set", (), _read_idx_set)


def read_source(source: str | os.PathLike[str], **options: Unpack[ReadingOptions]) -> Dataset:
    """Read rows from a named source, a file or a folder.

    Parameters
    ----------
    source : str or path-like
        "digits", "mnist" or "fashion-mnist"; a .npy or .npz array; a .csv, .tsv or .parquet table;
        an IDX file; a picture; a folder of pictures or of the four IDX files of an MNIST-style set;
        a .txt file with one text a line. A named source wins over a file of that name: write
        "./digits" for the file.
    **options
        Those of ``isthmus.sources.ReadingOptions``; None leaves one out. ``data_dir``: where to
        look first for the files of "mnist" or "fashion-mnist". ``columns``: a table's columns to
        use, in this order; by default all numeric ones. ``label``: a table's column, or a .npz
        file's array, that holds labels. ``text_column``: a table's column of texts, which are then
        the rows; several are joined by a space. ``image_size`` (an int, "HEIGHTxWIDTH" or
        (height, width)): resize a folder's pictures. ``colour``: True gives three channels to grey
        pictures too, as a model of coloured ones needs them; by default pictures have one channel
        where none of the folder is coloured.

    Returns
    -------
    Dataset
        Rows and what is known about them.

    Raises
    ------
    UsageError
        If an option does not apply to this source, or such files are not supported.
    SourceNotFoundError
        If there is no such source.
    DataError
        If it cannot be read, or its values are not finite numbers.
    """
    given = _normalised(options)
    if isinstance(source, str) and source in NAMED_SOURCES:
        _only(given, f"`{source}`", *options_of(source))
        return read_named(source, data_dir=given["data_dir"])
    path = _existing(source)
    try:
        return _read_path(path, given)
    except IsthmusError:
        raise
    except OSError as error:
        raise DataError(f"`{path}` cannot be read: {error.strerror or error}.") from None
    except MemoryError:
        raise DataError(f"`{path}` does not fit into memory.") from None


def _normalised(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value for each option, None for those that were not given."""
    for name in options:
        if name not in READING_OPTIONS:
            raise UsageError(
                f"`read_source` has no option `{name}`." + did_you_mean(name, READING_OPTIONS)
            )
    return {
        name: option.form.normalised(options.get(name)) for name, option in READING_OPTIONS.items()
    }


def _read_path(path: Path, options: Mapping[str, object]) -> Dataset:
    kind = _kind(path)
    if kind is None:
        raise _unsupported(path)
    _only(options, f"{kind.words} `{path}`", *kind.options)
    return kind.read(path, **{name: options[name] for name in kind.options})


def options_of(source: str | os.PathLike[str]) -> tuple[str, ...]:
    """Name the options of ``read_source`` that apply to a source.

    Parameters
    ----------
    source : str or path-like
        As for ``read_source``; its name tells, and whether it is a folder, so that it need not be
        there.

    Returns
    -------
    tuple of str
        Names of ``isthmus.sources.ReadingOptions``.
    """
    if source in NAMED_SOURCES:
        return () if source == "digits" else ("data_dir",)
    kind = _kind(Path(source).expanduser())
    return kind.options if kind else ()


def _kind(path: Path) -> _Kind | None:
    name = path.name.lower()
    if os.path.isdir(path):  # unlike Path.is_dir, also of a name too long to be one
        return _IDX_SET if holds_idx_files(path) else _FOLDER
    if name.endswith(_TABLE_ENDINGS):
        return _TABLE
    if name.endswith(".npz"):
        return _ARRAYS
    if name.endswith(".npy"):
        return _ARRAY
    if name.endswith((".txt", ".txt.gz")):
        return _LINES
    if path.suffix.lower() in PICTURE_SUFFIXES:
        return _PICTURE
    return _IDX_FILE if _IDX_NAME.fullmatch(name) else None


def _existing(source: str | os.PathLike[str]) -> Path:
    """Return the source as a path, or say which sources are near."""
    if not os.fspath(source):
        raise UsageError("`source` must be a name, a file or a folder. Got an empty string.")
    path = Path(source).expanduser()
    with suppress(OSError, ValueError):
        if path.exists():
            return path
    hint = _near(path)
    if path.suffix or path.name != os.fspath(source):
        raise SourceNotFoundError(
            f"There is no file or folder `{source}`"
            + (f".{hint}" if hint else ": check its name, and in which folder it lies.")
        )
    raise SourceNotFoundError(
        f"There is no file, folder or named source `{source}`."
        + (hint or f" Named sources are {listed(NAMED_SOURCES)}.")
    )


def _near(path: Path) -> str:
    """Suggest a source of nearly that name: a misspelt one, not just any neighbour.

    Endings say nothing of nearness, and a file that was meant is no folder.
    """
    try:
        entries = [entry for entry in path.parent.iterdir() if _kind(entry) is not None]
    except (OSError, ValueError):
        entries = []
    if path.suffix:
        entries = [entry for entry in entries if not entry.is_dir()]
    names = {entry.name.lower(): entry.name for entry in sorted(entries)}
    if not path.suffix:
        names |= {name: name for name in NAMED_SOURCES}
    stems: dict[str, str] = {}
    for name in names:
        stems.setdefault(name.partition(".")[0], name)
    typed, _, ending = path.name.lower().partition(".")
    same_ending = {stem: name for stem, name in stems.items() if name.endswith(f".{ending}")}
    for known in (same_ending, stems):
        if near := difflib.get_close_matches(typed, known, n=1, cutoff=_NEAR):
            return f" Did you mean `{names[known[near[0]]]}`?"
    return ""


def _only(options: Mapping[str, object], what: str, *meant: str) -> None:
    """Raise if an option was given that means nothing for this source."""
    unmeant = [name for name, value in options.items() if value is not None and name not in meant]
    if unmeant:
        verb, them = ("means", "it") if len(unmeant) == 1 else ("mean", "them")
        raise UsageError(f"{listed(unmeant)} {verb} nothing for {what}: leave {them} out.")


def _unsupported(path: Path) -> UsageError:
    suffix = path.suffix.lower()
    instead = f": {_INSTEAD[suffix]}" if suffix in _INSTEAD else ""
    return UsageError(
        f"`{path}` is of a kind that cannot be read{instead}. Sources are {listed(NAMED_SOURCES)},"
        " tables (.csv, .tsv, .parquet), arrays (.npy, .npz), texts (.txt), IDX files, and folders"
        " of pictures."
    )
