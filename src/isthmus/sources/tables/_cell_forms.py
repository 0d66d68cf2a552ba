"""How single cells look: numbers, dates and missing values as people write them."""

from __future__ import annotations

import re

__all__ = [
    "ALWAYS_MISSING",
    "MISSING_AMONG_VALUES",
    "NUMBER",
    "is_number",
    "is_value",
    "is_word",
]

NUMBER = r"\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*"

# A cell with one of these is missing in a column of words too.
ALWAYS_MISSING = (
    "", "NA", "N/A", "n/a", "<NA>", "#N/A", "#NA", "NaN", "nan", "-nan", "NaT", "None", "null",
    "Null", "NULL", "?", "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!",
)  # fmt: skip
# These could be words or marks, so only a column of numbers, dates or booleans has them as missing.
MISSING_AMONG_VALUES = (
    *ALWAYS_MISSING, "-", "--", "---", ".", "..", "...", "–", "—", "n.a.", "N.A.", "na", "none",
    "missing", "#####",
)  # fmt: skip

_NUMBER = re.compile(NUMBER)
_VALUE = re.compile(
    r"""\s*(?:
        [(]?[-+−]?\s*[$€£¥]?\s*[-+−]?(?:\d[\d.,'\u00a0\u202f]*|[.,]\d+)(?:[eE][-+]?\d+)?\s*[%$€£¥]?[)]?
        | \d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T\s].*)?
        | \d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?
    )\s*""",
    re.VERBOSE,
)
_MARKERS = frozenset(MISSING_AMONG_VALUES)


def is_number(cell: str) -> bool:
    """Return whether a cell is a number with a decimal point."""
    return _NUMBER.fullmatch(cell) is not None


def is_value(cell: str) -> bool:
    """Return whether a cell is a number, a date or a time in any usual form.

    Parameters
    ----------
    cell : str
        Blanks around it do not count.

    Returns
    -------
    bool
    """
    return _VALUE.fullmatch(cell) is not None


def is_word(cell: str) -> bool:
    """Return whether a cell is neither a value nor missing."""
    return cell.strip() not in _MARKERS and not is_value(cell)
