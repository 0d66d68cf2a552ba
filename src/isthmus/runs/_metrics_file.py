"""Losses of a training, written after every epoch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TextIO

from ..training import Callback, Plan

__all__ = ["MetricsFile"]


class MetricsFile(Callback):
    """Callback that writes one JSON line per epoch, and flushes it.

    Parameters
    ----------
    path : pathlib.Path
        File to write; overwritten by the first of several trainings.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None
        self._is_begun = False

    def on_restore(self, plan: Plan) -> bool | None:
        """Write the lines of the epochs that a checkpoint restored."""
        for record in [] if plan.state is None else plan.state.history:
            self.on_epoch_end(record)
        self.on_train_end()
        return None

    def on_epoch_end(self, record: dict[str, Any]) -> bool | None:
        """Write the line."""
        if self._file is None:
            self._file = self._path.open("a" if self._is_begun else "w", encoding="utf-8")
            self._is_begun = True
        self._file.write(json.dumps(record) + "\n")
        self._file.flush()
        return None

    def on_train_end(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
