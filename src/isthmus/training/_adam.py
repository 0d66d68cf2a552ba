"""Adam over torch's fused kernel, without the bookkeeping that costs as much as a small step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.adam import adam

__all__ = ["Adam", "FlatAdam"]


class FlatAdam:
    """Adam on many parameters as one vector, with the usual constants (0.9, 0.999, 1e-8).

    The parameters and their gradients become views of two vectors, so that a step, and clearing
    the gradients, are one call each.

    Parameters
    ----------
    parameters : sequence of torch.nn.Parameter
        Of one device and type; at least one.
    """

    def __init__(self, parameters: Sequence[Tensor]) -> None:
        sizes = [p.numel() for p in parameters]
        self._values = torch.cat([p.detach().reshape(-1) for p in parameters])
        self._gradients = torch.zeros_like(self._values)
        self._mean = torch.zeros_like(self._values)
        self._square = torch.zeros_like(self._values)
        self._steps = torch.zeros((), device=self._values.device)
        values, gradients = self._values.split(sizes), self._gradients.split(sizes)
        self._views = [
            (p, value.view_as(p), gradient.view_as(p))
            for p, value, gradient in zip(parameters, values, gradients, strict=True)
        ]
        self.attach()

    def attach(self) -> None:
        """Take the parameters' values over, and make the parameters views of the vectors."""
        with torch.no_grad():
            for p, value, gradient in self._views:
                value.copy_(p)
                p.data, p.grad = value, gradient

    def zero_grad(self) -> None:
        """Clear all gradients."""
        self._gradients.zero_()

    def step(self, lr: float, *, weight_decay: float = 0.0, decoupled: bool = False) -> None:
        """Make one step.

        Parameters
        ----------
        lr : float
            The rate.
        weight_decay : float, default=0.0
            L2 penalty, or the decay of the weights themselves.
        decoupled : bool, default=False
            Which of the two.
        """
        for p, _, gradient in self._views:
            if p.grad is not gradient:  # somebody gave it another
                if p.grad is not None:
                    gradient.copy_(p.grad)
                p.grad = gradient
        adam(
            [self._values],
            [self._gradients],
            [self._mean],
            [self._square],
            [],
            [self._steps],
            fused=True,
            amsgrad=False,
            beta1=0.9,
            beta2=0.999,
            lr=lr,
            weight_decay=weight_decay,
            eps=1e-8,
            maximize=False,
            decoupled_weight_decay=decoupled,
        )


class Adam(Optimizer):
    """Adam, or AdamW.

    Parameters
    ----------
    parameters : iterable of torch.nn.Parameter
        What it updates; they become views of one vector.
    lr : float, default=1e-3
        The rate.
    weight_decay : float, default=0.0
        L2 penalty, or the decay of the weights themselves.
    decoupled : bool, default=False
        Which of the two: True is AdamW.

    References
    ----------
    Kingma & Ba (2015), Adam: a method for stochastic optimization; Loshchilov & Hutter (2019),
    Decoupled weight decay regularization.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float = 1e-3,
        *,
        weight_decay: float = 0.0,
        decoupled: bool = False,
    ) -> None:
        settings = {"lr": lr, "weight_decay": weight_decay, "decoupled": decoupled}
        super().__init__(parameters, settings)
        self._flat = [FlatAdam(group["params"]) for group in self.param_groups]

    def zero_grad(self, set_to_none: bool = False) -> None:
        """Clear all gradients; they keep their memory.

        Parameters
        ----------
        set_to_none : bool, default=False
            Ignored.
        """
        for flat in self._flat:
            flat.zero_grad()

    def attach(self) -> None:
        """Take the parameters' present values over."""
        for flat in self._flat:
            flat.attach()

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        """Update all parameters by their gradients."""
        for group, flat in zip(self.param_groups, self._flat, strict=True):
            flat.step(group["lr"], weight_decay=group["weight_decay"], decoupled=group["decoupled"])
