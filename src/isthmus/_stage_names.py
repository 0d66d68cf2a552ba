"""The names of stages, which histories keep as English text, as messages."""

from __future__ import annotations

import re
from collections.abc import Callable

from ._translation import Message

__all__ = ["stage_name"]

_NAMES: dict[str, Callable[..., Message]] = {
    r"layer (\d+)": lambda n: Message("layer {n}", n=n),
    r"network (\d+) of (\d+)": lambda n, total: Message("network {n} of {total}", n=n, total=total),
    r"fine-tuning": lambda: Message("fine-tuning"),
}


def stage_name(stage: object) -> str:
    """Return the name of a stage for people.

    Parameters
    ----------
    stage : object
        The ``stage`` of a plan or of a record of the history.

    Returns
    -------
    str
        A ``Message`` for the stages of Isthmus's own estimators and for numbers; any other name as
        it is.
    """
    if isinstance(stage, int):
        return Message("stage {n}", n=stage)
    for pattern, name in _NAMES.items():
        if found := re.fullmatch(pattern, str(stage)):
            return name(*found.groups())
    return str(stage)
