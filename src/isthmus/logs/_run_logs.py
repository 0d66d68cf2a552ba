"""Run logs: parameters, losses and results in experiment trackers."""

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
    """Base class of run logs: a training callback that logs one run at a time.

    ``isthmus.runs.run_training`` starts and ends a run for every log among its callbacks. For a
    ``fit`` of your own, use ``with log.run(name):``.
    """

    _is_open = False

    def prepare(self, folder: Path) -> None:
        """Create what the runs in ``folder`` share, before several processes start at once."""

    @contextmanager
    def run(
        self,
        name: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        folder: Path | None = None,
        final: Path | None = None,
    ) -> Iterator[Self]:
        """Log one run: start it here, and end it with the block.

        Parameters
        ----------
        name : str
            Name to show in the tool.
        parameters : mapping, default=None
            Plain values.
        folder : pathlib.Path, default=None
            Folder of the run, if it has one.
        final : pathlib.Path, default=None
            Final folder of the run; None for the same folder.

        Yields
        ------
        RunLog
            This log, to pass as a callback to the estimator.
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
        """Log the epoch's losses, under the name of the stage if there is one."""
        if not self._is_open:
            raise UsageError(
                f"{type(self).__name__} has no active run: call the fit within "
                "`with log.run(name):`."
            )
        stage = f"{record['stage']}/" if "stage" in record else ""
        numbers = _numbers({name: v for name, v in record.items() if name != "epoch"})
        self._log({stage + name: value for name, value in numbers.items()}, record["epoch"])
        return None

    def log_report(self, document: Mapping[str, Any], folder: Path) -> None:
        """Log the results of a run.

        Parameters
        ----------
        document : mapping
            Report: ``results``, verdict and figure files.
        folder : pathlib.Path
            Folder of the figure files.
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
        """Start a run."""

    @abstractmethod
    def _log(self, numbers: Mapping[str, float], step: int) -> None:
        """Log numbers at an epoch."""

    @abstractmethod
    def _note(self, texts: Mapping[str, str]) -> None:
        """Log texts."""

    @abstractmethod
    def _end(self, status: Status) -> None:
        """End the run."""


@contextmanager
def logged(
    callbacks: Iterable[Callback], folder: Path, final: Path, parameters: Mapping[str, Any]
) -> Iterator[list[RunLog]]:
    """Start a run in every log among some callbacks, and end it with the block.

    Parameters
    ----------
    callbacks : iterable of Callback
        Callbacks that are not logs are ignored.
    folder, final : pathlib.Path
        Folder that is written, and its final path.
    parameters : mapping
        Parameters of the run.

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
    """Return the numbers in nested mappings, with names joined by slashes."""
    found: dict[str, float] = {}
    for name, value in tree.items():
        if isinstance(value, Mapping):
            found |= {f"{name}/{inner}": v for inner, v in _numbers(value).items()}
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[name] = float(value)
    return found
