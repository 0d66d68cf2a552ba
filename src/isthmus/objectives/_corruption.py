"""Noise on the input of a denoising autoencoder."""

from __future__ import annotations

import torch
from torch import Tensor

from .._scratch import Scratch

__all__ = ["NOISES", "Corruption"]

NOISES = ("none", "masking", "gaussian", "salt_and_pepper")


class Corruption:
    """One kind of noise at one level.

    Parameters
    ----------
    kind : str
        "masking" sets numbers to 0; "salt_and_pepper" sets them to the lowest or the highest value
        of their feature, by a fair coin; "gaussian" adds normal noise to all of them.
    level : float
        The share of the numbers, each drawn by itself; for "gaussian" the standard deviation, in
        units of the rows.
    low, high : Tensor of shape (n_features,), default=None
        What "salt_and_pepper" sets numbers to.

    Notes
    -----
    What ``apply`` returns is overwritten by its next call.

    References
    ----------
    Vincent et al. (2010), Stacked denoising autoencoders, JMLR 11, section 4.3.
    """

    def __init__(
        self, kind: str, level: float, *, low: Tensor | None = None, high: Tensor | None = None
    ) -> None:
        self._kind, self._level, self._low, self._high = kind, level, low, high
        self._draws, self._noisy = Scratch(), Scratch()

    @property
    def is_on(self) -> bool:
        """Whether it changes anything."""
        return self._kind != "none" and self._level > 0

    def apply(self, x: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor | None]:
        """Corrupt rows.

        Parameters
        ----------
        x : Tensor of shape (n, n_features)
            Clean rows; not changed.
        generator : torch.Generator
            On the device of the rows.

        Returns
        -------
        tuple of Tensor and Tensor or None
            The corrupted rows, and which numbers were chosen, as True; None stands for all.
        """
        draws = self._draws.matrix(len(x), x.shape[1], x)
        noisy = self._noisy.matrix(len(x), x.shape[1], x)
        if self._kind == "gaussian":
            torch.randn(draws.shape, generator=generator, out=draws)
            return torch.add(x, draws, alpha=self._level, out=noisy), None
        torch.rand(draws.shape, generator=generator, out=draws)
        chosen = draws < self._level
        if self._kind == "masking":
            torch.mul(x, ~chosen, out=noisy)
        else:
            assert self._low is not None and self._high is not None
            # Given that a draw is below the level, it is below half of it by a fair coin.
            extreme = torch.where(draws < self._level / 2, self._low, self._high)
            torch.where(chosen, extreme, x, out=noisy)
        return noisy, chosen
