"""Choice and order of listed runs: conditions such as `latent_dim=8`, and keys to sort by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Any

from ..errors import UsageError, did_you_mean
from ._listed_runs import ListedRun, natural_order

__all__ = ["SORT_KEYS", "check_conditions", "runs_where", "sorted_runs"]

_FACTS = ("source", "estimator", "code_size", "status")
_RENAMED = {"seed": "random_state"}  # as on the command line
_CONSTANTS: dict[Any, str] = {None: "null", True: "true", False: "false"}

SORT_KEYS: dict[str, Callable[[ListedRun], Any]] = {
    "name": lambda run: natural_order(run.run),
    "source": lambda run: run.source,
    "estimator": lambda run: run.estimator,
    "code-size": lambda run: run.code_size,
    "error": lambda run: run.error,
    "vs-pca": lambda run: run.vs_baseline,
    "time": lambda run: run.training_seconds,
    "date": lambda run: run.created,
}


def sorted_runs(
    runs: Sequence[ListedRun], key: str = "date", *, reverse: bool = False
) -> list[ListedRun]:
    """Sort runs, those without a value last.

    Parameters
    ----------
    runs : sequence of ListedRun
        Runs that are equal by the key keep their order.
    key : str, default="date"
        One of ``SORT_KEYS``. Dates begin with the newest, other keys with the smallest value.
    reverse : bool, default=False
        Whether to begin at the other end.

    Returns
    -------
    list of ListedRun

    Raises
    ------
    UsageError
        If there is no such key.
    """
    if key not in SORT_KEYS:
        raise UsageError(
            f"`sort` must be one of {', '.join(SORT_KEYS)}. Got {key!r}."
            + did_you_mean(key, SORT_KEYS)
        )
    value = SORT_KEYS[key]
    known = [run for run in runs if value(run) is not None]
    unknown = [run for run in runs if value(run) is None]
    return sorted(known, key=value, reverse=reverse != (key == "date")) + unknown


def check_conditions(conditions: Sequence[str]) -> list[tuple[str, str]]:
    """Return the names and values of conditions ``NAME=VALUE``.

    Parameters
    ----------
    conditions : sequence of str
        For example ``latent-dim=8`` or ``source=digits*``.

    Returns
    -------
    list of tuple of str and str

    Raises
    ------
    UsageError
        If one has another form.
    """
    pairs = []
    for condition in conditions:
        name, equals, value = condition.partition("=")
        if not (name.strip() and equals):
            raise UsageError(
                f"`where` must be NAME=VALUE, such as latent_dim=8. Got {condition!r}."
            )
        name = name.strip().lstrip("-").replace("-", "_")
        pairs.append((_RENAMED.get(name, name), value.strip()))
    return pairs


def runs_where(runs: Sequence[ListedRun], conditions: Sequence[str]) -> list[ListedRun]:
    """Return the runs that meet all conditions.

    Parameters
    ----------
    runs : sequence of ListedRun
        Runs.
    conditions : sequence of str
        Each ``NAME=VALUE``. NAME is ``source``, ``estimator``, ``code_size``, ``status`` or a
        parameter of an estimator. VALUE is as on the command line; texts may have ``*`` and ``?``.

    Returns
    -------
    list of ListedRun

    Raises
    ------
    UsageError
        If a condition has another form, or no run has such a setting.
    """
    pairs = check_conditions(conditions)
    known = [*_FACTS, *dict.fromkeys(name for run in runs for name in run.settings)]
    for name, _ in pairs:
        if runs and name not in known:
            raise UsageError(
                f"`where` must name a setting of the runs, or one of {', '.join(_FACTS)}. Got "
                f"{name!r}." + did_you_mean(name, known)
            )
    return [run for run in runs if all(_has(run, name, value) for name, value in pairs)]


def _has(run: ListedRun, name: str, text: str) -> bool:
    value = getattr(run, name) if name in _FACTS else run.settings.get(name)
    if value is None or isinstance(value, bool):
        return text.lower() == _CONSTANTS[value]
    if isinstance(value, int | float):
        return _is_number(text, value)
    shown = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return fnmatchcase(shown, text)


def _is_number(text: str, value: float) -> bool:
    try:
        return float(text) == value
    except ValueError:
        return False
