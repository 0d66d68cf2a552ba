"""Custom networks: checked, copied, and restored by import path."""

from __future__ import annotations

import copy
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from .._random import torch_generator
from ..errors import ArtifactError, UsageError
from ..nn import EncoderDecoder

__all__ = ["CustomNetwork", "import_path", "imported_module", "own_draws", "shapes_of"]


class CustomNetwork(EncoderDecoder):
    """Network of copies of two custom modules.

    Parameters
    ----------
    encoder, decoder : torch.nn.Module
        From rows to codes, and from codes to rows.
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module) -> None:
        super().__init__(copy.deepcopy(encoder), copy.deepcopy(decoder))


def shapes_of(encoder: Any, decoder: Any, n_features: int) -> int:
    """Check two modules on rows of zeros, and return the code size.

    Parameters
    ----------
    encoder, decoder : torch.nn.Module
        Custom modules.
    n_features : int
        Number of features.

    Returns
    -------
    int
        Code size.

    Raises
    ------
    UsageError
        If they are not modules, fail on such rows, or have incompatible shapes.
    """
    for name, module in (("encoder", encoder), ("decoder", decoder)):
        if not isinstance(module, nn.Module):
            raise UsageError(
                "`encoder` and `decoder` must both be torch.nn.Module objects, or both None. "
                f"Got {type(module).__name__} for `{name}`."
            )
    encoder, decoder = copy.deepcopy(encoder).eval().cpu(), copy.deepcopy(decoder).eval().cpu()
    code = _checked_output("encoder", encoder, torch.zeros(2, n_features), None)
    _checked_output("decoder", decoder, code, n_features)
    return int(code.shape[1])


def _checked_output(name: str, module: nn.Module, x: Tensor, width: int | None) -> Tensor:
    wanted = f"(n, {width})" if width else "(n, latent_dim)"
    rule = f"`{name}` must map float32 rows of shape (n, {x.shape[1]}) to {wanted}."
    try:
        with torch.no_grad():
            out = module(x)
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise UsageError(f"{rule} It raised {type(error).__name__}: {reason}") from None
    shape = tuple(out.shape) if isinstance(out, Tensor) else type(out).__name__
    if not isinstance(out, Tensor) or out.ndim != 2 or len(out) != len(x):
        raise UsageError(f"{rule} Got {shape} for {len(x)} rows.")
    if width is not None and out.shape[1] != width:
        raise UsageError(f"{rule} Got {shape} for {len(x)} rows.")
    return out


@contextmanager
def own_draws(seed: int, epoch: int, device: torch.device) -> Iterator[tuple[torch.Generator, ...]]:
    """Seed torch's global generators, which dropout uses, within a block.

    Parameters
    ----------
    seed, epoch : int
        Determine the draws.
    device : torch.device
        Device of the network.

    Yields
    ------
    tuple of torch.Generator
        The global generators; their states are restored after the block.
    """
    on_cuda = device.type == "cuda"
    with torch.random.fork_rng(devices=[device] if on_cuda else []):
        torch.set_rng_state(torch_generator(seed, "network", epoch).get_state())
        if on_cuda:
            state = torch_generator(seed, "network", epoch, device).get_state()
            torch.cuda.set_rng_state(state, device)
            with torch.cuda.device(device):
                index = torch.cuda.current_device()
            yield torch.default_generator, torch.cuda.default_generators[index]
        else:
            yield (torch.default_generator,)


def import_path(module: Any) -> str:
    """Return the import path of a module's class, ``package.module:Class``."""
    return f"{type(module).__module__}:{type(module).__qualname__}"


def imported_module(path: str, name: str) -> nn.Module:
    """Create the module that an artifact names, without arguments.

    Parameters
    ----------
    path : str
        As returned by ``import_path``.
    name : str
        "encoder" or "decoder", for the message.

    Returns
    -------
    torch.nn.Module
        Its weights are not loaded yet.

    Raises
    ------
    ArtifactError
        If there is no such class, it is not a module, or it requires arguments.
    """
    place, _, qualname = path.partition(":")
    try:
        found: Any = importlib.import_module(place)
        for part in qualname.split("."):
            found = getattr(found, part)
        if isinstance(found, type) and issubclass(found, nn.Module):
            with torch.random.fork_rng(devices=[]):
                return found()
        reason = "it is not a torch.nn.Module"
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
    raise ArtifactError(
        f"The {name} of this model is {path}, which cannot be created here ({reason}). Pass one of "
        f"the same shape: load(..., encoder=..., decoder=...)."
    )
