"""Files that a run wrote, to make sure that no other files are ever replaced."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from .._documents import read_json_file
from .._owned_folders import foreign_entries, remove_owned
from ..artifacts import CHECKPOINTS, owns_entry
from ..errors import ArtifactError, OutputExistsError
from ..sources import listed

__all__ = [
    "EXPORT_FORMATS",
    "check_own_files",
    "check_replaceable",
    "check_unlinked",
    "has_checkpoint",
    "is_left_over",
    "owned_by_run",
    "remove_checkpoints",
    "remove_own_files",
]

EXPORT_FORMATS = ("pdf", "svg", "png")  # of figures, each in a folder below "figures"

_FILES = (
    "config.yaml",
    "environment.json",
    "evaluation.json",
    "metrics.jsonl",
    "report.html",
    "report.json",
    "report.npz",
    "MODEL_CARD.md",
)
# For interrupted runs without report.json, which lists a run's figures.
_FIGURES = (
    "code_map.png",
    "code_map.svg",
    "columns.svg",
    "confusion.svg",
    "divergences.svg",
    "error_map.png",
    "error_map.svg",
    "errors.svg",
    "filters.png",
    "filters.svg",
    "held_out_rows.svg",
    "latent_rows.svg",
    "latents.svg",
    "levels.svg",
    "loss_curves.svg",
    "pca_sizes.svg",
    "pixels.png",
    "pixels.svg",
    "ranking.svg",
    "reconstructions.png",
    "reconstructions.svg",
    "samples.svg",
    "strangest.png",
    "strangest.svg",
    "units.svg",
    "walks.svg",
    "words.svg",
)
_TENSORBOARD = re.compile(r"events\.out\.tfevents\.[^/]+")
# Names of temporary files and folders that a killed process leaves; see ``isthmus._files``,
# ``isthmus._owned_folders`` and ``isthmus._file_changes``.
_UNFINISHED_FILE = re.compile(
    rf"(model/|checkpoint/|figures/(?:(?:{'|'.join(EXPORT_FORMATS)})/)?)?\.([^/]+)\.[a-z0-9_]{{8}}/(?:\2)?"
)
_UNFINISHED_MODEL = re.compile(r"\.model\.(?:new|old)-[0-9a-f]{8}/(.*)")
_CHANGES = re.compile(r"\.changes(?:\.[a-z0-9_]{8})?/(.*)")
_EXPORT = re.compile(rf"figures/({'|'.join(EXPORT_FORMATS)})/(?:([^/]+)\.\1)?")
_CHECKPOINT = re.compile(r"checkpoint/(?:start\.json|training-[0-9]+\.safetensors)?")
_FIGURE = re.compile(r"figures/[^/]+\.(?:png|svg|webp)")


def owned_by_run(folder: Path) -> Callable[[str], bool]:
    """Return a function that checks whether a path in a run's folder belongs to the run.

    Parameters
    ----------
    folder : pathlib.Path
        Run folder.

    Returns
    -------
    callable
        Takes a path relative to the folder, with a slash at the end for a folder.
    """
    return functools.partial(_owns, frozenset(_listed_figures(folder)))


def _owns(figures: frozenset[str], path: str) -> bool:
    if changed := _CHANGES.fullmatch(path):  # before files: its name could be one's
        return not changed[1] or _owns(figures, changed[1])
    if file := _UNFINISHED_FILE.fullmatch(path):
        return _owns(figures, f"{file[1] or ''}{file[2]}")
    if model := _UNFINISHED_MODEL.fullmatch(path):
        return not model[1] or owns_entry(model[1])
    return (
        path in _FILES
        or path in ("figures/", "model/", *figures)
        or _is_export(figures, path)
        or (path.startswith("model/") and owns_entry(path.removeprefix("model/")))
        or _TENSORBOARD.fullmatch(path) is not None
        or _CHECKPOINT.fullmatch(path) is not None
    )


def is_left_over(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry of a run's folder is what a killed process left.

    Parameters
    ----------
    entry : os.DirEntry
        Of a folder.

    Returns
    -------
    bool
    """
    if not entry.is_dir(follow_symlinks=False):
        return False
    if entry.name == CHECKPOINTS:  # without the file that is written first
        return all(_is_hidden_own(f"{CHECKPOINTS}/{name}/") for name in os.listdir(entry))
    return _is_hidden_own(f"{entry.name}/")


def _is_hidden_own(path: str) -> bool:
    return PurePosixPath(path).name.startswith(".") and _owns(frozenset(), path)


def _is_export(figures: frozenset[str], path: str) -> bool:
    """Return whether a path is a figure that `isthmus report --format` wrote, or its folder."""
    found = _EXPORT.fullmatch(path)
    if found is None or not found[2]:
        return found is not None
    names = [Path(figure).name for figure in figures]
    return any(found[2] in (Path(name).stem, name.replace(".", "-")) for name in names)


