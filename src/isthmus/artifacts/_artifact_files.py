"""Artifact: a folder with tensors and a JSON document, and no code."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save

from .._damage import what_is_wrong
from .._digests import DIGESTS, check_digest, check_signed, digest_of_file, signed
from .._documents import check_header, read_json_file
from .._file_changes import complete_changes
from .._owned_folders import recover_folder, replacing_folder
from .._translation import Message
from ..errors import ArtifactError, OutputExistsError
from ._earlier_schemas import current_document, current_tensors
from ._given_paths import given_folder
from ._hub import hub_place, local_copy

__all__ = [
    "ARRAYS",
    "CHECKPOINTS",
    "DOCUMENT",
    "SCHEMA_VERSION",
    "TENSORS",
    "find_artifact",
    "model_hash",
    "owns_entry",
    "read_arrays",
    "read_artifact",
    "read_document",
    "read_json",
    "unreadable",
    "write_artifact",
]

SCHEMA_VERSION = 3
_FIRST_WITH_DIGESTS = 3

CHECKPOINTS = "checkpoint"  # folder of a run whose training is not finished

ARRAYS = "about."  # names of arrays that are metadata begin with it

DOCUMENT, TENSORS = "model.json", "model.safetensors"
# TypeError and the others: of types that NumPy lacks, such as BF16.
_UNREADABLE = (OSError, SafetensorError, ValueError, TypeError, KeyError, AttributeError)


def write_artifact(
    folder: str | os.PathLike[str], document: dict[str, Any], tensors: dict[str, NDArray[Any]]
) -> None:
    """Write an artifact atomically.

    Parameters
    ----------
    folder : path
        Created if needed. An existing artifact is replaced once the new one is complete.
    document : dict
        JSON types only; the format's name, its version and the SHA-256 of both files are added.
    tensors : dict of str to ndarray
        Weights and preprocessing.

    Raises
    ------
    OutputExistsError
        If the path is a file, or a folder with anything but an artifact's own files.
    """
    folder = given_folder(folder)
    if folder.is_file():
        raise OutputExistsError(
            f"A model is saved as a folder of its own. {folder} is an existing file: choose the "
            "name of a new folder."
        )
    if folder.exists() and not _is_artifact(folder):
        raise OutputExistsError(
            f"The folder of a saved model must not contain other files, but {folder} does. "
            "Choose another name."
        )
    whole = {"format": "isthmus", "schema_version": SCHEMA_VERSION, **document}
    plain = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    with replacing_folder(folder, owns_entry) as fresh:
        # Not save_file: it would make the file readable for its owner only.
        (fresh / TENSORS).write_bytes(save(plain))
        whole = signed(whole, tensors=digest_of_file(fresh / TENSORS))
        (fresh / DOCUMENT).write_text(_as_json(whole), encoding="utf-8")


def owns_entry(path: str) -> bool:
    """Return whether a path relative to an artifact's folder is one of its files.

    Parameters
    ----------
    path : str
        As passed by ``isthmus._files.foreign_entries``.

    Returns
    -------
    bool
    """
    return path in (DOCUMENT, TENSORS)


def read_artifact(
    folder: str | os.PathLike[str],
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Read an artifact.

    Parameters
    ----------
    folder : path
        Artifact, or run folder with an artifact in ``model``.

    Returns
    -------
    tuple of dict and dict
        Document and tensors, converted to the current schema.

    Raises
    ------
    ArtifactError
        If there is no artifact, it is damaged, or its schema is newer.
    """
    folder = find_artifact(given_folder(folder))
    document = read_document(folder)
    _check_tensors(folder, document)
    try:
        check_header(folder / TENSORS)
        tensors = load_file(folder / TENSORS)
    except _UNREADABLE as error:
        raise ArtifactError(unreadable(folder / TENSORS, error)) from None
    return document, current_tensors(tensors, document["schema_version"])


def read_arrays(folder: str | os.PathLike[str]) -> dict[str, NDArray[Any]]:
    """Read the arrays of an artifact that are metadata, without the weights.

    Parameters
    ----------
    folder : path
        Artifact, or run folder with an artifact in ``model``.

    Returns
    -------
    dict of str to ndarray
        As given to ``save``; empty if there are none.

    Raises
    ------
    ArtifactError
        If there is no artifact, or its tensors cannot be read.
    """
    folder = find_artifact(given_folder(folder))
    path = folder / TENSORS
    _check_tensors(folder, read_document(folder))
    try:
        check_header(path)
        with safe_open(path, framework="numpy") as file:
            names = [name for name in file.keys() if name.startswith(ARRAYS)]  # noqa: SIM118
            return {name.removeprefix(ARRAYS): file.get_tensor(name) for name in names}
    except _UNREADABLE as error:
        raise ArtifactError(unreadable(path, error)) from None


