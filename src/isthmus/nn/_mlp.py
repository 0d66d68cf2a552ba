"""Multilayer perceptrons, and the autoencoder made of two of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from .._scratch import Scratch
from ._activations import ACTIVATIONS, Activation, make_activation
from ._encoder_decoder import EncoderDecoder

__all__ = ["MLP", "Affine", "MLPAutoencoder", "MLPPair", "TiedLinear", "linear"]

_NARROW = 16

Evaluate = Callable[[Tensor, Tensor], tuple[Tensor, float]]


class MLP(nn.Sequential):
    """Linear layers with an activation after each.

    Weights and biases are drawn uniformly from ``+-1 / sqrt(fan_in)``, torch's own default for a
    linear layer, but from an explicit generator. While it trains, the whole stack is one node for
    autograd, which can be differentiated once.

    Parameters
    ----------
    dims : sequence of int
        Widths from input to output, at least two.
    activation : str, default="relu"
        After every layer but the last.
    final_activation : str, default="identity"
        After the last layer.
    generator : torch.Generator, default=None
        On the CPU; None leaves the weights as allocated, for a caller that fills them.
    """

    def __init__(
        self,
        dims: Sequence[int],
        *,
        activation: str = "relu",
        final_activation: str = "identity",
        generator: torch.Generator | None = None,
    ) -> None:
        names = [activation] * (len(dims) - 2) + [final_activation]
        self._fill([linear(*pair, generator) for pair in itertools.pairwise(dims)], names)

    @classmethod
    def of(cls, linears: Sequence[Affine], names: Sequence[str]) -> MLP:
        """Make one of layers that are there, which it shares with others.

        Parameters
        ----------
        linears : sequence of torch.nn.Linear or TiedLinear
            From input to output.
        names : sequence of str
            The activation after each.

        Returns
        -------
        MLP
        """
        new = cls.__new__(cls)
        new._fill(list(linears), list(names))
        return new

    def _fill(self, linears: list[Affine], names: list[str]) -> None:
        super().__init__()
        for layer, name in zip(linears, names, strict=True):
            self.append(layer)
            if name != "identity":
                self.append(make_activation(name))
        self._layers = _Layers(linears, names)

    def layers(self) -> list[tuple[Affine, str]]:
        """Return the linear layers, and the activation after each."""
        return self._layers.pairs()

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, dims[0])`` to ``(n, dims[-1])``.

        Parameters
        ----------
        x : Tensor of shape (n, dims[0])
            Any rows.

        Returns
        -------
        Tensor of shape (n, dims[-1])
        """
        if torch.is_grad_enabled():
            return self._layers.through(x)
        for layer in self:
            x = _steady(layer, x) if isinstance(layer, Affine) else layer(x)
        return x

    def train(self, mode: bool = True) -> MLP:
        """Switch to training or back; only while it trains are buffers kept between steps.

        The output of a forward pass is one of them: once it has been differentiated, the next
        pass may overwrite it.

        Parameters
        ----------
        mode : bool, default=True
            Whether to train.

        Returns
        -------
        MLP
            Itself.
        """
        self._layers.keeps_buffers(mode)
        return super().train(mode)


def linear(fan_in: int, fan_out: int, generator: torch.Generator | None) -> nn.Linear:
    """Return a linear layer with weights drawn as ``MLP`` has it.

    Parameters
    ----------
    fan_in, fan_out : int
        Its widths.
    generator : torch.Generator or None
        On the CPU; None leaves the weights as allocated.

    Returns
    -------
    torch.nn.Linear
    """
    layer: nn.Linear = _Blank(fan_in, fan_out)
    layer.__class__ = nn.Linear  # prints, pickles and compares as any other
    bound = 1 / math.sqrt(fan_in)
    if generator is not None:
        with torch.no_grad():
            layer.weight.uniform_(-bound, bound, generator=generator)
            layer.bias.uniform_(-bound, bound, generator=generator)
    return layer


class _Blank(nn.Linear):
    """A linear layer with its weights as allocated.

    The usual constructor draws from torch's global generator, and ``torch.nn.utils.skip_init``
    imports so much that every process would start a second later.
    """

    def reset_parameters(self) -> None:
        """Leave them."""


