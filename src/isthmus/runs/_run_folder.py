"""Folder of a run, written atomically."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from .._damage import what_is_wrong
from .._documents import DocumentError, read_yaml_file
from .._file_changes import complete_changes
from .._owned_folders import replacing_folder
from .._translation import Message
from .._write_errors import names_output
from ..artifacts import CHECKPOINTS, REPORT, find_artifact
from ..errors import ArtifactError, IsthmusError, OutputExistsError
from ..sources import NAMED_SOURCES, READING_OPTIONS
from ._output_paths import check_is_in_folder
from ._own_files import (
    check_replaceable,
    check_unlinked,
    has_checkpoint,
    is_left_over,
    owned_by_run,
    remove_own_files,
)
from ._sole_writer import sole_writer
from ._source_paths import check_utf8

__all__ = [
    "CONFIG",
    "METRICS",
    "RunFolder",
    "check_run_folder",
    "damage_of",
    "first_free",
    "is_run",
    "new_run_folder",
    "next_free",
    "read_settings",
    "run_folder",
    "whole_run_folder",
]

CONFIG, METRICS = "config.yaml", "metrics.jsonl"
_DAMAGE = (
    KeyError,
    TypeError,
    ValueError,
    IndexError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)


class RunFolder(NamedTuple):
    """Folder where a run is written, and its final path."""

    path: Path
    final: Path


@contextmanager
def new_run_folder(
    out: str | os.PathLike[str] | None,
    *,
    name: str,
    force: bool = False,
    source: Mapping[str, Any] | None = None,
    resumes: bool = False,
) -> Iterator[RunFolder]:
    """Create an empty folder for a run.

    A run to be replaced is kept until the new one is complete. If a new run fails, its folder is
    kept if it has losses.

    Parameters
    ----------
    out : path or None
        Run folder. None uses the first free name of ``runs/NAME-1``, ``runs/NAME-2``, ...
    name : str
        NAME for that case.
    force : bool, default=False
        Whether to replace an existing run folder without other files.
    source : mapping, default=None
        Arguments of ``read_source``: these rows must not be in the folder.
    resumes : bool, default=False
        Whether the run in ``out`` is continued; it is written in its own folder, unless that has
        the report of its interrupted training, which is kept until the new one is complete.

    Yields
    ------
    RunFolder
        ``path`` to write to, renamed to ``final`` at the end of the block.

    Raises
    ------
    OutputExistsError
        If the folder exists and must not be replaced, or another process is writing to it.
    """
    if resumes and out is not None and not (Path(out) / REPORT).is_file():
        check_unlinked(Path(out))
        with names_output(out, out), sole_writer(Path(out)):
            yield RunFolder(Path(out), Path(out))
        return
    check_run_folder(out, force=force or resumes, source=source)
    if out is not None and _is_taken(Path(out)):
        # Resolve links: the link is kept, its target is replaced.
        old = Path(out).resolve()
        with sole_writer(old), replacing_folder(old, owned_by_run(old)) as fresh:
            yield RunFolder(fresh, Path(out))
        return
    folder = first_free(name) if out is None else Path(out)
    with names_output(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with names_output(folder, folder), sole_writer(folder):
        if _is_taken(folder):  # written by another process since the check
            check_run_folder(folder, force=False)
        with _kept_if_trained(folder, out):
            yield RunFolder(folder, folder)


@contextmanager
def _kept_if_trained(folder: Path, out: object) -> Iterator[None]:
    """Remove the folder of a run that fails before the first losses."""
    try:
        yield
    except BaseException:
        if not (folder / METRICS).exists() and not has_checkpoint(folder):
            remove_own_files(folder)
            if out is None:
                _remove_if_empty(folder.parent)
        raise


def check_run_folder(
    out: str | os.PathLike[str] | None,
    *,
    force: bool,
    source: Mapping[str, Any] | None = None,
) -> None:
    """Raise an error if a run must not be written there.

    Parameters
    ----------
    out : path or None
        Run folder; None for a new one.
    force : bool
        Whether an existing run may be replaced.
    source : mapping, default=None
        Arguments of ``read_source``: these rows must not be in the folder.
    """
    if out is None:
        return
    check_utf8("out", out)
    check_is_in_folder(Path(out))
    complete_changes(Path(out))
    if not _is_taken(Path(out)):
        return
    if not force and (Path(out) / CHECKPOINTS).is_dir() and not (Path(out) / REPORT).is_file():
        raise OutputExistsError(
            f"The output folder {out} has a training that is not finished. Continue it with "
            f"`isthmus train --resume {out}`, choose another name, or replace it with --force."
        )
    if not force:
        raise OutputExistsError(
            f"The output folder {out} already exists. Choose another name, or replace it with "
            "--force."
        )
    check_replaceable(Path(out), read_settings, source=source)


def is_run(place: str | os.PathLike[str]) -> bool:
    """Return whether a path is a run or a saved model, and not a source of rows.

    Parameters
    ----------
    place : path
        Need not exist.

    Returns
    -------
    bool
    """
    if str(place) in NAMED_SOURCES:
        return False
    if os.path.isfile(os.path.join(place, CONFIG)):
        return True
    try:
        find_artifact(Path(place))
    except ArtifactError:
        return False
    return True


def read_settings(folder: Path) -> dict[str, Any]:
    """Return the settings of a run, from its ``config.yaml``.

    Parameters
    ----------
    folder : pathlib.Path
        Run folder.

    Returns
    -------
    dict
        As for ``run_training``: a mapping with ``source``, which has a source, ``estimator``,
        ``parameters``, including ``random_state``, and ``test_fraction``.

    Raises
    ------
    ArtifactError
        If it is missing, cannot be read or is invalid.
    """
    try:
        config = read_yaml_file(folder / CONFIG)
        source, parameters = {**config["source"]}, {**config["parameters"]}
        whole: dict[str, Any] = {**config, "source": source, "parameters": parameters}
        _check_settings(whole)
    except (OSError, KeyError, TypeError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise ArtifactError(
            Message(
                "{path} is not a complete run: its {file} does not have the settings of a run "
                "({reason}). Restore it, or train the run again.",
                path=str(folder),
                file=CONFIG,
                reason=_what_is_wrong(error),
            )
        ) from None
    return whole


@contextmanager
def damage_of(folder: Path, file: str) -> Iterator[None]:
    """Raise an error that a run's file is damaged if its content cannot be processed.

    Parameters
    ----------
    folder : pathlib.Path
        Run folder.
    file : str
        Name of the file, for the message.

    Raises
    ------
    ArtifactError
        For an error caused by the file's content.
    """
    from jinja2 import TemplateError  # slow to import, where a run folder is only checked

    try:
        yield
    except IsthmusError:
        raise
    except (*_DAMAGE, TemplateError) as error:
        raise ArtifactError(
            Message(
                "{path} is not a complete run: its {file} is damaged ({reason}).",
                path=str(folder),
                file=file,
                reason=what_is_wrong(error),
            )
        ) from None


def _what_is_wrong(error: Exception) -> str:
    if isinstance(error, OSError):
        return str(error.strerror or error)
    if isinstance(error, DocumentError):
        return str(error)
    if isinstance(error, KeyError):
        return f"it has no {error.args[0]}"
    if isinstance(error, UnicodeError | RecursionError | yaml.YAMLError):
        return "it is not YAML in UTF-8"
    if isinstance(error, TypeError):
        return "it is not a mapping of mappings"
    return f"invalid: {error}"


def _check_settings(config: Mapping[str, Any]) -> None:
    """Raise ``ValueError`` for settings that no training could have written."""
    source, seed = config["source"], config["parameters"]["random_state"]
    fraction = config["test_fraction"]
    options = {name: value for name, value in source.items() if name != "source"}
    wrong = [
        name
        for name, value in options.items()
        if name not in READING_OPTIONS or not READING_OPTIONS[name].form.holds(value)
    ]
    if not isinstance(source.get("source", ""), str):
        wrong.append("source")
    if not isinstance(config["estimator"], str):
        wrong.append("estimator")
    if type(fraction) not in (int, float) or not 0 <= fraction < 1:
        wrong.append("test_fraction")
    if type(seed) is not int or seed < 0:
        wrong.append("random_state")
    if wrong or "source" not in source:
        raise ValueError(", ".join(map(str, wrong)) or "source")


def _is_taken(folder: Path) -> bool:
    """Return whether a folder has more than what a process killed at the start leaves."""
    if not folder.is_dir():
        return os.path.lexists(folder)
    with os.scandir(folder) as entries:
        return any(not is_left_over(entry) for entry in entries)


def next_free(name: str) -> Path:
    """Return the folder that ``first_free`` would create now.

    Parameters
    ----------
    name : str
        NAME, safe in a path.

    Returns
    -------
    pathlib.Path
    """
    return next(folder for folder in _numbered(name) if not os.path.lexists(folder))


def first_free(name: str) -> Path:
    """Create and return the first free folder of ``runs/NAME-1``, ``runs/NAME-2``, ...

    Parameters
    ----------
    name : str
        NAME, safe in a path.

    Returns
    -------
    pathlib.Path
    """
    for folder in _numbered(name):
        with suppress(FileExistsError):
            folder.mkdir(parents=True)
            return folder
    raise AssertionError("the numbers have no end")


def _numbered(name: str) -> Iterator[Path]:
    """Yield ``runs/NAME-1``, ``runs/NAME-2``, ..., without end."""
    return (Path("runs") / f"{name}-{k}" for k in itertools.count(1))


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def run_folder(run: str | os.PathLike[str]) -> Path | None:
    """Return a run's folder; None for a model without a run.

    Parameters
    ----------
    run : path
        Run, or model that may be in one.

    Returns
    -------
    pathlib.Path or None
    """
    folder = find_artifact(Path(run)).parent
    return folder if (folder / CONFIG).is_file() else None


def whole_run_folder(run: str | os.PathLike[str]) -> Path | None:
    """Return a run's folder, checked for its settings; None for a model without a run.

    Parameters
    ----------
    run : path
        Run, or model that may be in one.

    Returns
    -------
    pathlib.Path or None

    Raises
    ------
    ArtifactError
        If there is neither, or the run has no settings.
    """
    folder = run_folder(run)
    if folder is None and find_artifact(Path(run)) != Path(run):
        raise ArtifactError(
            f"{run} has no {CONFIG} with the settings of the run. Restore it, or train the run "
            "again. Its model is complete."
        )
    return folder
