"""Progress of readings that take long, for whoever wants to show it."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeAlias

__all__ = ["follow_reading", "tell_progress"]

Follower: TypeAlias = Callable[[int, float], None]

_follower: ContextVar[Follower | None] = ContextVar("reading_follower", default=None)


def follow_reading(follower: Follower | None) -> None:
    """Tell a function how far a reading is, in this context.

    Parameters
    ----------
    follower : callable or None
        Takes the number of rows read so far, and the share of the source that these are; NaN if
        that is unknown, as for packed files. None tells nobody.
    """
    _follower.set(follower)


def tell_progress(n_rows: int, share: float) -> None:
    """Tell how far a reading is.

    Parameters
    ----------
    n_rows : int
        Number of rows read so far.
    share : float
        Their share of the source, from 0 to 1; NaN if it is unknown.
    """
    follower = _follower.get()
    if follower is not None:
        follower(n_rows, share)