class TiedLinear(nn.Module):
    """A linear layer whose weight is another's, transposed: one tensor for both.

    Parameters
    ----------
    source : torch.nn.Linear
        The other; it keeps the weight.
    generator : torch.Generator or None
        Draws the bias, as that of a layer of its own; None leaves it as allocated.
    """

    def __init__(self, source: nn.Linear, generator: torch.Generator | None) -> None:
        super().__init__()
        self._source = (source,)  # not a part of this module: its weight is saved once
        self.bias = linear(source.out_features, source.in_features, generator).bias
        self.out_features = source.in_features

    @property
    def tied(self) -> nn.Parameter:
        """The shared weight, as the other layer has it."""
        weight: nn.Parameter = self._source[0].weight  # type: ignore[assignment]
        return weight

    @property
    def weight(self) -> Tensor:
        """The weight, as a view."""
        return self.tied.t()

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, in_features)`` to ``(n, out_features)``.

        Parameters
        ----------
        x : Tensor of shape (n, in_features)
            Any rows.

        Returns
        -------
        Tensor of shape (n, out_features)
        """
        return functional.linear(x, self.weight, self.bias)


Affine = nn.Linear | TiedLinear


def _steady(layer: Affine, x: Tensor) -> Tensor:
    """Apply a linear layer so that a row's output does not depend on the row's place.

    For up to 11 outputs the matrix product's kernel rounds by a row's alignment and position; for
    16 it does not.
    """
    missing = _NARROW - layer.out_features
    if missing <= 0:
        return functional.linear(x, layer.weight, layer.bias)
    weight = functional.pad(layer.weight, (0, 0, 0, missing))
    bias = functional.pad(layer.bias, (0, missing))
    return functional.linear(x, weight, bias)[:, : layer.out_features]


class _Buffers:
    """Where a stack's activations and their gradients go in one pass, kept for the next."""

    def __init__(self, n_layers: int) -> None:
        self.before, self.after, self.gradients = (
            [Scratch() for _ in range(n_layers)] for _ in range(3)
        )


class _Layers:
    """Linear layers and the activations after them, as one node for autograd."""

    def __init__(self, linears: list[Affine], names: list[str]) -> None:
        self.linears, self.names = linears, names
        self.pool: list[_Buffers] | None = []

    def __add__(self, other: _Layers) -> _Layers:
        return _Layers(self.linears + other.linears, self.names + other.names)

    def pairs(self) -> list[tuple[Affine, str]]:
        return list(zip(self.linears, self.names, strict=True))

    def through(self, x: Tensor) -> Tensor:
        # The last bias stands for all: autograd only has to know that there is something.
        out: Tensor = _Stack.apply(  # type: ignore[no-untyped-call]
            x, self, self.linears[-1].bias
        )
        return out

    @torch.no_grad()
    def differentiate(self, x: Tensor, evaluate: Evaluate) -> Tensor:
        way = _Pass(self, x)
        slopes = way.last_gradient()
        loss, scale = evaluate(way.out, slopes)
        way.back(slopes.mul_(scale), slopes, to_input=False)
        return loss

    def keeps_buffers(self, keep: bool) -> None:
        self.pool = [] if keep else None

    def take_buffers(self) -> _Buffers:
        return self.pool.pop() if self.pool else _Buffers(len(self.linears))


class _Pass:
    """One way through the layers and back.

    The gradients of the parameters are added to their ``grad`` by the matrix products themselves.
    """

    def __init__(self, layers: _Layers, x: Tensor) -> None:
        self._layers = layers
        self._buffers: _Buffers | None = layers.take_buffers()
        self._steps: list[tuple[Affine, Activation, Tensor, Tensor]] = []
        for k, (layer, name) in enumerate(zip(layers.linears, layers.names, strict=True)):
            weight, activation = layer.weight, ACTIVATIONS[name]
            n, width = x.shape[0], weight.shape[0]
            before = after = self._buffers.before[k].matrix(n, width, like=x)
            gain = activation.gain
            torch.addmm(layer.bias, x, weight.t(), beta=gain, alpha=gain, out=before)
            if not activation.of_output:
                after = self._buffers.after[k].matrix(n, width, like=x)
            after = activation.value(before, after)
            reference = after if activation.of_output else before
            self._steps.append((layer, activation, x, reference))
            x = after
        self.out = x

    def last_gradient(self) -> Tensor:
        """Return memory for the gradient of the output."""
        return self._own().gradients[-1].matrix(len(self.out), self.out.shape[1], self.out)

    def _own(self) -> _Buffers:
        if self._buffers is None:
            raise RuntimeError("While an MLP trains, each of its passes is differentiated once.")
        return self._buffers

    def back(self, gradient: Tensor, out: Tensor, *, to_input: bool) -> Tensor | None:
        """Add the gradients of all parameters, and return the input's if it is wanted."""
        buffers = self._own()
        for k in range(len(self._steps) - 1, -1, -1):
            layer, activation, x, reference = self._steps[k]
            gradient = activation.gradient(gradient, reference, out)
            _add_gradients(layer, gradient, x)
            if k:
                out = buffers.gradients[k - 1].matrix(len(x), x.shape[1], x)
                gradient = torch.mm(gradient, layer.weight, out=out)
        of_input = gradient.mm(layer.weight) if to_input else None
        if self._layers.pool is not None:
            self._layers.pool.append(buffers)
            self._buffers, self._steps = None, []
        return of_input


