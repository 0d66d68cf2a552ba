"""Perceptrons beside a linear path, and autoencoders of two of them."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ._activations import make_activation
from ._affine import FixedLinear
from ._encoder_decoder import EncoderDecoder
from ._mlp import MLP, mirrored

__all__ = ["NEAR_ZERO", "LinearPathAutoencoder", "LinearPathMLP"]

# Factor of the perceptron's last layer. Not 0: at the solution of PCA, the error is orthogonal to
# the decoder's path, so the encoder's gradients would be rounding errors, which Muon amplifies.
NEAR_ZERO = 0.01


class LinearPathMLP(nn.Module):
    """Multilayer perceptron whose output is added to that of a linear layer of the same input.

    The last layer of the perceptron starts near zero. The linear layer is zero until ``start`` sets
    it, and training does not change it: where it did, errors on new rows were larger
    (docs/linear-path.md). Without gradients, the output for a row does not depend on the position
    of the row, as for ``MLP``.

    Parameters
    ----------
    dims : sequence of int
        Widths from input to output, at least two.
    activation : str, default="relu"
        Activation after every layer of the perceptron except the last.
    final_activation : str, default="identity"
        Activation of the sum.
    generator : torch.Generator, default=None
        Draws the initial weights of the perceptron; None leaves all weights uninitialised.

    Attributes
    ----------
    linear : FixedLinear
        The linear path.
    perceptron : MLP
        The nonlinear one.
    """

    def __init__(
        self,
        dims: Sequence[int],
        *,
        activation: str = "relu",
        final_activation: str = "identity",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.perceptron = MLP(dims, activation=activation, generator=generator)
        self.linear = FixedLinear(dims[0], dims[-1])
        self.final = make_activation(final_activation)
        last, _ = self.perceptron.layers()[-1]
        with torch.no_grad():
            last.weight.mul_(NEAR_ZERO)
            last.bias.mul_(NEAR_ZERO)

    def start(self, weight: Tensor, bias: Tensor) -> None:
        """Set the linear path.

        Parameters
        ----------
        weight : Tensor of shape (at most dims[-1], at most dims[0])
            Weights of the first outputs and inputs; all others become 0.
        bias : Tensor of shape (at most dims[-1],)
            Bias of the first outputs.
        """
        self.linear.start(weight, bias)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, dims[0])`` to ``(n, dims[-1])``.

        Parameters
        ----------
        x : Tensor of shape (n, dims[0])
            Rows.

        Returns
        -------
        Tensor of shape (n, dims[-1])
        """
        return self.joined(x, self.perceptron(x))

    def joined(self, x: Tensor, residual: Tensor) -> Tensor:
        """Add the linear path to the perceptron's output, and apply the final activation.

        Parameters
        ----------
        x : Tensor of shape (n, dims[0])
            Rows.
        residual : Tensor of shape (n, dims[-1])
            Output of the perceptron.

        Returns
        -------
        Tensor of shape (n, dims[-1])
        """
        out: Tensor = self.final(self.linear(x) + residual)
        return out


class LinearPathAutoencoder(EncoderDecoder):
    """Fully connected encoder and mirrored decoder, each beside a linear path.

    Parameters
    ----------
    n_features : int
        Number of features of a row.
    latent_dim : int
        Code size.
    hidden_dims : sequence of int, default=(128, 64)
        Widths between the row and the code, outermost first; the decoder mirrors them.
    activation : str, default="relu"
        Activation after every hidden layer.
    latent_activation : str, default="identity"
        Activation of the code, after both paths are added.
    output_activation : str, default="identity"
        Activation of the reconstruction, after both paths are added.
    generator : torch.Generator, default=None
        Draws the initial weights; None leaves them uninitialised.
    """

    encoder: LinearPathMLP
    decoder: LinearPathMLP
    is_static = True

    def __init__(
        self,
        n_features: int,
        latent_dim: int,
        hidden_dims: Sequence[int] = (128, 64),
        *,
        activation: str = "relu",
        latent_activation: str = "identity",
        output_activation: str = "identity",
        generator: torch.Generator | None = None,
    ) -> None:
        part = functools.partial(LinearPathMLP, activation=activation, generator=generator)
        dims = (n_features, *hidden_dims, latent_dim)
        super().__init__(*mirrored(part, dims, latent_activation, output_activation))

    def with_paths(self) -> tuple[LinearPathMLP, LinearPathMLP]:
        """Return the parts of encoder and decoder that have a linear path: all of both.

        Returns
        -------
        tuple of two LinearPathMLP
        """
        return self.encoder, self.decoder
