"""`read_source`, the reader of all kinds of sources."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, Unpack

from .._reading import READING_OPTIONS, ReadingOptions
from .._translation import Message
from ..errors import DataError, IsthmusError, SourceNotFoundError, UsageError, did_you_mean
from ._arrays import as_rows, read_npy, read_npz
from ._binarised_pictures import binarised
from ._dataset import Dataset, listed, quantity, safe_name
from ._defect_masks import with_masks
from ._fewer_rows import fewer_rows
from ._hdf5_files import read_hdf5
from ._idx import read_idx
from ._matlab_files import read_mat
from ._named_sources import NAMED_SOURCES, holds_idx_files, read_idx_folder, read_named
from ._picture_files import OF_A_RUN, PICTURE_SUFFIXES, picture_files, read_pictures
from ._streamed_tables import shards_of
from ._table_files import read_table, read_txt_table
from ._text_files import read_lines
from ._text_or_table import is_table
from .tables import (
    TABLE_ENDINGS,
    check_regular,
    format_of,
    is_chunked_format,
    is_pattern,
    is_stdin,
    tables_in,
)

__all__ = ["check_source", "in_memory", "options_of", "read_source"]

_NEAR = 0.75  # similarity of names: two swapped letters of five, or one missing of four
_IDX_NAME = re.compile(r".*(idx\d-ubyte|\.idx)(\.gz)?", re.IGNORECASE)
_INSTEAD = {
    ".pt": "save the array as .npy",
    ".pkl": "save the array or table as .npy or .parquet",
    ".pickle": "save the array or table as .npy or .parquet",
    ".rds": "save the table as CSV",
    ".rdata": "save the table as CSV",
    ".sav": "save the table as CSV",
    ".dta": "save the table as CSV",
    ".gz": "unpack it",
    ".tgz": "unpack it",
}
_OF_TABLES = (
    "columns",
    "exclude",
    "id",
    "kinds",
    "missing",
    "label",
    "text_column",
    "window",
    "stride",
    "stream",
    "memory",
)


class _Kind(NamedTuple):
    """Kind of file or folder, with its name, options and reader."""

    words: str
    options: tuple[str, ...]
    read: Callable[..., Dataset]


def _read_idx_set(path: Path) -> Dataset:
    return read_idx_folder(path, safe_name(path.resolve().name))


def _read_idx_file(path: Path, *, max_memory: int | None = None) -> Dataset:
    X, picture_shape = as_rows(f"`{path}`", read_idx(path, max_memory))
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


def _read_folder(path: Path, **options: Any) -> Dataset:
    """Read a folder's pictures; a folder of mostly tables could be meant either way."""
    tables = _tables_of_folder(path)
    if not tables:
        return with_masks(path, read_pictures(path, **options))
    n_pictures, pattern = sum(1 for _ in picture_files(path)), f"{path}/*{tables[0].suffix}"
    if len(tables) > n_pictures:
        raise DataError(
            f"`{path}` contains {quantity(n_pictures, 'picture')} and"
            f" {quantity(len(tables), 'table')}. For the tables, pass a pattern such as"
            f" '{pattern}'; for the pictures, move the tables to another folder."
        )
    dataset = with_masks(path, read_pictures(path, **options))
    note = Message.plural(
        "The folder also contains {n} table, which is not read: pass '{pattern}' to read it.",
        "The folder also contains {n} tables, which are not read: pass '{pattern}' to read them.",
        len(tables),
        pattern=pattern,
    )
    return replace(dataset, notes=(*dataset.notes, note))


def _table_kind(path: Path) -> _Kind:
    own = format_of(path).options
    return _Kind("the table", (*_OF_TABLES, *own), read_table)


def _shards_kind(path: Path) -> _Kind:
    """Return the kind of several table files, of which Parquet and Arrow files can be skipped."""
    kind = _table_kind(path)
    skips = ("skip_bad",) if is_chunked_format(path) else ()
    return kind._replace(options=tuple(dict.fromkeys((*kind.options, *skips))))


