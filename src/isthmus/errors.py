"""Everything that Isthmus raises on purpose, and the exit code that each means on the command line.

::

    IsthmusError                         1   the run failed
    ├── UsageError (ValueError)          2   a parameter or an option that cannot be meant
    │   ├── MissingExtraError (ImportError)  an optional package is not installed
    │   └── OutputExistsError (FileExistsError)  writing would replace something
    ├── DataError (ValueError)           3   rows that cannot be read or learned from
    │   └── SourceNotFoundError (FileNotFoundError)
    ├── ArtifactError (ValueError)       3   a saved model or run that cannot be read
    ├── TrainingError (RuntimeError)     1   the loss is no longer a number
    └── BoundError (RuntimeError)        4   a figure is worse than it may be

A message is one sentence or two: what it is about, the rule, what was got, what to do next.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager

__all__ = [
    "ArtifactError",
    "BoundError",
    "DataError",
    "IsthmusError",
    "MissingExtraError",
    "OutputExistsError",
    "SourceNotFoundError",
    "TrainingError",
    "UsageError",
    "did_you_mean",
    "gathered",
]


class IsthmusError(Exception):
    """Base of all errors that Isthmus raises on purpose.

    Parameters
    ----------
    *problems : str
        A message, or several that are told at once.
    """

    exit_code = 1

    def __str__(self) -> str:
        return " ".join(map(str, self.args))


class UsageError(IsthmusError, ValueError):
    """A parameter, an option or a combination of them that cannot be meant."""

    exit_code = 2


class MissingExtraError(UsageError, ImportError):
    """An optional package is needed and not installed; the message names the pip command."""


class OutputExistsError(UsageError, FileExistsError):
    """Writing there would replace something the user has."""


class DataError(IsthmusError, ValueError):
    """Rows that cannot be read, or that nothing can be learned from."""

    exit_code = 3


class SourceNotFoundError(DataError, FileNotFoundError):
    """No such file, folder or named source."""


class ArtifactError(IsthmusError, ValueError):
    """A saved model or a run folder that cannot be read."""

    exit_code = 3


class TrainingError(IsthmusError, RuntimeError):
    """Training cannot go on, for example because the loss is no longer a number."""


class BoundError(IsthmusError, RuntimeError):
    """A figure is worse than the bound that was set for it."""

    exit_code = 4


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `` Did you mean `x`?`` for the nearest known name, or an empty string.

    Parameters
    ----------
    name : str
        What was given.
    known : iterable of str
        The names that would have been understood.

    Returns
    -------
    str
        Begins with a space, so that it can be appended to a sentence.
    """
    near = difflib.get_close_matches(name.lower(), list(known), n=1, cutoff=0.6)
    return f" Did you mean `{near[0]}`?" if near else ""


@contextmanager
def gathered() -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """Tell several problems at once.

    Yields
    ------
    callable
        A context manager around each attempt: a ``UsageError`` or ``DataError`` in it waits for
        the end of the block.

    Raises
    ------
    UsageError, DataError
        All problems, each once; a ``UsageError`` where one of them is.
    """
    found: list[UsageError | DataError] = []

    @contextmanager
    def attempt() -> Iterator[None]:
        try:
            yield
        except (UsageError, DataError) as error:
            found.append(error)

    yield attempt
    if found:
        is_usage = any(isinstance(error, UsageError) for error in found)
        problems = dict.fromkeys(problem for error in found for problem in error.args)
        raise (UsageError if is_usage else DataError)(*problems)
