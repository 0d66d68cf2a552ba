"""Linear paths between pictures and codes whose pictures convolutions correct."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ._activations import make_activation
from ._affine import FixedLinear
from ._picture_correction import PictureCorrection

__all__ = ["ConvPathDecoder", "ConvPathEncoder"]


class ConvPathEncoder(nn.Module):
    """Linear layer from corrected pictures to codes: ``V (x + correction(x)) + v``.

    The linear layer is zero until ``start``, and training does not change it. All trained weights
    are convolutions, which are the same everywhere in a picture, so few pictures suffice.

    Parameters
    ----------
    shape : sequence of int
        (channels, height, width) of a picture.
    n_outputs : int
        Size of a code.
    channels : sequence of int, default=(32, 128)
        Number of channels of each stage of the correction.
    n_blocks : int, default=1
        Residual blocks of each stage.
    activation : str, default="silu"
        Activation before convolutions.
    generator : torch.Generator, default=None
        Draws the initial weights; None leaves them uninitialised.
    """

    def __init__(
        self,
        shape: Sequence[int],
        n_outputs: int,
        channels: Sequence[int] = (32, 128),
        *,
        n_blocks: int = 1,
        activation: str = "silu",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.path = FixedLinear(math.prod(shape), n_outputs)
        self.correction = PictureCorrection(
            shape, channels, n_blocks=n_blocks, activation=activation, generator=generator
        )

    def start(self, weight: Tensor, bias: Tensor) -> None:
        """Set the linear layer; see ``isthmus.nn.FixedLinear.start``.

        Parameters
        ----------
        weight : Tensor of shape (at most n_outputs, n_pixels)
            Of pixels in the order (channels, height, width).
        bias : Tensor of shape (at most n_outputs,)
            Bias of the first outputs.
        """
        self.path.start(weight, bias)

    def forward(self, x: Tensor) -> Tensor:
        """Map pictures to codes.

        Parameters
        ----------
        x : Tensor of shape (n, channels, height, width)
            Pictures.

        Returns
        -------
        Tensor of shape (n, n_outputs)
        """
        return _in_single_precision(self.path, (x + self.correction(x)).flatten(1))


class ConvPathDecoder(nn.Module):
    """Linear layer from codes to pictures, which are then corrected.

    The linear layer is zero until ``start``, and training does not change it.

    Parameters
    ----------
    n_inputs : int
        Size of a code.
    shape : sequence of int
        (channels, height, width) of a picture.
    channels : sequence of int, default=(32, 128)
        Number of channels of each stage of the correction.
    n_blocks : int, default=1
        Residual blocks of each stage.
    activation : str, default="silu"
        Activation before convolutions.
    final_activation : str, default="identity"
        Activation of the corrected pixels.
    generator : torch.Generator, default=None
        Draws the initial weights; None leaves them uninitialised.
    """

    def __init__(
        self,
        n_inputs: int,
        shape: Sequence[int],
        channels: Sequence[int] = (32, 128),
        *,
        n_blocks: int = 1,
        activation: str = "silu",
        final_activation: str = "identity",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self._shape = tuple(map(int, shape))
        self.path = FixedLinear(n_inputs, math.prod(shape))
        self.correction = PictureCorrection(
            shape, channels, n_blocks=n_blocks, activation=activation, generator=generator
        )
        self.final = make_activation(final_activation)

    def start(self, weight: Tensor, bias: Tensor) -> None:
        """Set the linear layer; see ``isthmus.nn.FixedLinear.start``.

        Parameters
        ----------
        weight : Tensor of shape (n_pixels, at most n_inputs)
            Of pixels in the order (channels, height, width).
        bias : Tensor of shape (n_pixels,)
            Bias of the pixels.
        """
        self.path.start(weight, bias)

    def linear(self, z: Tensor) -> Tensor:
        """Map codes to pictures without a correction.

        Parameters
        ----------
        z : Tensor of shape (n, n_inputs)
            Codes.

        Returns
        -------
        Tensor of shape (n, channels, height, width)
        """
        return _in_single_precision(self.path, z).view(-1, *self._shape)

    def forward(self, z: Tensor) -> Tensor:
        """Map codes to pictures.

        Parameters
        ----------
        z : Tensor of shape (n, n_inputs)
            Codes.

        Returns
        -------
        Tensor of shape (n, channels, height, width)
        """
        pictures = self.linear(z)
        out: Tensor = self.final(pictures + self.correction(pictures))
        return out


def _in_single_precision(path: FixedLinear, x: Tensor) -> Tensor:
    """Apply a path without mixed precision, whose rounding training could not undo."""
    with torch.autocast(x.device.type, enabled=False):
        out: Tensor = path(x.float())
    return out
