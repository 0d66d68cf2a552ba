"""Documents that processes of a training send each other, as safetensors and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor

from ._checkpoint_file import joined_tensors, plain, split_tensors
from ._ranks import ProcessRanks

__all__ = ["documents_of_all", "spread_document"]


def spread_document(ranks: ProcessRanks, document: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the document of rank 0 in all processes.

    Parameters
    ----------
    ranks : ProcessRanks
        Processes, all of which must call this.
    document : mapping or None
        As for ``write_checkpoint``; None in other ranks.

    Returns
    -------
    dict
        Its tensors are on the CPU.
    """
    packed = _packed(document or {})
    size = torch.tensor([len(packed)], device=ranks.device)
    ranks.spread(size)
    message = packed if ranks.rank == 0 else torch.empty(int(size), dtype=torch.uint8)
    message = message.to(ranks.device)
    ranks.spread(message)
    return _unpacked(message)


def documents_of_all(ranks: ProcessRanks, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the documents of all processes, in their order, in all of them.

    Parameters
    ----------
    ranks : ProcessRanks
        Processes, all of which must call this.
    document : mapping
        Small, as for ``write_checkpoint``.

    Returns
    -------
    list of dict
    """
    own = _packed(document)
    sizes = torch.zeros(ranks.world, dtype=torch.int64, device=ranks.device)
    sizes[ranks.rank] = len(own)
    ranks.sum(sizes)
    every = torch.zeros(int(sizes.sum()), dtype=torch.uint8, device=ranks.device)
    parts = every.split(sizes.tolist())
    parts[ranks.rank].copy_(own)
    ranks.sum(every)
    return [_unpacked(part) for part in parts]


def _packed(document: Mapping[str, Any]) -> Tensor:
    """Return the bytes of a document: the size of its JSON, the JSON, and its tensors."""
    tree, tensors = split_tensors(document)
    text = json.dumps(tree, default=plain).encode()
    data = len(text).to_bytes(8, "little") + text + save(tensors)
    return torch.frombuffer(bytearray(data), dtype=torch.uint8)


def _unpacked(message: Tensor) -> dict[str, Any]:
    data = message.cpu().numpy().tobytes()
    end = 8 + int.from_bytes(data[:8], "little")
    document: dict[str, Any] = joined_tensors(json.loads(data[8:end]), load(data[end:]))
    return document