_OF_ALL = ("limit", "sample")  # options of every source
_TXT_TABLE = _Kind(
    "the table", (*_OF_TABLES, "header", "skip_bad", "max_memory", "text_lines"), read_txt_table
)
_LINES = _Kind("the texts of", ("text_lines", "max_memory"), read_lines)
_OF_ARRAYS = ("label", "key", "max_memory", "binarise")
_ARRAYS = _Kind("the arrays of", (*_OF_ARRAYS, "stream", "memory"), read_npz)
_MATLAB = _Kind("the arrays of", _OF_ARRAYS, read_mat)
_HDF5 = _Kind("the arrays of", _OF_ARRAYS, read_hdf5)
_ARRAY = _Kind("the array", ("window", "stride", "stream", "memory", "binarise"), read_npy)
_TAR = _Kind(
    "the pictures of",
    ("image_size", "colour", "skip_bad", "stream", "memory", "binarise"),
    read_pictures,
)
_PICTURE = _Kind("the picture", ("image_size", "colour", "binarise"), read_pictures)
_FOLDER = _Kind("the folder", _TAR.options, _read_folder)
_IDX_FILE = _Kind("the IDX file", ("max_memory", "binarise"), _read_idx_file)
_IDX_SET = _Kind("the MNIST-style set", ("binarise",), _read_idx_set)
_BY_ENDING = {
    ".npz": _ARRAYS,
    ".tar": _TAR,
    ".npy": _ARRAY,
    ".mat": _MATLAB,
    ".h5": _HDF5,
    ".hdf5": _HDF5,
    **dict.fromkeys(PICTURE_SUFFIXES, _PICTURE),
}
_TXT_ENDINGS = (".txt", ".txt.gz", ".txt.zip", ".txt.xz", ".txt.zst", ".txt.bz2")


def read_source(source: str | os.PathLike[str], **options: Unpack[ReadingOptions]) -> Dataset:
    """Read rows from a named source, a file or a folder.

    Parameters
    ----------
    source : str or path-like
        "digits", "mnist" or "fashion-mnist"; a table (.csv, .tsv, .data, packed or not; .xlsx,
        .xls, .ods; .parquet, .feather, .arrow; .json, .jsonl, .arff); a folder of tables of the
        same columns, or a pattern such as ``days/*.csv``; "-" for a CSV table from standard input;
        arrays (.npy, .npz, .mat, .h5); an IDX file; a picture; a folder of pictures, a .tar file
        of pictures, or a folder of such files; a folder of the four IDX files of an MNIST-style
        set; or a .txt file with a table or one text per line. A named source takes precedence over
        a file of that name: write "./digits" for the file.
    **options
        Options of ``isthmus.sources.ReadingOptions``; None means not given. ``data_dir``: folder to
        search first for the files of "mnist" or "fashion-mnist". ``columns``: columns of a table to
        use, in this order, as names or patterns; default: all columns. ``exclude``: columns to
        leave out. ``id``: columns that identify rows. ``kinds``: kinds of columns by name.
        ``missing``: values that stand for missing cells. ``label``: column of a table, or array of
        a .npz, .mat or HDF5 file, with labels. ``key``: its array of rows. ``text_column``: text
        columns of a table, joined with a space, to use as the rows. ``header``: whether the first
        line of a table has the names. ``skip_bad``: skip lines of a text table with too few or too
        many cells, and files of a folder that cannot be read as pictures. ``stream`` and
        ``memory``: read the rows of Parquet, Arrow and .npy files in chunks while they are used; by
        default above 1 GB at 4 bytes a number. ``window`` and
        ``stride``: make each row a window of so many consecutive rows of a table or a .npy file,
        one every ``stride`` rows. ``limit``: number of rows to use, from the first; ``sample``:
        number of rows to draw, with a fixed seed; test rows stay. ``sheet``: sheet of a workbook,
        by name or by number from 1.
        ``max_memory``: largest size in bytes, or such as "2GB", of the content of a table file once
        it is unpacked, and of the columns of a text table as text; reading stops beyond it.
        ``text_lines``: whether a .txt file has a text per line, or is a table. ``image_size`` (an
        int, "HEIGHTxWIDTH" or (height, width)): size to
        resize a folder's pictures to. ``colour``: True gives three channels to greyscale pictures
        too, as a model of colour pictures needs; by default pictures have one channel if none is
        in colour. ``binarise`` makes the pixels of pictures 0 or 1: "sample" draws each once, with
        a fixed seed and its share of the source's highest value as the probability of a 1;
        "threshold" compares with half of that value.

    Returns
    -------
    Dataset
        Rows and their metadata.

    Raises
    ------
    UsageError
        If an option does not apply to this source, or the file type is not supported.
    SourceNotFoundError
        If the source does not exist.
    DataError
        If the source cannot be read, or its values are not finite numbers.
    """
    given = _normalised(options)
    if isinstance(source, str) and source in NAMED_SOURCES:
        _only(given, f"`{source}`", *options_of(source), *_OF_ALL)
        dataset = binarised(read_named(source, data_dir=given["data_dir"]), given["binarise"])
        return fewer_rows(dataset, limit=given["limit"], sample=given["sample"])
    path = _existing(source)
    try:
        dataset = _read_path(path, given)
        return fewer_rows(dataset, limit=given["limit"], sample=given["sample"])
    except IsthmusError:
        raise
    except OSError as error:
        raise DataError(f"`{path}` cannot be read: {error.strerror or error}.") from None
    except MemoryError:
        raise DataError(f"`{path}` does not fit into memory.") from None
    except Exception as error:  # of a library, for damage that its reader here does not know
        reason = " ".join(str(error).split())[:200]
        raise DataError(
            f"`{path}` cannot be read: it is damaged, or has a form that is not supported "
            f"({type(error).__name__}: {reason}). Save it again in another format."
        ) from error


