"""Linear layers with their own weight or a tied one."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["Affine", "FixedLinear", "TiedLinear", "linear", "steady"]

_NARROW = 16


def linear(fan_in: int, fan_out: int, generator: torch.Generator | None) -> nn.Linear:
    """Return a linear layer with initial weights drawn from a generator.

    Weights and biases are uniform in ``+-1 / sqrt(fan_in)``, as in torch.

    Parameters
    ----------
    fan_in, fan_out : int
        Widths of input and output.
    generator : torch.Generator or None
        On the CPU; None leaves the weights uninitialised.

    Returns
    -------
    torch.nn.Linear
    """
    layer: nn.Linear = _UninitialisedLinear(fan_in, fan_out)
    layer.__class__ = nn.Linear  # so it prints, pickles and compares like any other
    bound = 1 / math.sqrt(fan_in)
    if generator is not None:
        with torch.no_grad():
            layer.weight.uniform_(-bound, bound, generator=generator)
            layer.bias.uniform_(-bound, bound, generator=generator)
    return layer


class _UninitialisedLinear(nn.Linear):
    """Linear layer with uninitialised weights.

    The constructor of ``nn.Linear`` draws from torch's global generator, and
    ``torch.nn.utils.skip_init`` has imports that delay every process by a second.
    """

    def reset_parameters(self) -> None:
        """Leave the weights uninitialised."""


class TiedLinear(nn.Module):
    """Linear layer whose weight is the transposed weight of another layer.

    Parameters
    ----------
    source : torch.nn.Linear
        Layer that owns the weight.
    generator : torch.Generator or None
        Draws the bias; None leaves it uninitialised.
    """

    def __init__(self, source: nn.Linear, generator: torch.Generator | None) -> None:
        super().__init__()
        self._source = (source,)  # in a tuple, so that torch does not register the weight twice
        self.bias = linear(source.out_features, source.in_features, generator).bias
        self.out_features = source.in_features

    @property
    def tied(self) -> nn.Parameter:
        """Weight of the other layer."""
        weight: nn.Parameter = self._source[0].weight  # type: ignore[assignment]
        return weight

    @property
    def weight(self) -> Tensor:
        """Transposed weight of the other layer, a view."""
        return self.tied.t()

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, in_features)`` to ``(n, out_features)``.

        Parameters
        ----------
        x : Tensor of shape (n, in_features)
            Rows.

        Returns
        -------
        Tensor of shape (n, out_features)
        """
        return functional.linear(x, self.weight, self.bias)


Affine = nn.Linear | TiedLinear


class FixedLinear(nn.Module):
    """Linear layer that is set once and not trained; zero until then.

    Without gradients, the output for a row does not depend on its position: see ``steady``.

    Parameters
    ----------
    n_inputs, n_outputs : int
        Widths of input and output.
    """

    weight: Tensor
    bias: Tensor

    def __init__(self, n_inputs: int, n_outputs: int) -> None:
        super().__init__()
        self.out_features = n_outputs
        self.register_buffer("weight", torch.zeros(n_outputs, n_inputs))
        self.register_buffer("bias", torch.zeros(n_outputs))

    def start(self, weight: Tensor, bias: Tensor) -> None:
        """Set the first weights and biases, and all others to 0.

        Parameters
        ----------
        weight : Tensor of shape (at most n_outputs, at most n_inputs)
            Weights of the first outputs and inputs.
        bias : Tensor of shape (at most n_outputs,)
            Bias of the first outputs.
        """
        n_outputs, n_inputs = weight.shape
        self.weight.zero_()[:n_outputs, :n_inputs] = weight
        self.bias.zero_()[:n_outputs] = bias

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, n_inputs)`` to ``(n, n_outputs)``.

        Parameters
        ----------
        x : Tensor of shape (n, n_inputs)
            Rows.

        Returns
        -------
        Tensor of shape (n, n_outputs)
        """
        if not torch.is_grad_enabled():
            return steady(self, x)
        return functional.linear(x, self.weight, self.bias)


def steady(layer: Affine | FixedLinear, x: Tensor) -> Tensor:
    """Apply a linear layer so that a row's output does not depend on its position.

    For up to 11 outputs, the rounding of the matrix product depends on the alignment and position
    of a row; for 16 outputs it does not. Narrow layers are therefore padded to 16 outputs.

    Parameters
    ----------
    layer : torch.nn.Linear, TiedLinear or FixedLinear
        Layer to apply.
    x : Tensor of shape (n, in_features)
        Rows.

    Returns
    -------
    Tensor of shape (n, out_features)
    """
    missing = _NARROW - layer.out_features
    if missing <= 0:
        return functional.linear(x, layer.weight, layer.bias)
    weight = functional.pad(layer.weight, (0, 0, 0, missing))
    bias = functional.pad(layer.bias, (0, missing))
    return functional.linear(x, weight, bias)[:, : layer.out_features]
