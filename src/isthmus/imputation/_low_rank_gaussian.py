"""Gaussian of low rank for wide rows with missing cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import torch
from torch import Tensor

__all__ = ["LowRankGaussian"]

_ROUNDS = 25
_TOLERANCE = 1e-3  # relative change of the noise that ends the iteration
_RIDGE = 1e-3
_ROWS_A_TIME = 512


class LowRankGaussian:
    """Normal distribution with a covariance of low rank and equal noise: probabilistic PCA.

    The expected components of a row depend on any set of observed values by a system of as many
    equations as there are components. O(n d k^2) time per round and per fill, for d values and k
    components, where a full covariance takes O(n d^3).

    Parameters
    ----------
    mean : Tensor of shape (d,)
        Mean.
    loadings : Tensor of shape (d, k)
        Value of each component.
    noise : Tensor of shape ()
        Variance of the noise, above 0.

    References
    ----------
    Tipping & Bishop (1999), Probabilistic principal component analysis, JRSS B 61. Ilin & Raiko
    (2010), Practical approaches to principal component analysis in the presence of missing values,
    JMLR 11.
    """

    def __init__(self, mean: Tensor, loadings: Tensor, noise: Tensor) -> None:
        self.mean, self.loadings, self.noise = mean, loadings, noise

    @classmethod
    def fitted(
        cls, x: Tensor, observed: Tensor, n_components: int, generator: torch.Generator
    ) -> Self:
        """Fit the distribution by expectation-maximization.

        Parameters
        ----------
        x : Tensor of shape (n, d)
            Scaled rows, 0 where missing.
        observed : Tensor of shape (n, d)
            1 where observed, else 0.
        n_components : int
            Number of components.
        generator : torch.Generator
            Draws the initial loadings; on the CPU.

        Returns
        -------
        LowRankGaussian
        """
        counts = observed.sum(dim=0).clamp(min=1)
        mean = (x * observed).sum(dim=0) / counts
        loadings = torch.randn(x.shape[1], n_components, generator=generator) / n_components**0.5
        made = cls(mean, loadings.to(x.device), torch.ones((), device=x.device))
        for _ in range(_ROUNDS):
            step = made._improved(x, observed, counts)
            change = float((step.noise - made.noise).abs() / made.noise)
            made = step
            if change < _TOLERANCE:
                break
        return made

    def _improved(self, x: Tensor, observed: Tensor, counts: Tensor) -> Self:
        """Return the distribution after one round."""
        d, k = self.loadings.shape
        products = x.new_zeros(d, k, k)
        targets, offsets = x.new_zeros(d, k), x.new_zeros(d)
        squares = x.new_zeros(())
        blocks = list(zip(x.split(_ROWS_A_TIME), observed.split(_ROWS_A_TIME), strict=True))
        for rows, seen in blocks:
            codes, spread = self._codes(rows, seen)
            second = codes[:, :, None] * codes[:, None, :] + spread
            products += (seen.T @ second.flatten(1)).view(d, k, k)
            targets += ((rows - self.mean) * seen).T @ codes
            residuals = (rows - self.mean - codes @ self.loadings.T) * seen
            offsets += residuals.sum(dim=0)
            own = self.loadings[:, :, None] * self.loadings[:, None, :]
            squares += (
                residuals.square().sum() + ((seen.T @ spread.flatten(1)) * own.flatten(1)).sum()
            )
        eye = torch.eye(k, device=x.device)
        loadings = torch.linalg.solve(products + _RIDGE * eye, targets[..., None])[..., 0]
        noise = (squares / observed.sum().clamp(min=1)).clamp(min=_RIDGE)
        return type(self)(self.mean + offsets / counts, loadings, noise)

    def _codes(self, x: Tensor, observed: Tensor) -> tuple[Tensor, Tensor]:
        """Return each row's expected components (n, k) and their covariance (n, k, k)."""
        d, k = self.loadings.shape
        outer = (self.loadings[:, :, None] * self.loadings[:, None, :]).view(d, k * k)
        eye = torch.eye(k, device=x.device)
        precision = (observed @ outer).view(-1, k, k) / self.noise + eye
        factor = torch.linalg.cholesky(precision)
        weighed = ((x - self.mean) * observed) @ self.loadings / self.noise
        codes = torch.cholesky_solve(weighed[..., None], factor)[..., 0]
        return codes, torch.cholesky_inverse(factor)

    def fill(self, x: Tensor, observed: Tensor) -> Tensor:
        """Replace missing values by their conditional means.

        Parameters
        ----------
        x, observed : Tensor of shape (n, d)
            As for ``fitted``.

        Returns
        -------
        Tensor of shape (n, d)
        """
        filled = []
        for rows, seen in zip(x.split(_ROWS_A_TIME), observed.split(_ROWS_A_TIME), strict=True):
            codes, _ = self._codes(rows, seen)
            filled.append(torch.where(seen > 0, rows, self.mean + codes @ self.loadings.T))
        return torch.cat(filled)

    def tensors(self) -> dict[str, Tensor]:
        """Return the fitted tensors by name.

        Returns
        -------
        dict of str to Tensor
        """
        return {"mean": self.mean, "loadings": self.loadings, "noise": self.noise}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> Self:
        """Return the distribution that returned ``tensors``.

        Parameters
        ----------
        tensors : mapping of str to Tensor
            As returned by ``tensors``.

        Returns
        -------
        LowRankGaussian
        """
        return cls(tensors["mean"], tensors["loadings"], tensors["noise"])
