"""Estimators whose training several processes cannot share."""

from __future__ import annotations

from typing import Any

from ..errors import UsageError
from ..training import is_one_of_several

__all__ = ["check_one_process"]


def check_one_process(estimator: Any) -> None:
    """Raise ``UsageError`` in a process that torch.distributed joins with others.

    Parameters
    ----------
    estimator : estimator
        For the message.
    """
    if is_one_of_several():
        raise UsageError(
            f"`fit` of {type(estimator).__name__} works in one process. Got several, joined by "
            "`torch.distributed.init_process_group`: fit it in a program of its own."
        )
