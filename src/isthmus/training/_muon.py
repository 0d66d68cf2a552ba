"""Muon: momentum whose singular values are all pushed to about one."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ._adam import Cleaning, FlatAdam

__all__ = ["Muon"]

# The first four of the quintics of Amsel et al. (2025), each the best for what the ones before it
# leave of singular values from 0.001 to 1: x (a + b x^2 + c x^4). Together they lift small values
# by 446; five of Jordan's own, by 485.
_QUINTICS = (
    (8.28721201814563, -23.595886519098837, 17.300387312530933),
    (4.107059111542203, -2.9478499167379106, 0.5448431082926601),
    (3.9486908534822946, -2.908902115962949, 0.5518191394370137),
    (3.3184196573706015, -2.488488024314874, 0.51004894012372),
)
_BLOCK, _WIDE_BLOCK, _WIDE = 64, 128, 256


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
    block : int or None, default=None
        Rows of a matrix, laid with its shorter side down, that are made orthogonal together. None
        is 64, and 128 for matrices with more than 256 of them.
    vector_rate : float, default=0.15
        Adam's rate for the others, as a share of ``lr``.

    Notes
    -----
    The singular values of a block are pushed towards one by four quintic Newton-Schulz steps: in
    single precision on the CPU, which would have to emulate bfloat16, and in bfloat16 on other
    devices. With whole matrices an epoch of layers up to 1000 wide took 43 s, with blocks 11 s and
    with Adam 8 s, and blocks came further in as many steps (benchmarks/muon.json). Blocks of one
    height go through most of the products together, whatever matrices they belong to.

    References
    ----------
    Jordan et al. (2024), Muon: an optimizer for hidden layers in neural networks. Amsel et al.
    (2025), The Polar Express: optimal matrix sign methods and their application to the Muon
    algorithm, arXiv:2505.16932. Khaled et al. (2025), MuonBP: faster Muon via block-periodic
    orthogonalization, arXiv:2510.16981.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float = 0.02,
        *,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
        block: int | None = None,
        vector_rate: float = 0.15,
    ) -> None:
        every = list(parameters)
        self.param_groups: list[dict[str, Any]] = [{"params": every, "lr": lr}]
        self._momentum, self._weight_decay = momentum, weight_decay
        self._block, self._vector_rate = block, vector_rate
        self._matrices: list[Tensor] = [p for p in every if p.ndim == 2]
        self._momenta: dict[Tensor, Tensor] = {}
        self._cleaning = Cleaning()
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
        alike: dict[torch.Size, list[tuple[Tensor, Tensor]]] = defaultdict(list)
        for p in self._matrices:
            if p.grad is None:
                continue
            if p not in self._momenta:
                self._momenta[p] = torch.zeros_like(p)
            momentum = self._momenta[p].lerp_(p.grad, 1 - self._momentum)
            update = p.grad.lerp(momentum, self._momentum)
            blocks = _in_blocks(update.mT if _is_tall(p) else update, self._block)
            alike[blocks.shape[1:]].append((p, blocks))
        stacks = [torch.cat([blocks for _, blocks in pairs]) for pairs in alike.values()]
        for pairs, pushed in zip(alike.values(), _pushed(stacks), strict=True):
            each = pushed.split([len(blocks) for _, blocks in pairs])
            for (p, _), blocks in zip(pairs, each, strict=True):
                if self._weight_decay:
                    p.mul_(1 - lr * self._weight_decay)
                update = blocks.flatten(0, 1)[: min(p.shape)]
                # Singular values of one would move a tall matrix's outputs less than a wide one's.
                rate = lr * max(1.0, p.shape[0] / p.shape[1]) ** 0.5
                p.add_(update.mT if _is_tall(p) else update, alpha=-rate)
        self._cleaning.after_step(self._momenta.values())


def _is_tall(matrix: Tensor) -> bool:
    return matrix.shape[0] > matrix.shape[1]


def _in_blocks(wide: Tensor, block: int | None) -> Tensor:
    """Cut a wide matrix (m, n) into blocks of rows (k, height, n), the last filled with zeros."""
    m, n = wide.shape
    n_blocks = math.ceil(m / (block or (_WIDE_BLOCK if m > _WIDE else _BLOCK)))
    height = math.ceil(m / n_blocks)
    missing = n_blocks * height - m
    filled = functional.pad(wide, (0, 0, 0, missing)) if missing else wide
    return filled.reshape(n_blocks, height, n)


def _pushed(stacks: list[Tensor]) -> list[Tensor]:
    """Push the singular values of stacks of wide matrices (k, m, n), m <= n, towards one.

    Each Newton-Schulz step multiplies by a polynomial of the Gram matrix (m, m). All those
    polynomials commute, so they can be multiplied together first and the wide matrix once at the
    end: for 128 x 784 that takes a third of the time. It also lets matrices of one height go
    through them together, whatever their widths.
    """
    scaled = [_scaled(wide) for wide in stacks]
    of_height: dict[int, list[int]] = defaultdict(list)
    for k, x in enumerate(scaled):
        of_height[x.shape[1]].append(k)
    pushed: dict[int, Tensor] = {}
    for members in of_height.values():
        grams = torch.cat([torch.bmm(scaled[k], scaled[k].mT) for k in members])
        products = _product_of_polynomials(grams).split([len(scaled[k]) for k in members])
        for k, product in zip(members, products, strict=True):
            pushed[k] = torch.bmm(product, scaled[k]).to(stacks[k].dtype)
    return [pushed[k] for k in range(len(stacks))]


def _scaled(wide: Tensor) -> Tensor:
    x = wide.to(torch.float32 if wide.device.type == "cpu" else torch.bfloat16)
    # A little more than its length: the first step would throw a value beyond 1 far off.
    length: Tensor = torch.linalg.vector_norm(x, dim=(1, 2), keepdim=True)
    return x / (1.01 * length + 1e-7)


def _product_of_polynomials(gram: Tensor) -> Tensor:
    product = gram
    for k, (a, b, c) in enumerate(_QUINTICS):
        polynomial = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
        polynomial.diagonal(dim1=1, dim2=2).add_(a)
        product = torch.bmm(polynomial, product) if k else polynomial
        if k < len(_QUINTICS) - 1:
            gram = torch.bmm(torch.bmm(polynomial, gram), polynomial)
    return product
