"""Errors of a training whose processes wait for one another in vain."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import torch.distributed as dist

from ..errors import LostProcessError

__all__ = ["lost_process", "naming_lost_processes"]

_PLACE = re.compile(r"^\[[^\]]*\] *")  # [/path/of/pair.cc:537]


@contextlib.contextmanager
def naming_lost_processes(*, only_communicates: bool = False) -> Iterator[None]:
    """Turn errors of communication within the context into one that says what they mean.

    Parameters
    ----------
    only_communicates : bool, default=False
        Whether every ``RuntimeError`` is one of communication, whatever it says.

    Yields
    ------
    None

    Raises
    ------
    LostProcessError
        If another process has ended, or does not answer in time.
    """
    try:
        yield
    except RuntimeError as error:
        is_named = isinstance(error, dist.DistError) or "gloo" in str(error).lower()
        if not is_named and not only_communicates:
            raise
        what = f"has ended, or did not answer in time ({_reason(error)})"
        raise lost_process(what) from error


def lost_process(what: str) -> LostProcessError:
    """Return the error of a training that waits for a process in vain.

    Parameters
    ----------
    what : str
        What has become of it.

    Returns
    -------
    LostProcessError
    """
    return LostProcessError(
        f"Training requires all of its processes. Another one {what}: see its messages, and start "
        "all of them again. If there is a checkpoint, `isthmus train --resume RUN` goes on from it."
    )


def _reason(error: RuntimeError) -> str:
    """Return the first sentence of a backend's error, without the place in its source."""
    line = str(error).strip().partition("\n")[0]
    return _PLACE.sub("", line).partition(". ")[0].rstrip(".")
