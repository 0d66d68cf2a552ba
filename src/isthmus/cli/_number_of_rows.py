"""Largest numbers of new rows that are written to one file."""

from __future__ import annotations

from pathlib import Path

from ..errors import UsageError

__all__ = ["check_number_of_rows"]

_MOST_ROWS, _MOST_PICTURES = 10_000_000, 10_000


def check_number_of_rows(option: str, n: int, least: int, out: Path) -> None:
    """Raise ``UsageError`` unless a number of new rows is within the limits of their file.

    Parameters
    ----------
    option : str
        Name of the option.
    n, least : int
        Number, and the smallest one allowed.
    out : pathlib.Path
        Output; a figure has fewer rows than a table.
    """
    if n < least:
        raise UsageError(f"{option} must be an integer of at least {least}. Got {n}.")
    most = _MOST_PICTURES if out.suffix.lower() in (".png", ".svg") else _MOST_ROWS
    if n > most:
        raise UsageError(
            f"{option} must be at most {most:,} for a {out.suffix} file. Got {n:,}: write several "
            "files."
        )
