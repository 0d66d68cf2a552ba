"""Formatting of values for tables and lists of facts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from markupsafe import Markup

from .._translation import Message, translate
from ..errors import UsageError
from ..figures import clean, shorten
from ._code_strip import code_strip

__all__ = ["cell_text", "literal_facts", "plain_text", "shown_table"]

_LONGEST_CELL = 200  # columns of text; the JSON has the whole text
_LONGEST_TEXT = 2_000
_PAIR = ("value", "expected")


def plain_text(value: object, language: str, *, keep_lines: bool = False) -> str:
    """Return a text cleaned, translated, and shortened if it is very long."""
    return shorten(clean(translate(value, language), keep_lines=keep_lines), _LONGEST_TEXT)


def shown_table(table: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return a table of the document as texts, each with whether its column is numeric.

    The third item is the text below a cell: the interval of an estimate (a mapping of ``value`` and
    ``interval``), the value that was expected (``value`` and ``expected``), or an empty text. Codes
    (``code``, a list of numbers, and ``peak``) are shown as strips of colours.
    """
    names, shares = list(table.get("columns") or ()), table.get("shares") or ()
    columns = [cell_text(name, language) for name in names]
    shown = [_share if name in shares else cell_text for name in names]
    rows = [list(row) for row in table.get("rows") or ()]
    wrong = next((row for row in rows if len(row) != len(columns)), None)
    if wrong is not None:
        raise UsageError(
            f"Each row of a report's table must have as many cells as there are columns, "
            f"{len(columns)}. Got {len(wrong)}: {str(wrong)[:80]}."
        )
    numeric = [_is_numeric(cells) for cells in zip(*rows, strict=True)] or [False] * len(columns)
    return {
        "title": plain_text(table.get("title") or "", language),
        "columns": list(zip(columns, numeric, strict=True)),
        "rows": [
            [
                (show(_value(cell), language), is_numeric, _below(cell, show, language))
                for show, cell, is_numeric in zip(shown, row, numeric, strict=True)
            ]
            for row in rows
        ],
        "caption": plain_text(table.get("caption") or "", language),
    }


def _is_numeric(cells: tuple[Any, ...]) -> bool:
    values = [_scalar(_value(cell)) for cell in cells]
    return all(value is None or isinstance(value, int | float) for value in values)


def _value(cell: Any) -> Any:
    if _has(cell, "code", "peak"):
        return code_strip(cell["code"], cell["peak"])
    return cell["value"] if _has(cell, "value", "interval") or _has(cell, *_PAIR) else cell


def _below(cell: Any, show: Callable[[Any, str], str], language: str) -> str:
    if _has(cell, *_PAIR):
        return show(cell["expected"], language)
    if not _has(cell, "value", "interval") or cell["interval"] is None:
        return ""
    low, high = (show(end, language) for end in cell["interval"])
    return f"[{low}, {high}]"


def _has(cell: Any, *keys: str) -> bool:
    return isinstance(cell, Mapping) and cell.keys() == {*keys}


def _scalar(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def cell_text(value: Any, language: str = "en") -> str:
    """Format a value for readers."""
    value = _scalar(value)
    if isinstance(value, Markup):
        return value
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "\N{EN DASH}"
    if isinstance(value, bool):
        return translate(Message("yes") if value else Message("no"), language)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return _float_text(value)
    return _structure_text(value, lambda item: cell_text(item, language), language)


def _share(value: Any, language: str) -> str:
    """Format a share for readers, such as 92.4%."""
    value = _scalar(value)
    is_number = isinstance(value, int | float) and math.isfinite(value)
    return f"{value:z.1%}" if is_number else cell_text(value, language)


def _float_text(value: float) -> str:
    if value == 0 or 1e-4 <= abs(value) < 1e4:
        return f"{value:z.4g}"
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:.3e}"


def _literal(value: Any) -> str:
    """Format a value as it is typed in code."""
    value = _scalar(value)
    if value is None or isinstance(value, bool | int | float):
        return str(value)
    return _structure_text(value, _literal, "en")


def _structure_text(value: Any, inner: Any, language: str) -> str:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, Mapping):
        text = ", ".join(f"{key}: {inner(item)}" for key, item in value.items())
    elif isinstance(value, list | tuple):
        text = ", ".join(inner(item) for item in value)
    else:
        text = translate(value, language)
    return shorten(clean(text), _LONGEST_CELL)


def literal_facts(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return names and values as they are typed in code."""
    return [(_literal(key), _literal(value)) for key, value in facts.items()]
