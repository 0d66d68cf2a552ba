"""What the results of a command on a trained run depend on."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .._version import __version__
from ..artifacts import find_artifact, model_hash, read_document
from ..sources import NAMED_SOURCES, shards_of
from ._source_paths import located

__all__ = ["command_facts", "source_facts"]


def command_facts(
    command: str, run: Path, source: str | None, options: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the results of a command depend on, for ``kept_blocks``.

    Parameters
    ----------
    command : str
        Its name.
    run : pathlib.Path
        Run, or saved model.
    source : str or None
        Source on the command line; None is the training source.
    options : mapping
        Options that change the results, by name; None is an option that was not given.

    Returns
    -------
    dict
        By the subject of a message.
    """
    given = {name: str(value) for name, value in options.items() if value is not None}
    return {
        "command": {"the command": command},
        "the version of Isthmus": __version__,
        "the run or its model": model_hash(run),
        **source_facts(source or _training_source(run)),
        "options": {f"`{name}`": value for name, value in given.items()},
    }


def source_facts(place: str) -> dict[str, Any]:
    """Return those of ``command_facts`` that depend on the source.

    Parameters
    ----------
    place : str
        The source.

    Returns
    -------
    dict
    """
    return {
        "the source": str(located({"source": place})["source"]),
        "the files of the source": _digest_of_files(place),
    }


def _training_source(run: Path) -> str:
    own = (read_document(find_artifact(run)).get("about") or {}).get("source") or {}
    return str(own.get("source", ""))


def _digest_of_files(place: str) -> str:
    """Return a hash of the names, sizes and times of the files of a source."""
    digest = hashlib.sha256()
    if place not in NAMED_SOURCES:
        path = Path(place).expanduser()
        for file in _files(path):
            try:
                found = file.stat()
            except OSError:  # a link that leads nowhere, which the reading of the source tells
                continue
            name = file.relative_to(path).as_posix() if path.is_dir() else file.name
            digest.update(f"{name} {found.st_size} {found.st_mtime_ns}\n".encode(errors="replace"))
    return digest.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        for place, folders, files in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            yield from (Path(place, name) for name in sorted(files) if not name.startswith("."))
    else:
        yield from shards_of(path)  # of a pattern
