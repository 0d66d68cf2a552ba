"""Convolutional layers and residual blocks with explicit initial weights."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ._activations import make_activation

__all__ = ["ResidualBlock", "convolution", "halvings", "upsampling"]

_LEAST_SIDE = 4  # of a picture that is halved


class _UninitialisedConv(nn.Conv2d):
    """The constructor of ``nn.Conv2d`` draws from torch's global generator; this one does not."""

    def reset_parameters(self) -> None:
        """Leave the weights uninitialised."""


class _UninitialisedUpsampling(nn.ConvTranspose2d):
    """As ``_UninitialisedConv``, for a transposed convolution."""

    def reset_parameters(self) -> None:
        """Leave the weights uninitialised."""


def convolution(
    n_inputs: int,
    n_outputs: int,
    generator: torch.Generator | None,
    *,
    stride: Sequence[int] = (1, 1),
) -> nn.Conv2d:
    """Return a convolution that divides height and width by its strides.

    Weights are normal with the variance 2 / fan_in (He et al., 2015), biases 0.

    Parameters
    ----------
    n_inputs, n_outputs : int
        Number of channels.
    generator : torch.Generator or None
        On the CPU; None leaves the weights uninitialised.
    stride : sequence of two int, default=(1, 1)
        For height and width, 1 or 2.

    Returns
    -------
    torch.nn.Conv2d
    """
    kernel = _kernel(stride)
    step = stride[0], stride[1]
    made: nn.Conv2d = _UninitialisedConv(n_inputs, n_outputs, kernel, step, padding=1)
    made.__class__ = nn.Conv2d  # so it prints, pickles and compares like any other
    _draw(made, n_inputs * math.prod(kernel), generator)
    return made


def upsampling(
    n_inputs: int, n_outputs: int, generator: torch.Generator | None, *, stride: Sequence[int]
) -> nn.ConvTranspose2d:
    """Return a transposed convolution that multiplies height and width by its strides.

    Parameters
    ----------
    n_inputs, n_outputs : int
        Number of channels.
    generator : torch.Generator or None
        On the CPU; None leaves the weights uninitialised.
    stride : sequence of two int
        For height and width, 1 or 2.

    Returns
    -------
    torch.nn.ConvTranspose2d
    """
    kernel = _kernel(stride)
    step = stride[0], stride[1]
    raw = _UninitialisedUpsampling(n_inputs, n_outputs, kernel, step, padding=1)
    made: nn.ConvTranspose2d = raw
    made.__class__ = nn.ConvTranspose2d
    # Each output receives kernel / stride values of each input channel.
    _draw(made, n_inputs * math.prod(kernel) // math.prod(stride), generator)
    return made


def _kernel(stride: Sequence[int]) -> tuple[int, int]:
    # A kernel of 4 with stride 2 reaches every pixel equally often, which avoids checkerboards.
    height, width = (4 if step == 2 else 3 for step in stride)
    return height, width


@torch.no_grad()
def _draw(
    layer: nn.Conv2d | nn.ConvTranspose2d, fan_in: int, generator: torch.Generator | None
) -> None:
    assert layer.bias is not None
    if generator is not None:
        layer.weight.normal_(0.0, math.sqrt(2 / fan_in), generator=generator)
        layer.bias.zero_()


class ResidualBlock(nn.Module):
    """Two convolutions whose output is added to their input.

    The second convolution starts at zero, so the block starts as the identity and needs no
    normalisation, which would make a picture depend on its contrast or on the rest of its batch.

    Parameters
    ----------
    n_channels : int
        Number of channels of input and output.
    activation : str, default="silu"
        Activation before each convolution.
    generator : torch.Generator, default=None
        Draws the initial weights; None leaves them uninitialised.

    References
    ----------
    He et al. (2016), Identity mappings in deep residual networks. Zhang et al. (2019), Fixup
    initialization: residual learning without normalization.
    """

    def __init__(
        self,
        n_channels: int,
        *,
        activation: str = "silu",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            make_activation(activation),
            convolution(n_channels, n_channels, generator),
            make_activation(activation),
            convolution(n_channels, n_channels, generator),
        )
        if generator is not None:
            last = self.layers[-1]
            assert isinstance(last, nn.Conv2d)
            nn.init.zeros_(last.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Map feature maps to feature maps of the same shape.

        Parameters
        ----------
        x : Tensor of shape (n, n_channels, height, width)
            Feature maps.

        Returns
        -------
        Tensor of shape (n, n_channels, height, width)
        """
        out: Tensor = x + self.layers(x)
        return out


def halvings(sides: Sequence[int], n_stages: int) -> list[tuple[int, int]]:
    """Return the strides of each stage: 2 for a side of at least 4 pixels, else 1.

    Small pictures and pictures of one line are therefore halved less often.

    Parameters
    ----------
    sides : sequence of two int
        Height and width.
    n_stages : int
        Number of stages.

    Returns
    -------
    list of tuple of two int
    """
    height, width = sides
    found = []
    for _ in range(n_stages):
        stride = (2 if height >= _LEAST_SIDE else 1), (2 if width >= _LEAST_SIDE else 1)
        height, width = (math.ceil(height / stride[0]), math.ceil(width / stride[1]))
        found.append(stride)
    return found
