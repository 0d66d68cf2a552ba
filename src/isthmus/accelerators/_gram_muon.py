"""Muon with fewer and larger matrix products."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..training import Muon
from ._divided_updates import Divisible
from ._flat_adam import FlatVector
from ._optimizer_format import load_optimizer_state, optimizer_state
from ._subnormals import SubnormalCleaning

__all__ = ["GramMuon"]

_PRODUCTS = 4 * len(Muon.QUINTICS)  # of square matrices, about, in each step of a block

# bfloat16 may round a value up, which the next quintic would amplify far beyond 1. All but the
# last are therefore for values that are a hundredth larger, as in the paper.
_SAFE_QUINTICS = (
    *((a / 1.01, b / 1.01**3, c / 1.01**5) for a, b, c in Muon.QUINTICS[:-1]),
    Muon.QUINTICS[-1],
)


class GramMuon:
    """Faster ``isthmus.training.Muon``.

    On the CPU, blocks of one height share most of the products, as Gram matrices, in single
    precision. On other devices, blocks of one shape share all products, in bfloat16.

    Parameters
    ----------
    parameters : iterable of torch.nn.Parameter
        Those with two axes are updated by Muon, all others by Adam, for which they become views of
        one vector.
    lr : float, default=0.02
        Learning rate of the matrices.
    momentum : float, default=0.95
        Nesterov momentum of the matrices.
    weight_decay : float, default=0.0
        Decoupled weight decay of the matrices.
    block : int or None, default=None
        Maximum number of rows of a matrix that are orthogonalised together; see
        ``isthmus.training.Muon``.
    vector_rate : float, default=0.15
        Learning rate of Adam for the other parameters, as a fraction of ``lr``.
    """

    takes_tensor_rates = True

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
        group = {
            "params": every,
            "lr": lr,
            "momentum": momentum,
            "weight_decay": weight_decay,
            "block": block,
            "vector_rate": vector_rate,
        }
        self.param_groups: list[dict[str, Any]] = [group]
        of_limit: dict[int, list[Tensor]] = {}
        for p in every:
            if p.ndim == 2:
                of_limit.setdefault(Muon.block_limit(p.shape, block), []).append(p)
        self._stacks = [_Stack(matrices, limit) for limit, matrices in of_limit.items()]
        others = [p for p in every if p.ndim != 2]
        self._vectors = FlatVector(others) if others else None

    def units(self) -> list[Divisible]:
        """Return what processes may divide among them."""
        return [*self._stacks, *([self._vectors] if self._vectors else [])]

    def attach(self) -> None:
        """Bind to the current memory of the parameters."""
        for stack in self._stacks:
            stack.attach()
        if self._vectors:
            self._vectors.attach()

    def detach(self) -> None:
        """Give each parameter its own memory."""
        for stack in self._stacks:
            stack.detach()
        if self._vectors:
            self._vectors.detach()

    def zero_grad(self) -> None:
        """Clear all gradients; they keep their memory."""
        for p in self.param_groups[0]["params"]:
            if p.ndim == 2 and p.grad is not None:
                p.grad.zero_()
        if self._vectors:
            self._vectors.zero_grad()

    @torch.no_grad()
    def step(self) -> None:
        """Update all parameters."""
        (group,) = self.param_groups
        lr = group["lr"]
        for stack in self._stacks:
            stack.step(lr, momentum=group["momentum"], weight_decay=group["weight_decay"])
        if self._vectors:
            self._vectors.step(lr * group["vector_rate"], betas=Muon.VECTOR_BETAS, eps=Muon.EPS)

    def state_dict(self) -> dict[str, Any]:
        """Return the state in the format of ``isthmus.training.Muon``."""
        state = {} if self._vectors is None else self._vectors.state()
        for stack in self._stacks:
            state |= stack.state()
        return optimizer_state(self.param_groups, state)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load the state of an ``isthmus.training.Muon``, or of another ``GramMuon``.

        Parameters
        ----------
        state_dict : dict
            With ``state`` and ``param_groups``.
        """
        state = load_optimizer_state(self.param_groups, state_dict)
        for stack in self._stacks:
            stack.load(state)
        if self._vectors:
            self._vectors.load(state)


