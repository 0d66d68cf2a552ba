"""One checkpoint in one file: safetensors, with everything else as JSON in its header."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from .._damage import what_is_wrong
from .._digests import DIGESTS, check_digest
from .._documents import check_header, parse_json
from .._files import replacing
from ..errors import ArtifactError

__all__ = ["joined_tensors", "plain", "read_checkpoint", "split_tensors", "write_checkpoint"]

_SCHEMA = 2
_DAMAGE = (
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    SafetensorError,
    TypeError,
    ValueError,
)
_DOCUMENT, _TENSOR, _STRIDES = "checkpoint", "tensor", "strides"


def write_checkpoint(path: Path, document: Mapping[str, Any]) -> None:
    """Write a checkpoint atomically: a process killed meanwhile leaves the previous one.

    Parameters
    ----------
    path : pathlib.Path
        File to write.
    document : mapping
        Nested dicts with string keys, lists, tensors, numbers, strings and None.
    """
    tree, tensors = split_tensors(document)
    text = json.dumps({"schema": _SCHEMA, "content": tree}, default=plain)
    header = {_DOCUMENT: text, DIGESTS: _digest(text, tensors)}
    with replacing(path) as temporary:
        save_file(tensors, temporary, metadata=header)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint.

    Parameters
    ----------
    path : pathlib.Path
        File written by ``write_checkpoint``.

    Returns
    -------
    dict
        The document; its tensors are on the CPU.

    Raises
    ------
    ArtifactError
        If the file is damaged, or from another version of the format.
    """
    try:
        check_header(path)
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            text = metadata[_DOCUMENT]
            schema, content = (parse_json(text)[key] for key in ("schema", "content"))
            if schema != _SCHEMA:
                raise ArtifactError(
                    f"The checkpoint {path} must have schema {_SCHEMA}. Got {schema}: resume with "
                    "the Isthmus that wrote it, or train again."
                )
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        check_digest(path, _digest(text, tensors), metadata.get(DIGESTS))
        document: dict[str, Any] = joined_tensors(content, tensors)
    except _DAMAGE as error:
        if isinstance(error, ArtifactError):
            raise
        raise ArtifactError(
            f"The checkpoint {path} cannot be read ({what_is_wrong(error)}). Restore it from a "
            f"copy, or delete {path.parent} and train again."
        ) from None
    return document


def _digest(text: str, tensors: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of the text and tensors of a checkpoint."""
    digest = hashlib.sha256(text.encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f" {name} {tensor.dtype} {tuple(tensor.shape)} ".encode())
        digest.update(tensor.cpu().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def split_tensors(
    document: Mapping[str, Any], prefix: str = ""
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Split a document into JSON types and tensors.

    Parameters
    ----------
    document : mapping
        As for ``write_checkpoint``.
    prefix : str, default=""
        Start of the tensors' names.

    Returns
    -------
    tuple of dict and dict of str to Tensor
        The document with a reference in place of each tensor, and the tensors, contiguous.
    """
    tensors: dict[str, Tensor] = {}
    return _without_tensors(document, prefix, tensors), tensors


def joined_tensors(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    """Return what was split, with the tensors in place.

    Parameters
    ----------
    value : dict, list or plain value
        as returned by ``split_tensors``.
    tensors : mapping of str to Tensor
        Those that it refers to, and perhaps others.

    Returns
    -------
    dict, list or plain value
    """
    if isinstance(value, dict):
        if _TENSOR in value:
            tensor = tensors[value[_TENSOR]]
            if _STRIDES not in value:
                return tensor
            ordered = torch.empty_strided(tensor.shape, value[_STRIDES], dtype=tensor.dtype)
            return ordered.copy_(tensor)
        return {k: joined_tensors(v, tensors) for k, v in value.items()}
    return [joined_tensors(v, tensors) for v in value] if isinstance(value, list) else value


def plain(value: Any) -> Any:
    """Return a NumPy number, such as a parameter may be, as Python's."""
    return value.item()


def _without_tensors(value: Any, path: str, tensors: dict[str, Tensor]) -> Any:
    """Return a value with a reference in place of each tensor, which is added to ``tensors``."""
    if isinstance(value, Tensor):
        tensors[path] = value.detach().contiguous()
        reference: dict[str, Any] = {_TENSOR: path}
        if not value.is_contiguous():
            # Matrix products may round differently for another order of the same values in memory.
            reference[_STRIDES] = list(value.stride())
        return reference
    if isinstance(value, Mapping):
        return {k: _without_tensors(v, f"{path}/{k}", tensors) for k, v in value.items()}
    if isinstance(value, list):
        return [_without_tensors(v, f"{path}/{k}", tensors) for k, v in enumerate(value)]
    return value
