"""Processes of torchrun that share out the shards of a folder, each of which is done by one."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ..errors import LostProcessError, UsageError
from ._launched_ranks import Launch

__all__ = ["ShardRanks", "check_shares"]

_START = timedelta(minutes=10)
_POLL = 0.05  # seconds; a wait in C++ would not see SIGTERM


def check_shares(started: Launch, command: str, shards: object) -> None:
    """Raise ``UsageError`` for results of several processes that are one file.

    Parameters
    ----------
    started : Launch
        This process among those of torchrun.
    command : str
        Name of the command.
    shards : list or None
        None for one file of results.
    """
    if started.world > 1 and shards is None:
        raise UsageError(
            f"The {started.world} processes of `isthmus {command}` that torchrun started share the "
            "files of a folder. Got one output file: pass a folder of files and a folder as --out, "
            "or leave torchrun out."
        )


class ShardRanks:
    """Processes that tell each other what they have done, through the store of torchrun.

    Parameters
    ----------
    started : Launch
        This process among them; alone, nothing is exchanged.
    """

    def __init__(self, started: Launch) -> None:
        self.rank, self.world = started.rank, started.world
        self._restart = started.restart
        self._store: Any = None

    def join(self) -> None:
        """Find the others.

        Raises
        ------
        LostProcessError
            If they do not come.
        """
        if self.world == 1:
            return
        import torch

        dist: Any = torch.distributed
        try:
            found, _, _ = next(dist.rendezvous("env://", timeout=_START))
        except (dist.DistError, ValueError) as error:
            raise _lost(error) from error
        self._store = dist.PrefixStore(f"isthmus/shards/{self._restart}", found)

    def say(self, name: str, value: Any = None) -> None:
        """Tell the others a JSON value."""
        if self.world > 1:
            self._call("set", f"{name}/{self.rank}", json.dumps(value, default=str))

    def of(self, name: str, rank: int) -> Any:
        """Wait for the value that another process tells, and return it."""
        key = f"{name}/{rank}"
        while not self._call("check", [key]):
            time.sleep(_POLL)
        return json.loads(self._call("get", key))

    def others(self, name: str, own: list[Any]) -> list[Any]:
        """Tell a list to rank 0, and return there the joined lists of all others.

        Parameters
        ----------
        name : str
            Of the lists.
        own : list
            That of this process, of JSON values.

        Returns
        -------
        list
            Empty in other ranks.
        """
        self.say(name, own)
        if self.rank:
            return []
        return [value for rank in range(1, self.world) for value in self.of(name, rank)]

    def all_of(self, own: Mapping[int, list[int]]) -> list[list[int]]:
        """Return the numbers of all shards, after the last of them is done.

        Parameters
        ----------
        own : mapping of int to list of int
            Those of this process.

        Returns
        -------
        list of list of int
        """
        every = {str(k): numbers for k, numbers in own.items()}
        if self.world > 1:
            self.say("done", every)
            for rank in range(self.world):
                every |= self.of("done", rank)
            self.say("left")
            if not self.rank:  # it may hold the store, which the others have to read before
                for rank in range(self.world):
                    self.of("left", rank)
        return [every[str(k)] for k in range(len(every))]

    def _call(self, name: str, *arguments: Any) -> Any:
        try:
            return getattr(self._store, name)(*arguments)
        except RuntimeError as error:
            raise _lost(error) from error


def _lost(error: Exception) -> LostProcessError:
    reason = str(error).strip().partition("\n")[0]
    return LostProcessError(
        f"This command requires all of its processes. Another one has ended or did not come "
        f"({reason}): see its messages, and start all of them again with --resume."
    )
