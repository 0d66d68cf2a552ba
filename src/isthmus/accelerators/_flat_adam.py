"""Adam with all parameters as one vector."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ._divided_updates import Divisible
from ._optimizer_format import load_optimizer_state, optimizer_state
from ._subnormals import SubnormalCleaning

__all__ = ["FlatAdam", "FlatAdamW", "FlatVector"]

_ALIGNED = 32  # numbers; at least a line of a processor's cache


class FlatVector:
    """Parameters as views of one vector, updated by one call of torch's fused Adam.

    The vector owns the memory of parameters and gradients while it is attached.

    Parameters
    ----------
    parameters : sequence of torch.nn.Parameter
        Of one device and type; at least one.
    """

    def __init__(self, parameters: Sequence[Tensor]) -> None:
        self._parameters, self._part, self._is_moved = list(parameters), slice(None), False
        values = torch.cat([p.detach().reshape(-1) for p in parameters])
        self._steps = torch.zeros((), device=values.device)
        self._cleaning = SubnormalCleaning()
        gradients, *moments = (torch.zeros_like(values) for _ in range(3))
        self._hold([values, *moments], gradients)
        self.attach()

    def _hold(self, tensors: list[Tensor], gradients: Tensor) -> None:
        """Use this memory."""
        self._values, self._mean, self._square = tensors
        self._gradients = gradients
        vectors = (self._values, gradients, self._mean, self._square)
        self._cut()
        sizes = [p.numel() for p in self._parameters]
        self._views = [
            (p, *(view.view_as(p) for view in views))
            for p, *views in zip(self._parameters, *(v.split(sizes) for v in vectors), strict=True)
        ]

    def _cut(self) -> None:
        """Prepare what a step updates."""
        vectors = (self._values, self._gradients, self._mean, self._square)
        self._updated = [vector[self._part] for vector in vectors]

    def tensors(self) -> list[Tensor]:
        """Return the vectors of values and moments; see ``Divisible``."""
        return [self._values, self._mean, self._square]

    def gradients(self) -> list[Tensor]:
        """Return the vector of gradients; see ``Divisible``."""
        return [self._gradients]

    def move(self, tensors: list[Tensor], gradients: list[Tensor]) -> None:
        """Use other memory; see ``Divisible``."""
        self._is_moved = True
        self._hold(tensors, *gradients)
        self._bind()

    def divide(self, rank: int, loads: list[float]) -> None:
        """Update only the part of one process, of about equal size; see ``Divisible``."""
        size, world = self._values.numel(), len(loads)
        # Whole lines of a processor's cache, so that no two processes write to one.
        steps = math.ceil(size / world / _ALIGNED) * _ALIGNED
        ends = [min(size, k * steps) for k in range(world + 1)]
        self._part = slice(ends[rank], ends[rank + 1])
        self._cut()
        for k in range(world):
            loads[k] += ends[k + 1] - ends[k]

    def parts(self, gradients: list[Tensor]) -> list[Tensor]:
        """Return the part of this process; see ``Divisible``."""
        return [vector[self._part] for vector in gradients]

    def collect(self) -> None:
        """Copy gradients that other code has put elsewhere to the vector."""
        for p, _, gradient, *_ in self._views:
            if p.grad is not gradient:
                if p.grad is not None:
                    gradient.copy_(p.grad)
                p.grad = gradient

    def attach(self) -> None:
        """Copy the values of the parameters, and make the parameters views of the vector."""
        self._return()
        self._bind()

    def _return(self) -> None:
        """Go on in memory of its own, if the vector has moved."""
        if self._is_moved:
            self._is_moved, self._part = False, slice(None)
            values, *moments = self.tensors()
            own = [torch.empty_like(values), *(moment.clone() for moment in moments)]
            self._hold(own, torch.zeros_like(values))

    def _bind(self) -> None:
        with torch.no_grad():
            for p, value, gradient, *_ in self._views:
                value.copy_(p)
                p.data, p.grad = value, gradient

    def detach(self) -> None:
        """Give each parameter its own memory."""
        for p, *_ in self._views:
            p.data, p.grad = p.detach().clone(), None

    def zero_grad(self) -> None:
        """Clear all gradients."""
        self._gradients.zero_()

    def step(
        self,
        lr: float | Tensor,
        *,
        betas: tuple[float, float],
        eps: float,
        weight_decay: float = 0.0,
        decoupled: bool = False,
    ) -> None:
        """Update the vector, or the part of this process, once.

        Parameters
        ----------
        lr : float or Tensor of shape ()
            Learning rate; a tensor must be on the device of the parameters.
        betas : tuple of two floats
            Decay rates of the running means of the gradients and of their squares.
        eps : float
            Added to the root of the latter.
        weight_decay : float, default=0.0
            L2 penalty, or decoupled weight decay.
        decoupled : bool, default=False
            Whether the weight decay is decoupled, as in AdamW.
        """
        self.collect()
        self._steps.add_(1)
        values, gradients, mean, square = self._updated
        # The kernel itself: calling it through torch.optim costs half as much as a step of 200,000
        # weights.
        kernel = torch._fused_adamw_ if decoupled else torch._fused_adam_
        kernel(
            [values],
            [gradients],
            [mean],
            [square],
            [],
            [self._steps],
            lr=lr,
            beta1=betas[0],
            beta2=betas[1],
            weight_decay=weight_decay,
            eps=eps,
            amsgrad=False,
            maximize=False,
        )
        self._cleaning.after_step((mean, square))

    def state(self) -> dict[Tensor, dict[str, Tensor]]:
        """Return the state of ``torch.optim.Adam`` per parameter; empty before the first step."""
        if not self._cleaning.steps:
            return {}
        step = self._steps.cpu()
        return {
            p: {"step": step, "exp_avg": mean, "exp_avg_sq": square}
            for p, _, _, mean, square in self._views
        }

    def load(self, state: dict[Tensor, dict[str, Tensor]]) -> None:
        """Load the state of ``torch.optim.Adam`` per parameter.

        Parameters
        ----------
        state : dict of Tensor to dict
            Parameters without steps are missing.
        """
        self._return()
        steps = 0.0
        for p, _, _, mean, square in self._views:
            known = state.get(p)
            if known is None:
                mean.zero_()
                square.zero_()
                continue
            mean.copy_(known["exp_avg"])
            square.copy_(known["exp_avg_sq"])
            steps = max(steps, float(known["step"]))
        self._steps.fill_(steps)
        self._cleaning.steps = int(steps)


class FlatAdam:
    """``torch.optim.Adam`` with all parameters as one vector.

    Parameters
    ----------
    parameters : iterable of torch.nn.Parameter
        Parameters to update; they become views of one vector.
    lr : float, default=1e-3
        Learning rate.
    momentum : float, default=0.9
        Decay rate of the running mean of the gradients.
    weight_decay : float, default=0.0
        L2 penalty; for ``FlatAdamW`` decoupled weight decay.
    """

    takes_tensor_rates = True
    _is_decoupled = False

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float = 1e-3,
        *,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
    ) -> None:
        every = list(parameters)
        group = {
            "params": every,
            "lr": lr,
            "betas": (momentum, 0.999),
            "eps": 1e-8,
            "weight_decay": weight_decay,
            "amsgrad": False,
            "maximize": False,
            "foreach": None,
            "capturable": False,
            "differentiable": False,
            "fused": None,
            "decoupled_weight_decay": self._is_decoupled,
        }
        self.param_groups: list[dict[str, Any]] = [group]
        self._vector = FlatVector(every)

    def units(self) -> list[Divisible]:
        """Return what processes may divide among them."""
        return [self._vector]

    def attach(self) -> None:
        """Copy the values of the parameters, and make them views of the vector."""
        self._vector.attach()

    def detach(self) -> None:
        """Give each parameter its own memory."""
        self._vector.detach()

    def zero_grad(self) -> None:
        """Clear all gradients; they keep their memory."""
        self._vector.zero_grad()

    @torch.no_grad()
    def step(self) -> None:
        """Update all parameters."""
        (group,) = self.param_groups
        self._vector.step(
            group["lr"],
            betas=group["betas"],
            eps=group["eps"],
            weight_decay=group["weight_decay"],
            decoupled=self._is_decoupled,
        )

    def state_dict(self) -> dict[str, Any]:
        """Return the state in the format of ``torch.optim.Adam``."""
        return optimizer_state(self.param_groups, self._vector.state())

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load the state of a ``torch.optim.Adam``, or of another ``FlatAdam``.

        Parameters
        ----------
        state_dict : dict
            With ``state`` and ``param_groups``.
        """
        self._vector.load(load_optimizer_state(self.param_groups, state_dict))


class FlatAdamW(FlatAdam):
    """``torch.optim.AdamW`` with all parameters as one vector; see ``FlatAdam``."""

    _is_decoupled = True
