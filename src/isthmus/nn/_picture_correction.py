"""Convolutions that correct pictures."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ._activations import make_activation
from ._convolutions import ResidualBlock, convolution, upsampling
from ._picture_grid import PictureGrid

__all__ = ["PictureCorrection"]

# Factor of the initial weights of the last layer. At 0.01, the corrections of thousands of pixels
# would cost a percent of PCA's error; at 0, all other layers would have no gradients.
_NEAR_ZERO = 0.001


class PictureCorrection(nn.Module):
    """Convolutions from pictures to what is added to them, near zero at first.

    The stages halve height and width of the pictures and double them again. What each stage makes
    on the way down is added on the way up (a U-Net), so the stages in the middle, where an
    operation on a picture costs least, may be the widest.

    Parameters
    ----------
    shape : sequence of int
        (channels, height, width) of a picture.
    channels : sequence of int, default=(32, 128)
        Number of channels of each stage, at least one.
    n_blocks : int, default=1
        Residual blocks of each stage, on the way down and on the way up.
    activation : str, default="silu"
        Activation before every convolution but the first.
    generator : torch.Generator, default=None
        Draws the initial weights; None leaves them uninitialised.

    References
    ----------
    Ronneberger et al. (2015), U-Net: convolutional networks for biomedical image segmentation.
    """

    mean: Tensor
    spread: Tensor

    def __init__(
        self,
        shape: Sequence[int],
        channels: Sequence[int] = (32, 128),
        *,
        n_blocks: int = 1,
        activation: str = "silu",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self._grid = grid = PictureGrid(shape, channels)
        self.register_buffer("mean", torch.zeros(tuple(map(int, shape))))
        self.register_buffer("spread", torch.ones(()))
        self.activation = make_activation(activation)
        self.down, self.up, self.blocks = (nn.ModuleList() for _ in range(3))
        n_stages = len(grid.strides)
        for k, stride in enumerate(grid.strides):
            outer, inner = grid.widths[k : k + 2]

            def blocks(width: int = inner) -> nn.Sequential:
                made = (
                    ResidualBlock(width, activation=activation, generator=generator)
                    for _ in range(n_blocks)
                )
                return nn.Sequential(*made)

            self.down.append(
                nn.Sequential(convolution(outer, inner, generator, stride=stride), blocks())
            )
            self.blocks.append(blocks() if k + 1 < n_stages else nn.Identity())
            self.up.append(upsampling(inner, outer, generator, stride=stride))
        with torch.no_grad():
            for parameter in self.up[0].parameters():
                parameter.mul_(_NEAR_ZERO)

    @torch.no_grad()
    def standardise(self, x: Tensor) -> None:
        """Set the units of pictures: the layers see them centred, with a variance of 1.

        Parameters
        ----------
        x : Tensor of shape (n, channels, height, width)
            Pictures, such as a sample of the training rows.
        """
        self.mean.copy_(x.mean(dim=0))
        spread = (x - self.mean).square().mean().sqrt()
        if spread > 0:
            self.spread.copy_(spread)

    def forward(self, x: Tensor) -> Tensor:
        """Return the corrections of pictures.

        Parameters
        ----------
        x : Tensor of shape (n, channels, height, width)
            Pictures.

        Returns
        -------
        Tensor of shape (n, channels, height, width)
            In the units of the pictures.
        """
        maps = self._grid.padded((x - self.mean) / self.spread)
        maps = maps.contiguous(memory_format=torch.channels_last)
        on_the_way: list[Tensor] = []
        for k, stage in enumerate(self.down):
            maps = stage(self.activation(maps) if k else maps)
            on_the_way.append(maps)
        for k in reversed(range(len(self.up))):
            if k + 1 < len(self.up):
                maps = self.blocks[k](maps + on_the_way[k])
            maps = self.up[k](self.activation(maps))
        out: Tensor = self._grid.cropped(maps).contiguous() * self.spread
        return out
