"""Gaussian fitted to rows with missing cells, and its conditional mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import torch
from torch import Tensor

__all__ = ["Gaussian"]

_ROUNDS = 25
_TOLERANCE = 1e-3  # largest change of a covariance that ends the iteration, in squared scaled units
_RIDGE = 1e-2  # variance added to each value: one-hot values are collinear
_ROWS_A_TIME = 512


class Gaussian:
    """Multivariate normal distribution of rows with missing cells.

    Its conditional mean is the best linear prediction of missing cells from any set of observed
    ones. O(n d^3) time per round and per fill, d being the number of encoded values.

    Parameters
    ----------
    mean : Tensor of shape (d,)
        Mean.
    covariance : Tensor of shape (d, d)
        Positive definite.

    References
    ----------
    Little & Rubin (2019), Statistical analysis with missing data, 3rd edition, chapter 11.3.
    """

    def __init__(self, mean: Tensor, covariance: Tensor) -> None:
        self.mean, self.covariance = mean, covariance

    @classmethod
    def fitted(cls, x: Tensor, observed: Tensor) -> Self:
        """Fit the distribution by expectation-maximization.

        Parameters
        ----------
        x : Tensor of shape (n, d)
            Scaled rows, 0 where missing.
        observed : Tensor of shape (n, d)
            1 where observed, else 0.

        Returns
        -------
        Gaussian
        """
        d = x.shape[1]
        eye = torch.eye(d, device=x.device)
        made = cls(torch.zeros(d, device=x.device), eye)
        for _ in range(_ROUNDS):
            filled, spread = made._expected(x, observed)
            mean = filled.mean(dim=0)
            offset = filled - mean
            covariance = (offset.T @ offset + spread) / len(x) + _RIDGE * eye
            change = float((covariance - made.covariance).abs().max())
            made = cls(mean, covariance)
            if change < _TOLERANCE:
                break
        return made

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
        parts = zip(x.split(_ROWS_A_TIME), observed.split(_ROWS_A_TIME), strict=True)
        return torch.cat([self._filled(*part)[0] for part in parts])

    def _filled(self, x: Tensor, observed: Tensor) -> tuple[Tensor, Tensor]:
        """Return filled rows, and the Cholesky factors of the covariances of what is observed."""
        seen = self.covariance * observed[:, :, None] * observed[:, None, :]
        # A row and column of the identity for what is missing leaves the solution unchanged.
        factor = torch.linalg.cholesky(seen + torch.diag_embed(1 - observed))
        offset = ((x - self.mean) * observed)[..., None]
        weights = torch.cholesky_solve(offset, factor)[..., 0] * observed
        return torch.where(observed > 0, x, self.mean + weights @ self.covariance), factor

    def _expected(self, x: Tensor, observed: Tensor) -> tuple[Tensor, Tensor]:
        """Return filled rows, and the summed covariance of what is missing given the rest."""
        spread, filled = torch.zeros_like(self.covariance), []
        for rows, seen in zip(x.split(_ROWS_A_TIME), observed.split(_ROWS_A_TIME), strict=True):
            own, factor = self._filled(rows, seen)
            filled.append(own)
            half = torch.linalg.solve_triangular(
                factor, self.covariance * seen[:, :, None], upper=False
            )
            hidden = (1 - seen)[:, :, None] * (1 - seen)[:, None, :]
            spread += ((self.covariance - half.mT @ half) * hidden).sum(dim=0)
        return torch.cat(filled), spread

    def tensors(self) -> dict[str, Tensor]:
        """Return the fitted tensors by name.

        Returns
        -------
        dict of str to Tensor
        """
        return {"mean": self.mean, "covariance": self.covariance}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> Self:
        """Return the distribution that returned ``tensors``.

        Parameters
        ----------
        tensors : mapping of str to Tensor
            As returned by ``tensors``.

        Returns
        -------
        Gaussian
        """
        return cls(tensors["mean"], tensors["covariance"])
