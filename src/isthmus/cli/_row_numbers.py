"""Numbers of rows on the command line."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import DataError, UsageError

__all__ = ["check_row_numbers", "row_numbers"]


def row_numbers(option: str, text: str, *, n: int | None = None) -> list[int]:
    """Return the numbers of an option such as ``3,17``.

    Parameters
    ----------
    option : str
        Name of the option, for messages.
    text : str
        Numbers separated by commas.
    n : int, default=None
        How many there must be; None for any number of at least one.

    Returns
    -------
    list of int

    Raises
    ------
    UsageError
        If there are not as many integers of at least 0.
    """
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts) or (n is not None and len(parts) != n):
        what = (
            "two row numbers, from 0, such as 3,17" if n == 2 else "row numbers, such as 3 or 3,17"
        )
        raise UsageError(f"{option} must be {what}. Got {text!r}.")
    return [int(part) for part in parts]


def check_row_numbers(option: str, numbers: Sequence[int], n_rows: int) -> None:
    """Raise ``DataError`` for numbers beyond the last row."""
    if max(numbers) >= n_rows:
        raise DataError(
            f"{option} must be at most {n_rows - 1:,}: the source has {n_rows:,} rows, counted "
            f"from 0. Got {max(numbers)}."
        )