def model_hash(folder: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of an artifact's tensors, as hexadecimal digits.

    Parameters
    ----------
    folder : path
        Artifact, or run folder with an artifact in ``model``.

    Returns
    -------
    str
        Equal for equal files.

    Raises
    ------
    ArtifactError
        If there is no artifact, or the file cannot be read.
    """
    return _digest_of_tensors(find_artifact(given_folder(folder)))


def read_document(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Read an artifact's document without its tensors.

    Parameters
    ----------
    folder : path
        Artifact, or run folder with an artifact in ``model``.

    Returns
    -------
    dict
        Converted to the current schema.

    Raises
    ------
    ArtifactError
        If there is no artifact, it is damaged, or its schema is newer.
    """
    folder = find_artifact(given_folder(folder))
    document = read_json(folder / DOCUMENT, finite=True)
    if document.get("format") != "isthmus":
        raise ArtifactError(
            Message("{path} is not a model saved by Isthmus.", path=str(folder / DOCUMENT))
        )
    version = document.get("schema_version")
    if version not in range(1, SCHEMA_VERSION + 1) or isinstance(version, bool):
        raise ArtifactError(
            Message(
                "{path} must have a schema version from 1 to {last}. Got {version}: use the "
                "Isthmus that saved it ({saved_by}), or train again.",
                path=str(folder),
                last=SCHEMA_VERSION,
                version=str(version),
                saved_by=str(document.get("isthmus_version", "unknown")),
            )
        )
    digests = document.get(DIGESTS)
    if digests is not None or int(document["schema_version"]) >= _FIRST_WITH_DIGESTS:
        check_signed(folder / DOCUMENT, document)
    try:
        return current_document(document)
    except (AttributeError, KeyError, TypeError) as error:
        raise ArtifactError(
            Message(
                "{path} is not a complete model: its model.json is damaged ({reason}).",
                path=str(folder),
                reason=what_is_wrong(error),
            )
        ) from None


def find_artifact(folder: Path) -> Path:
    """Return the folder of an artifact.

    Parameters
    ----------
    folder : pathlib.Path
        The artifact itself, or its run folder; or ``hf://user/name@revision`` on the Hugging Face
        Hub, which is downloaded.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ArtifactError
        If neither contains a model.
    """
    if (place := hub_place(folder)) is not None:
        return local_copy(place, (DOCUMENT, TENSORS))
    if not folder.exists():
        recover_folder(folder, lambda path: False)
    complete_changes(folder)
    for candidate in (folder, folder / "model"):
        if (candidate / DOCUMENT).is_file():
            return candidate
    if not folder.exists():
        raise ArtifactError(
            Message("No run or model found at {path}. Check the path.", path=str(folder))
        )
    if folder.is_file():
        raise ArtifactError(
            Message(
                "A run or a saved model is a folder. {path} is a file: pass the folder instead.",
                path=str(folder),
            )
        )
    if (folder / CHECKPOINTS).is_dir():
        raise ArtifactError(
            Message(
                "{path} has no model: its training is not finished. Continue it with `isthmus "
                "train --resume {path}`.",
                path=str(folder),
            )
        )
    raise ArtifactError(
        Message(
            "{path} contains no model.json. Pass the folder of a completed run, or a folder "
            "written by `save`.",
            path=str(folder),
        )
    )


def read_json(path: Path, *, finite: bool = False) -> dict[str, Any]:
    """Read a JSON object from a file.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    finite : bool, default=False
        Whether to refuse numbers that are not finite.

    Returns
    -------
    dict

    Raises
    ------
    ArtifactError
        If it cannot be read, or is not a JSON object.
    """
    try:
        document = read_json_file(path, finite=finite)
    except OSError as error:
        raise ArtifactError(unreadable(path, error.strerror)) from None
    except (ValueError, RecursionError) as error:
        raise ArtifactError(
            Message("{path} is not valid JSON: {reason}.", path=str(path), reason=str(error))
        ) from None
    if not isinstance(document, dict):
        raise ArtifactError(
            Message(
                "{path} must contain a JSON object. Got {kind}.",
                path=str(path),
                kind="null" if document is None else type(document).__name__,
            )
        )
    return document


def unreadable(path: object, reason: object) -> Message:
    """Return the sentence for a file that cannot be read.

    Parameters
    ----------
    path, reason : object
        File, and what the system says.

    Returns
    -------
    Message
    """
    return Message("{path} cannot be read: {reason}.", path=str(path), reason=str(reason))


def _check_tensors(folder: Path, document: dict[str, Any]) -> None:
    if DIGESTS in document:  # not of an earlier schema
        expected = document[DIGESTS].get("tensors")
        check_digest(folder / TENSORS, _digest_of_tensors(folder), expected)


def _digest_of_tensors(folder: Path) -> str:
    path = folder / TENSORS
    try:
        return digest_of_file(path)
    except OSError as error:
        raise ArtifactError(unreadable(path, error.strerror)) from None


def _as_json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _is_artifact(folder: Path) -> bool:
    return folder.is_dir() and all(owns_entry(p.name) for p in folder.iterdir())