@dataclass(frozen=True)
class _Block:
    """Some rows of a matrix, along its shorter side.

    Attributes
    ----------
    weights, update : Tensor of shape (height, width)
        Views of the matrix, and of its update before orthogonalisation.
    gain : float
        Factor of the learning rate.
    """

    weights: Tensor
    update: Tensor
    gain: float


class _Stack:
    """Matrices whose blocks are orthogonalised together.

    Parameters
    ----------
    matrices : sequence of Tensor
        Of one device and type; at least one.
    limit : int
        Maximum number of rows of a block; each matrix is split evenly into as few as possible.
    """

    def __init__(self, matrices: Sequence[Tensor], limit: int) -> None:
        self._matrices, self._limit = matrices, limit
        self._momenta, self._updates = (
            [torch.zeros_like(p, requires_grad=False) for p in matrices] for _ in range(2)
        )
        # Gram matrices contain squares: 1e-20, of a unit that is always 0, would become 1e-40.
        self._cleaning = SubnormalCleaning(share=1e-16, steps_between=32)
        self._gradients: list[Tensor] = []  # if the matrices have moved
        self._chosen: list[int] | None = None  # numbers of the blocks of this process; None: all
        self.cut()

    def tensors(self) -> list[Tensor]:
        """Return the matrices and their momenta; see ``Divisible``."""
        return [*(p.detach() for p in self._matrices), *self._momenta]

    def gradients(self) -> list[Tensor]:
        """Return tensors of the shapes of the gradients; see ``Divisible``."""
        return self._updates

    def move(self, tensors: list[Tensor], gradients: list[Tensor]) -> None:
        """Use other memory; see ``Divisible``."""
        n = len(self._matrices)
        for p, value, gradient in zip(self._matrices, tensors[:n], gradients, strict=True):
            p.data, p.grad = value, gradient
        self._momenta, self._gradients = tensors[n:], gradients

    def divide(self, rank: int, loads: list[float]) -> None:
        """Update only some of the blocks; see ``Divisible``."""
        blocks, self._chosen = self._blocks_of(self._matrices), []
        work = [len(b) ** 2 * (2 * b.shape[1] + _PRODUCTS * len(b)) for b in blocks]
        for k in sorted(range(len(blocks)), key=lambda k: -work[k]):
            least = loads.index(min(loads))
            loads[least] += work[k]
            if least == rank:
                self._chosen.append(k)
        self.cut()

    def parts(self, gradients: list[Tensor]) -> list[Tensor]:
        """Return the blocks of this process; see ``Divisible``."""
        return [block for k, block in enumerate(self._blocks_of(gradients)) if self._has(k)]

    def collect(self) -> None:
        """Copy gradients that other code has put elsewhere; see ``Divisible``."""
        for p, gradient in zip(self._matrices, self._gradients, strict=True):
            if p.grad is not gradient:
                gradient.zero_() if p.grad is None else gradient.copy_(p.grad)
                p.grad = gradient

    def attach(self) -> None:
        """Bind to the current memory of the matrices, with momenta of its own."""
        self._return()
        self.cut()

    def detach(self) -> None:
        """Give each matrix its own memory, if they have moved."""
        for p, _ in zip(self._matrices, self._gradients, strict=False):
            p.data, p.grad = p.detach().clone(), None

    def _return(self) -> None:
        """Go on with momenta in memory of its own, if the matrices have moved."""
        if self._gradients:
            self._gradients, self._chosen = [], None
            self._momenta = [mean.clone() for mean in self._momenta]

    def step(self, lr: float | Tensor, *, momentum: float, weight_decay: float) -> None:
        """Update the matrices once."""
        gradients: Sequence[Tensor | None] = self._own_gradients
        if not self._gradients:
            gradients = [p.grad for p in self._matrices]
        for gradient, mean, update in zip(
            gradients, self._own_momenta, self._own_updates, strict=True
        ):
            if gradient is None:
                update.zero_()
                continue
            mean.lerp_(gradient, 1 - momentum)
            torch.lerp(gradient, mean, momentum, out=update)
        if self._way is not None:
            self._way.move(lr, weight_decay)
        self._cleaning.after_step(self._own_momenta)

    def state(self) -> dict[Tensor, dict[str, Tensor]]:
        """Return the state of each matrix; empty before the first step."""
        if not self._cleaning.steps:
            return {}
        step = torch.tensor(float(self._cleaning.steps))
        return {
            p: {"step": step, "momentum_buffer": mean}
            for p, mean in zip(self._matrices, self._momenta, strict=True)
        }

    def load(self, state: dict[Tensor, dict[str, Tensor]]) -> None:
        """Load the state of each matrix."""
        self._return()
        self._cleaning.steps = 0
        for p, mean in zip(self._matrices, self._momenta, strict=True):
            if p in state:
                mean.copy_(state[p]["momentum_buffer"])
                self._cleaning.steps = max(self._cleaning.steps, int(state[p]["step"]))
            else:
                mean.zero_()

    def cut(self) -> None:
        """Split the matrices in their current memory into blocks."""
        # Whole matrices are pushed at once; of those that have moved, the blocks of this process.
        moved = bool(self._gradients)
        self._own_momenta = self.parts(self._momenta) if moved else self._momenta
        self._own_updates = self.parts(self._updates) if moved else self._updates
        self._own_gradients = self.parts(self._gradients)
        gains = [Muon.gain(p.shape) for p in self._matrices for _ in self._blocks_of([p])]
        every = zip(
            self._blocks_of([p.detach() for p in self._matrices]),
            self._blocks_of(self._updates),
            gains,
            strict=True,
        )
        chosen = [_Block(*block) for k, block in enumerate(every) if self._has(k)]
        implementation = _implementation_for(self._matrices[0].device)
        self._way = implementation(chosen) if chosen else None

    def _has(self, block: int) -> bool:
        return self._chosen is None or block in self._chosen

    def _blocks_of(self, matrices: Sequence[Tensor]) -> list[Tensor]:
        """Return views of matrices, which split them along their shorter sides."""
        blocks: list[Tensor] = []
        for matrix in matrices:
            wide = matrix.t() if matrix.shape[0] > matrix.shape[1] else matrix
            blocks += wide.split(Muon.block_height(min(matrix.shape), self._limit))
        return blocks


