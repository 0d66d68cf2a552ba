"""The command that is likely wanted next, as the last line of an output."""

from __future__ import annotations

import shlex
import sys

from .._translation import Message, translate
from ._terminal_text import say

__all__ = ["say_next"]


def say_next(language: str, *words: object) -> None:
    """Print the next command, quoted for a shell, on a terminal only.

    Parameters
    ----------
    language : {"en", "zh"}
        Language of the line.
    *words : object
        Words after ``isthmus``.
    """
    if not sys.stdout.isatty():
        return
    command = shlex.join(["isthmus", *map(str, words)])
    say(translate(Message("Next: {command}", command=command), language), style="green")
