"""Blocks of a preprocessor as pairs of modules: to network inputs, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..errors import UsageError
from ..preprocessing import Block
from ._scaling_graphs import Scaled, Unscaled, fits_single

__all__ = ["BlockGraph", "block_graph"]


class BlockGraph:
    """One block in a graph.

    Parameters
    ----------
    encode : torch.nn.Module
        Maps the block's columns of the matrix, float32 or float64, to encoded values
        ``(n, *encoded_shape)``, float32, NaN where missing.
    decode : torch.nn.Module
        Maps encoded values to columns of the matrix, float64.
    fits_single : bool
        Whether single precision keeps all digits of the columns that count.
    """

    def __init__(self, encode: nn.Module, decode: nn.Module, *, fits_single: bool) -> None:
        self.encode, self.decode, self.fits_single = encode, decode, fits_single


def block_graph(block: Block) -> BlockGraph:
    """Return a fitted block as modules.

    Parameters
    ----------
    block : Block
        Fitted.

    Returns
    -------
    BlockGraph

    Raises
    ------
    UsageError
        If it is a custom block, whose rules no graph can know.
    """
    make = _GRAPHS.get(block.name)
    if make is None:
        raise UsageError(
            f"The preprocessing of an exported model must consist of blocks of Isthmus. Got "
            f"{block.name!r}: keep using this model from Python, or train one without the block."
        )
    return make(block)


class _PictureInput(nn.Module):
    """Scaled pictures in the layout of the network."""

    def __init__(self, block: Block) -> None:
        super().__init__()
        self.scaled = Scaled(block.scaling)
        self._picture, self._shape = block.picture_shape or (), block.encoded_shape
        self._is_moved = _is_moved(block)

    def forward(self, x: Tensor) -> Tensor:
        x = self.scaled(x)
        if self._is_moved:
            return x.reshape(-1, *self._picture).permute(0, 3, 1, 2).contiguous()
        return x if len(self._shape) == 1 else x.reshape(-1, *self._shape)


class _PictureOutput(nn.Module):
    """Flat pictures in the units of the rows."""

    def __init__(self, block: Block) -> None:
        super().__init__()
        self.unscaled = Unscaled(block.scaling)
        self._is_moved = _is_moved(block)

    def forward(self, x: Tensor) -> Tensor:
        if self._is_moved:
            x = x.permute(0, 2, 3, 1)
        raw: Tensor = self.unscaled(x.flatten(1))
        return raw


def _is_moved(block: Block) -> bool:
    """Return whether channels come before pixels in encoded pictures, but not in rows."""
    shape = block.picture_shape or ()
    return len(block.encoded_shape) == 3 and len(shape) == 3 and shape[2] > 1


class _Standardised(nn.Module):
    """One column of a table, as ``ColumnBlock`` scales it."""

    mean: Tensor
    scale: Tensor

    def __init__(self, block: Block, *, is_ordinal: bool = False) -> None:
        super().__init__()
        _keep(self, block.tensors())
        self._is_ordinal = is_ordinal

    def forward(self, x: Tensor) -> Tensor:
        x = x.double()
        if self._is_ordinal:  # unknown levels are missing
            x = torch.where(x < 0, torch.nan, x)
        return ((x - self.mean) / self.scale).float()


class _Unstandardised(nn.Module):
    """Undoes ``_Standardised``; places of levels are rounded to the nearest."""

    mean: Tensor
    scale: Tensor

    def __init__(self, block: Block, *, n_levels: int = 0) -> None:
        super().__init__()
        _keep(self, block.tensors())
        self._last = n_levels - 1

    def forward(self, x: Tensor) -> Tensor:
        raw = x.double() * self.scale + self.mean
        return raw if self._last < 0 else raw.round().clamp(0, self._last)


class _OneHot(nn.Module):
    """Index of a level, one-hot with the block's height; NaN for missing and unknown levels."""

    levels: Tensor

    def __init__(self, block: Block) -> None:
        super().__init__()
        self._height = float(np.float32(1 / block.tensors()["scale"][0]))
        self.register_buffer("levels", torch.arange(float(block.encoded_shape[0])))

    def forward(self, x: Tensor) -> Tensor:
        x = x.float()
        encoded = torch.where(x == self.levels, self._height, 0.0)
        return torch.where(x >= 0, encoded, torch.nan)


class _MostLikely(nn.Module):
    """Index of the most likely level."""

    def forward(self, x: Tensor) -> Tensor:
        return x.argmax(dim=1, keepdim=True).double()


def _keep(module: nn.Module, arrays: dict[str, NDArray[Any]]) -> None:
    for name in ("mean", "scale"):
        module.register_buffer(name, torch.from_numpy(np.ascontiguousarray(arrays[name])))


def _of_numbers(block: Block) -> BlockGraph:
    scaling = block.scaling
    return BlockGraph(Scaled(scaling), Unscaled(scaling), fits_single=fits_single(scaling))


def _of_pictures(block: Block) -> BlockGraph:
    is_single = fits_single(block.scaling)
    return BlockGraph(_PictureInput(block), _PictureOutput(block), fits_single=is_single)


def _of_levels(block: Block) -> BlockGraph:
    return BlockGraph(_OneHot(block), _MostLikely(), fits_single=True)


def _of_places(block: Block) -> BlockGraph:
    n_levels = len(block.facts()["levels"])
    encode = _Standardised(block, is_ordinal=True)
    return BlockGraph(encode, _Unstandardised(block, n_levels=n_levels), fits_single=True)


def _of_single(block: Block) -> BlockGraph:
    return BlockGraph(_Standardised(block), _Unstandardised(block), fits_single=True)


def _of_double(block: Block) -> BlockGraph:
    return BlockGraph(_Standardised(block), _Unstandardised(block), fits_single=False)


_GRAPHS: dict[str, Callable[[Block], BlockGraph]] = {
    "numeric": _of_numbers,
    "text": _of_numbers,
    "picture": _of_pictures,
    "categorical": _of_levels,
    "ordinal": _of_places,
    "hashed": _of_single,
    "free_text": _of_single,
    "date": _of_double,
    "list": _of_double,
}
