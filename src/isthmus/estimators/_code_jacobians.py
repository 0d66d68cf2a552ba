"""Exact mean Jacobians of an encoder and a decoder, block by block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["MeanJacobian", "of_decoder", "of_encoder"]


@dataclass(eq=False)
class MeanJacobian:
    """Sums of derivatives over rows, for each unit of a code and each encoded value.

    Attributes
    ----------
    total, squares : ndarray of shape (latent_dim, *encoded_shape), float64
        Sums of derivatives and of their squares.
    n_rows : int
        Number of rows.
    """

    total: NDArray[np.float64]
    squares: NDArray[np.float64]
    n_rows: int = 0

    @classmethod
    def zero(cls, latent_dim: int, encoded_shape: tuple[int, ...]) -> MeanJacobian:
        """Return the sums of no rows."""
        shape = (latent_dim, *encoded_shape)
        return cls(np.zeros(shape), np.zeros(shape))

    def add(self, unit: int, derivatives: Tensor) -> None:
        """Add the derivatives of rows, ``(n, *encoded_shape)``, for a unit."""
        exact = derivatives.double()
        self.total[unit] += exact.sum(dim=0).cpu().numpy()
        self.squares[unit] += exact.square().sum(dim=0).cpu().numpy()


def of_encoder(encode: Callable[[Tensor], Tensor], x: Tensor, sums: MeanJacobian) -> None:
    """Add the derivatives of codes by encoded values, one backward pass per unit.

    Parameters
    ----------
    encode : callable
        From rows to codes; no code may depend on other rows.
    x : Tensor of shape ``(n, *encoded_shape)``
        Block of rows.
    sums : MeanJacobian
        Changed in place.
    """
    x = x.detach().clone().requires_grad_()
    with torch.enable_grad():
        codes = encode(x)
    for unit in range(codes.shape[1]):
        is_last = unit + 1 == codes.shape[1]
        (slope,) = torch.autograd.grad(codes[:, unit].sum(), x, retain_graph=not is_last)
        sums.add(unit, slope)
    sums.n_rows += len(x)


def of_decoder(decode: Callable[[Tensor], Tensor], z: Tensor, sums: MeanJacobian) -> None:
    """Add the derivatives of encoded values by codes, one double backward pass per unit.

    Parameters
    ----------
    decode : callable
        From codes to rows; no row may depend on other codes.
    z : Tensor of shape (n, latent_dim)
        Block of codes.
    sums : MeanJacobian
        Changed in place.
    """
    z = z.detach().clone().requires_grad_()
    with torch.enable_grad():
        rows = decode(z)
        # The pullback of weights is linear in them, so its derivative by a weight is the slope of
        # one value: forward mode by two backward passes, which every module supports.
        weights = torch.zeros_like(rows, requires_grad=True)
        (pulled,) = torch.autograd.grad(rows, z, weights, create_graph=True)
    for unit in range(z.shape[1]):
        is_last = unit + 1 == z.shape[1]
        (slope,) = torch.autograd.grad(pulled[:, unit].sum(), weights, retain_graph=not is_last)
        sums.add(unit, slope)
    sums.n_rows += len(z)