def _listed_figures(folder: Path) -> list[str]:
    known = [f"figures/{name}" for name in _FIGURES]
    try:
        report = read_json_file(folder / "report.json")
        listed_there = [str(figure["file"]) for figure in report["figures"]]
        return known + [file for file in listed_there if _FIGURE.fullmatch(file)]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return known


def check_replaceable(
    folder: Path,
    settings: Callable[[Path], dict[str, Any]],
    *,
    source: Mapping[str, Any] | None = None,
) -> None:
    """Raise ``OutputExistsError`` if ``--force`` must not replace a folder.

    It must be a run's folder, contain only the run's files, and not be or contain the source, the
    working directory or the home directory.

    Parameters
    ----------
    folder : pathlib.Path
        Existing folder.
    settings : callable
        Reads a run's settings; raises ``ArtifactError`` if the folder has none.
    source : mapping, default=None
        Arguments of ``read_source`` for the rows of the new run.
    """
    real = folder.resolve()
    for place, what in ((Path.cwd(), "the working directory"), (Path.home(), "the home directory")):
        if place.resolve().is_relative_to(real):
            raise OutputExistsError(
                f"--force must not replace {what} or a folder that contains it. Got {folder}: "
                "choose another name."
            )
    for name in ("source", "data_dir"):
        place = Path(str((source or {}).get(name) or ""))
        if place.parts and place.exists() and place.resolve().is_relative_to(real):
            raise OutputExistsError(
                f"--force must not replace the training rows. The source {place} is in {folder}: "
                "choose another name, or move the source."
            )
    if not real.is_dir():
        raise OutputExistsError(
            f"--force replaces only the folders of runs. {folder} is a file: move it away, or "
            "choose another name."
        )
    _check_is_run(folder, settings)
    foreign = foreign_entries(real, owned_by_run(real))
    if foreign:
        raise OutputExistsError(
            f"--force replaces only files that a run wrote. {folder} also contains "
            f"{listed(foreign)}: move {'it' if len(foreign) == 1 else 'them'} away, or choose "
            "another name."
        )


def check_unlinked(folder: Path) -> None:
    """Raise ``OutputExistsError`` if a file or subfolder of a run is a link: it may lead anywhere.

    Parameters
    ----------
    folder : pathlib.Path
        Run folder that is to be written to.
    """
    exports = [f"figures/{form}" for form in EXPORT_FORMATS]
    for name in (*_FILES, "checkpoint", "figures", "model", *exports):
        if (folder / name).is_symlink():
            raise OutputExistsError(
                f"The files of {folder} must be files and folders of their own. {folder / name} is "
                "a link: move it away."
            )


def check_own_files(folder: Path) -> None:
    """Raise ``OutputExistsError`` if an unfinished run contains files of others.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of a run that a sweep will train again; need not exist.
    """
    if not os.path.lexists(folder):
        return
    if folder.is_symlink() or not folder.is_dir():
        raise OutputExistsError(
            f"A sweep replaces only folders of runs. {folder} is a link or a file: move it away."
        )
    foreign = foreign_entries(folder, owned_by_run(folder))
    if foreign:
        raise OutputExistsError(
            f"A sweep replaces only files that a run wrote. {folder}, which must be trained "
            f"again, also contains {listed(foreign)}: move "
            f"{'it' if len(foreign) == 1 else 'them'} away."
        )


def remove_own_files(folder: Path) -> None:
    """Delete the files of a run, and its folder if that becomes empty.

    Parameters
    ----------
    folder : pathlib.Path
        Run folder; need not exist.
    """
    if folder.is_dir() and not folder.is_symlink():
        remove_owned(folder, owned_by_run(folder))


def remove_checkpoints(folder: Path) -> None:
    """Delete the checkpoints of a run.

    Parameters
    ----------
    folder : pathlib.Path
        Their folder, in that of the run; need not exist.
    """
    if folder.is_dir() and not folder.is_symlink():
        remove_owned(folder, lambda path: _owns(frozenset(), f"checkpoint/{path}"))


def has_checkpoint(folder: Path) -> bool:
    """Return whether a run's folder has a checkpoint.

    Parameters
    ----------
    folder : pathlib.Path
        Run folder.

    Returns
    -------
    bool
    """
    return any(folder.glob("checkpoint/training-*.safetensors"))


def _check_is_run(folder: Path, settings: Callable[[Path], dict[str, Any]]) -> None:
    if not os.path.lexists(folder / "config.yaml"):
        raise OutputExistsError(
            f"--force replaces only the folders of runs. {folder} has no config.yaml: move it "
            "away, or choose another name."
        )
    try:
        settings(folder)
        facts = read_json_file(folder / "environment.json")
        if {"isthmus", "torch"} <= facts.keys():
            return
    except (ArtifactError, OSError, ValueError, AttributeError, RecursionError):
        pass
    raise OutputExistsError(
        f"--force replaces only the folders of runs. The config.yaml and environment.json of "
        f"{folder} are not those of a run: move it away, or choose another name."
    )
