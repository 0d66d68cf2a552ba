"""Sizes of feature maps."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import Tensor
from torch.nn import functional

from ._convolutions import halvings

__all__ = ["PictureGrid"]


class PictureGrid:
    """Sizes of the feature maps between pictures and codes.

    Parameters
    ----------
    shape : sequence of int
        (channels, height, width) of a picture.
    channels : sequence of int
        Number of channels of each stage, from pictures to codes; at least one.
    """

    def __init__(self, shape: Sequence[int], channels: Sequence[int]) -> None:
        n_channels, *sides = map(int, shape)
        self.strides = halvings(sides, len(channels))
        factors = [math.prod(steps) for steps in zip(*self.strides, strict=True)]
        padded = [side + -side % factor for side, factor in zip(sides, factors, strict=True)]
        (self.height, self.width), (height, width) = sides, padded
        above, left = (height - self.height) // 2, (width - self.width) // 2
        self.pads = (left, width - self.width - left, above, height - self.height - above)
        self.smallest = (int(channels[-1]), height // factors[0], width // factors[1])
        self.widths = [n_channels, *map(int, channels)]

    def padded(self, x: Tensor) -> Tensor:
        """Repeat the edges of pictures until the strides divide their sides."""
        return functional.pad(x, self.pads, mode="replicate") if any(self.pads) else x

    def cropped(self, x: Tensor) -> Tensor:
        """Undo ``padded``."""
        left, _, above, _ = self.pads
        return x[:, :, above : above + self.height, left : left + self.width]
