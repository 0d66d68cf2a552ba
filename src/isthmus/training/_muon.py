"""Muon optimizer: momentum steps with singular values near one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

__all__ = ["Muon"]


class Muon(torch.optim.Optimizer):
    """Muon: orthogonalised momentum for weight matrices, Adam for all other parameters.

    Parameters
    ----------
    params : iterable of torch.nn.Parameter
        Parameters with two axes are updated by Muon, all others by Adam.
    lr : float, default=0.02
        Learning rate of the matrices.
    momentum : float, default=0.95
        Nesterov momentum of the matrices.
    weight_decay : float, default=0.0
        Decoupled weight decay of the matrices.
    block : int or None, default=None
        Maximum number of rows of a matrix, along its shorter side, that are orthogonalised
        together. None is 64, or 128 for matrices with more than 256 rows.
    vector_rate : float, default=0.15
        Learning rate of Adam for the other parameters, as a fraction of ``lr``.

    Notes
    -----
    Four quintic Newton-Schulz steps push the singular values of a block towards one. With layers
    up to 1000 wide, an epoch took 48 s with whole matrices, 6 s with blocks and 4 s with Adam, and
    blocks reached a lower loss in the same number of steps (benchmarks/muon.json).

    References
    ----------
    Jordan et al. (2024), Muon: an optimizer for hidden layers in neural networks. Amsel et al.
    (2025), The Polar Express: optimal matrix sign methods and their application to the Muon
    algorithm, arXiv:2505.16932. Khaled et al. (2025), MuonBP: faster Muon via block-periodic
    orthogonalization, arXiv:2510.16981.
    """

    # The first four quintics x (a + b x^2 + c x^4) of Amsel et al. (2025), each optimal for the
    # singular values from 0.001 to 1 that the previous ones produce. Together they amplify small
    # values by 446; five of Jordan's own, by 485.
    QUINTICS: ClassVar[tuple[tuple[float, float, float], ...]] = (
        (8.28721201814563, -23.595886519098837, 17.300387312530933),
        (4.107059111542203, -2.9478499167379106, 0.5448431082926601),
        (3.9486908534822946, -2.908902115962949, 0.5518191394370137),
        (3.3184196573706015, -2.488488024314874, 0.51004894012372),
    )
    VECTOR_BETAS: ClassVar[tuple[float, float]] = (0.9, 0.999)
    EPS: ClassVar[float] = 1e-8

    def __init__(
        self,
        params: Iterable[nn.Parameter],
        lr: float = 0.02,
        *,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
        block: int | None = None,
        vector_rate: float = 0.15,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "weight_decay": weight_decay,
            "block": block,
            "vector_rate": vector_rate,
        }
        super().__init__(params, defaults)

    @staticmethod
    def block_limit(shape: torch.Size, block: int | None) -> int:
        """Return the maximum number of rows of a block.

        Parameters
        ----------
        shape : torch.Size
            Shape of the matrix.
        block : int or None
            As the parameter of this name.

        Returns
        -------
        int
        """
        return block or (128 if min(shape) > 256 else 64)

    @staticmethod
    def block_height(n_rows: int, limit: int) -> int:
        """Return the largest block height when a matrix is split evenly into the fewest blocks.

        Parameters
        ----------
        n_rows : int
            Length of the shorter side of a matrix.
        limit : int
            Maximum number of rows of a block.

        Returns
        -------
        int
        """
        return math.ceil(n_rows / math.ceil(n_rows / limit))

    @staticmethod
    def gain(shape: torch.Size) -> float:
        """Return the learning-rate factor of a matrix.

        With singular values of one, the outputs of a tall matrix would change less than those of a
        wide one.

        Parameters
        ----------
        shape : torch.Size
            Shape of the matrix.

        Returns
        -------
        float
        """
        return float(max(1.0, shape[0] / shape[1]) ** 0.5)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update all parameters.

        Parameters
        ----------
        closure : callable, default=None
            Recomputes the loss and the gradients, with gradients enabled.

        Returns
        -------
        Tensor or None
            Return value of the closure.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                step = self._step_matrix if p.ndim == 2 else self._step_vector
                step(p, p.grad, group)
        return loss

    def _step_matrix(self, p: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        if not state:
            state["step"], state["momentum_buffer"] = torch.zeros(()), torch.zeros_like(p)
        state["step"] += 1
        mean = state["momentum_buffer"]
        mean.lerp_(gradient, 1 - group["momentum"])
        update = torch.lerp(gradient, mean, group["momentum"])
        is_tall = p.shape[0] > p.shape[1]
        if is_tall:
            update = update.t()
        height = self.block_height(len(update), self.block_limit(p.shape, group["block"]))
        steps = torch.cat([_orthogonal(block) for block in update.split(height)])
        p.mul_(1 - group["lr"] * group["weight_decay"])
        p.sub_(steps.t() if is_tall else steps, alpha=group["lr"] * self.gain(p.shape))

    def _step_vector(self, p: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        if not state:
            state["step"] = torch.zeros(())
            state["exp_avg"], state["exp_avg_sq"] = torch.zeros_like(p), torch.zeros_like(p)
        state["step"] += 1
        (beta1, beta2), n = self.VECTOR_BETAS, float(state["step"])
        mean = state["exp_avg"].lerp_(gradient, 1 - beta1)
        square = state["exp_avg_sq"].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        size = (square / (1 - beta2**n)).sqrt_().add_(self.EPS)
        rate = group["lr"] * group["vector_rate"] / (1 - beta1**n)
        p.addcdiv_(mean, size, value=-rate)


def _orthogonal(x: Tensor) -> Tensor:
    """Push the singular values of a wide matrix towards one."""
    # Scale to a norm just below 1: the first step would amplify values beyond 1.
    x = x / (1.01 * x.norm() + 1e-7)
    for a, b, c in Muon.QUINTICS:
        gram = x @ x.t()
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x
