"""Networks of variational autoencoders: a Gaussian posterior, and a likelihood's parameters."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ._activations import make_activation
from ._affine import Affine
from ._encoder_decoder import EncoderDecoder
from ._mlp import MLP
from ._table_autoencoder import CellInput, CellOutput

__all__ = ["CellMeans", "VariationalMLP", "VariationalNetwork"]

_LOG_VARIANCES = (-20.0, 10.0)  # of the posterior: exp() neither vanishes nor overflows
_LEAST_VARIANCE = 1e-6  # of the likelihood: a value that never errs would have infinite density


class VariationalNetwork(EncoderDecoder):
    """Encoder to a diagonal Gaussian posterior, and decoder to the parameters of a likelihood.

    The code of a row is the mean of its posterior, and a decoded row is the mean of the likelihood.
    Encoder and decoder can be any modules of the right shapes.

    Parameters
    ----------
    encoder : torch.nn.Module
        Maps rows ``(n, ...)`` to ``(n, 2 * latent_dim)``: means and log-variances.
    decoder : torch.nn.Module
        Maps codes ``(n, latent_dim)`` to outputs ``(n, ...)``: logits of what is a probability.
    link : torch.nn.Module
        Maps outputs to the means of the likelihood.
    n_variances : int, default=0
        Number of variances of the likelihood: 0, 1 for all values, or one for each.
    is_static : bool, default=False
        As for ``EncoderDecoder``.

    Attributes
    ----------
    variance : Tensor of shape (n_variances,)
        Variances of the likelihood, in squared scaled units, at least 1e-6. They are no
        parameters: ``isthmus.objectives.EvidenceBound`` sets them to the mean squared error.
    """

    variance: Tensor

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Module,
        link: nn.Module,
        *,
        n_variances: int = 0,
        is_static: bool = False,
    ) -> None:
        super().__init__(encoder, decoder)
        self.link = link
        self.is_static = is_static
        self.register_buffer("variance", torch.ones(n_variances))

    @torch.no_grad()
    def move_variance(self, squared_error: Tensor, rate: Tensor) -> None:
        """Move the variances towards the mean squared error of a batch.

        Parameters
        ----------
        squared_error : Tensor of the shape of ``variance``
            In squared scaled units.
        rate : Tensor of shape ()
            From 0, which changes nothing, to 1.
        """
        self.variance.lerp_(squared_error.clamp(min=_LEAST_VARIANCE), rate)

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map rows to their posteriors.

        Parameters
        ----------
        x : Tensor of shape (n, ...)
            Encoded rows.

        Returns
        -------
        tuple of two Tensors of shape (n, latent_dim)
            Means and log-variances.
        """
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        return mean, log_variance.clamp(*_LOG_VARIANCES)

    def encode(self, x: Tensor) -> Tensor:
        """Map rows to codes, the means of their posteriors.

        Parameters
        ----------
        x : Tensor of shape (n, ...)
            Encoded rows.

        Returns
        -------
        Tensor of shape (n, latent_dim)
        """
        return self.posterior(x)[0]

    def decode(self, z: Tensor) -> Tensor:
        """Map codes to the means of the likelihood.

        Parameters
        ----------
        z : Tensor of shape (n, latent_dim)
            Codes.

        Returns
        -------
        Tensor of shape (n, ...)
        """
        means: Tensor = self.link(self.decoder(z))
        return means


class CellMeans(nn.Module):
    """Maps the outputs of a network to the means of a table's cells.

    Parameters
    ----------
    sizes, heights : sequence
        As for ``CellOutput``, which maps the outputs of categories.
    activation : str, default="identity"
        Activation of all other outputs.
    """

    is_level: Tensor

    def __init__(
        self, sizes: Sequence[int], heights: Sequence[float], activation: str = "identity"
    ) -> None:
        super().__init__()
        self.categories = CellOutput(sizes, heights)
        self.numbers = make_activation(activation)
        is_level = (torch.tensor(heights) > 0).repeat_interleave(torch.tensor(sizes))
        self.register_buffer("is_level", is_level, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map outputs to encoded rows.

        Parameters
        ----------
        x : Tensor of shape (n, n_encoded)
            Outputs; those of a category are logits.

        Returns
        -------
        Tensor of shape (n, n_encoded)
        """
        return torch.where(self.is_level, self.categories(x), self.numbers(x))


class VariationalMLP(VariationalNetwork):
    """Variational network of two perceptrons with mirrored widths.

    Parameters
    ----------
    latent_dim : int
        Code size.
    hidden_dims : sequence of int
        Widths between row and code, outermost first; the decoder mirrors them.
    n_features : int, default=0
        Number of features of rows without missing values and categories.
    sizes, heights : sequence, default=()
        Layout of rows with missing values or categories, instead of ``n_features``; as for
        ``TableAutoencoder``.
    activation : str, default="relu"
        Activation after every hidden layer.
    output_activation : str, default="identity"
        Activation of the means of numbers.
    n_variances : int, default=0
        As for ``VariationalNetwork``.
    generator : torch.Generator, default=None
        Draws the initial weights; None leaves them uninitialised.
    """

    def __init__(
        self,
        latent_dim: int,
        hidden_dims: Sequence[int],
        *,
        n_features: int = 0,
        sizes: Sequence[int] = (),
        heights: Sequence[float] = (),
        activation: str = "relu",
        output_activation: str = "identity",
        n_variances: int = 0,
        generator: torch.Generator | None = None,
    ) -> None:
        n_inputs = sum(sizes) + len(sizes) if sizes else n_features
        part = functools.partial(MLP, activation=activation, generator=generator)
        inner = part((n_inputs, *hidden_dims, 2 * latent_dim))
        outer = part((latent_dim, *reversed(hidden_dims), sum(sizes) if sizes else n_features))
        super().__init__(
            nn.Sequential(CellInput(sizes), inner) if sizes else inner,
            outer,
            CellMeans(sizes, heights, output_activation)
            if sizes
            else make_activation(output_activation),
            n_variances=n_variances,
            is_static=not sizes,
        )
        self._ends = (inner, outer)  # in a tuple, so that torch does not register them twice

    def layers(self) -> list[tuple[Affine, str]]:
        """Return the linear layers from rows to outputs, and the activation after each."""
        return [layer for part in self._ends for layer in part.layers()]
