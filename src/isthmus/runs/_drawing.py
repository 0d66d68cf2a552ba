"""Figures of a run, drawn from the values that it stores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .._language import Sentence
from ..errors import UsageError
from ..figures import FigureSpec, save_figure

__all__ = ["draw_figures", "is_left_out_note"]

_LEFT_OUT = "The figure {title} is left out: it could not be drawn. {reason}"


def draw_figures(
    folder: Path, figures: Sequence[FigureSpec], language: str
) -> tuple[list[str], list[Sentence]]:
    """Draw figures into a folder; one that fails costs no other.

    Parameters
    ----------
    folder : pathlib.Path
        Made if need be.
    figures : sequence of FigureSpec
        What to draw.
    language : {"en", "zh"}
        Of the figures.

    Returns
    -------
    tuple of list of str and list of Sentence
        The files that were drawn, and a note for each figure that could not be.
    """
    folder.mkdir(exist_ok=True)
    drawn: list[str] = []
    notes: list[Sentence] = []
    for spec in figures:
        try:
            save_figure(spec.draw(language), folder / spec.file)
        except OSError:
            raise  # such as a full disk
        except (ArithmeticError, MemoryError, RuntimeError, TypeError, ValueError) as error:
            if isinstance(error, UsageError):
                raise
            reason = f"{type(error).__name__}: {error}"
            notes.append(Sentence(_LEFT_OUT, title=spec.title, reason=reason))
        else:
            drawn.append(f"figures/{spec.file}")
    return drawn, notes


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
    return isinstance(note, Sentence) and note.template == _LEFT_OUT
