"""Removal of subnormal momenta, which slow down the processor."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

__all__ = ["SubnormalCleaning"]

_aten = torch.ops.aten


class SubnormalCleaning:
    """Sets momenta on the CPU to 0 that are too small to change a weight.

    The momenta of a unit that is always 0 only shrink, and processors are slow with numbers below
    1e-38: epochs of the first tutorial took 40 % longer from the fourth on. A number of at least
    1e-30 takes more than 128 steps to shrink to 1e-38, by a tenth in each.

    Parameters
    ----------
    share : float, default=0.0
        Numbers below this fraction of the largest in a tensor are set to 0 too.
    steps_between : int, default=128
        Number of steps between cleanings.

    Attributes
    ----------
    steps : int
        Number of steps so far.
    """

    _NOTHING = 1e-30

    def __init__(self, share: float = 0.0, steps_between: int = 128) -> None:
        self._share, self._steps_between = share, steps_between
        self.steps = 0

    def after_step(self, momenta: Iterable[Tensor]) -> None:
        """Count a step, and clean if it is due.

        Parameters
        ----------
        momenta : iterable of Tensor
            Changed in place.
        """
        self.steps += 1
        if self.steps % self._steps_between:
            return
        for momentum in momenta:
            if momentum.is_cpu:
                largest = float(momentum.abs().max()) if self._share else 0.0
                nothing = max(self._NOTHING, self._share * largest)
                _aten.hardshrink.out(momentum, nothing, out=momentum)