class _Stack(torch.autograd.Function):
    """All layers as one node for autograd."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, layers: _Layers, _: Tensor) -> Tensor:
        ctx.way = _Pass(layers, x)
        out: Tensor = ctx.way.out
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Any, ...]:
        # What autograd gives may belong to others too: the first result goes elsewhere.
        of_input = ctx.way.back(gradient, ctx.way.last_gradient(), to_input=ctx.needs_input_grad[0])
        return of_input, None, None


def _add_gradients(layer: Affine, gradient: Tensor, x: Tensor) -> None:
    weight, bias, left, right = layer.weight, layer.bias, gradient, x
    if isinstance(layer, TiedLinear):
        weight, left, right = layer.tied, x, gradient
    if weight.grad is None:
        weight.grad = left.t().mm(right)
    else:
        weight.grad.addmm_(left.t(), right)
    if bias.grad is None:
        bias.grad = gradient.sum(0)
    else:
        bias.grad.add_(gradient.sum(0))


class MLPPair(EncoderDecoder):
    """Two perceptrons as encoder and decoder; while they train, one node for autograd at most.

    Parameters
    ----------
    encoder, decoder : MLP
        From rows to codes, and back.
    """

    encoder: MLP
    decoder: MLP

    def __init__(self, encoder: MLP, decoder: MLP) -> None:
        super().__init__(encoder, decoder)
        self._layers = encoder._layers + decoder._layers

    def layers(self) -> list[tuple[Affine, str]]:
        """Return the linear layers from rows to rows, and the activation after each."""
        return self._layers.pairs()

    def start_from_zero(self) -> None:
        """Let the first reconstructions be zeros, whatever the code.

        Rows that are mostly zero are then matched about as well as by their mean from the start;
        random weights would have to be unlearned first, output by output. A tied weight stays, and
        so does a last layer whose activation has no 0 at 0.
        """
        last, name = self.layers()[-1]
        if name == "identity" and isinstance(last, nn.Linear):
            with torch.no_grad():
                last.weight.zero_()
                last.bias.zero_()

    def differentiate(self, x: Tensor, evaluate: Evaluate) -> Tensor:
        """Add the gradients of a loss of the reconstructions to the parameters', without autograd.

        Parameters
        ----------
        x : Tensor of shape (n, n_features)
            Scaled rows.
        evaluate : callable
            Of the reconstructions and a matrix of their shape: returns the loss and a factor, and
            leaves in the matrix what times the factor is the loss's gradient.

        Returns
        -------
        Tensor of shape ()
            The loss; nothing is left to differentiate.
        """
        return self._layers.differentiate(x, evaluate)

    def train(self, mode: bool = True) -> Self:
        """Switch to training or back; see ``MLP.train``.

        Parameters
        ----------
        mode : bool, default=True
            Whether to train.

        Returns
        -------
        MLPPair
            Itself.
        """
        self._layers.keeps_buffers(mode)
        return super().train(mode)

    def forward(self, x: Tensor) -> Tensor:
        """Reconstruct rows.

        Parameters
        ----------
        x : Tensor of shape (n, n_features)
            Scaled rows.

        Returns
        -------
        Tensor of shape (n, n_features)
        """
        return self._layers.through(x) if torch.is_grad_enabled() else super().forward(x)


class MLPAutoencoder(MLPPair):
    """A fully connected encoder and its mirrored decoder.

    Parameters
    ----------
    n_features : int
        Width of a row.
    latent_dim : int
        Width of a code.
    hidden_dims : sequence of int, default=(128, 64)
        Widths between the row and the code, outermost first; the decoder mirrors them.
    activation : str, default="relu"
        After every hidden layer.
    latent_activation : str, default="identity"
        On the code.
    output_activation : str, default="identity"
        On the reconstruction.
    generator : torch.Generator, default=None
        Draws the initial weights; None leaves them as allocated.
    """

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
        dims = (n_features, *hidden_dims, latent_dim)
        encoder = MLP(
            dims, activation=activation, final_activation=latent_activation, generator=generator
        )
        decoder = MLP(
            dims[::-1],
            activation=activation,
            final_activation=output_activation,
            generator=generator,
        )
        super().__init__(encoder, decoder)
