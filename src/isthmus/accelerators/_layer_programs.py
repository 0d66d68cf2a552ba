"""Forward and backward passes of linear layers with bound operations and reused buffers."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from ..nn import Affine, TiedLinear
from ._activation_kernels import ACTIVATION_KERNELS

__all__ = ["LayerPrograms"]

Evaluate = Callable[[Tensor, Tensor], tuple[Tensor, float]]
_Operation = Callable[..., Any]
_Layer = tuple[Affine, str]


class LayerPrograms:
    """Passes through linear layers and their activations, with their own backward pass.

    A pass is a list of operations that are bound to their operands once: looking up weights, views
    and buffers in each step takes a twentieth of the training time of a small network. Operations
    are bound to the memory of the parameters; call ``bind`` after an optimizer has moved them.

    Parameters
    ----------
    layers : sequence of (torch.nn.Linear or TiedLinear, str)
        From input to output, each with the name of its activation.
    """

    def __init__(self, layers: Sequence[_Layer]) -> None:
        self.layers = list(layers)
        self.bind()

    def bind(self) -> None:
        """Bind all operations again, because the parameters may have moved."""
        self._free: list[_Buffers] = []

    @torch.no_grad()
    def differentiate(self, x: Tensor, evaluate: Evaluate) -> Tensor:
        """Write the gradients of a loss of the output to the parameters.

        Earlier gradients of the parameters are overwritten.

        Parameters
        ----------
        x : Tensor of shape (n, n_inputs)
            Input.
        evaluate : callable
            Takes the output and a tensor of its shape. Returns the loss and a factor, and writes
            the gradient of the loss divided by the factor to the tensor.

        Returns
        -------
        Tensor of shape ()
            The loss; it does not require grad.
        """
        buffers = self.take_buffers()
        program = buffers.program(x)
        loss, scale = evaluate(program.forward(x), program.gradients[-1])
        program.backward(x, scale, adds=False)
        self.give_back(buffers)
        return loss

    def through(self, x: Tensor) -> Tensor:
        """Return the output as one node for autograd, which can be differentiated once.

        After that, the next pass may overwrite it.

        Parameters
        ----------
        x : Tensor of shape (n, n_inputs)
            Input.

        Returns
        -------
        Tensor of shape (n, n_outputs)
        """
        # The last bias represents all: autograd only needs to know that something requires grad.
        out: Tensor = _Node.apply(x, self, self.layers[-1][0].bias)  # type: ignore[no-untyped-call]
        return out

    def take_buffers(self) -> _Buffers:
        """Return buffers that are not in use."""
        return self._free.pop() if self._free else _Buffers(self.layers)

    def give_back(self, buffers: _Buffers) -> None:
        """Return buffers for use by the next pass."""
        self._free.append(buffers)


class _Buffers:
    """Buffers of one pass at a time, with the programs that use them."""

    def __init__(self, layers: list[_Layer]) -> None:
        self._layers = layers
        self._programs: dict[tuple[Any, ...], _Program] = {}

    def program(self, x: Tensor) -> _Program:
        key = (len(x), x.dtype, x.device)
        program = self._programs.get(key)
        if program is None:
            if len(self._programs) > 1:  # for full batches and the last one
                self._programs.clear()
            program = self._programs[key] = _Program(self._layers, x)
        return program


class _Program:
    """Operations of a pass for a number of rows, each bound to its operands."""

    def __init__(self, layers: list[_Layer], x: Tensor) -> None:
        self._linears = [layer for layer, _ in layers]
        self._parameters = [p for layer in self._linears for p in (_own_weight(layer), layer.bias)]
        self._forward: list[_Operation] = []
        self._backward: list[_Operation] = []
        self._terms, self._bound = (math.nan, False), list[Tensor | None]()
        self._ones = x.new_ones(len(x))
        self._undo: list[_Operation | None] = []
        self._outputs: list[Tensor] = []
        self.gradients: list[Tensor] = []
        for k, (layer, name) in enumerate(layers):
            kernel, width = ACTIVATION_KERNELS[name], layer.out_features
            before = after = x.new_empty(len(x), width)
            if not kernel.of_output:
                after = torch.empty_like(before)
            gradient = torch.empty_like(before)
            product, *then = _affine(layer, kernel.gain, before)
            # The input of the first layer is passed with each pass.
            self._forward.append(
                functools.partial(product, mat1=self._outputs[-1]) if k else product
            )
            self._forward += then
            undo = None
            if name != "identity":
                self._forward.append(functools.partial(kernel.value, before, after))
                reference = after if kernel.of_output else before
                undo = functools.partial(kernel.gradient, gradient, reference, gradient)
            self._undo.append(undo)
            self._outputs.append(after)
            self.gradients.append(gradient)

    def forward(self, x: Tensor) -> Tensor:
        """Run the forward pass."""
        self._forward[0](mat1=x)
        for operation in self._forward[1:]:
            operation()
        return self._outputs[-1]

    def backward(self, x: Tensor, scale: float, *, adds: bool) -> None:
        """Run the backward pass from ``scale`` times the last of ``gradients``; overwrite it.

        Gradients of the parameters are added to, or else overwritten: clearing and reading them
        first would take time.
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
        """Return the gradient of the input, after ``backward``."""
        return self.gradients[0].mm(self._linears[0].weight)

    def _bind(self, scale: float, adds: bool) -> None:
        """Bind the backward pass to the current gradients of the parameters."""
        self._backward = []
        written: set[Tensor] = set()
        factor = scale  # free as part of the products of the last layer

        def beta(parameter: Tensor) -> float:
            # The gradient of a shared weight is written by the first layer and added to by the
            # second.
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


