"""Convolutional encoders and decoders of pictures."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ._activations import make_activation
from ._affine import linear, steady
from ._conv_paths import ConvPathDecoder, ConvPathEncoder
from ._convolutions import ResidualBlock, convolution, upsampling
from ._encoder_decoder import EncoderDecoder
from ._picture_grid import PictureGrid

__all__ = ["ConvDecoder", "ConvEncoder", "ConvNetwork"]


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
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self._grid = grid = PictureGrid(shape, channels)
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
        self.final = make_activation(final_activation)

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
        out: Tensor = self.final(_applied(self.dense, maps))
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
        Activation of the pixels.
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
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self._grid = grid = PictureGrid(shape, channels)
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
        self.final = make_activation(final_activation)

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
        out: Tensor = self.final(self._grid.cropped(maps).contiguous())
        return out


class ConvNetwork(EncoderDecoder):
    """Convolutional autoencoder of pictures.

    With a linear path, encoder and decoder are linear maps between pictures and codes, and
    convolutions correct the pictures before the first map and after the second; without one,
    convolutional stages lead to a linear layer and back.

    Parameters
    ----------
    shape : sequence of int
        (channels, height, width) of a picture.
    latent_dim : int
        Size of a code.
    channels : sequence of int, default=(32, 128)
        Number of channels of each stage; the decoder mirrors them.
    n_blocks : int, default=1
        Residual blocks of each stage.
    activation : str, default="silu"
        Activation before convolutions.
    latent_activation : str, default="identity"
        Activation of the code; that of a linear path must be linear.
    output_activation : str, default="identity"
        Activation of the reconstruction.
    linear_path : bool, default=False
        Whether encoder and decoder have a linear path.
    generator : torch.Generator, default=None
        Draws the initial weights; None leaves them uninitialised.
    """

    is_static = True

    def __init__(
        self,
        shape: Sequence[int],
        latent_dim: int,
        channels: Sequence[int] = (32, 128),
        *,
        n_blocks: int = 1,
        activation: str = "silu",
        latent_activation: str = "identity",
        output_activation: str = "identity",
        linear_path: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        make_decoder = ConvPathDecoder if linear_path else ConvDecoder
        make_encoder = (
            ConvPathEncoder
            if linear_path
            else functools.partial(ConvEncoder, final_activation=latent_activation)
        )
        common: dict[str, Any] = {
            "n_blocks": n_blocks,
            "activation": activation,
            "generator": generator,
        }
        super().__init__(
            make_encoder(shape, latent_dim, channels, **common),
            make_decoder(latent_dim, shape, channels, final_activation=output_activation, **common),
        )

    def with_paths(self) -> tuple[ConvPathEncoder, ConvPathDecoder]:
        """Return encoder and decoder, which must have a linear path.

        Returns
        -------
        tuple of ConvPathEncoder and ConvPathDecoder
        """
        assert isinstance(self.encoder, ConvPathEncoder)
        assert isinstance(self.decoder, ConvPathDecoder)
        return self.encoder, self.decoder

    @torch.no_grad()
    def standardise(self, x: Tensor) -> None:
        """Set the units in which the corrections beside linear paths see pictures.

        Parameters
        ----------
        x : Tensor of shape (n, channels, height, width)
            Pictures of the training rows, after ``start`` of both paths.
        """
        encoder, decoder = self.with_paths()
        restored = decoder.linear(encoder.path(x.flatten(1)))
        encoder.correction.standardise(x)
        decoder.correction.standardise(restored)


def _applied(layer: nn.Linear, x: Tensor) -> Tensor:
    return layer(x) if torch.is_grad_enabled() else steady(layer, x)
