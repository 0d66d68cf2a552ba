"""What the command line is waiting for, in one transient line on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from .._translation import Message, translate
from ._terminal_text import show_line

__all__ = ["Status", "clock", "short_number"]

_Block = TypeVar("_Block", bound=Any)


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

    def counted(self, message: str, blocks: Iterable[_Block], n_rows: int) -> Iterator[_Block]:
        """Show how many rows are done, their speed and the remaining time, from block to block.

        Parameters
        ----------
        message : str
            What is done, such as "Encoding rows".
        blocks : iterable
            Blocks of rows, each with a ``shape``.
        n_rows : int
            Number of rows of all blocks.

        Yields
        ------
        block
        """
        began, n_done = time.perf_counter(), 0
        for block in blocks:
            n_done += int(block.shape[0])
            seconds = time.perf_counter() - began
            if n_done < n_rows and seconds:
                self(
                    Message(
                        "{what}: {n:,} of {n_all:,}  {speed} rows/s  {time} left",
                        what=message,
                        n=n_done,
                        n_all=n_rows,
                        speed=short_number(n_done / seconds),
                        time=clock(seconds * (n_rows - n_done) / n_done),
                    )
                )
            yield block

    def loading(self) -> None:
        """Say that PyTorch is imported, which takes seconds, unless it already is."""
        if "torch" not in sys.modules:
            self(Message("Loading PyTorch..."))

    def reading(self, source: object) -> None:
        """Say that a source is read; of text tables that are converted, also how far that is."""
        from ..sources import follow_reading

        what = Message("Reading {source}", source=str(source))
        self(Message("Reading {source}...", source=str(source)))
        began = time.perf_counter()

        def show(n_rows: int, share: float) -> None:
            seconds = time.perf_counter() - began
            speed = short_number(n_rows / max(seconds, 1e-9))
            if not 0 < share < 1:
                line = Message(
                    "{what}: {n:,} rows  {speed} rows/s", what=what, n=n_rows, speed=speed
                )
            else:
                left = clock(seconds * (1 - share) / share)
                line = Message(
                    "{what}: {n:,} rows  {speed} rows/s  {time} left",
                    what=what,
                    n=n_rows,
                    speed=speed,
                    time=left,
                )
            self(line)

        follow_reading(show)


def short_number(number: float) -> str:
    """Return a number with three digits: 812, 5.21k, 1.04M."""
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.3g}{unit}"
    return f"{number:.3g}"


def clock(seconds: float) -> str:
    """Return a time as on a clock: 0:09, 12:30, 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
