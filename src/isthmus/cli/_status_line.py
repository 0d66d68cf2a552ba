"""What the command line is waiting for, in one transient line on stderr."""

from __future__ import annotations

import sys

from .._translation import Message, translate
from ._terminal_text import show_line

__all__ = ["Status"]


class Status:
    """Phases of a command, shown on a terminal until something else is printed.

    Parameters
    ----------
    language : {"en", "zh"}
        Language of the line.
    quiet : bool, default=False
        Whether to show nothing.
    """

    def __init__(self, language: str, *, quiet: bool = False) -> None:
        self._language, self._is_quiet = language, quiet

    def __call__(self, message: str) -> None:
        """Replace the line, for example by ``Reading rows.csv...``."""
        if not self._is_quiet:
            show_line(translate(message, self._language))

    def loading(self) -> None:
        """Say that PyTorch is imported, which takes seconds, unless it already is."""
        if "torch" not in sys.modules:
            self(Message("Loading PyTorch..."))

    def reading(self, source: object) -> None:
        """Say that a source is read."""
        self(Message("Reading {source}...", source=str(source)))
