"""Run logs: parameters, epochs and results, taken down in tools that people keep them in."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal, Self

from ..errors import UsageError
from ..training import Callback

__all__ = ["RunLog", "logged"]

Status = Literal["FINISHED", "FAILED", "KILLED"]


class RunLog(Callback):
    """Takes runs down, one after the other: a callback of the training in each.

    ``isthmus.runs.run_training`` begins and ends a run for every log among its callbacks. Around
    a ``fit`` of one's own, ``with log.run(name):`` does.
    """

    _is_open = False

    def prepare(self, folder: Path) -> None:
        """Make what runs in ``folder`` will share, before several processes begin one at once."""

    @contextmanager
    def run(
        self,
        name: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        folder: Path | None = None,
        final: Path | None = None,
    ) -> Iterator[Self]:
        """Take one run down: begun here, and ended as the block ends.

        Parameters
        ----------
        name : str
            What the tool shows.
        parameters : mapping, default=None
            Plain values.
        folder : pathlib.Path, default=None
            The run's folder, if it has one.
        final : pathlib.Path, default=None
            Where it will be in the end; None for the same place.

        Yields
        ------
        RunLog
            This one, to be among the estimator's callbacks.
        """
        self._begin(name, dict(parameters or {}), folder, final or folder)
        self._is_open = True
        status: Status = "FINISHED"
        try:
            yield self
        except BaseException as error:
            status = "FAILED" if isinstance(error, Exception) else "KILLED"
            raise
        finally:
            self._is_open = False
            self._end(status)

    def on_epoch_end(self, record: dict[str, Any]) -> bool | None:
        """Take the epoch's losses down, under the name of the stage, if there is one."""
        if not self._is_open:
            raise UsageError(
                f"{type(self).__name__} has no run to write to: put the fit into "
                "`with log.run(name):`."
            )
        stage = f"{record['stage']}/" if "stage" in record else ""
        numbers = _numbers({name: v for name, v in record.items() if name != "epoch"})
        self._log({stage + name: value for name, value in numbers.items()}, record["epoch"])
        return None

    def log_report(self, document: Mapping[str, Any], folder: Path) -> None:
        """Take down what a run ends with.

        Parameters
        ----------
        document : mapping
            The report's: figures of the ``results``, the verdict and the figures' files.
        folder : pathlib.Path
            Where these will be found.
        """
        self._log(_numbers(document["results"]), int(document["model"]["epochs"]))
        figures = [str(folder.absolute() / figure["file"]) for figure in document["figures"]]
        self._note(
            {
                "verdict": document["verdict"],
                "run": str(folder.absolute()),
                "figures": "\n".join(figures),
            }
        )

    @abstractmethod
    def _begin(
        self, name: str, parameters: dict[str, Any], folder: Path | None, final: Path | None
    ) -> None:
        """Begin a run."""

    @abstractmethod
    def _log(self, numbers: Mapping[str, float], step: int) -> None:
        """Take numbers down at an epoch."""

    @abstractmethod
    def _note(self, texts: Mapping[str, str]) -> None:
        """Take texts down."""

    @abstractmethod
    def _end(self, status: Status) -> None:
        """End the run."""


@contextmanager
def logged(
    callbacks: Iterable[Callback], folder: Path, final: Path, parameters: Mapping[str, Any]
) -> Iterator[list[RunLog]]:
    """Begin a run in every log among some callbacks, and end it with the block.

    Parameters
    ----------
    callbacks : iterable of Callback
        Those that are no logs are left alone.
    folder, final : pathlib.Path
        Where the run is written, and where it will be.
    parameters : mapping
        The run's.

    Yields
    ------
    list of RunLog
    """
    logs = [callback for callback in callbacks if isinstance(callback, RunLog)]
    with ExitStack() as stack:
        for log in logs:
            stack.enter_context(log.run(final.name, parameters, folder=folder, final=final))
        yield logs


def _numbers(tree: Mapping[str, Any]) -> dict[str, float]:
    """Return the numbers of nested mappings, their names joined by slashes."""
    found: dict[str, float] = {}
    for name, value in tree.items():
        if isinstance(value, Mapping):
            found |= {f"{name}/{inner}": v for inner, v in _numbers(value).items()}
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[name] = float(value)
    return found
