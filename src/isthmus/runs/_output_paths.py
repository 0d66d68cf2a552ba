"""Paths that a command may write to: one rule for all options that name an output file."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from .._documents import kind_of_special
from .._write_errors import write_error
from ..errors import OutputExistsError, UsageError, did_you_mean
from ._own_files import EXPORT_FORMATS, owned_by_run

__all__ = [
    "CODE_SUFFIXES",
    "FILLED_SUFFIXES",
    "NEW_ROW_SUFFIXES",
    "ROW_SUFFIXES",
    "SIMILAR_SUFFIXES",
    "check_export",
    "check_is_in_folder",
    "check_maps",
    "check_output",
    "draw_path",
]

FILLED_SUFFIXES = (".csv", ".parquet")
ROW_SUFFIXES = (".parquet", ".csv", ".npy")
CODE_SUFFIXES = (*ROW_SUFFIXES, ".npz")
SIMILAR_SUFFIXES = (*FILLED_SUFFIXES, ".png", ".svg")
NEW_ROW_SUFFIXES = (".png", ".svg", *ROW_SUFFIXES, ".txt")

_NO_FOLDERS = (".csv", ".jpeg", ".jpg", ".npz", ".parquet", ".png", ".svg")
_RUN = ("config.yaml", "environment.json")  # files that every run has


def check_output(path: Path, suffixes: tuple[str, ...] = ROW_SUFFIXES) -> None:
    """Raise an error unless a command may write a file of this name.

    Another file there may be replaced, but not a file of a run. ``FittedRun.check_apart`` protects
    the rows.

    Parameters
    ----------
    path : pathlib.Path
        Path of the file.
    suffixes : tuple of str, default=(".parquet", ".csv", ".npy")
        Suffixes of the file types that can be written.

    Raises
    ------
    UsageError
        If the name ends in none of the suffixes.
    OutputExistsError
        If the path is a folder, a device or a named pipe, is not in a folder, or belongs to a run.
    WriteError
        If the path cannot be followed, as a loop of links.
    """
    if path.suffix.lower() not in suffixes:
        *others, last = suffixes
        raise UsageError(
            f"The output's name must end in {', '.join(others)} or {last}. Got {str(path)!r}."
        )
    _check_is_regular(path)
    if path.is_dir():
        raise OutputExistsError(
            f"The output must be a file. {path} is a folder: choose another name."
        )
    check_is_in_folder(path)
    _check_is_no_runs(path)


def check_is_in_folder(path: Path) -> None:
    """Raise ``OutputExistsError`` for an output below something that is not a folder.

    Parameters
    ----------
    path : pathlib.Path
        File or folder to write; need not exist.
    """
    above = next(folder for folder in path.absolute().parents if os.path.lexists(folder))
    if not above.is_dir():
        raise OutputExistsError(
            f"The output must be in a folder. {above} is not a folder: choose another name."
        )


def check_export(form: str, out: Path | None) -> None:
    """Raise an error unless figures can be written in a format into a folder.

    Parameters
    ----------
    form : str
        Format.
    out : pathlib.Path or None
        Folder; need not exist.

    Raises
    ------
    UsageError
        If the format is unknown.
    OutputExistsError
        If the folder is a file, or is below a file.
    """
    if form not in EXPORT_FORMATS:
        raise UsageError(
            f"`format` must be one of {', '.join(EXPORT_FORMATS)}. Got {form!r}."
            f"{did_you_mean(form, EXPORT_FORMATS)}"
        )
    if out is None:
        return
    path = out.absolute()
    above = next(place for place in (path, *path.parents) if os.path.lexists(place))
    if not above.is_dir():
        raise OutputExistsError(
            f"Figures are written into a folder. {above} is not a folder: choose another name."
        )


def check_maps(out: Path) -> None:
    """Raise an error unless maps of pictures can be written.

    Parameters
    ----------
    out : pathlib.Path
        Folder for a picture of each map, or a .npy file for an array of all maps.

    Raises
    ------
    UsageError
        If the name is that of another file type.
    OutputExistsError
        If the folder contains anything, or the file must not be replaced.
    """
    if out.suffix.lower() in _NO_FOLDERS:
        raise UsageError(
            "`maps` must be a folder, for a picture of each map, or a .npy file, for one array of "
            f"all maps. Got {str(out)!r}."
        )
    if out.suffix == ".npy":
        check_output(out)
        return
    path = out.absolute()
    above = next(place for place in (path, *path.parents) if os.path.lexists(place))
    if not above.is_dir():
        raise OutputExistsError(
            f"Maps are written into a folder. {above} is not a folder: choose another name."
        )
    if above == path and any(path.iterdir()):
        raise OutputExistsError(
            f"The folder of maps must be empty or new. {out} is not empty: choose another name, or "
            "empty it."
        )


def draw_path(path: Path, k: int, n_draws: int) -> Path:
    """Return the path of a draw: with its number, from 1, if there are draws.

    Parameters
    ----------
    path : pathlib.Path
        Path that the user gave.
    k : int
        Number of the draw, from 0.
    n_draws : int
        Number of draws; 0 if there are none.

    Returns
    -------
    pathlib.Path
    """
    return path.with_stem(f"{path.stem}-{k + 1}") if n_draws else path


def _check_is_regular(path: Path) -> None:
    """Raise an error for a device or named pipe, which would be replaced, and a loop of links."""
    try:
        special = kind_of_special(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise write_error(path, error.errno or errno.EIO) from None
    if special is not None:
        raise OutputExistsError(
            f"The output must be a regular file. {path} is a {special}: choose another name."
        )


def _check_is_no_runs(path: Path) -> None:
    real = path.resolve()
    for folder in real.parents[:3]:  # a run's figures are in folders below it
        is_run = all((folder / name).is_file() for name in _RUN)
        if is_run and owned_by_run(folder)(real.relative_to(folder).as_posix()):
            raise OutputExistsError(
                f"The output must not replace a file of a run. {path} belongs to the run in "
                f"{folder}: choose another name."
            )
