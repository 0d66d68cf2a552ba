"""Search over ranges of parameters with Optuna, for `isthmus sweep --search`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from .._extras import imported
from .._random import derived_seed, resolve_seed
from .._translation import check_language
from ..errors import UsageError
from ..logs import make_log
from ..metrics import NestedPCA
from ..runs import sole_writer
from ..sources import Dataset, fingerprint, read_source
from ._grid_sweep import SweepWatcher, shared_rows, train_all, train_one
from ._sweep_plan import SweepPlan, Training, check_trainings, facts_of, largest_code, open_sweep
from ._sweep_results import is_whole, write_results

__all__ = ["Range", "run_search"]

_STUDY, _JOURNAL = "isthmus", "optuna.journal"
_SPAN = 10


@dataclass(frozen=True)
class Range:
    """Range of numbers from ``low`` to ``high``, inclusive; integers if both bounds are.

    Sampled on a logarithmic scale if the bounds are positive and span a factor of ten.

    Attributes
    ----------
    low, high : int or float
        Bounds, in ascending order.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise UsageError(f"A range must be ascending. Got {self.low}..{self.high}.")

    def distribution(self, optuna: Any) -> Any:
        """Return the range as an Optuna distribution."""
        log = self.low > 0 and self.high >= _SPAN * self.low
        is_whole = isinstance(self.low, int) and isinstance(self.high, int)
        kinds = optuna.distributions
        kind = kinds.IntDistribution if is_whole else kinds.FloatDistribution
        return kind(self.low, self.high, log=log)


def run_search(
    config: Mapping[str, Any],
    space: Mapping[str, Range | Sequence[Any]],
    *,
    n_trials: int,
    out: str | os.PathLike[str] | None = None,
    jobs: int = 1,
    logs: Sequence[str] = (),
    language: str = "en",
    watcher: SweepWatcher | None = None,
    dataset: Dataset | None = None,
) -> tuple[Path, dict[str, Any]]:
    """Search for the parameters with the lowest held-out error, with Optuna's sampler.

    Each trial is a run below the search's folder, as for ``run_sweep``, next to Optuna's storage.
    Called again with the same arguments, or a larger ``n_trials``, the search continues.

    Parameters
    ----------
    config : mapping
        Settings that all trials share, as for ``run_training``.
    space : mapping
        Range or possible values of each parameter.
    n_trials : int
        Total number of trials.
    out : path, default=None
        Search folder; None creates a new one below ``runs``.
    jobs : int, default=1
        Number of parallel processes; with more, the sampler knows fewer results when it chooses.
    logs : sequence of str, default=()
        Logs for each training, as for ``make_log``.
    language : {"en", "zh"}, default="en"
        Language of the figure and of the runs' reports.
    watcher : SweepWatcher, default=None
        Hooks of the search.
    dataset : Dataset, default=None
        The source, if it is already read.

    Returns
    -------
    tuple of pathlib.Path and dict
        As for ``run_sweep``.

    Raises
    ------
    IsthmusError
        If the settings or the source are invalid, or the folder has other content.
    MissingExtraError
        If Optuna is not installed.
    """
    check_language(language)
    optuna = imported("optuna", "search")
    _check(space, n_trials, jobs)
    ends = list(_ends(config, space))
    decompose = NestedPCA(largest_code(ends))
    watcher = watcher or SweepWatcher()
    kept = [make_log(log) for log in logs]
    seed = resolve_seed(config["parameters"].get("random_state", 0))
    told = {name: vars(v) if isinstance(v, Range) else list(v) for name, v in space.items()}
    facts = {**facts_of(config, told, seed, 1), "search": True}
    plan = SweepPlan({name: [] for name in space}, [], facts, 1)
    dataset = read_source(**config["source"]) if dataset is None else dataset
    check_trainings(ends, dataset)
    folder = open_sweep(plan, out, name=dataset.name, data=fingerprint(dataset.X))
    for log in kept:
        log.prepare(folder)
    rows = shared_rows(dataset, jobs)
    train = partial(train_one, folder=folder, dataset=rows, logs=tuple(logs), language=language)
    failures: dict[str, str] = {}
    with sole_writer(folder):
        search = _Search(optuna, folder, config, space, seed)
        watcher.on_sweep_begin(folder, len(search.done), n_trials)
        while (left := n_trials - len(search.done)) > 0:
            missing = list(search.ask(min(jobs, left)).values())
            for name, row in train_all(missing, folder, train, decompose, jobs, watcher):
                if "failure" in row:
                    failures[name] = row["failure"]
                search.tell(name, row)
                watcher.on_training_end(name, row)
        plan = SweepPlan(plan.axes, search.trainings(), plan.facts, 1)
        return folder, write_results(folder, plan, failures | search.failures(), language=language)


