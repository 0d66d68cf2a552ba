"""Results that notebooks show as tables and sentences, and terminals as aligned text."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from ._translation import width

__all__ = ["Rendered", "View"]

_TEXT_WIDTH = 88
_GAP = "  "


@dataclass(frozen=True)
class View:
    """What is shown of a result: a sentence, a table and remarks.

    Attributes
    ----------
    sentence : str
        Shown first.
    columns : tuple of str
        Titles of the table; empty for no table.
    rows : tuple of sequences of str
        Its cells; the first column is aligned to the left, others to the right.
    remarks : tuple of sequences of str
        A heading and sentences for each remark; the heading may be empty.
    """

    sentence: str
    columns: tuple[str, ...] = ()
    rows: tuple[Sequence[str], ...] = ()
    remarks: tuple[Sequence[str], ...] = ()

    def text(self) -> str:
        """Return plain text of 88 columns; those of a table that do not fit follow below."""
        parts = [textwrap.fill(self.sentence, _TEXT_WIDTH)]
        if self.columns:
            parts += map(_aligned, _fitted([self.columns, *self.rows]))
        if self.remarks:
            parts.append("\n".join(map(_item, self.remarks)))
        return "\n\n".join(parts)

    def html(self) -> str:
        """Return HTML without scripts, styled by the notebook."""
        table = ""
        if self.columns:
            body = "".join(_html_row(cells, "td") for cells in self.rows)
            head = _html_row(self.columns, "th")
            table = (
                '<table style="white-space: nowrap">'
                f"<thead>{head}</thead><tbody>{body}</tbody></table>"
            )
        remarks = "".join(f"<li>{_html_remark(remark)}</li>" for remark in self.remarks)
        return (
            f"<div><p>{escape(self.sentence)}</p>{table}"
            f"{f'<ul>{remarks}</ul>' if remarks else ''}</div>"
        )


class Rendered:
    """Base class of results that are shown as a view, besides being a list or a dict.

    A subclass defines ``_view``. A result that was changed so that it lacks what the view shows is
    shown as the list or dict that it is.
    """

    def _view(self) -> View:
        raise NotImplementedError

    def __repr__(self) -> str:
        try:
            return self._view().text()
        except (AttributeError, LookupError, TypeError, ValueError):
            return super().__repr__()

    def _repr_html_(self) -> str:
        try:
            return self._view().html()
        except (AttributeError, LookupError, TypeError, ValueError):
            return f"<pre>{escape(super().__repr__())}</pre>"


def _fitted(rows: Sequence[Sequence[str]]) -> list[list[list[str]]]:
    """Return tables that fit, each with the first column and some of the others."""
    first, *others = (list(column) for column in zip(*rows, strict=True))
    room = left = _TEXT_WIDTH - max(map(width, first))
    tables = [[first]]
    for column in others:
        needed = len(_GAP) + max(map(width, column))
        if needed > left and len(tables[-1]) > 1:
            tables.append([first])
            left = room
        tables[-1].append(column)
        left -= needed
    return [[list(row) for row in zip(*table, strict=True)] for table in tables]


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *others in rows:
        cells = [first + " " * (widths[0] - width(first))]
        cells += [
            " " * (most - width(cell)) + cell for cell, most in zip(others, widths[1:], strict=True)
        ]
        lines.append(_GAP.join(cells).rstrip())
    return "\n".join(lines)


def _item(remark: Sequence[str]) -> str:
    heading, *sentences = remark
    text = " ".join([f"{heading}:" if heading else "", *sentences]).strip()
    return textwrap.fill(text, _TEXT_WIDTH, initial_indent="- ", subsequent_indent="  ")


def _html_row(cells: Sequence[str], tag: str) -> str:
    first, *others = (escape(cell) for cell in cells)
    tail = "".join(f"<{tag}>{cell}</{tag}>" for cell in others)
    return f'<tr><{tag} style="text-align: left">{first}</{tag}>{tail}</tr>'


def _html_remark(remark: Sequence[str]) -> str:
    heading, *sentences = (escape(text) for text in remark)
    return " ".join([f"<b>{heading}:</b>" if heading else "", *sentences]).strip()
