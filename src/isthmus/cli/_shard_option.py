"""Shards of a sweep: `--shard I/N`, or the ranks of torchrun."""

from __future__ import annotations

import re
from pathlib import Path

from ..errors import UsageError
from ._launched_ranks import launch

__all__ = ["chosen_shard"]

_SHARD = re.compile(r"([0-9]{1,9})/([0-9]{1,9})")


def chosen_shard(text: str | None, out: Path | None, *, search: int | None) -> tuple[int, int]:
    """Return which trainings of a sweep are for this process.

    Parameters
    ----------
    text : str or None
        ``I/N`` as given; None is the rank of this process among those of torchrun.
    out : pathlib.Path or None
        Folder of the sweep.
    search : int or None
        Number of trainings of a search; None is a grid.

    Returns
    -------
    tuple of two int
        The shard, from 0, and the number of shards; (0, 1) is the whole sweep.

    Raises
    ------
    UsageError
        If the text is no shard, or the sweep cannot be shared.
    """
    started = launch()
    shard = (started.rank, started.world) if text is None else _parsed(text)
    if shard[1] == 1:
        return shard
    if search is not None:
        raise UsageError(
            "`shard` does not apply to a search, whose trainings depend on each other. Leave out "
            "--search, or run it in one process."
        )
    if out is None:
        raise UsageError(
            "Shards of a sweep require --out with the sweep's folder, the same for all of them."
        )
    return shard


def _parsed(text: str) -> tuple[int, int]:
    found = _SHARD.fullmatch(text)
    k, n = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= k <= n:
        raise UsageError(f"`shard` must be I/N with I from 1 to N, such as 2/8. Got {text!r}.")
    return k - 1, n
