"""What `isthmus train --resume` continues, and the threads that it uses."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .._translation import Message, translate
from ..errors import UsageError
from ._terminal_text import say

if TYPE_CHECKING:
    from ..runs import Unfinished

__all__ = ["check_alone", "to_continue", "with_its_threads"]


def check_alone(given: Mapping[str, bool]) -> None:
    """Raise ``UsageError`` if settings are given for a training that has its own.

    Parameters
    ----------
    given : mapping of str to bool
        Whether an option was given, by its name in a message.
    """
    names = [name for name, is_given in given.items() if is_given]
    if names:
        raise UsageError(
            f"--resume continues a run with its own settings. Got also {', '.join(names)}: use "
            "--resume alone, or train a new run without it."
        )


def to_continue(run: Path) -> Message:
    """Return the line about a run whose training was ended early."""
    return Message(
        "The training was ended early. Continue it with `isthmus train --resume {run}`.",
        run=str(run),
    )


@contextlib.contextmanager
def with_its_threads(run: Unfinished, language: str) -> Iterator[Callable[[], None]]:
    """Use as many threads as the run began with, within a block.

    Parameters
    ----------
    run : Unfinished
        Run to continue.
    language : {"en", "zh"}
        Language of notes on stderr.

    Yields
    ------
    callable
        To call right before training: notes say what differs from the start of the run.
    """
    import torch

    from ..runs import environment

    before, own = torch.get_num_threads(), run.facts.get("threads")
    if isinstance(own, int) and own > 0 and own != before:
        torch.set_num_threads(own)

    def say_notes() -> None:
        for note in run.notes(environment()):
            say(translate(note, language), stream=sys.stderr)

    try:
        yield say_notes
    finally:
        if torch.get_num_threads() != before:
            torch.set_num_threads(before)
