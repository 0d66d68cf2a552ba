"""Exceptions of Isthmus, and their exit codes on the command line.

::

    IsthmusError                         1   the run failed
    ├── UsageError (ValueError)          2   an invalid parameter, option or combination of them
    │   ├── MissingExtraError (ImportError)  an optional package is not installed
    │   └── OutputExistsError (FileExistsError)  writing would replace something
    ├── DataError (ValueError)           3   data that cannot be read or used for training
    │   └── SourceNotFoundError (FileNotFoundError)
    ├── ArtifactError (ValueError)       3   a saved model or run that cannot be read
    ├── TrainingError (RuntimeError)     1   training cannot go on, for example at a NaN loss
    │   └── LostProcessError (RuntimeError)  another process of a training has ended
    ├── ExportError (RuntimeError)       1   an exported model that does not compute the same
    ├── StoppedError (RuntimeError)    130, 143  stopped by a signal; the training can be continued
    ├── WriteError (OSError)             1   an output that cannot be written: a full disk
    └── BoundError (RuntimeError)        4   a metric is worse than its bound

A message has one or two sentences: the subject, the rule, what was got, what to do next.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager

__all__ = [
    "ArtifactError",
    "BoundError",
    "DataError",
    "ExportError",
    "IsthmusError",
    "LostProcessError",
    "MissingExtraError",
    "OutputExistsError",
    "SourceNotFoundError",
    "StoppedError",
    "TrainingError",
    "UsageError",
    "WriteError",
    "did_you_mean",
    "gathered",
]


class IsthmusError(Exception):
    """Base class of all exceptions of Isthmus.

    Parameters
    ----------
    *problems : str
        One or more messages.
    """

    exit_code = 1

    def __str__(self) -> str:
        return " ".join(map(str, self.args))


class UsageError(IsthmusError, ValueError):
    """Invalid parameter, option or combination of them."""

    exit_code = 2


class MissingExtraError(UsageError, ImportError):
    """Optional package that is needed and not installed; the message names the pip command."""


class OutputExistsError(UsageError, FileExistsError):
    """Output path whose existing content would be overwritten."""


class DataError(IsthmusError, ValueError):
    """Data that cannot be read or used for training."""

    exit_code = 3


class SourceNotFoundError(DataError, FileNotFoundError):
    """Missing file, folder or named source."""


class ArtifactError(IsthmusError, ValueError):
    """Saved model or run folder that cannot be read."""

    exit_code = 3


class TrainingError(IsthmusError, RuntimeError):
    """Training that cannot go on, for example because the loss is NaN."""


class LostProcessError(TrainingError):
    """Training of several processes, one of which has ended: it continues from its checkpoint."""


class ExportError(IsthmusError, RuntimeError):
    """Exported model that cannot be made, or does not compute what the estimator computes."""


class StoppedError(IsthmusError, RuntimeError):
    """Training that a signal stopped, and that can be continued from its checkpoint.

    Parameters
    ----------
    message : str
        How to continue it.
    signal : int, default=15
        Number of the signal; the exit code is 128 plus it, as in shells.
    """

    exit_code = 143

    def __init__(self, message: str, signal: int = 15) -> None:
        super().__init__(message)
        self.exit_code = 128 + signal


class WriteError(IsthmusError, OSError):
    """Output that cannot be written; ``errno`` is the number of the operating system's error."""


class BoundError(IsthmusError, RuntimeError):
    """Metric that is worse than its bound."""

    exit_code = 4


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `` Did you mean `x`?`` for the closest known name, or an empty string.

    Parameters
    ----------
    name : str
        Name as given.
    known : iterable of str
        Valid names.

    Returns
    -------
    str
        Begins with a space, so it can be appended to a sentence.
    """
    near = difflib.get_close_matches(name.lower(), list(known), n=1, cutoff=0.6)
    return f" Did you mean `{near[0]}`?" if near else ""


@contextmanager
def gathered() -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """Collect several errors and raise them as one.

    Yields
    ------
    callable
        A context manager for each attempt. A ``UsageError`` or ``DataError`` raised in it is
        collected and raised at the end of the block.

    Raises
    ------
    UsageError, DataError
        All distinct messages; ``UsageError`` if at least one of them is.
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