def _implementation_for(device: torch.device) -> type[_ByGram | _InBfloat16]:
    return _ByGram if device.type == "cpu" else _InBfloat16


class _InBfloat16:
    """Newton-Schulz steps of the updates in bfloat16, for hardware that supports it.

    Gram matrices are not suitable there: small eigenvalues of a rounded Gram matrix are negative
    and grow from step to step, which gave singular values above 100.

    Parameters
    ----------
    blocks : sequence of _Block
        Those of one shape share the steps.
    """

    def __init__(self, blocks: Sequence[_Block]) -> None:
        of_shape: dict[torch.Size, list[_Block]] = {}
        for block in blocks:
            of_shape.setdefault(block.update.shape, []).append(block)
        self._groups = [_Alike(group) for group in of_shape.values()]

    def move(self, lr: float | Tensor, weight_decay: float) -> None:
        """Orthogonalise the updates of the blocks, and apply them to the weights."""
        for group in self._groups:
            group.move(lr, weight_decay)


class _Alike:
    """Blocks of one shape."""

    def __init__(self, blocks: Sequence[_Block]) -> None:
        self._weights = [block.weights for block in blocks]
        self._updates = [block.update for block in blocks]
        like = blocks[0].update
        self._x = like.new_empty(len(blocks), *like.shape, dtype=torch.bfloat16)
        self._gains = like.new_tensor([block.gain for block in blocks])[:, None, None]

    def move(self, lr: float | Tensor, weight_decay: float) -> None:
        torch._foreach_copy_(list(self._x), self._updates)
        if weight_decay:
            torch._foreach_mul_(self._weights, 1 - lr * weight_decay)
        steps = _orthogonal(self._x) * (lr * self._gains)  # in the precision of the weights
        torch._foreach_sub_(self._weights, list(steps))


