"""Tables of results as plain text."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TextIO

from .._translation import Message, translate
from ._fitted_tables import fitted_table
from ._terminal_text import one_line, say, terminal_width

__all__ = [
    "columns_text",
    "in_columns",
    "more_columns",
    "results_table",
    "say_columns",
    "say_table",
    "sweep_table",
]

_MOST_COLUMNS = 40
_LONGEST_CELL = 48


def results_table(document: dict[str, Any], language: str = "en") -> str:
    """Format a report's table in columns, for a terminal or a pipe."""
    table = document["table"]
    shown = [_share if name in table["shares"] else _number for name in table["columns"]]
    rows = [[translate(name, language) for name in table["columns"]]] + [
        [
            translate(name, language),
            *(show(cell) for show, cell in zip(shown[1:], cells, strict=True)),
        ]
        for name, *cells in table["rows"]
    ]
    caption = translate(Message("({text})", text=table["caption"]), language)
    return f"{in_columns(rows)}\n{caption}"


def in_columns(rows: Sequence[Sequence[str]], *, most: int | None = None) -> str:
    """Align cells in columns that fit the terminal, the first to the left and others to the right.

    Parameters
    ----------
    rows : sequence of sequences of str
        Cells; the first row is the head.
    most : int, default=None
        Width to keep to; None is that of the terminal, and any width if stdout is no terminal.
    """
    return fitted_table(rows, terminal_width() if most is None else most)


def say_table(text: str, *, stream: TextIO | None = None) -> None:
    """Print a table with its head in bold; after an empty line, another one begins."""
    for number, part in enumerate(text.split("\n\n")):
        if number:
            say(stream=stream)
        head, _, rest = part.partition("\n")
        say(head, stream=stream, style="bold")
        if rest:
            say(rest, stream=stream)


def columns_text(
    table: Mapping[str, Any],
    language: str = "en",
    *,
    most: int,
    more: Callable[[int], Message] | None = None,
    stream: TextIO | None = None,
) -> str:
    """Format the table of a source's columns, its first ``most`` rows, aligned to the left.

    ``more`` returns the line below them for the number of further rows; default: `more_columns`.
    The table's ``note`` comes last, if it has one.
    """
    rows = table["rows"][:most]
    cells = [[translate(head, language) for head in table["columns"]]]
    cells += [[_short(one_line(translate(cell, language))) for cell in row] for row in rows]
    lines = [fitted_table(cells, terminal_width(stream), to_the_left=True)]
    left = len(table["rows"]) - len(rows)
    if left:
        lines.append(translate((more or more_columns)(left), language))
    if "note" in table:
        lines.append(translate(table["note"], language))
    return "\n".join(lines)


def more_columns(n: int) -> Message:
    """Return the line below a table for columns that are not shown."""
    return Message.plural(
        "{n:,} more column: `--json` lists all.", "{n:,} more columns: `--json` lists all.", n
    )


def _see_doctor(n: int) -> Message:
    return Message.plural(
        "{n} more column: see `isthmus doctor`.", "{n:,} more columns: see `isthmus doctor`.", n
    )


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 3]}..."


def say_columns(table: Mapping[str, Any], *, language: str = "en") -> None:
    """Print the table of a source's columns on stderr, at most forty of them."""
    text = columns_text(table, language, most=_MOST_COLUMNS, more=_see_doctor, stream=sys.stderr)
    say_table(text, stream=sys.stderr)


def sweep_table(document: dict[str, Any], language: str = "en") -> str:
    """Format a sweep's rows in columns: parameters, errors, epochs and seconds."""
    rows = document["rows"]
    varied = [*document["parameters"], *(["random_state"] if "random_state" in rows[0] else [])]
    which = {"held_out_error": Message("held-out error"), "train_error": Message("train error")}
    shown: dict[str, tuple[str, Callable[[Any], str]]] = {name: (name, _value) for name in varied}
    for name in ("train_error", "held_out_error"):
        shown[name] = (which[name], _number)
    if document["baseline"] is not None:
        shown[document["baseline_error"]] = (document["baseline"], _number)
    if any("variance_explained" in row for row in rows):
        shown["variance_explained"] = (Message("variance explained"), _share)
    shown["epochs"] = (Message("epochs"), _value)
    shown["training_seconds"] = (Message("seconds"), _seconds)
    cells = [[form(row.get(name)) for name, (_, form) in shown.items()] for row in rows]
    return in_columns([[translate(head, language) for head, _ in shown.values()], *cells])


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:z.4g}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:z.1%}"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _value(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:z.4g}"
    return "-" if value is None else str(value)
