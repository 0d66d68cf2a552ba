"""Linear layers and the activations after them, forth and back in memory that is kept."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from .._scratch import Scratch
from ._activations import ACTIVATIONS
from ._affine import Affine, TiedLinear

__all__ = ["Evaluate", "Layers"]

Evaluate = Callable[[Tensor, Tensor], tuple[Tensor, float]]
_Operation = Callable[..., Any]


class Layers:
    """Linear layers, each with its activation, as one node for autograd or without it.

    Parameters
    ----------
    linears : list of torch.nn.Linear or TiedLinear
        From input to output.
    names : list of str
        The activation after each.
    """

    def __init__(self, linears: list[Affine], names: list[str]) -> None:
        self.linears, self.names = linears, names
        self._pool: list[_Memory] | None = []

    def __add__(self, other: Layers) -> Layers:
        return Layers(self.linears + other.linears, self.names + other.names)

    def pairs(self) -> list[tuple[Affine, str]]:
        """Return the layers, and the activation after each."""
        return list(zip(self.linears, self.names, strict=True))

    def through(self, x: Tensor) -> Tensor:
        """Return the output for rows ``x``, for autograd to differentiate once."""
        # The last bias stands for all: autograd only has to know that there is something.
        out: Tensor = _Stack.apply(  # type: ignore[no-untyped-call]
            x, self, self.linears[-1].bias
        )
        return out

    @torch.no_grad()
    def differentiate(self, x: Tensor, evaluate: Evaluate) -> Tensor:
        """Return a loss of the output, its gradients written to the parameters'."""
        memory = self.take_memory()
        program = memory.program(x)
        loss, scale = evaluate(program.forward(x), program.gradients[-1])
        program.backward(x, scale, adds=False)
        self.give_back(memory)
        return loss

    def keeps_buffers(self, keep: bool) -> None:
        """Keep memory from pass to pass from now on, or none."""
        self._pool = [] if keep else None

    def take_memory(self) -> _Memory:
        """Return memory that no pass uses."""
        return self._pool.pop() if self._pool else _Memory(self)

    def give_back(self, memory: _Memory) -> bool:
        """Take memory back for the next pass, if it is kept; return whether it is."""
        if self._pool is None:
            return False
        self._pool.append(memory)
        return True


class _Pass:
    """One way through the layers and back, for autograd: it adds to the parameters' gradients.

    Parameters
    ----------
    layers : Layers
        The way.
    x : Tensor of shape (n, n_inputs)
        Where it begins.
    """

    def __init__(self, layers: Layers, x: Tensor) -> None:
        self._layers, self._x = layers, x
        self._memory: _Memory | None = layers.take_memory()
        self._program = self._memory.program(x)
        self.out = self._program.forward(x)
        self.last_gradient = self._program.gradients[-1]

    def back(self, *, to_input: bool) -> Tensor | None:
        """Go back from ``last_gradient``, once; return the input's gradient if it is wanted.

        Parameters
        ----------
        to_input : bool
            Whether it is.
        """
        if self._memory is None:
            raise RuntimeError("While an MLP trains, each of its passes is differentiated once.")
        self._program.backward(self._x, 1.0, adds=True)
        of_input = self._program.of_input() if to_input else None
        if self._layers.give_back(self._memory):
            self._memory = None
        return of_input


class _Memory:
    """Where the activations of a pass and their gradients go, with the programs that use it."""

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        n_layers = len(layers.linears)
        self.before, self.after, self.gradients = (
            [Scratch() for _ in range(n_layers)] for _ in range(3)
        )
        self._programs: dict[tuple[Any, ...], _Program] = {}

    def program(self, x: Tensor) -> _Program:
        key = (len(x), x.dtype, x.device)
        program = self._programs.get(key)
        if program is None or not program.is_current():
            # There are full batches and a last one. What was made for fewer rows is let go
            # before more: it would hold on to memory that is too small now.
            if len(self._programs) > 1 or any(len(x) > n for n, *_ in self._programs):
                self._programs.clear()
            program = self._programs[key] = _Program(self._layers, self, x)
        return program


