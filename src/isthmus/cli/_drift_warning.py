"""Warning about rows that are unlike the training rows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .._translation import Message, translate
from ..errors import UsageError, did_you_mean
from ._terminal_text import NAME, one_line, say

if TYPE_CHECKING:
    from ..runs import FittedRun

__all__ = ["DRIFTS", "FAILED", "NO_SKETCH", "check_fail_on", "say_warning"]

FAILED = 4  # exit code
DRIFTS = ("drift", "drift_of_columns", "drift_of_errors")  # codes of findings
NO_SKETCH = (
    "`fail_on` requires a model with a sketch of its training rows. This one was saved without a "
    "run, or by an earlier version: train it again, or leave that out."
)


def check_fail_on(name: str | None, fitted: FittedRun | None = None) -> None:
    """Raise ``UsageError`` if ``--fail-on`` is invalid, or does not apply to a run.

    Parameters
    ----------
    name : str or None
        Value of the option.
    fitted : FittedRun, default=None
        Loaded run.
    """
    if name is None:
        return
    if name != "drift":
        raise UsageError(f"`fail_on` must be drift. Got {name!r}.{did_you_mean(name, ['drift'])}")
    if fitted is not None and fitted.sketch is None:
        raise UsageError(NO_SKETCH)


def say_warning(text: str, *, language: str = "en") -> None:
    """Print a warning on stderr, in one line.

    Parameters
    ----------
    text : str
        Message.
    language : {"en", "zh"}, default="en"
        Language of the line.
    """
    line = Message("{severity}: {seen}", severity=Message("warning"), seen=text)
    say(
        f"isthmus: {one_line(translate(line, language))}",
        stream=sys.stderr,
        style="yellow",
        styled=NAME,
    )
