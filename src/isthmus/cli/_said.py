"""Notes and warnings about sources."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .._translation import Message, translate
from ._drift_warning import say_warning
from ._terminal_text import say

if TYPE_CHECKING:
    from ..runs import FittedRun

__all__ = ["Said"]


class Said:
    """Notes and warnings about sources, each of which is printed once on stderr.

    Parameters
    ----------
    language : {"en", "zh"}
        Language of the lines.
    """

    def __init__(self, language: str) -> None:
        self._language = language
        self._notes: set[str] = set()
        self._is_warned = False
        self._sums: dict[tuple[Any, ...], Message] | None = None

    def note(self, note: str) -> None:
        """Print a note, unless it is printed already."""
        if self._sums is not None and isinstance(note, Message) and note.msgid_plural:
            key = _without_number(note)
            self._sums[key] = note if key not in self._sums else _sum(self._sums[key], note)
        elif note not in self._notes:
            self._notes.add(note)
            self.line(Message("Note: {note}", note=note))

    @contextmanager
    def summed(self) -> Iterator[None]:
        """Print notes that differ only by a number once, with its sum, at the end of a block.

        Each file of a folder would else have its own: "3 cells of `a` ...", "5 cells of `a` ...".
        """
        self._sums = {}
        try:
            yield
        finally:
            sums, self._sums = self._sums, None
            for note in sums.values():
                self.note(note)

    @property
    def sums(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Notes that are summed: singular, plural and values of each."""
        kept = (self._sums or {}).values()
        return [(note.msgid, note.msgid_plural or "", dict(note.values)) for note in kept]

    def line(self, message: Message) -> None:
        """Print a message."""
        say(translate(message, self._language), stream=sys.stderr)

    def warn_of_drift(self, fitted: FittedRun, source: str | None, X: Any) -> bool:
        """Return whether rows are unlike the training rows, and print a warning for the first.

        Parameters
        ----------
        fitted : FittedRun
            Loaded run.
        source : str or None
            Source on the command line; the run's own rows are not compared.
        X : ndarray or CSR array of shape (n_samples, n_features)
            Checked rows.

        Returns
        -------
        bool
        """
        from ..doctor import measure_drift

        if source is None or fitted.sketch is None:
            return False
        finding = measure_drift(fitted.estimator, X, fitted.sketch).finding()
        if finding is not None and not self._is_warned:
            seen = finding.seen
            if self._sums is not None:  # one of the files of a folder
                seen = Message("{file}: {seen}", file=source, seen=seen)
            say_warning(seen, language=self._language)
            self._is_warned = True
        return finding is not None


def _without_number(note: Message) -> tuple[Any, ...]:
    return note.msgid, *((name, str(v)) for name, v in note.values.items() if name != "n")


def _sum(first: Message, second: Message) -> Message:
    values = {**first.values, "n": first.values["n"] + second.values["n"]}
    return Message(first.msgid, first.msgid_plural, **values)
