"""Convolutional encoders and decoders of pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from ._activations import make_activation
from ._affine import FixedLinear, linear, steady
from ._convolutions import ResidualBlock, convolution, halvings, upsampling
from ._encoder_decoder import EncoderDecoder

__all__ = ["ConvDecoder", "ConvEncoder", "ConvNetwork"]

# Factor of the last layers beside a linear path. At 0.01, the sum over thousands of pixels costs a
# percent of PCA's error; at 0, the encoder's gradients would be rounding errors.
_NEAR_ZERO = 0.001


class _Grid:
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


class ConvEncoder(nn.Module):
    """Convolutional stages from pictures to feature maps, and a linear layer to codes.

    Each stage halves height and width with a strided convolution, if they are at least 4 pixels,
    and then has residual blocks. Pictures of other sides are padded with their edge pixels. There
    is no normalisation, so the code of a picture does not depend on other pictures.

    Parameters
    ----------
    shape : sequence of int
        (channels, height, width) of a picture.
    n_outputs : int
        Size of a code.
    channels : sequence of int, default=(32, 64, 128)
        Number of channels of each stage.
    n_blocks : int, default=1
        Residual blocks of each stage.
    activation : str, default="silu"
        Activation before every convolution but the first, and before the linear layer.
    final_activation : str, default="identity"
        Activation of the code.
    linear_path : bool, default=False
        Whether a linear layer of the pixels is added to the code. It is zero until ``start``, and
        training does not change it: Muon would take dozens of steps to repair what its first ones
        do to a start that is already good. The last layer of the convolutions starts near zero.
    generator : torch.Generator, default=None
        Draws the initial weights; None leaves them uninitialised.
    """

    def __init__(
        self,
        shape: Sequence[int],
        n_outputs: int,
        channels: Sequence[int] = (32, 64, 128),
        *,
        n_blocks: int = 1,
        activation: str = "silu",
        final_activation: str = "identity",
        linear_path: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self._grid = grid = _Grid(shape, channels)
        self.stages = nn.Sequential()
        for k, stride in enumerate(grid.strides):
            self.stages.append(
                convolution(grid.widths[k], grid.widths[k + 1], generator, stride=stride)
            )
            for _ in range(n_blocks):
                self.stages.append(
                    ResidualBlock(grid.widths[k + 1], activation=activation, generator=generator)
                )
            if k + 1 < len(grid.strides):
                self.stages.append(make_activation(activation))
        self.activation = make_activation(activation)
        self.dense = linear(math.prod(grid.smallest), n_outputs, generator)
        self.path = FixedLinear(math.prod(shape), n_outputs) if linear_path else None
        self.final = make_activation(final_activation)
        if linear_path:
            _scale_down(self.dense)

    def start(self, weight: Tensor, bias: Tensor) -> None:
        """Set the linear path; see ``isthmus.nn.FixedLinear.start``.

        Parameters
        ----------
        weight : Tensor of shape (at most n_outputs, n_pixels)
            Of pixels in the order (channels, height, width).
        bias : Tensor of shape (at most n_outputs,)
            Bias of the first outputs.
        """
        assert self.path is not None
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
        maps = self._grid.padded(x).contiguous(memory_format=torch.channels_last)
        maps = self.activation(self.stages(maps)).flatten(1)
        code = _applied(self.dense, maps)
        if self.path is not None:
            code = code + self.path(x.flatten(1))
        out: Tensor = self.final(code)
        return out


class ConvDecoder(nn.Module):
    """Mirror of ``ConvEncoder``: a linear layer to feature maps, and convolutional stages.

    Parameters
    ----------
    n_inputs : int
        Size of a code.
    shape : sequence of int
        (channels, height, width) of a picture.
    channels : sequence of int, default=(32, 64, 128)
        Number of channels of each stage, as for the encoder: the last is next to the code.
    n_blocks : int, default=1
        Residual blocks of each stage.
    activation : str, default="silu"
        Activation before every convolution.
    final_activation : str, default="identity"
        Activation of the pixels, after both paths are added.
    linear_path : bool, default=False
        Whether a linear layer of the code is added to the pixels; see ``ConvEncoder``.
    generator : torch.Generator, default=None
        Draws the initial weights; None leaves them uninitialised.
    """

    def __init__(
        self,
        n_inputs: int,
        shape: Sequence[int],
        channels: Sequence[int] = (32, 64, 128),
        *,
        n_blocks: int = 1,
        activation: str = "silu",
        final_activation: str = "identity",
        linear_path: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self._grid = grid = _Grid(shape, channels)
        self._shape = tuple(map(int, shape))
        self.dense = linear(n_inputs, math.prod(grid.smallest), generator)
        self.stages = nn.Sequential()
        for k, stride in reversed(list(enumerate(grid.strides))):
            for _ in range(n_blocks):
                self.stages.append(
                    ResidualBlock(grid.widths[k + 1], activation=activation, generator=generator)
                )
            self.stages.append(make_activation(activation))
            self.stages.append(
                upsampling(grid.widths[k + 1], grid.widths[k], generator, stride=stride)
            )
        self.path = FixedLinear(n_inputs, math.prod(shape)) if linear_path else None
        self.final = make_activation(final_activation)
        if linear_path:
            _scale_down(self.stages[-1])

    def start(self, weight: Tensor, bias: Tensor) -> None:
        """Set the linear path; see ``isthmus.nn.FixedLinear.start``.

        Parameters
        ----------
        weight : Tensor of shape (n_pixels, at most n_inputs)
            Of pixels in the order (channels, height, width).
        bias : Tensor of shape (n_pixels,)
            Bias of the pixels.
        """
        assert self.path is not None
        self.path.start(weight, bias)

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
        maps = _applied(self.dense, z).view(-1, *self._grid.smallest)
        maps = self.stages(maps.contiguous(memory_format=torch.channels_last))
        pixels = self._grid.cropped(maps).contiguous()
        if self.path is not None:
            pixels = pixels + self.path(z).view_as(pixels)
        out: Tensor = self.final(pixels)
        return out


class ConvNetwork(EncoderDecoder):
    """Convolutional autoencoder of pictures.

    Parameters
    ----------
    shape : sequence of int
        (channels, height, width) of a picture.
    latent_dim : int
        Size of a code.
    channels : sequence of int, default=(32, 64, 128)
        Number of channels of each stage; the decoder mirrors them.
    n_blocks : int, default=1
        Residual blocks of each stage.
    activation : str, default="silu"
        Activation before convolutions.
    latent_activation : str, default="identity"
        Activation of the code.
    output_activation : str, default="identity"
        Activation of the reconstruction.
    linear_path : bool, default=False
        Whether encoder and decoder have a linear path.
    generator : torch.Generator, default=None
        Draws the initial weights; None leaves them uninitialised.
    """

    encoder: ConvEncoder
    decoder: ConvDecoder
    is_static = True

    def __init__(
        self,
        shape: Sequence[int],
        latent_dim: int,
        channels: Sequence[int] = (32, 64, 128),
        *,
        n_blocks: int = 1,
        activation: str = "silu",
        latent_activation: str = "identity",
        output_activation: str = "identity",
        linear_path: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        encoder = ConvEncoder(
            shape,
            latent_dim,
            channels,
            n_blocks=n_blocks,
            activation=activation,
            final_activation=latent_activation,
            linear_path=linear_path,
            generator=generator,
        )
        decoder = ConvDecoder(
            latent_dim,
            shape,
            channels,
            n_blocks=n_blocks,
            activation=activation,
            final_activation=output_activation,
            linear_path=linear_path,
            generator=generator,
        )
        super().__init__(encoder, decoder)


def _applied(layer: nn.Linear, x: Tensor) -> Tensor:
    return layer(x) if torch.is_grad_enabled() else steady(layer, x)


@torch.no_grad()
def _scale_down(layer: nn.Module) -> None:
    """Scale the initial weights of the last layer beside a linear path to almost zero."""
    for parameter in layer.parameters():
        parameter.mul_(_NEAR_ZERO)
