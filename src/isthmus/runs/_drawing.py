"""Figures of a run, drawn from the values that it stores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .._translation import Message, gettext_noop
from ..errors import MissingExtraError
from ..figures import FigureSpec, save_figure

__all__ = ["draw_figures", "is_left_out_note"]

_LEFT_OUT = gettext_noop("Figure {title} could not be drawn: {reason}")


def draw_figures(
    folder: Path, figures: Sequence[FigureSpec], entries: Sequence[dict[str, Any]], language: str
) -> list[Message]:
    """Draw figures into a folder; one that fails costs no other.

    Parameters
    ----------
    folder : pathlib.Path
        Made if need be.
    figures : sequence of FigureSpec
        What to draw.
    entries : sequence of dict
        The same figures in report.json; those that cannot be drawn get ``left_out``.
    language : {"en", "zh"}
        Of the figures.

    Returns
    -------
    list of Message
        A note for each figure that could not be drawn.
    """
    folder.mkdir(exist_ok=True)
    notes: list[Message] = []
    for spec, entry in zip(figures, entries, strict=True):
        try:
            save_figure(spec.draw(language), folder / spec.file)
        except (OSError, MissingExtraError):
            raise  # such as a full disk
        except Exception as error:  # whatever it is, it must not cost the run
            reason = f"{type(error).__name__}: {error}"
            entry["left_out"] = True
            notes.append(Message(_LEFT_OUT, title=spec.title, reason=reason))
    return notes


def is_left_out_note(note: Any) -> bool:
    """Return whether a note of a report tells of a figure that could not be drawn.

    Parameters
    ----------
    note : object
        Of ``source.notes``.

    Returns
    -------
    bool
    """
    return isinstance(note, Message) and note.msgid == _LEFT_OUT