class _Node(torch.autograd.Function):
    """All layers as one node for autograd."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, programs: LayerPrograms, _: Tensor) -> Tensor:
        ctx.x, ctx.programs, ctx.buffers = x, programs, programs.take_buffers()
        return ctx.buffers.program(x).forward(x)  # type: ignore[no-any-return]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Any, ...]:
        if ctx.buffers is None:
            raise RuntimeError("Each training pass of an MLP can be differentiated only once.")
        program = ctx.buffers.program(ctx.x)
        program.gradients[-1].copy_(gradient)
        program.backward(ctx.x, 1.0, adds=True)
        of_input = program.of_input() if ctx.needs_input_grad[0] else None
        ctx.programs.give_back(ctx.buffers)
        ctx.buffers = None
        return of_input, None, None


def _own_weight(layer: Affine) -> Tensor:
    return layer.tied if isinstance(layer, TiedLinear) else layer.weight


def _gradient_of(parameter: Tensor) -> Tensor:
    if parameter.grad is None:
        parameter.grad = torch.zeros_like(parameter)
    return parameter.grad


def _affine(layer: Affine, gain: float, out: Tensor) -> list[_Operation]:
    """Return the operations for ``gain`` times the output; the first takes the input, ``mat1``."""
    # Copying the bias to each row first, as addmm does, takes longer than adding it afterwards.
    product = functools.partial(
        torch.addmm, out, mat2=layer.weight.t(), beta=0, alpha=gain, out=out
    )
    return [product, functools.partial(out.add_, layer.bias, alpha=gain)]


def _product_with(layer: Affine, gradient: Tensor, beta: float, factor: float) -> _Operation:
    """Return the operation that adds to the gradient of the weight, from the layer's input."""
    of_weight = _gradient_of(_own_weight(layer))
    if isinstance(layer, TiedLinear):
        return lambda x: of_weight.addmm_(x.t(), gradient, beta=beta, alpha=factor)
    return functools.partial(of_weight.addmm_, gradient.t(), beta=beta, alpha=factor)


def _product(gradient: Tensor, weight: Tensor, factor: float, out: Tensor) -> None:
    torch.addmm(out, gradient, weight, beta=0, alpha=factor, out=out)
