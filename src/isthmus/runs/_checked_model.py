"""Checks of a saved model, for `isthmus verify`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._translation import Message, message_of
from ..artifacts import DOCUMENT, TENSORS, read_artifact, read_document, unreadable
from ..errors import IsthmusError

__all__ = ["Checks", "check_model"]


@dataclass
class Checks:
    """Results of checks, in their order.

    Attributes
    ----------
    entries : list of dict
        ``file``, relative to the run; ``status``: "ok", "note" or "failed"; and ``message``.
    """

    entries: list[dict[str, Any]] = field(default_factory=list)

    def add(self, status: str, file: str, message: str) -> None:
        """Add the result of a check."""
        self.entries.append({"file": file, "status": status, "message": message})

    @contextmanager
    def of(self, file: str, done: Callable[[], str] | str) -> Iterator[None]:
        """Add "failed" with the error of a block, else "ok" with the message ``done``."""
        try:
            yield
        except IsthmusError as error:
            self.add("failed", file, message_of(error))
        except OSError as error:
            self.add("failed", file, unreadable(error.filename, error.strerror))
        else:
            self.add("ok", file, done if isinstance(done, str) else done())

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return all(entry["status"] != "failed" for entry in self.entries)


def check_model(artifact: Path, checks: Checks, prefix: str = "") -> dict[str, Any] | None:
    """Check the files of a saved model, and load it.

    Parameters
    ----------
    artifact : pathlib.Path
        Folder of the model.
    checks : Checks
        Gets the results.
    prefix : str, default=""
        Beginning of the files' names.

    Returns
    -------
    dict or None
        The model's document; None if it cannot be read.
    """
    document: dict[str, Any] = {}
    with checks.of(prefix + DOCUMENT, lambda: _about_document(document)):
        document |= read_document(artifact)
    if not document:
        return None
    tensors: dict[str, Any] = {}
    with checks.of(prefix + TENSORS, lambda: _about_tensors(document, tensors)):
        tensors |= read_artifact(artifact)[1]
    if tensors:
        with checks.of("model", Message("loads as {name}", name=str(document["estimator"]))):
            _load(artifact)
    if document.get("sha256") is None:
        checks.add(
            "note",
            prefix + DOCUMENT,
            Message(
                "Schema {version} has no SHA-256, so changed weights are not noticed. Load the "
                "model and save it again to add them.",
                version=int(document["schema_version"]),
            ),
        )
    return document


def _load(artifact: Path) -> None:
    from ..estimators import load  # imports torch, which reading does not need

    load(artifact, device="cpu")


def _about_document(document: dict[str, Any]) -> str:
    version = int(document["schema_version"])
    if "sha256" not in document:
        return Message("schema {version}", version=version)
    return Message("schema {version}, SHA-256 as saved", version=version)


def _about_tensors(document: dict[str, Any], tensors: dict[str, Any]) -> str:
    n_values = sum(tensor.size for tensor in tensors.values())
    if "sha256" not in document:
        return Message("{n} tensors, {m:,} values", n=len(tensors), m=n_values)
    return Message("{n} tensors, {m:,} values, SHA-256 as saved", n=len(tensors), m=n_values)