def _check(space: Mapping[str, Any], n_trials: int, jobs: int) -> None:
    for name, value in (("search", n_trials), ("jobs", jobs)):
        if value < 1:
            raise UsageError(f"`{name}` must be an integer of at least 1. Got {value}.")
    if not space:
        raise UsageError(
            "`search` requires parameters with a range or several values, such as "
            "`--learning-rate 1e-4..1e-1`. Got none."
        )


def _ends(config: Mapping[str, Any], space: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the settings at both ends of each range, and at each value."""
    for name, values in space.items():  # if the bounds are valid, all values between them are
        ends = (values.low, values.high) if isinstance(values, Range) else values
        for end in ends:
            yield {**config, "parameters": {**config["parameters"], name: end}}


class _Search:
    """Optuna study, with the runs of its trials."""

    def __init__(
        self,
        optuna: Any,
        folder: Path,
        config: Mapping[str, Any],
        space: Mapping[str, Any],
        seed: int,
    ) -> None:
        self._optuna, self._folder, self._config, self._seed = optuna, folder, config, seed
        # Optuna does not support tuples as categories, so a value is identified by its index.
        self._choices = {n: list(v) for n, v in space.items() if not isinstance(v, Range)}
        kind = optuna.distributions.CategoricalDistribution
        self._distributions = {
            name: values.distribution(optuna)
            if isinstance(values, Range)
            else kind(range(len(values)))
            for name, values in space.items()
        }
        backend = optuna.storages.journal.JournalFileBackend(str(folder / _JOURNAL))
        with _quiet(optuna):
            self._study = optuna.create_study(
                storage=optuna.storages.JournalStorage(backend),
                study_name=_STUDY,
                load_if_exists=True,
            )
        self._failed = optuna.trial.TrialState.FAIL
        for trial in self._study.get_trials(deepcopy=False):
            if not trial.state.is_finished():  # the search was interrupted
                self._tell(trial.number, None)
        self._asked: dict[str, Any] = {}

    @property
    def done(self) -> list[Any]:
        """Trials that were trained to the end."""
        complete = (self._optuna.trial.TrialState.COMPLETE,)
        trials: list[Any] = self._study.get_trials(deepcopy=False, states=complete)
        failed = self._study.get_trials(deepcopy=False, states=(self._failed,))
        return trials + [t for t in failed if "failure" in t.user_attrs]

    def ask(self, n: int) -> dict[str, Training]:
        """Return the next trainings by name."""
        trainings = {}
        for _ in range(n):
            number = len(self._study.get_trials(deepcopy=False))
            self._study.sampler = self._optuna.samplers.TPESampler(
                seed=derived_seed(self._seed, "search", number) % 2**32, constant_liar=True
            )
            with _quiet(self._optuna):
                trial = self._study.ask(self._distributions)
            training = self._training(trial.number, trial.params)
            trainings[training.name] = training
            self._asked[training.name] = trial
        return trainings

    def tell(self, name: str, row: Mapping[str, Any]) -> None:
        """Report the result of a training to Optuna."""
        trial = self._asked.pop(name)
        if "failure" in row:
            trial.set_user_attr("failure", row["failure"])
            self._tell(trial, None)
            return
        error = row["train_error"] if row["held_out_error"] is None else row["held_out_error"]
        self._tell(trial, error)

    def _tell(self, trial: Any, error: float | None) -> None:
        with _quiet(self._optuna):
            self._study.tell(trial, error, state=self._failed if error is None else None)

    def trainings(self) -> list[Training]:
        """Return all trainings so far, in order."""
        trials = sorted(self.done, key=lambda trial: int(trial.number))
        return [self._training(trial.number, trial.params) for trial in trials]

    def failures(self) -> dict[str, str]:
        """Return the reasons of failed trainings, including those of earlier calls."""
        found = {}
        for trial in self.done:
            name = self._training(trial.number, trial.params).name
            if "failure" in trial.user_attrs and not is_whole(self._folder / name):
                found[name] = str(trial.user_attrs["failure"])
        return found

    def _training(self, number: int, params: Mapping[str, Any]) -> Training:
        values = {
            name: self._choices[name][at] if name in self._choices else at
            for name, at in params.items()
        }
        parameters = {**self._config["parameters"], **values}
        return Training(
            f"trial-{number + 1:04d}", values, {**self._config, "parameters": parameters}
        )


@contextmanager
def _quiet(optuna: Any) -> Iterator[None]:
    """Suppress Optuna's log within a block, because the watcher reports the same."""
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(level)
