"""Results as plain text."""

from __future__ import annotations

from typing import Any

__all__ = ["results_table"]


def results_table(document: dict[str, Any]) -> str:
    """Lay a report's table out in columns, for a terminal or a pipe."""
    table = document["table"]
    rows = [table["columns"]] + [
        [row[0], _number(row[1]), _number(row[2]), _share(row[3])] for row in table["rows"]
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            [first.ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        )
        for first, *rest in rows
    ]
    return "\n".join([*lines, f"({table['caption']})"])


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
