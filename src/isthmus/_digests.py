"""Digests of saved files, by which a change is noticed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ._documents import open_regular
from ._translation import Message
from .errors import ArtifactError

__all__ = [
    "DIGESTS",
    "check_digest",
    "check_signed",
    "digest_of_document",
    "digest_of_file",
    "signed",
]

DIGESTS = "sha256"


def signed(document: dict[str, Any], **digests: str) -> dict[str, Any]:
    """Return a document with the digests of itself and of other files.

    Parameters
    ----------
    document : dict
        JSON types; digests in it are kept, except its own.
    **digests : str
        SHA-256 of files beside the document, as hexadecimal digits.

    Returns
    -------
    dict
    """
    others = {**document.get(DIGESTS, {}), **digests}
    return {**document, DIGESTS: {**others, "document": digest_of_document(document)}}


def check_signed(path: Path, document: dict[str, Any]) -> None:
    """Raise ``ArtifactError`` if a document is not the one that was signed.

    Parameters
    ----------
    path : pathlib.Path
        Its file.
    document : dict
        JSON types, as returned by ``signed``.
    """
    digests = document.get(DIGESTS)
    own = digests.get("document") if isinstance(digests, dict) else None
    check_digest(path, digest_of_document(document), own)


def digest_of_document(document: dict[str, Any]) -> str:
    """Return the SHA-256 of a document's values, without its digests.

    Parameters
    ----------
    document : dict
        JSON types. The order of names and the white space of a file do not count.

    Returns
    -------
    str
        Hexadecimal digits.
    """
    values = {name: value for name, value in document.items() if name != DIGESTS}
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of_file(path: Path) -> str:
    """Return the SHA-256 of a file.

    Parameters
    ----------
    path : pathlib.Path
        Regular file.

    Returns
    -------
    str
        Hexadecimal digits.
    """
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_digest(path: Path, got: str, expected: object) -> None:
    """Raise ``ArtifactError`` if a file has changed since it was saved.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    got : str
        Its digest.
    expected : object
        Digest when it was saved.
    """
    if not isinstance(expected, str):
        raise ArtifactError(
            Message(
                "{path} is damaged: it has no SHA-256 of when it was saved. Restore it from a "
                "copy, or train again.",
                path=str(path),
            )
        )
    if got != expected:
        raise ArtifactError(
            Message(
                "{path} is damaged: its SHA-256 must begin with {expected}, as when it was saved. "
                "Got {got}: restore it from a copy, or train again.",
                path=str(path),
                expected=expected[:12],
                got=got[:12],
            )
        )
