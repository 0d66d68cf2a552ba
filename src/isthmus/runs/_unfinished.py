"""Runs whose training is not finished: what is stored to continue it, and what must be the same."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._damage import what_is_wrong
from .._digests import check_signed, signed
from .._documents import read_json_file
from .._files import write_text
from .._translation import Message
from .._version import __version__
from ..artifacts import CHECKPOINTS, REPORT
from ..errors import ArtifactError, DataError, LostProcessError, TrainingError
from ._own_files import remove_checkpoints

if TYPE_CHECKING:
    from ..training import Checkpointer

__all__ = [
    "Unfinished",
    "begun_with",
    "check_checkpoints",
    "checkpointed",
    "is_unfinished",
    "read_unfinished",
]

_START = "start.json"
# With another value of these, the rounding of results may differ.
_SAME = ("torch", "numpy", "threads", "processor", "cuda")


@dataclass(frozen=True)
class Unfinished:
    """Start of a training that is not finished.

    Attributes
    ----------
    folder : pathlib.Path
        Run folder.
    config : dict
        Settings, as for ``run_training``.
    options : dict
        Further arguments of ``run_training`` that it began with.
    facts : dict
        Versions, threads and machine, and the fingerprint of the source.
    asked : object, default=None
        Settings as they were given to ``run_training``; None of an earlier version.
    """

    folder: Path
    config: dict[str, Any]
    options: dict[str, Any]
    facts: dict[str, Any]
    asked: Any = None

    def notes(self, facts: Mapping[str, Any]) -> list[str]:
        """Return what differs now, so that the results may differ in rounding.

        Parameters
        ----------
        facts : mapping
            Versions, threads and machine now.

        Returns
        -------
        list of str
            Messages.
        """
        return [
            Message(
                "The training continues with {name} {now}. It began with {before}, so its results "
                "may differ in rounding from those without an interruption.",
                name=name,
                now=str(facts.get(name)),
                before=str(self.facts.get(name)),
            )
            for name in _SAME
            if facts.get(name) != self.facts.get(name)
        ]

    def check_version(self) -> None:
        """Raise ``ArtifactError`` unless the training began with this version of Isthmus."""
        began = self.facts.get("isthmus")
        if began != __version__:
            raise ArtifactError(
                f"A training continues only with the Isthmus that began it. {self.folder} was "
                f"begun with {began}, and this is {__version__}: install that version, or train "
                "again."
            )

    def check_rows(self, fingerprint: str) -> None:
        """Raise ``DataError`` unless the source is that of the start of the training.

        Parameters
        ----------
        fingerprint : str
            Of the source now.
        """
        if fingerprint != self.facts.get("data"):
            source = self.config["source"]["source"]
            raise DataError(
                f"A training continues only with the rows that it began with. Those of {source} "
                f"have changed since {self.folder} was begun: restore them, or train again."
            )


def is_unfinished(folder: Path) -> bool:
    """Return whether a run's training can be continued.

    Parameters
    ----------
    folder : pathlib.Path
        Need not exist.

    Returns
    -------
    bool
    """
    return os.path.isfile(folder / CHECKPOINTS / _START)  # False also for a name that is too long


def read_unfinished(run: str | os.PathLike[str]) -> Unfinished:
    """Read the start of a training that is to be continued.

    Parameters
    ----------
    run : path
        Run folder.

    Returns
    -------
    Unfinished

    Raises
    ------
    ArtifactError
        If there is no such run, its training is complete, or its start cannot be read.
    """
    folder = Path(run)
    if not folder.is_dir():
        raise ArtifactError(
            f"Run {folder} not found. List the runs and their states with `isthmus runs`."
        )
    if not is_unfinished(folder):
        raise ArtifactError(
            f"{folder} has no training to continue: "
            + ("it is complete." if (folder / REPORT).is_file() else "it has no checkpoint.")
            + " Train a new run, or list the runs and their states with `isthmus runs`."
        )
    path = folder / CHECKPOINTS / _START
    try:
        document = read_json_file(path)
        check_signed(path, document)
        config, options, facts = ({**document[key]} for key in ("config", "options", "facts"))
        found = Unfinished(folder, config, options, facts, document.get("asked"))
        str(found.config["source"]["source"])
    except ArtifactError:
        raise
    except (AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError) as error:
        raise ArtifactError(
            f"{path} cannot be read ({what_is_wrong(error)}). Train the run again."
        ) from None
    return found


def check_checkpoints(folder: Path) -> None:
    """Raise ``ArtifactError`` if a checkpoint cannot be read.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the checkpoints.
    """
    from ..training import read_checkpoint

    for path in sorted(folder.glob("*.safetensors")):
        read_checkpoint(path)


def begun_with(asked: Mapping[str, Any], run: str | os.PathLike[str] | None) -> Unfinished | None:
    """Return the unfinished training in a folder, if it was begun with the same settings.

    Parameters
    ----------
    asked : mapping
        Settings as they were given to ``run_training``.
    run : path or None
        Folder of the run; need not exist.

    Returns
    -------
    Unfinished or None
    """
    if run is None or not is_unfinished(Path(run)):
        return None
    found = read_unfinished(run)
    is_same = found.asked == json.loads(json.dumps(asked, default=str))
    return found if is_same else None


@contextmanager
def checkpointed(
    final: Path,
    written: Path,
    start: Mapping[str, Any],
    *,
    seconds: float | None,
    epochs: int | None,
    resumes: bool,
) -> Iterator[Checkpointer]:
    """Keep checkpoints of a run within a block, until it is complete.

    They are in the final folder of the run, also if another one is to be replaced.

    Parameters
    ----------
    final, written : pathlib.Path
        Final folder of the run, and the one where it is written.
    start : mapping
        ``config``, ``options`` and ``facts``, as in ``Unfinished``, and ``asked``, the settings
        as they were given.
    seconds, epochs : float or None, int or None
        As for ``Checkpointer``.
    resumes : bool
        Whether to continue from the checkpoints that are there.

    Yields
    ------
    Checkpointer
    """
    from ..training import Checkpointer

    folder = final / CHECKPOINTS
    checkpoints = Checkpointer(folder, seconds=seconds, epochs=epochs, resume=resumes)
    if not resumes:
        remove_checkpoints(folder)
        text = json.dumps(start, default=str)
        write_text(folder / _START, json.dumps(signed(json.loads(text)), indent=2) + "\n")
    try:
        yield checkpoints
    except BaseException as error:
        # Continued, it would fail in the same way; and a complete run needs no empty checkpoint.
        is_lost = isinstance(error, TrainingError) and not isinstance(error, LostProcessError)
        if is_lost or (not checkpoints.is_any and (final / REPORT).is_file()):
            remove_checkpoints(folder)
        raise
    if written != final:
        if checkpoints.is_closed:  # copied, so that a process killed now leaves them too
            shutil.copytree(folder, written / CHECKPOINTS, dirs_exist_ok=True)
    elif not checkpoints.is_closed:
        remove_checkpoints(folder)
