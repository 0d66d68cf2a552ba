"""Corruption of the input of denoising autoencoders."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["NOISES", "Corruption"]

NOISES = ("none", "masking", "gaussian", "salt_and_pepper", "swap")


class Corruption:
    """Corruption of one kind and level.

    Parameters
    ----------
    kind : str
        "none", "masking" (sets values to 0), "salt_and_pepper" (sets values to the lowest or the
        highest value of their feature, with equal probability), "swap" (replaces values by those
        of the same feature in random rows of the batch) or "gaussian" (adds normal noise to all
        values).
    level : float
        Fraction of the values, each drawn independently; for "gaussian" the standard deviation, in
        units of the rows.
    low, high : Tensor of shape (n_features,), default=None
        Lowest and highest value of each feature, for "salt_and_pepper".

    References
    ----------
    Vincent et al. (2010), Stacked denoising autoencoders, JMLR 11, section 4.3.
    """

    def __init__(
        self, kind: str, level: float, *, low: Tensor | None = None, high: Tensor | None = None
    ) -> None:
        self._kind, self._level, self._low, self._high = kind, level, low, high

    @property
    def is_on(self) -> bool:
        """Whether it changes anything."""
        return self._kind != "none" and self._level > 0

    def apply(self, x: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor | None]:
        """Corrupt rows.

        Parameters
        ----------
        x : Tensor of shape (n, ...)
            Clean rows; not modified.
        generator : torch.Generator
            On the device of the rows.

        Returns
        -------
        tuple of Tensor and Tensor or None
            Corrupted rows, and a mask of the corrupted values; None means all.
        """
        if self._kind == "gaussian":
            draws = torch.empty_like(x).normal_(generator=generator)
            return torch.add(x, draws, alpha=self._level), None
        draws = torch.empty_like(x).uniform_(generator=generator)
        chosen = draws < self._level
        if self._kind == "masking":
            return x * ~chosen, chosen
        if self._kind == "swap":
            others = torch.randint(len(x), x.shape, generator=generator, device=x.device)
            return torch.where(chosen, x.gather(0, others), x), chosen
        assert self._low is not None and self._high is not None
        # Given that a draw is below the level, it is below half of it with probability 1/2.
        extreme = torch.where(draws < self._level / 2, self._low, self._high)
        return torch.where(chosen, extreme, x), chosen