def check_source(source: str | os.PathLike[str]) -> None:
    """Raise the error of ``read_source`` for a source that does not exist, or is of no known type.

    Nothing is read, so this takes no time.

    Parameters
    ----------
    source : str or path-like
        As for ``read_source``.

    Raises
    ------
    SourceNotFoundError
        If it does not exist.
    UsageError
        If the file type is not supported.
    """
    if isinstance(source, str) and source in NAMED_SOURCES:
        return
    path = _existing(source)
    if not is_stdin(path) and _kind(path, text_lines=True) is None:
        raise _unsupported(path)


def _normalised(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value for each option, None if not given."""
    for name in options:
        if name not in READING_OPTIONS:
            raise UsageError(f"Unexpected argument `{name}`." + did_you_mean(name, READING_OPTIONS))
    return {
        name: option.form.normalised(options.get(name)) for name, option in READING_OPTIONS.items()
    }


def _read_path(path: Path, options: Mapping[str, Any]) -> Dataset:
    if not is_stdin(path) and path.exists():
        check_regular(path)
    kind = _kind(path, text_lines=options["text_lines"])
    if kind is None:
        raise _unsupported(path)
    _only(options, f"{kind.words} `{path}`", *kind.options, *_OF_ALL)
    own = {name: options[name] for name in kind.options if name != "binarise"}
    return binarised(kind.read(path, **own), options["binarise"])


def options_of(
    source: str | os.PathLike[str], *, text_lines: bool | None = None
) -> tuple[str, ...]:
    """Return the names of the options of ``read_source`` for sources like this one.

    Parameters
    ----------
    source : str or path-like
        As for ``read_source``. It need not exist: only its name counts, what a folder contains,
        and whether a .txt file is a table.
    text_lines : bool, default=None
        The reading option.

    Returns
    -------
    tuple of str
        Names of ``isthmus.sources.ReadingOptions``, without those of every source.
    """
    if source in NAMED_SOURCES:
        return ("binarise",) if source == "digits" else ("data_dir", "binarise")
    kind = _kind(Path(source).expanduser(), text_lines=text_lines)
    return kind.options if kind else ()


def in_memory(source: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the option of ``read_source`` for rows that must be in memory, if it has any.

    Parameters
    ----------
    source : str or path-like
        As for ``options_of``.

    Returns
    -------
    dict
        ``{"stream": False}``, or empty.
    """
    return {"stream": False} if "stream" in options_of(source) else {}


def _kind(path: Path, *, text_lines: bool | None = None) -> _Kind | None:
    name = path.name.lower()
    if os.path.isdir(path):  # unlike Path.is_dir, this accepts names that are too long
        return _folder_kind(path)
    if name.endswith(_TXT_ENDINGS):
        is_of_lines = not is_table(path) if text_lines is None else text_lines
        return _LINES if is_of_lines else _TXT_TABLE
    if _IDX_NAME.fullmatch(name):
        return _IDX_FILE
    if is_stdin(path) or name.endswith(TABLE_ENDINGS):
        return _table_kind(path)
    if name.endswith("*") and is_pattern(path) and (tables := tables_in(path)):
        return _shards_kind(tables[0])
    return _BY_ENDING.get(path.suffix.lower())


def _folder_kind(path: Path) -> _Kind:
    if holds_idx_files(path):
        return _IDX_SET
    tables = _tables_of_folder(path)
    tables = tables or shards_of(path)
    has_pictures = tables and next(picture_files(path), None) is not None
    return _shards_kind(tables[0]) if tables and not has_pictures else _FOLDER


def _tables_of_folder(path: Path) -> list[Path]:
    """Return a folder's tables; a run folder has none, for its files are no data."""
    try:
        tables = tables_in(path)
    except OSError:  # the reader of the folder reports it
        return []
    return [] if {table.name for table in tables} & OF_A_RUN else tables


def _existing(source: str | os.PathLike[str]) -> Path:
    """Return the source as a path, or raise an error that suggests similar sources."""
    if not os.fspath(source):
        raise UsageError("`source` must be a name, a file or a folder. Got an empty string.")
    path = Path(source).expanduser()
    if is_stdin(Path(source)) and os.fspath(source) != "./-":
        return path
    with suppress(OSError, ValueError):
        if path.exists() or (is_pattern(path) and tables_in(path)):
            return path
    hint = _near(path)
    if path.suffix or path.name != os.fspath(source):
        raise SourceNotFoundError(
            f"File or folder `{source}` not found"
            + (f".{hint}" if hint else ". Check the name and the folder.")
        )
    raise SourceNotFoundError(
        f"File, folder or named source `{source}` not found."
        + (hint or f" Named sources are {listed(NAMED_SOURCES)}.")
    )


def _near(path: Path) -> str:
    """Return a hint at a source with a similar name, likely the one that was meant.

    Suffixes do not count, and a file name never suggests a folder.
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


def _only(options: Mapping[str, object], what: str, *applying: str) -> None:
    """Raise an error if an option was given that does not apply to this source."""
    other = [name for name, value in options.items() if value is not None and name not in applying]
    if other:
        verb, them = ("does", "it") if len(other) == 1 else ("do", "them")
        raise UsageError(f"{listed(other)} {verb} not apply to {what}. Remove {them}.")


def _unsupported(path: Path) -> UsageError:
    suffix = path.suffix.lower()
    instead = f": {_INSTEAD[suffix]}" if suffix in _INSTEAD else ""
    return UsageError(
        f"`{path}` has an unsupported file type{instead}. Supported are {listed(NAMED_SOURCES)},"
        " tables (.csv, .tsv, .xlsx, .ods, .parquet, .feather, .jsonl, .arff), arrays (.npy, .npz,"
        " .mat, .h5), texts (.txt), IDX files, and folders of pictures or tables."
    )
