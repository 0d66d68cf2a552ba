"""Variational network of convolutions."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from ._activations import make_activation
from ._conv_network import ConvDecoder, ConvEncoder
from ._variational_network import VariationalNetwork

__all__ = ["VariationalConv"]


class VariationalConv(VariationalNetwork):
    """Variational network of a convolutional encoder and its mirror, for pictures.

    Parameters
    ----------
    shape : sequence of int
        (channels, height, width) of a picture.
    latent_dim : int
        Code size.
    channels : sequence of int, default=(16, 32, 64)
        Number of channels of each stage; the decoder mirrors them.
    n_blocks : int, default=0
        Residual blocks of each stage.
    activation : str, default="silu"
        Activation before convolutions.
    output_activation : str, default="identity"
        Activation of the means of pixels.
    n_variances : int, default=0
        As for ``VariationalNetwork``.
    generator : torch.Generator, default=None
        Draws the initial weights; None leaves them uninitialised.
    """

    def __init__(
        self,
        shape: Sequence[int],
        latent_dim: int,
        channels: Sequence[int] = (16, 32, 64),
        *,
        n_blocks: int = 0,
        activation: str = "silu",
        output_activation: str = "identity",
        n_variances: int = 0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(
            ConvEncoder(
                shape,
                2 * latent_dim,
                channels,
                n_blocks=n_blocks,
                activation=activation,
                generator=generator,
            ),
            ConvDecoder(
                latent_dim,
                shape,
                channels,
                n_blocks=n_blocks,
                activation=activation,
                generator=generator,
            ),
            make_activation(output_activation),
            n_variances=n_variances,
            is_static=True,
        )
