"""Processes that torchrun has started: who speaks, and how they meet for a training.

torchrun sets RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT; so do other launchers for PyTorch.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import DataError, LostProcessError, TrainingError, UsageError

if TYPE_CHECKING:
    from ..runs import Unfinished

__all__ = [
    "Launch",
    "check_runs_alone",
    "exit_after_peers",
    "exit_without_peers",
    "first_to_fail",
    "launch",
    "only_rank_0_speaks",
]

# Commands for several processes.
_SEVERAL = ("train", "sweep", "encode", "score", "reconstruct", "impute")
_LONGEST_START = timedelta(hours=2)  # ranks may read and examine rows for different times
# Of waiting for another rank in a training; torchrun then gives that one 30 seconds to end.
_LONGEST_STEP = timedelta(seconds=25)
_PAUSE = 0.1  # seconds
_has_joined = threading.Event()


class Launch(NamedTuple):
    """Place of a process among those that were started together.

    Attributes
    ----------
    rank, world : int
        Index of this process, and number of processes.
    restart : int
        Number of times that torchrun has started all of them again.
    """

    rank: int = 0
    world: int = 1
    restart: int = 0

    def check_trains(self, estimator: str, *, can_share: bool, ablates: bool) -> None:
        """Raise ``UsageError`` for a training that several processes cannot share.

        Parameters
        ----------
        estimator : str
            Name of the estimator.
        can_share : bool
            Whether its training can be shared.
        ablates : bool
            Whether a comparison without pretraining is requested.
        """
        if self.world == 1:
            return
        if not can_share:
            raise UsageError(
                f"The estimator {estimator!r} trains in one process. Got {self.world} from "
                "torchrun: run the command without torchrun."
            )
        if ablates:
            raise UsageError(
                f"`ablate` requires a training in one process. Got {self.world} from torchrun: "
                "leave it out."
            )

    def replaces_own(self, out: str | os.PathLike[str] | None) -> bool:
        """Return whether ``out`` has the incomplete run of an earlier start of these processes."""
        if not self.restart or out is None:
            return False
        return not os.path.exists(os.path.join(out, "report.json"))

    def interrupted(self, out: Path | None, settings: dict[str, Any]) -> Unfinished | None:
        """Return the run that an earlier start of these processes began, to continue it.

        Parameters
        ----------
        out : pathlib.Path or None
            Run folder.
        settings : dict
            Settings of the training, as they were given.

        Returns
        -------
        Unfinished or None
            None in other ranks than 0, which write no run.
        """
        if self.rank or not self.restart:
            return None
        from ..runs import begun_with

        return begun_with(settings, out)

    def join(self, rows: str, settings: str) -> None:
        """Wait for all processes, and let torch.distributed join them.

        Parameters
        ----------
        rows, settings : str
            Description of the rows and of the settings, which must be those of rank 0.

        Raises
        ------
        DataError
            If processes differ in their rows.
        UsageError
            If processes differ in their settings.
        TrainingError
            If processes do not come.
        """
        if self.world == 1:
            return
        import torch

        dist: Any = torch.distributed
        try:
            found, _, _ = next(dist.rendezvous("env://", timeout=_LONGEST_START))
            store = dist.PrefixStore(f"isthmus/{self.restart}", found)
            self._compare(store, "rows", rows)
            self._compare(store, "settings", settings)
            backend = _backend(torch)
            _has_joined.set()
            dist.init_process_group(
                backend, store=store, rank=self.rank, world_size=self.world, timeout=_LONGEST_STEP
            )
        except (dist.DistError, ValueError) as error:
            if isinstance(error, DataError | UsageError):
                raise
            reason = str(error).strip().split("\n")[0]
            raise TrainingError(
                f"Training requires all {self.world} processes. They did not find each other "
                f"({reason}): start all of them again."
            ) from error

    def leave(self) -> None:
        """End the group of processes after a training."""
        if self.world == 1:
            return
        import torch

        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()

    def _compare(self, store: Any, name: str, text: str) -> None:
        store.set(f"{name}/{self.rank}", text)
        keys = [f"{name}/{rank}" for rank in range(self.world)]
        until = time.monotonic() + _LONGEST_START.total_seconds()
        # The store's own `wait` would not let a signal end this process.
        while not store.check(keys) and time.monotonic() < until:
            time.sleep(_PAUSE)
        store.wait(keys, timedelta(seconds=1))
        of_first = store.get(keys[0]).decode()
        if of_first == text:
            return
        if name == "rows":
            raise DataError(
                f"All processes must read the same rows. Rank 0 has {of_first}, rank {self.rank} "
                f"has {text}: pass the same source to all of them."
            )
        raise UsageError(
            f"All processes must have the same settings. Those of rank {self.rank} differ from "
            "those of rank 0: start all of them with the same command."
        )


def launch() -> Launch:
    """Return this process among those that were started together; alone if it was not.

    Returns
    -------
    Launch

    Raises
    ------
    UsageError
        If the environment contradicts itself.
    """
    names = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
    given = [os.environ.get(name, "") for name in names]
    if not all(given) or given[1] == "1":
        return Launch()
    restart = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
    try:
        rank, world, n_restarts = int(given[0]), int(given[1]), int(restart)
    except ValueError:
        rank, world, n_restarts = -1, 0, 0
    if not 0 <= rank < world:
        raise UsageError(
            "RANK must be an integer from 0 to below WORLD_SIZE. The environment has RANK="
            f"{given[0]} and WORLD_SIZE={given[1]}: start the processes with torchrun."
        )
    return Launch(rank, world, n_restarts)


def check_runs_alone(command: str) -> None:
    """Raise ``UsageError`` for a command that several processes cannot share.

    Parameters
    ----------
    command : str
        Name of the command.
    """
    world = launch().world
    if world > 1 and command not in _SEVERAL:
        raise UsageError(
            f"`isthmus {command}` runs in one process. Got {world} from torchrun: run it without "
            "torchrun."
        )


@contextlib.contextmanager
def only_rank_0_speaks() -> Iterator[None]:
    """Let other ranks print nothing within a block, and end all of them at SIGTERM.

    A handler in Python lets a process that waits for another one say why it ends.
    """
    started = launch()
    if started.world == 1:
        yield
        return
    before = None
    if threading.current_thread() is threading.main_thread():
        before = signal.signal(signal.SIGTERM, _ended)
    with contextlib.ExitStack() as stack:
        if started.rank:
            nothing = stack.enter_context(open(os.devnull, "w", encoding="utf-8"))
            stack.enter_context(contextlib.redirect_stdout(nothing))
            stack.enter_context(contextlib.redirect_stderr(nothing))
        try:
            yield
        finally:
            if before is not None:
                signal.signal(signal.SIGTERM, before)


def first_to_fail() -> bool:
    """Return whether no other process of this start has failed before, so that one speaks.

    Returns
    -------
    bool
        Always True without torchrun, whose store the processes share.
    """
    if os.environ.get("TORCHELASTIC_USE_AGENT_STORE") != "True":
        return True
    restart = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
    try:
        import torch

        dist: Any = torch.distributed
    except Exception:  # torchrun has interrupted this very import, because another one failed
        return False
    try:
        store = dist.TCPStore(
            os.environ["MASTER_ADDR"],
            int(os.environ["MASTER_PORT"]),
            is_master=False,
            timeout=timedelta(seconds=5),
        )
        return bool(store.add(f"isthmus/failures/{restart}", 1) == 1)
    except (RuntimeError, KeyError, ValueError):
        return True


def exit_without_peers(code: int) -> None:
    """Exit at once, if this process has joined others: Python would wait 30 seconds for them.

    Parameters
    ----------
    code : int
        Exit code.
    """
    if _has_joined.is_set():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def exit_after_peers(code: int) -> None:
    """Exit at once, if this process has joined others, also where the group has ended.

    PyTorch's caches keep the group of divided weights, and so its threads. Threads that are still
    there when Python has ended can abort the process.

    Parameters
    ----------
    code : int
        Exit code; the output must have been flushed.
    """
    if _has_joined.is_set():
        atexit._run_exitfuncs()
        os._exit(code)


def _ended(number: int, frame: FrameType | None) -> None:
    raise LostProcessError(
        "This command requires all of its processes. This one was told to end (SIGTERM): see the "
        "messages of the others, and start all of them again, with --resume to keep what is done."
    )


def _backend(torch: Any) -> str:
    """Return the backends, after choosing the GPU of this process."""
    n_devices = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if not n_devices:
        return "gloo"
    local = int(os.environ.get("LOCAL_RANK", "0"))
    torch.cuda.set_device(local % n_devices)
    # NCCL refuses two processes on one GPU; Gloo copies through the memory of the host.
    shares = int(os.environ.get("LOCAL_WORLD_SIZE", "1")) > n_devices
    return "gloo" if shares else "cpu:gloo,cuda:nccl"
