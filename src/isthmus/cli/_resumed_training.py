"""What `isthmus train --resume` continues, and the threads that it uses."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .._translation import Message, translate
from ..errors import UsageError
from ._busy_machine import using_threads
from ._terminal_text import say

if TYPE_CHECKING:
    from ..runs import Unfinished

__all__ = ["run_to_resume", "to_continue", "with_its_threads"]


def run_to_resume(run: Path, given: Mapping[str, bool]) -> Unfinished:
    """Return a run to continue, which has its own settings.

    Parameters
    ----------
    run : pathlib.Path
        Run folder.
    given : mapping of str to bool
        Whether an option that would change the settings was given, by its name in a message.

    Returns
    -------
    Unfinished

    Raises
    ------
    UsageError
        If such an option was given.
    ArtifactError
        If the run cannot be continued.
    """
    from ..runs import read_unfinished

    names = [name for name, is_given in given.items() if is_given]
    if names:
        raise UsageError(
            f"--resume continues a run with its own settings. Got also {', '.join(names)}: use "
            "--resume alone, or train a new run without it."
        )
    unfinished = read_unfinished(run)
    unfinished.check_version()
    return unfinished


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
    from ..runs import environment

    own = run.facts.get("threads")

    def say_notes() -> None:
        for note in run.notes(environment()):
            say(translate(note, language), stream=sys.stderr)

    with using_threads(own if isinstance(own, int) and own > 0 else None):
        yield say_notes
