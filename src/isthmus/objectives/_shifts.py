"""Random shifts and reflections of pictures, a form of data augmentation."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

__all__ = ["Shifts"]


class Shifts:
    """Shifts each picture by some pixels down and across, and mirrors it or not.

    Edge pixels are repeated.

    Parameters
    ----------
    picture_shape : sequence of int
        (height, width) or (height, width, channels), in the order of the values in a row.
    most : int
        Maximum shift in pixels, in each direction; all shifts up to it are equally likely.
    flip : bool, default=False
        Whether every second picture, at random, is mirrored left to right.
    channels_first : bool, default=False
        Whether pictures have shape (channels, height, width).
    """

    def __init__(
        self,
        picture_shape: Sequence[int],
        most: int,
        *,
        flip: bool = False,
        channels_first: bool = False,
    ) -> None:
        height, width, channels = (*picture_shape, 1)[:3]
        offsets = torch.arange(-most, most + 1)
        rows = (torch.arange(height) + offsets[:, None]).clamp(0, height - 1)
        columns = (torch.arange(width) + offsets[:, None]).clamp(0, width - 1)
        if flip:
            columns = torch.cat([columns, columns.flip(1)])
        pixels = rows[:, None, :, None] * width + columns[None, :, None, :]
        if channels_first:
            numbers = pixels[:, :, None] + height * width * torch.arange(channels)[:, None, None]
        else:
            numbers = pixels[..., None] * channels + torch.arange(channels)
        # For each shift, the source index of each value of a shifted picture.
        self._sources = numbers.reshape(len(rows) * len(columns), height * width * channels)

    def apply(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Shift each picture by its own random shift.

        Parameters
        ----------
        x : Tensor of shape (n, n_features) or (n, channels, height, width)
            Pictures; not modified.
        generator : torch.Generator
            On the device of the rows.

        Returns
        -------
        Tensor of the shape of ``x``
        """
        self._sources = self._sources.to(x.device)
        chosen = torch.randint(len(self._sources), (len(x),), generator=generator, device=x.device)
        return x.flatten(1).gather(1, self._sources[chosen]).view_as(x)
