"""Columns of strings as numbers, in the forms that people write."""

from __future__ import annotations

from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Numbers", "decimal_commas", "first_values", "plain_numbers", "to_numbers"]

_SIGN = r"[-+]?"
_POWER = r"([eE][-+]?\d+)?"
_POINT = rf"^{_SIGN}(\d+\.?\d*|\.\d+){_POWER}$"
_POINT_OR_NAME = rf"(?i)^{_SIGN}((\d+\.?\d*|\.\d+){_POWER}|inf|infinity|nan)$"
_COMMA = rf"^{_SIGN}(\d+,?\d*|,\d+){_POWER}$"
# Groups of three digits, with at least one sign between them or a decimal sign.
_GROUPED_COMMAS = rf"^{_SIGN}(\d{{1,3}}(,\d{{3}})+|\d+)(\.\d*)?{_POWER}$"
_GROUPED_POINTS = rf"^{_SIGN}(\d{{1,3}}(\.\d{{3}})+|\d+)(,\d*)?{_POWER}$"
_SPACES = r"[ '\x{2019}\x{a0}\x{202f}\x{2009}]"
_GROUPED_BLANKS = rf"^{_SIGN}(\d{{1,3}}({_SPACES}\d{{3}})+|\d+)([.,]\d*)?{_POWER}$"
_ONLY_A_DECIMAL_COMMA = r"^[-+−]?\d*,(\d{1,2}|\d{4,})$|^[-+−]?\d{1,3}(\.\d{3})+,\d+$|^[-+−]?0,\d+$"
_LIKE_NUMBER = r"^[-+−–(]?[^A-Za-z:/]*\d[^-A-DF-Za-df-z:/]*(-?\d+)?$"
_CURRENCIES = ("$", "€", "£", "¥", "₹")
_FIRST = 100  # cells


class Numbers(NamedTuple):
    """Numbers of a column, and what was assumed.

    Attributes
    ----------
    column : pyarrow.ChunkedArray
        int64 if all are whole and not too large, else float64.
    comma : {"", "decimal", "thousands"}
        What its commas were read as, if that is not certain.
    """

    column: Any
    comma: str


def decimal_commas(cells: list[str], delimiter: str) -> bool:
    """Return whether the first cells of a text table suggest decimal commas."""
    if not cells or delimiter == ",":
        return False
    array = pc.utf8_trim_whitespace(pa.array(cells, pa.string()))
    n_commas = pc.sum(pc.match_substring_regex(array, _COMMA_CELL)).as_py()
    n_sure = pc.sum(pc.match_substring_regex(array, _ONLY_A_DECIMAL_COMMA)).as_py()
    is_point = pc.and_(pc.match_substring_regex(array, _POINT), pc.match_substring(array, "."))
    n_points = pc.sum(is_point).as_py()
    return bool(n_sure > n_points or (delimiter == ";" and n_commas > n_points))


_COMMA_CELL = rf"^{_SIGN}\d*,\d+{_POWER}$"


def plain_numbers(cells: Any) -> Any:
    """Return a column as numbers if all cells are plain numbers, else None.

    This is fast: there are no blanks and no missing values to look for.

    Parameters
    ----------
    cells : pyarrow.ChunkedArray
        Strings as they are in the file.
    """
    numbers = _plain(cells)
    if numbers is None or (pa.types.is_integer(numbers.type) and _has_leading_zeros(cells)):
        return None
    has_nan = pa.types.is_floating(numbers.type) and pc.any(pc.is_nan(numbers)).as_py()
    return None if has_nan else numbers


def to_numbers(text: Any, *, decimal_comma: bool) -> Numbers | None:
    """Return a column of trimmed strings as numbers, or None if one of them is no number.

    Parameters
    ----------
    text : pyarrow.ChunkedArray
        Strings; null for missing values. At least one value.
    decimal_comma : bool
        Whether other columns of the table have decimal commas.
    """
    if decimal_comma and _matches(text, _GROUPED_POINTS) and _any(text, r"\.\d{3}"):
        return _grouped(text, decimal_comma=True)  # 1.234 beside 4,49 is a thousand
    plain = _plain(text)
    if plain is not None:
        return Numbers(plain, "") if not _has_leading_zeros(text) else None
    bare = _bare(text) if _matches(first_values(text, _FIRST), _LIKE_NUMBER) else None
    if bare is None:
        return None
    plain = _plain(bare)
    return Numbers(plain, "") if plain is not None else _grouped(bare, decimal_comma=decimal_comma)


