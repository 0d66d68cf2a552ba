"""Muon: momentum whose singular values are all pushed to about one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from ._adam import FlatAdam

__all__ = ["Muon"]

# Jordan (2024): the quintic that lifts small singular values fastest, to 0.7-1.2 in five steps.
_A, _B, _C = 3.4445, -4.7750, 2.0315


class Muon:
    """Orthogonalised momentum for weight matrices, Adam for all other parameters.

    Parameters
    ----------
    parameters : iterable of torch.nn.Parameter
        Those with two axes are stepped by Muon, all others by Adam.
    lr : float, default=0.02
        Rate of the matrices.
    momentum : float, default=0.95
        Of the matrices, in Nesterov's form.
    weight_decay : float, default=0.0
        Decoupled, of the matrices.
    n_iterations : int, default=5
        Newton-Schulz steps.
    vector_rate : float, default=0.15
        Adam's rate for the others, as a share of ``lr``.

    Notes
    -----
    Steps are computed in single precision on the CPU, which would have to emulate bfloat16, and in
    bfloat16 on other devices. Matrices of one shape go through the products together, a matrix
    and its mirror image in the decoder as well.

    References
    ----------
    Jordan et al. (2024), Muon: an optimizer for hidden layers in neural networks.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float = 0.02,
        *,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
        n_iterations: int = 5,
        vector_rate: float = 0.15,
    ) -> None:
        every = list(parameters)
        self.param_groups: list[dict[str, Any]] = [{"params": every, "lr": lr}]
        self._momentum, self._weight_decay = momentum, weight_decay
        self._n_iterations, self._vector_rate = n_iterations, vector_rate
        self._matrices: list[Tensor] = [p for p in every if p.ndim == 2]
        self._momenta: dict[Tensor, Tensor] = {}
        others = [p for p in every if p.ndim != 2]
        self._vectors = FlatAdam(others) if others else None

    def zero_grad(self) -> None:
        """Clear all gradients; they keep their memory."""
        for p in self._matrices:
            if p.grad is not None:
                p.grad.zero_()
        if self._vectors:
            self._vectors.zero_grad()

    def attach(self) -> None:
        """Take the parameters' present values over."""
        if self._vectors:
            self._vectors.attach()

    @torch.no_grad()
    def step(self) -> None:
        """Update all parameters by their gradients."""
        lr = self.param_groups[0]["lr"]
        self._step_matrices(lr)
        if self._vectors:
            self._vectors.step(lr * self._vector_rate)

    def _step_matrices(self, lr: float) -> None:
        alike: dict[tuple[int, int], list[tuple[Tensor, Tensor]]] = defaultdict(list)
        for p in self._matrices:
            if p.grad is None:
                continue
            if p not in self._momenta:
                self._momenta[p] = torch.zeros_like(p)
            momentum = self._momenta[p].lerp_(p.grad, 1 - self._momentum)
            update = p.grad.lerp(momentum, self._momentum)
            tall = p.shape[0] > p.shape[1]
            update = update.mT if tall else update
            alike[(update.shape[0], update.shape[1])].append((p, update))
        for pairs in alike.values():
            updates = _orthogonalised(
                torch.stack([update for _, update in pairs]), self._n_iterations
            )
            for (p, _), update in zip(pairs, updates, strict=True):
                tall = p.shape[0] > p.shape[1]
                if self._weight_decay:
                    p.mul_(1 - lr * self._weight_decay)
                # Singular values of one would move a tall matrix's outputs less than a wide one's.
                rate = lr * max(1.0, p.shape[0] / p.shape[1]) ** 0.5
                p.add_(update.mT if tall else update, alpha=-rate)


def _orthogonalised(wide: Tensor, n_iterations: int) -> Tensor:
    """Push the singular values of a stack of wide matrices (k, m, n), m <= n, towards one.

    Each Newton-Schulz step multiplies by a polynomial of the Gram matrix (m, m). All those
    polynomials commute, so they can be multiplied together first and the wide matrix once at the
    end: for an encoder's 128 x 784 that takes a third of the time.
    """
    dtype = torch.float32 if wide.device.type == "cpu" else torch.bfloat16
    x = wide.to(dtype)
    x = x / (torch.linalg.vector_norm(x, dim=(1, 2), keepdim=True) + 1e-7)
    gram = torch.bmm(x, x.mT)
    product = gram
    for k in range(n_iterations):
        polynomial = torch.baddbmm(gram, gram, gram, beta=_B, alpha=_C)
        polynomial.diagonal(dim1=1, dim2=2).add_(_A)
        product = torch.bmm(polynomial, product) if k else polynomial
        if k < n_iterations - 1:
            gram = torch.bmm(torch.bmm(polynomial, gram), polynomial)
    return torch.bmm(product, x).to(wide.dtype)
