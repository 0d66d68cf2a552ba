"""Checkpoints of a training while it runs, and the way back from them."""

from __future__ import annotations

import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ._callbacks import Callback, Plan
from ._checkpoint_file import read_checkpoint, write_checkpoint
from ._rank_messages import documents_of_all, spread_document
from ._ranks import ProcessRanks, Ranks

__all__ = ["Checkpointer"]


class Checkpointer(Callback):
    """Callback that writes checkpoints, and resumes a training from them.

    A fit may consist of several trainings one after another, such as the layers of a stack or the
    networks of an ensemble; each has a file of its own in the folder. To resume, repeat the same
    fit, with the same rows, parameters and seed, with ``resume=True``: trainings that had ended get
    their results from the files, and the one that was interrupted goes on after its last
    checkpoint. The result has the same bytes as that of a fit that was never interrupted, on the
    same machine with the same number of threads.

    A training in several processes has a checkpointer in each of them, with the same arguments.
    Rank 0 reads and writes the files, which also have what differs between the processes, and its
    clock counts. The training resumes with the same number of processes.

    A checkpoint has the weights, the optimizer state, the best epoch, the history and the states of
    the random generators, as safetensors and JSON. It replaces the previous one only once it is
    complete on disk.

    Parameters
    ----------
    folder : path
        Folder of the checkpoints; created with the first one.
    seconds : float or None, default=60.0
        Least time between two checkpoints; shorter trainings write none. None does not count time.
    epochs : int or None, default=None
        Number of epochs between two checkpoints; None does not count epochs.
    resume : bool, default=False
        Whether to resume from the checkpoints in the folder, if there are any.

    Attributes
    ----------
    folder : pathlib.Path
        Folder of the checkpoints.
    is_closed : bool
        Whether no more checkpoints are written; see ``close``.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.datasets import load_digits
    >>> from isthmus import Autoencoder
    >>> from isthmus.training import Checkpointer
    >>> folder = tempfile.mkdtemp()
    >>> checkpoints = Checkpointer(folder, epochs=2, resume=True)
    >>> model = Autoencoder(8, epochs=4, random_state=0, callbacks=[checkpoints])
    >>> len(model.fit(load_digits().data).history_)
    4
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        seconds: float | None = 60.0,
        epochs: int | None = None,
        resume: bool = False,
    ) -> None:
        for name, value in (("seconds", seconds), ("epochs", epochs)):
            if value is not None and not value > 0:
                raise UsageError(f"`{name}` of Checkpointer must be positive or None. Got {value}.")
        self.folder, self.is_closed = Path(folder), False
        self._closes = False  # with the next step, if several processes train
        self._seconds, self._epochs, self._resumes = seconds, epochs, resume
        self._n_trainings = self._n_epochs = 0
        self._ended: dict[int, dict[str, Any]] = {}  # results that are not written yet
        self._written_at: float | None = None
        self._plan: Plan | None = None
        self._ranks = Ranks()

    @property
    def is_any(self) -> bool:
        """Whether there is a checkpoint to resume from."""
        return self._path(1).exists()

    def on_restore(self, plan: Plan) -> bool | None:
        """Load the state of the next training, if there is a checkpoint of it."""
        self._n_trainings += 1
        if self._written_at is None:
            self._written_at = time.monotonic()
        path = self._path(self._n_trainings)
        if plan.state is None:
            return None
        self._ranks = plan.state.ranks
        saved = self._saved(path, self._ranks)
        self._resumes = bool(saved)
        if not saved:
            return None
        _check_same(saved["identity"], _identity(plan), path)
        if saved["has_ended"]:
            plan.state.load_result(saved["state"])
            return True
        plan.state.load_state_dict(saved["state"])
        if "ranks" in saved:
            plan.state.load_own_dict(saved["ranks"][self._ranks.rank])
        return None

    def _saved(self, path: Path, ranks: Ranks) -> dict[str, Any]:
        """Return the checkpoint to resume from, the same in all processes, or an empty one."""
        reads = self._resumes and not ranks.rank and path.exists()
        saved = read_checkpoint(path) if reads else {}
        return spread_document(ranks, saved) if isinstance(ranks, ProcessRanks) else saved

    def on_train_begin(self, plan: Plan) -> None:
        """Take the state of the training."""
        self._plan = plan

    def on_step_end(self, step: int) -> bool | None:
        """Write a checkpoint if enough time has passed."""
        writes = self._ranks.agreed_to_write(self._is_time())
        self._write(writes, closes=self._ranks.agreed_to_close(self._closes))
        return None

    def on_epoch_end(self, record: dict[str, Any]) -> bool | None:
        """Write a checkpoint if enough epochs or enough time have passed."""
        self._n_epochs += 1
        is_turn = self._epochs is not None and self._n_epochs % self._epochs == 0
        asks = {"writes": float(is_turn or self._is_time()), "closes": float(self._closes)}
        told = self._ranks.means(asks, 1)
        self._write(told["writes"] > 0, closes=told["closes"] > 0)
        return None

    def on_train_end(self) -> None:
        """Keep the result of the training for the next checkpoint."""
        plan, self._plan = self._plan, None
        if self.is_closed or plan is None or plan.state is None or not plan.state.has_ended:
            return
        self._ended[self._n_trainings] = _document(plan, plan.state.result_dict(), has_ended=True)
        if self._epochs is not None or self._is_time():
            self.write()  # needs no other process: no training is running

    def close(self) -> None:
        """Write a checkpoint, and none after it.

        For callbacks that end a training early which is to be resumed: what they return True from
        is otherwise the end of it. Of several processes, all close after the next step, if one of
        them asks for it.
        """
        self._closes = not self.is_closed
        if self._ranks.world == 1:
            self._write(False, closes=self._closes)
        else:
            self._ranks.agreed_to_close(self._closes)  # told with the wish to stop, which follows

    def _write(self, writes: bool, *, closes: bool) -> None:
        if writes or closes:
            self.write()
        if closes:
            self.is_closed, self._closes = True, False

    def write(self) -> None:
        """Write a checkpoint now."""
        if self.is_closed:
            return
        # In this order: a file is read only if those of all trainings before it are there.
        for k in sorted(self._ended):
            self._put(k, self._ended.pop(k))
        plan = self._plan
        if plan is not None and plan.state is not None and not plan.state.is_new:
            document = _document(plan, plan.state.state_dict(), has_ended=False)
            if isinstance(self._ranks, ProcessRanks):
                document["ranks"] = documents_of_all(self._ranks, plan.state.own_dict())
            self._put(self._n_trainings, document)
        self._written_at = time.monotonic()

    def _put(self, k: int, document: dict[str, Any]) -> None:
        if not self._ranks.rank:
            write_checkpoint(self._path(k), document)

    def _is_time(self) -> bool:
        if self.is_closed or self._seconds is None or self._written_at is None or self._ranks.rank:
            return False
        return time.monotonic() - self._written_at >= self._seconds

    def _path(self, k: int) -> Path:
        return self.folder / f"training-{k}.safetensors"


def _document(plan: Plan, state: dict[str, Any], *, has_ended: bool) -> dict[str, Any]:
    return {"identity": _identity(plan), "has_ended": has_ended, "state": state}


def _identity(plan: Plan) -> dict[str, Any]:
    """Return what a training has in common with the one that it resumes."""
    settings = {} if plan.settings is None else asdict(plan.settings)
    return {
        "stage": plan.stage,
        "rows": plan.n_rows,
        "validation rows": plan.n_validation_rows,
        "seed": plan.seed,
        "processes": 1 if plan.state is None else plan.state.ranks.world,
        **settings,
    }


def _check_same(saved: dict[str, Any], own: dict[str, Any], path: Path) -> None:
    saved = {"processes": 1, **saved}
    differ = [name for name in {**saved, **own} if saved.get(name) != own.get(name)]
    if differ:
        told = ", ".join(f"{n} {own.get(n)!r} instead of {saved.get(n)!r}" for n in differ)
        advice = "pass the same ones, or use another folder"
        if differ == ["processes"]:
            n = saved["processes"]
            advice = "start it without torchrun" if n == 1 else f"start {n} with torchrun"
        raise UsageError(
            f"A training resumes only with the rows, parameters and seed of its checkpoint {path}, "
            f"in as many processes. Got {told}: {advice}."
        )