def _grouped(text: Any, *, decimal_comma: bool) -> Numbers | None:
    """Read commas or points between thousands, and decimal commas."""
    fits_us, fits_eu = (_matches(text, form) for form in (_GROUPED_COMMAS, _GROUPED_POINTS))
    fits_eu = fits_eu or _matches(text, _COMMA)
    if fits_us and fits_eu:
        is_eu = decimal_comma
    elif fits_us or fits_eu:
        is_eu = fits_eu
    elif _matches(text, _GROUPED_BLANKS):
        text = pc.replace_substring_regex(text, _SPACES, "")
        is_eu = _any(text, ",")
    else:
        return None
    if is_eu:
        text = pc.replace_substring(pc.replace_substring(text, ".", ""), ",", ".")
    else:
        text = pc.replace_substring(text, ",", "")
    column = _plain(text)
    if column is None:
        return None
    return Numbers(column, "decimal" if is_eu else "thousands" if fits_us and fits_eu else "")


def _bare(text: Any) -> Any:
    """Return numbers without currency, percent and accounting signs, or None if these differ."""
    for minus in ("−", "–"):
        text = pc.replace_substring_regex(text, f"^([($€£¥₹]?\\s*){minus}\\s*", r"\1-")
    if _any(text, r"^\(.*\)$"):
        # (12) is a negative number only beside others without parentheses and without a minus.
        if _any(text, "^-") or _matches(text, r"^\("):
            return None
        text = pc.replace_substring_regex(text, r"^\((.*)\)$", r"-\1")
    if _any(text, "%"):
        if not _matches(text, r"%$"):
            return None  # 5 % and 0.05 in one column
        return pc.replace_substring_regex(text, r"\s*%$", "")
    signs = [sign for sign in _CURRENCIES if _any(text, sign, regex=False)]
    if len(signs) > 1:
        return None
    for sign in signs:
        escaped = f"\\{sign}" if sign == "$" else sign
        text = pc.replace_substring_regex(text, rf"^(-?)\s*{escaped}\s*(-?)", r"\1\2")
        text = pc.replace_substring_regex(text, rf"\s*{escaped}$", "")
    return text


def _plain(text: Any) -> Any:
    """Return numbers with a decimal point, or None."""
    # A cast that fails is slow, for it fails anew for each cell: the first cells decide mostly.
    if not _matches(first_values(text, _FIRST), _POINT_OR_NAME):
        return None
    numbers = _cast(text, pa.float64())
    if numbers is None and _any(text, r"^\+"):
        text = pc.replace_substring_regex(text, r"^\+([\d.])", r"\1")
        numbers = _cast(text, pa.float64())
    if numbers is None or not (_are_whole(numbers.slice(0, _FIRST)) and _are_whole(numbers)):
        return numbers
    if _any(text, ".", regex=False):
        return numbers
    whole = _cast(text, pa.int64())
    return numbers if whole is None else whole  # 1e3, or beyond 64 bits


def first_values(cells: Any, n: int) -> Any:
    """Return some of the first cells that are not missing, at most ``n`` and at least one."""
    first = pc.drop_null(cells.slice(0, n))
    return first if len(first) else pc.drop_null(cells).slice(0, n)


def _cast(text: Any, kind: Any) -> Any:
    try:
        return text.cast(kind)
    except pa.ArrowInvalid:
        return None


def _are_whole(numbers: Any) -> bool:
    return pc.all(pc.equal(pc.floor(numbers), numbers)).as_py() is not False


def _has_leading_zeros(cells: Any) -> bool:
    """Return whether one of several digits begins with 0, as in a code."""
    zeros = cells.filter(pc.starts_with(cells, "0"))
    return bool(len(zeros)) and _any(zeros, r"^0\d+$")


def _any(text: Any, pattern: str, *, regex: bool = True) -> bool:
    match = pc.match_substring_regex if regex else pc.match_substring
    return bool(pc.any(match(text, pattern)).as_py())


def _matches(text: Any, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(text, pattern)).as_py())
