"""Drawing of a run's figures from stored values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from .._translation import Message, gettext_noop
from ..errors import MissingExtraError
from ..figures import FigureSpec, save_figure

__all__ = ["draw_figures", "is_left_out_note"]

_LEFT_OUT = gettext_noop("Figure {title} could not be drawn: {reason}")


def draw_figures(
    folder: Path,
    figures: Sequence[FigureSpec],
    entries: Sequence[dict[str, Any]],
    language: str,
    *,
    save: Callable[[Figure, Path], object] = save_figure,
) -> list[Message]:
    """Draw figures into a folder; a figure that fails does not affect the others.

    Parameters
    ----------
    folder : pathlib.Path
        Created if needed.
    figures : sequence of FigureSpec
        Figures to draw.
    entries : sequence of dict
        Entries of the same figures in report.json; failed ones get ``left_out``.
    language : {"en", "zh"}
        Language of the figures.
    save : callable, default=save_figure
        Writes a figure to a path.

    Returns
    -------
    list of Message
        A note per failed figure.
    """
    folder.mkdir(parents=True, exist_ok=True)
    notes: list[Message] = []
    for spec, entry in zip(figures, entries, strict=True):
        try:
            save(spec.draw(language), folder / spec.file)
        except (OSError, MissingExtraError):
            raise  # such as a full disk
        except Exception as error:  # no error of a figure may fail the run
            reason = f"{type(error).__name__}: {error}"
            entry["left_out"] = True
            notes.append(Message(_LEFT_OUT, title=spec.title, reason=reason))
    return notes


def is_left_out_note(note: Any) -> bool:
    """Return whether a note of a report is about a figure that could not be drawn.

    Parameters
    ----------
    note : object
        Item of ``source.notes``.

    Returns
    -------
    bool
    """
    return isinstance(note, Message) and note.msgid == _LEFT_OUT