def _orthogonal(x: Tensor) -> Tensor:
    """Push the singular values of matrices (n, height, width) towards one."""
    x = x * _inverse_norms(x.float().square().sum(dim=(1, 2))).to(x.dtype)
    for a, b, c in _SAFE_QUINTICS:
        gram = x.bmm(x.mT)
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x


def _inverse_norms(squares: Tensor) -> Tensor:
    """Return factors that scale matrices (n, height, width) to norms just below 1."""
    # The first step would amplify a singular value beyond 1.
    return squares.sqrt_().mul_(1.01).add_(1e-7).reciprocal_()[:, None, None]


class _ByGram:
    """Newton-Schulz steps with only two products of each wide matrix: see ``_Polar``.

    Parameters
    ----------
    blocks : sequence of _Block
        All share the steps.
    """

    def __init__(self, blocks: Sequence[_Block]) -> None:
        heights = [len(block.update) for block in blocks]
        # Zeros outside the Gram matrix of a lower block stay zeros.
        like = blocks[0].update
        self._polar = _Polar(like.new_zeros(len(blocks), max(heights), max(heights)))
        squares = zip(self._polar.gram, self._polar.factor, heights, strict=True)
        self._blocks = [
            (block, gram[:height, :height], factor[:height, :height])
            for block, (gram, factor, height) in zip(blocks, squares, strict=True)
        ]

    def move(self, lr: float | Tensor, weight_decay: float) -> None:
        """Orthogonalise the updates of the blocks, and apply them to the weights."""
        for block, gram, _ in self._blocks:
            torch.mm(block.update, block.update.t(), out=gram)
        self._polar.push()
        for block, _, factor in self._blocks:
            if isinstance(lr, Tensor):
                orthogonal = factor.mm(block.update)
                block.weights.mul_(1 - lr * weight_decay).sub_(orthogonal.mul_(lr * block.gain))
                continue
            kept, rate = 1 - lr * weight_decay, lr * block.gain
            block.weights.addmm_(factor, block.update, beta=kept, alpha=-rate)


class _Polar:
    """Factors that push the singular values of wide matrices X (n, height, width) to about one.

    Each Newton-Schulz step multiplies by a polynomial of the Gram matrix. All these polynomials
    commute, so they can be multiplied first and the wide matrix once at the end: for 128 x 784 that
    takes a third of the time. Matrices of one height can also share them, whatever their widths.

    Parameters
    ----------
    memory : Tensor of shape (n, height, height)
        For ``gram``.

    Attributes
    ----------
    gram : Tensor of shape (n, height, height)
        X X^T, to be written before ``push``, which overwrites it.
    factor : Tensor of shape (n, height, height)
        Factor of X, after ``push``.
    """

    def __init__(self, memory: Tensor) -> None:
        self.gram = gram = memory
        product, polynomial, spare = (torch.empty_like(gram) for _ in range(3))
        self._diagonal = gram.diagonal(dim1=1, dim2=2)
        self._operations: list[Callable[[], Any]] = []
        do = self._operations.append
        for k, (a, b, c) in enumerate(Muon.QUINTICS):
            do(functools.partial(torch.baddbmm, gram, gram, gram, beta=b, alpha=c, out=polynomial))
            do(functools.partial(polynomial.diagonal(dim1=1, dim2=2).add_, a))
            if k < len(Muon.QUINTICS) - 1:
                do(functools.partial(torch.bmm, polynomial, gram, out=spare))
                do(functools.partial(torch.bmm, spare, polynomial, out=gram))
            if k:
                do(functools.partial(torch.bmm, polynomial, product, out=spare))
                product, spare = spare, product
            else:
                product, polynomial = polynomial, product
        self.factor = product

    def push(self) -> None:
        """Compute ``factor`` from ``gram``."""
        scale = _inverse_norms(self._diagonal.sum(dim=1))
        self.gram.mul_(scale * scale)
        for operation in self._operations:
            operation()
        self.factor.mul_(scale)
