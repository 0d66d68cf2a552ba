"""Grid sweeps over parameters, for `isthmus sweep`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor

from .._chunks import Chunks
from .._translation import check_language
from ..errors import IsthmusError, UsageError
from ..logs import make_log
from ..metrics import NestedPCA, fit_pca
from ..runs import (
    check_own_files,
    remove_own_files,
    report_metrics,
    run_training,
    sole_writer,
)
from ..sources import Dataset, fingerprint, read_source
from ..training import Callback
from ._parent_watch import end_with_parent
from ._sweep_plan import SweepPlan, Training, begun, check_trainings, open_sweep, plan_sweep
from ._sweep_results import is_whole, write_results

__all__ = ["SweepWatcher", "run_sweep", "shared_rows", "train_all", "train_one"]

_Trained = tuple[str, dict[str, Any]]


class SweepWatcher:
    """Hooks of a sweep, which do nothing by default."""

    def on_sweep_begin(self, folder: Path, n_done: int, n_trainings: int) -> None:
        """Called before the first training, with the number of completed and of all trainings."""

    def callbacks(self, name: str) -> Sequence[Callback]:
        """Return callbacks for a training in this process."""
        return ()

    def on_training_end(self, name: str, row: Mapping[str, Any]) -> None:
        """Called after each training with its metrics, or with an error message as ``failure``."""


def run_sweep(
    config: Mapping[str, Any],
    axes: Mapping[str, Sequence[Any]],
    *,
    n_seeds: int = 1,
    out: str | os.PathLike[str] | None = None,
    jobs: int = 1,
    logs: Sequence[str] = (),
    language: str = "en",
    watcher: SweepWatcher | None = None,
    dataset: Dataset | None = None,
    shard: tuple[int, int] = (0, 1),
) -> tuple[Path, dict[str, Any] | None]:
    """Train every combination of some parameters' values, and compare the results.

    Each training is a run below the sweep's folder. Runs of an earlier call with the same
    arguments are kept, so an interrupted sweep continues.

    Parameters
    ----------
    config : mapping
        Settings that all trainings share, as for ``run_training``.
    axes : mapping of str to sequence
        Values of each parameter to vary.
    n_seeds : int, default=1
        Number of trainings per combination, with seeds counted from ``random_state``.
    out : path, default=None
        Sweep folder; None creates a new one below ``runs``.
    jobs : int, default=1
        Number of parallel processes, which share the threads.
    logs : sequence of str, default=()
        Logs for each training, as for ``make_log``.
    language : {"en", "zh"}, default="en"
        Language of the figure and of the runs' reports.
    watcher : SweepWatcher, default=None
        Hooks of the sweep.
    dataset : Dataset, default=None
        The source, if it is already read.
    shard : tuple of two int, default=(0, 1)
        ``(k, n)`` runs every n-th training from the k-th, counted from 0; other processes run the
        others in the same folder. The last one to end writes the results.

    Returns
    -------
    tuple of pathlib.Path and dict or None
        Sweep folder, and content of ``sweep.json``: ``rows``, one per training, ``elbow``,
        ``messages`` and more. A failed training has an error message as ``failure``. None for a
        shard if trainings of others are not complete.

    Raises
    ------
    IsthmusError
        If the settings or the source are invalid, or the folder has other content.
    """
    check_language(language)
    if jobs < 1:
        raise UsageError(f"`jobs` must be an integer of at least 1. Got {jobs}.")
    watcher = watcher or SweepWatcher()
    kept = [make_log(log) for log in logs]
    plan = plan_sweep(config, axes, n_seeds=n_seeds)
    if out is None or not _is_complete(plan, Path(out)):
        dataset = read_source(**config["source"]) if dataset is None else dataset
        check_trainings((training.config for training in plan.trainings), dataset)
        data = fingerprint(dataset.X)
        folder = open_sweep(plan, out, name=dataset.name, data=data)
    else:
        folder = Path(out)
    own = plan.trainings[shard[0] :: shard[1]]
    missing = [training for training in own if not is_whole(folder / training.name)]
    watcher.on_sweep_begin(folder, len(own) - len(missing), len(own))
    for log in kept:
        log.prepare(folder)
    rows = shared_rows(dataset, jobs)
    train = partial(train_one, folder=folder, dataset=rows, logs=tuple(logs), language=language)
    decompose = NestedPCA(plan.largest_code)
    failures: dict[str, str] = {}
    is_shared = len(own) < len(plan.trainings)  # with the processes of other shards
    with nullcontext() if is_shared else sole_writer(folder):
        for name, row in train_all(missing, folder, train, decompose, jobs, watcher):
            if "failure" in row:
                failures[name] = row["failure"]
            watcher.on_training_end(name, row)
        if is_shared and not _is_complete(plan, folder):
            return folder, None
        return folder, write_results(folder, plan, failures, language=language)


def shared_rows(dataset: Dataset | None, jobs: int) -> Dataset | None:
    """Return the rows that trainings share; None for rows in chunks that each process reads itself.

    Parameters
    ----------
    dataset : Dataset or None
        The source.
    jobs : int
        Number of processes.

    Returns
    -------
    Dataset or None
    """
    is_apart = dataset is not None and isinstance(dataset.X, Chunks) and jobs > 1
    return None if is_apart else dataset


def _is_complete(plan: SweepPlan, folder: Path) -> bool:
    found = begun(plan, folder)
    return found is not None and all(is_whole(folder / t.name) for t in plan.trainings)


def train_all(
    missing: Sequence[Training],
    folder: Path,
    train: Callable[..., _Trained],
    decompose: Callable[..., Any],
    jobs: int,
    watcher: SweepWatcher,
) -> Iterator[_Trained]:
    """Run trainings, and yield the name and metrics of each as it ends."""
    for training in missing:
        check_own_files(folder / training.name)
    for training in missing:  # remove incomplete runs of an interrupted sweep
        remove_own_files(folder / training.name)
    if jobs == 1 or len(missing) < 2:
        for training in missing:
            callbacks = watcher.callbacks(training.name)
            yield train(training, callbacks=callbacks, decompose=decompose)
        return
    # joblib memory-maps the rows for all processes, and divides the threads among them.
    here = os.getpid()
    tasks = (delayed(train)(training, parent=here) for training in missing)
    try:
        yield from Parallel(n_jobs=jobs, return_as="generator_unordered")(tasks)
    finally:
        get_reusable_executor().shutdown(wait=True, kill_workers=True)


def train_one(
    training: Training,
    *,
    folder: Path,
    dataset: Dataset | None,
    logs: Sequence[str],
    language: str = "en",
    callbacks: Sequence[Callback] = (),
    decompose: Callable[..., Any] = fit_pca,
    parent: int | None = None,
) -> _Trained:
    """Run one training, and return its name and metrics, or an error message as ``failure``."""
    if parent is not None:
        end_with_parent(parent)
    try:
        _, document = run_training(
            training.config,
            out=folder / training.name,
            callbacks=[*map(make_log, logs), *callbacks],
            dataset=dataset,
            decompose=decompose,
            language=language,
        )
    except IsthmusError as error:
        return training.name, {"failure": str(error)}
    except Exception as error:  # a failed training must not stop the others
        return training.name, {"failure": f"{type(error).__name__}: {error}"}
    return training.name, report_metrics(document)["row"]
