"""A run's model and model card on the Hugging Face Hub, for `isthmus push`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path, PurePath
from typing import Any

from .._damage import what_is_wrong
from .._extras import imported
from .._version import __version__
from ..artifacts import (
    DOCUMENT,
    REPORT,
    TENSORS,
    HubPlace,
    check_license,
    find_artifact,
    hub_errors,
    hub_place,
    read_artifact,
    read_report,
    write_artifact,
)
from ..errors import ArtifactError, IsthmusError, UsageError
from ..pages import card_text

__all__ = ["push_run"]


def push_run(
    run: str | os.PathLike[str],
    repo: str,
    *,
    license: str | None = None,
    private: bool | None = None,
    message: str = "Add a model trained with Isthmus",
) -> str:
    """Push a run's model and model card to the Hugging Face Hub, and nothing else.

    Parameters
    ----------
    run : path
        Run folder, or folder written by ``save``.
    repo : str
        Repository ``user/name``, which is created if needed.
    license : str, default=None
        Identifier in the Hub's terms, such as ``"apache-2.0"``, for the model card.
    private : bool, default=None
        Whether a new repository is private; None leaves it to the Hub.
    message : str, default="Add a model trained with Isthmus"
        Message of the commit.

    Returns
    -------
    str
        Address of the commit.

    Raises
    ------
    UsageError
        If the name of the repository or of the license is invalid.
    ArtifactError
        If there is no model, or it is damaged.
    IsthmusError
        If the Hub cannot be reached, or refuses.
    MissingExtraError
        If huggingface_hub is not installed.
    """
    place = hub_place(repo if repo.startswith("hf:/") else f"hf://{repo}")
    if place is None or place.revision is not None:
        raise UsageError(f"A repository on the Hub is named user/name. Got {repo}.")
    check_license(license)
    artifact = find_artifact(Path(run))
    card = _card(artifact, place, license)
    with tempfile.TemporaryDirectory() as scratch:
        folder = _without_places(artifact, Path(scratch) / "model")
        return _pushed(place, folder, card, private, message)


def _pushed(place: HubPlace, folder: Path, card: str, private: bool | None, message: str) -> str:
    hub = imported("huggingface_hub", "hub")
    contents: dict[str, Any] = {name: folder / name for name in (DOCUMENT, TENSORS)}
    contents["README.md"] = card.encode()
    api = hub.HfApi(library_name="isthmus", library_version=__version__)
    with hub_errors(place, IsthmusError):
        api.create_repo(place.repo, exist_ok=True, private=private)
        commit = api.create_commit(
            place.repo,
            [
                hub.CommitOperationAdd(path_in_repo=name, path_or_fileobj=content)
                for name, content in contents.items()
            ],
            commit_message=message,
        )
    return str(commit.commit_url)


def _card(artifact: Path, place: HubPlace, license: str | None) -> str:
    """Return the model card; that of a model without a run has no metrics."""
    run = artifact.parent
    document: dict[str, Any] = {"title": place.repo.partition("/")[2]}
    if (run / REPORT).is_file():
        document = read_report(run)
        document["command"] = str(document.get("command", "")).replace(f"{run}{os.sep}", "")
    document |= {"license": license} if license else {}
    try:
        return card_text(document | {"hub": f"hf://{place.repo}"})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ArtifactError(
            f"{run} is not a complete run: its {REPORT} is damaged ({what_is_wrong(error)})."
        ) from None


def _without_places(artifact: Path, copy: Path) -> Path:
    """Copy a model without the folders of its training rows, which concern nobody else."""
    document, tensors = read_artifact(artifact)
    about = document.get("about")
    if isinstance(about, dict) and isinstance(about.get("source"), dict):
        source = {name: value for name, value in about["source"].items() if name != "data_dir"}
        source["source"] = PurePath(str(source.get("source", ""))).name
        document = document | {"about": about | {"source": source}}
    document.pop("schema_version", None)
    write_artifact(copy, document, tensors)
    return copy
