"""Logs for TensorBoard, MLflow and Weights & Biases, each an optional package."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .._extras import imported
from ..errors import UsageError, did_you_mean
from ._run_logs import RunLog, Status

__all__ = ["LOGS", "MLflowLog", "TensorBoardLog", "WandbLog", "make_log"]

_EXPERIMENT = "isthmus"


class TensorBoardLog(RunLog):
    """Log of runs as TensorBoard event files.

    Parameters
    ----------
    folder : path, default=None
        Parent of a folder per run; None uses the run's own folder.

    Raises
    ------
    MissingExtraError
        If tensorboard is not installed.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        imported("tensorboard", "tensorboard")
        self._folder = None if folder is None else Path(folder)

    def _begin(
        self, name: str, parameters: dict[str, Any], folder: Path | None, final: Path | None
    ) -> None:
        place = folder if self._folder is None else self._folder / name
        if place is None:
            raise UsageError("`folder` of TensorBoardLog is required for a run without a folder.")
        self._writer = imported("torch.utils.tensorboard", "tensorboard").SummaryWriter(place)
        summary = imported("torch.utils.tensorboard.summary", "tensorboard")
        plain = {
            k: v if isinstance(v, bool | int | float) else str(v) for k, v in parameters.items()
        }
        for part in summary.hparams(plain, {}):
            self._writer.file_writer.add_summary(part)
        self._note({f"parameters/{k}": str(v) for k, v in plain.items()})

    def _log(self, numbers: Mapping[str, float], step: int) -> None:
        for name, value in numbers.items():
            self._writer.add_scalar(name.replace(" ", "_"), value, step)

    def _note(self, texts: Mapping[str, str]) -> None:
        for name, text in texts.items():
            self._writer.add_text(name, text)

    def _end(self, status: Status) -> None:
        self._writer.close()


class MLflowLog(RunLog):
    """Log of runs in an MLflow SQLite store, in the experiment "isthmus".

    The process's tracking URI and active run are not changed.

    Parameters
    ----------
    store : path, default=None
        SQLite file; None uses ``mlflow.db`` in the parent of the run's folder.

    Raises
    ------
    MissingExtraError
        If mlflow or its SQLite support is not installed.
    """

    def __init__(self, store: str | os.PathLike[str] | None = None) -> None:
        imported("mlflow", "mlflow")
        imported("sqlalchemy", "mlflow")
        imported("alembic", "mlflow")
        self._store = None if store is None else Path(store)

    def prepare(self, folder: Path) -> None:
        """Create the store and the experiment."""
        store = (self._store or folder / "mlflow.db").absolute()
        store.parent.mkdir(parents=True, exist_ok=True)
        uri = f"sqlite:///{store}"
        tracking = imported("mlflow.tracking", "mlflow")
        with _without_info("mlflow.store.db.utils"):  # it logs the creation of its tables
            self._client = tracking.MlflowClient(uri, registry_uri=uri)
            known = self._client.get_experiment_by_name(_EXPERIMENT)
        # Otherwise MLflow would write files below the working directory.
        place = (store.parent / "mlartifacts").as_uri()
        self._experiment = (
            self._client.create_experiment(_EXPERIMENT, artifact_location=place)
            if known is None
            else known.experiment_id
        )

    def _begin(
        self, name: str, parameters: dict[str, Any], folder: Path | None, final: Path | None
    ) -> None:
        if self._store is None and final is None:
            raise UsageError("`store` of MLflowLog is required for a run without a folder.")
        self.prepare(final.absolute().parent if final is not None else Path())
        self._run = self._client.create_run(self._experiment, run_name=name).info.run_id
        for key, value in parameters.items():
            self._client.log_param(self._run, key, str(value)[:6000])

    def _log(self, numbers: Mapping[str, float], step: int) -> None:
        metric = imported("mlflow.entities", "mlflow").Metric
        now = int(1000 * time.time())
        metrics = [metric(name, value, now, step) for name, value in numbers.items()]
        self._client.log_batch(self._run, metrics=metrics)

    def _note(self, texts: Mapping[str, str]) -> None:
        for name, text in texts.items():
            self._client.set_tag(self._run, f"isthmus.{name}", text[:8000])

    def _end(self, status: Status) -> None:
        self._client.set_terminated(self._run, status)


@contextmanager
def _without_info(logger: str) -> Iterator[None]:
    """Suppress a logger's messages below warnings, without changing its level and handlers."""

    def is_heard(record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING

    logging.getLogger(logger).addFilter(is_heard)
    try:
        yield
    finally:
        logging.getLogger(logger).removeFilter(is_heard)


class WandbLog(RunLog):
    """Log of runs in Weights & Biases, online or offline as its own settings say.

    Parameters
    ----------
    project : str, default=None
        W&B project; None for "isthmus".

    Raises
    ------
    MissingExtraError
        If wandb is not installed.
    """

    def __init__(self, project: str | None = None) -> None:
        imported("wandb", "wandb")
        self._project = project or _EXPERIMENT

    def _begin(
        self, name: str, parameters: dict[str, Any], folder: Path | None, final: Path | None
    ) -> None:
        wandb = imported("wandb", "wandb")
        place = None if final is None else final.absolute().parent
        try:
            self._run = wandb.init(
                project=self._project, name=name, dir=place, config=parameters, reinit="create_new"
            )
        except wandb.errors.Error as error:
            raise UsageError(
                f"W&B cannot start a run: {error}. Log in with `wandb login`, or set "
                "WANDB_MODE=offline."
            ) from None

    def _log(self, numbers: Mapping[str, float], step: int) -> None:
        self._run.log(dict(numbers), step=step)

    def _note(self, texts: Mapping[str, str]) -> None:
        self._run.summary.update(dict(texts))

    def _end(self, status: Status) -> None:
        self._run.finish(exit_code=0 if status == "FINISHED" else 1)


LOGS: dict[str, Callable[[str | None], RunLog]] = {
    "tensorboard": TensorBoardLog,
    "mlflow": MLflowLog,
    "wandb": WandbLog,
}


def make_log(text: str) -> RunLog:
    """Return the log for the value of a ``--log`` option.

    Parameters
    ----------
    text : str
        "tensorboard", "mlflow" or "wandb", optionally with a location: "tensorboard=FOLDER",
        "mlflow=FILE", "wandb=PROJECT".

    Returns
    -------
    RunLog

    Raises
    ------
    UsageError
        If the tool is unknown or not installed.
    """
    name, _, place = text.partition("=")
    if name not in LOGS:
        raise UsageError(
            f"`log` must be one of {', '.join(LOGS)}. Got {name!r}." + did_you_mean(name, LOGS)
        )
    return LOGS[name](place or None)