class _Program:
    """The operations of a pass for so many rows, each bound to its operands.

    To find weights, views and memory anew in each step takes a twentieth of a small network's
    training.
    """

    def __init__(self, layers: Layers, memory: _Memory, x: Tensor) -> None:
        self._linears = layers.linears
        self._parameters = [p for layer in self._linears for p in (_own_weight(layer), layer.bias)]
        self._addresses = self._present_addresses()
        self._forward: list[_Operation] = []
        self._backward: list[_Operation] = []
        self._terms, self._bound = (math.nan, False), list[Tensor | None]()
        self._ones = x.new_ones(len(x))
        self._undo: list[_Operation | None] = []
        self._outputs: list[Tensor] = []
        self.gradients: list[Tensor] = []
        for k, (layer, name) in enumerate(layers.pairs()):
            activation, shape = ACTIVATIONS[name], (len(x), layer.out_features)
            before = after = memory.before[k].matrix(*shape, like=x)
            if not activation.of_output:
                after = memory.after[k].matrix(*shape, like=x)
            gradient = memory.gradients[k].matrix(*shape, like=x)
            product, *then = _affine(layer, activation.gain, before)
            # The first layer's rows come with each pass.
            self._forward.append(
                functools.partial(product, mat1=self._outputs[-1]) if k else product
            )
            self._forward += then
            undo = None
            if name != "identity":
                self._forward.append(functools.partial(activation.value, before, after))
                reference = after if activation.of_output else before
                undo = functools.partial(activation.gradient, gradient, reference, gradient)
            self._undo.append(undo)
            self._outputs.append(after)
            self.gradients.append(gradient)

    def is_current(self) -> bool:
        """Tell whether the parameters are where they were."""
        return self._addresses == self._present_addresses()

    def forward(self, x: Tensor) -> Tensor:
        """Go through all layers."""
        self._forward[0](mat1=x)
        for operation in self._forward[1:]:
            operation()
        return self._outputs[-1]

    def backward(self, x: Tensor, scale: float, *, adds: bool) -> None:
        """Go back from ``scale`` times the last of ``gradients``, which is overwritten.

        The parameters' gradients are added to, or else written: to clear them first, and to read
        them again, takes time.
        """
        present = [p.grad for p in self._parameters]
        if (scale, adds) != self._terms or any(
            a is not b for a, b in zip(present, self._bound, strict=True)
        ):
            self._bind(scale, adds)
        for operation in self._backward[:-1]:
            operation()
        self._backward[-1](x)

    def of_input(self) -> Tensor:
        """Return the gradient of the rows, after ``backward``."""
        return self.gradients[0].mm(self._linears[0].weight)

    def _bind(self, scale: float, adds: bool) -> None:
        """Make the way back, which goes to the gradients that the parameters have now."""
        self._backward = []
        written: set[Tensor] = set()
        factor = scale  # the last layer's products multiply by it for nothing

        def beta(parameter: Tensor) -> float:
            # A weight that two layers share is written by the first and added to by the second.
            is_added = adds or parameter in written
            written.add(parameter)
            return 1.0 if is_added else 0.0

        for k in range(len(self._linears) - 1, -1, -1):
            layer, gradient, undo = self._linears[k], self.gradients[k], self._undo[k]
            if undo:
                self._backward.append(undo)
            to_bias = functools.partial(_gradient_of(layer.bias).addmv_, beta=beta(layer.bias))
            self._backward.append(
                functools.partial(to_bias, gradient.t(), self._ones, alpha=factor)
            )
            if k:
                product = functools.partial(_product, gradient, layer.weight, factor)
                self._backward.append(functools.partial(product, self.gradients[k - 1]))
            to_weight = _product_with(layer, gradient, beta(_own_weight(layer)), factor)
            self._backward.append(
                functools.partial(to_weight, self._outputs[k - 1]) if k else to_weight
            )
            factor = 1.0
        self._terms, self._bound = (scale, adds), [p.grad for p in self._parameters]

    def _present_addresses(self) -> list[int]:
        return [p.data_ptr() for p in self._parameters]


class _Stack(torch.autograd.Function):
    """All layers as one node for autograd."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, layers: Layers, _: Tensor) -> Tensor:
        ctx.way = _Pass(layers, x)
        out: Tensor = ctx.way.out
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Any, ...]:
        ctx.way.last_gradient.copy_(gradient)
        return ctx.way.back(to_input=ctx.needs_input_grad[0]), None, None


def _own_weight(layer: Affine) -> Tensor:
    return layer.tied if isinstance(layer, TiedLinear) else layer.weight


def _gradient_of(parameter: Tensor) -> Tensor:
    if parameter.grad is None:
        parameter.grad = torch.zeros_like(parameter)
    return parameter.grad


def _affine(layer: Affine, gain: float, out: Tensor) -> list[_Operation]:
    """Return what gives a layer's output times ``gain``; the first takes its input, as ``mat1``."""
    # To copy the bias to each row first, as addmm does, takes longer than to add it afterwards.
    product = functools.partial(
        torch.addmm, out, mat2=layer.weight.t(), beta=0, alpha=gain, out=out
    )
    return [product, functools.partial(out.add_, layer.bias, alpha=gain)]


def _product_with(layer: Affine, gradient: Tensor, beta: float, factor: float) -> _Operation:
    """Return what takes a layer's input to its weight's gradient."""
    of_weight = _gradient_of(_own_weight(layer))
    if isinstance(layer, TiedLinear):
        return lambda x: of_weight.addmm_(x.t(), gradient, beta=beta, alpha=factor)
    return functools.partial(of_weight.addmm_, gradient.t(), beta=beta, alpha=factor)


def _product(gradient: Tensor, weight: Tensor, factor: float, out: Tensor) -> None:
    torch.addmm(out, gradient, weight, beta=0, alpha=factor, out=out)
