"""Columns of strings as dates and times, in the forms that people write."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from ._number_columns import first_values

__all__ = ["Dates", "begins_with_date", "first_unlike_dates", "to_dates"]

_TIME = (
    r"(?:(?:[T,]|\s)\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})"
    r"(?::(?P<second>\d{2})(?P<fraction>\.\d{1,9})?)?\s*(?P<half>[AaPp])?\.?(?:[Mm]\.?)?"
    r"\s*(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAME = r"(?P<month>[A-Za-z]{3})[a-z]*\.?"
_YEAR = r"(?P<year>\d{4})"
# Two digits are a year only where day and month have two as well: 1.2.10 is a version.
_BY_SIGN = (
    r"(?P<{a}>\d{{1,2}}){s}(?P<{b}>\d{{1,2}}){s}(?P<year>\d{{4}})",
    r"(?P<{a}>\d{{2}}){s}(?P<{b}>\d{{2}}){s}(?P<year>\d{{2}})",
)
_ISO = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?"
_BLOCK = 1000  # rows that are compared at once
_SAMPLE = 100  # rows that tell the form of most
_HOURS_ONLY = r"^\d{1,2}:\d{2}(:\d{2}(\.\d{1,9})?)?$"


class Dates(NamedTuple):
    """Dates or times of a column.

    Attributes
    ----------
    column : pyarrow.ChunkedArray
        date32, timestamp (without a zone; UTC if there was one) or time64.
    is_ambiguous : bool
        Whether day and month could be the other way round.
    form : str, default=""
        "iso", "hours", or a regular expression of the form.
    """

    column: Any
    is_ambiguous: bool
    form: str = ""


def begins_with_date(text: Any) -> bool:
    """Return whether the first value of a column of trimmed strings is a date in ISO 8601."""
    return re.fullmatch(_ISO, first_values(text, 1)[0].as_py()) is not None


def to_dates(text: Any, known: str | None = None) -> Dates | None:
    """Return a column of trimmed strings as dates or times, or None if not all have one form.

    Parameters
    ----------
    text : pyarrow.ChunkedArray
        Strings; null for missing values. At least one value.
    known : str, default=None
        Form of other cells of this column, which is tried first.
    """
    if known not in (None, "iso", "hours") and (column := _in_form(text, known)) is not None:
        return Dates(column, is_ambiguous=False, form=str(known))
    first = first_values(text, 1)[0].as_py()
    if not re.search(r"\d", first):
        return None
    if re.match(_HOURS_ONLY, first):
        column = _hours(text)
        return None if column is None else Dates(column, is_ambiguous=False, form="hours")
    if re.fullmatch(_ISO, first) and (column := _iso(text)) is not None:
        return Dates(column, is_ambiguous=False, form="iso")
    for form in _forms(first):
        column = _in_form(text, form)
        if column is None:
            continue
        other = _swapped(form)
        is_ambiguous = other != form and _in_form(text, other) is not None
        return Dates(column, is_ambiguous, form)
    return None


def first_unlike_dates(values: Any) -> int | None:
    """Return the row of the first value that does not have the form of most dates.

    Parameters
    ----------
    values : pyarrow.ChunkedArray
        Trimmed strings; null for missing values. At least one value.

    Returns
    -------
    int or None
        From 0; None if all are such dates, or the first value is like no date.
    """
    first = first_values(values, 1)[0].as_py()
    if re.match(_HOURS_ONLY, first):
        reads = [_hours]
    else:
        reads = [_iso] if re.fullmatch(_ISO, first) else []
        reads += [functools.partial(_in_form, form=form) for form in _forms(first)]
    sample = [pa.chunked_array([[v]]) for v in first_values(values, _SAMPLE).to_pylist()]
    fits = [sum(read(value) is not None for value in sample) for read in reads]
    if not reads or not max(fits):
        return None
    read = reads[fits.index(max(fits))]
    for start in range(0, len(values), _BLOCK):
        stop = min(start + _BLOCK, len(values))
        if _all_fit(read, values[start:stop]):
            continue
        while stop - start > 1:
            middle = (start + stop) // 2
            left = _all_fit(read, values[start:middle])
            start, stop = (middle, stop) if left else (start, middle)
        return start
    return None


def _all_fit(read: Callable[[Any], Any], values: Any) -> bool:
    return values.null_count == len(values) or read(values) is not None


def _iso(text: Any) -> Any:
    """Return dates in ISO 8601, read by pyarrow, or None."""
    try:
        moments = text.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return None
    has_time = pc.any(pc.match_substring(text, ":")).as_py()
    return moments if has_time else moments.cast(pa.date32())


def _forms(first: str) -> list[str]:
    """Return the forms that the first value has, day first before month first."""
    forms = [
        rf"{_YEAR}(?P<sign>[-/.])(?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}})",
        rf"(?P<day>\d{{1,2}})[-\s]{_MONTH_NAME}[-\s,]+{_YEAR}",
        rf"(?P<day>\d{{1,2}})[-\s]{_MONTH_NAME}[-\s](?P<year>\d{{2}})",
        rf"{_MONTH_NAME}\s+(?P<day>\d{{1,2}}),?\s+{_YEAR}",
        r"(?P<year>\d{4})-(?P<month>\d{2})",
    ]
    for sign in ("/", r"\.", "-"):
        for pattern in _BY_SIGN:
            if sign == "-" and pattern is _BY_SIGN[1]:
                continue
            forms.append(pattern.format(a="day", b="month", s=sign))
            if sign != r"\.":
                forms.append(pattern.format(a="month", b="day", s=sign))
    return [form for form in forms if re.fullmatch(form + _TIME, first)]


def _swapped(form: str) -> str:
    if form.startswith("(?P<day>") and "A-Za-z" not in form and r"\." not in form:
        return form.replace("<day>", "<x>").replace("<month>", "<day>").replace("<x>", "<month>")
    return form


def _in_form(text: Any, form: str | None) -> Any:
    fields = pc.extract_regex(text, f"^{form}{_TIME}$")
    if fields.null_count > text.null_count:
        return None
    names = [field.name for field in fields.type]
    part = {name: pc.struct_field(fields, name) for name in names}
    try:
        return _assembled(part)
    except pa.ArrowInvalid:  # no such day
        return None


def _assembled(part: dict[str, Any]) -> Any:
    month = part["month"]
    if pc.any(pc.match_substring_regex(month, "[A-Za-z]")).as_py():
        month = _month_numbers(month)
    day = part.get("day")
    day = pc.if_else(pc.is_valid(month), "01", None) if day is None else _two_digits(day)
    date = pc.binary_join_element_wise(_four_digits(part["year"]), _two_digits(month), day, "-")
    if not pc.any(pc.not_equal(part["hour"], "")).as_py():
        return date.cast(pa.timestamp("s")).cast(pa.date32())
    hour = pc.if_else(pc.equal(part["hour"], ""), "00", part["hour"])
    moment = pc.binary_join_element_wise(
        date,
        pc.binary_join_element_wise(
            _of_24(hour, part["half"]), _or_zero(part["minute"]), _or_zero(part["second"]), ":"
        ),
        " ",
    )
    moment = pc.binary_join_element_wise(moment, part["fraction"], "")
    unit = "ns" if pc.max(pc.utf8_length(part["fraction"])).as_py() > 7 else "us"
    zone = part["zone"]
    if pc.any(pc.not_equal(zone, "")).as_py():
        zone = pc.if_else(pc.is_in(zone, value_set=pa.array(["UTC", ""])), "Z", zone)
        moment = pc.binary_join_element_wise(moment, zone, "")
        return moment.cast(pa.timestamp(unit, "UTC")).cast(pa.timestamp(unit))
    return moment.cast(pa.timestamp(unit))


def _month_numbers(month: Any) -> Any:
    number = pc.index_in(
        pc.utf8_lower(pc.utf8_slice_codeunits(month, 0, 3)), value_set=pa.array(_MONTHS)
    )
    if pc.sum(pc.is_null(number)).as_py() > pc.sum(pc.is_null(month)).as_py():
        raise pa.ArrowInvalid("no such month")
    return pc.add(number, 1).cast(pa.string())


def _four_digits(year: Any) -> Any:
    if pc.any(pc.greater(pc.utf8_length(year), 2)).as_py():
        return year
    century = pc.if_else(pc.less(year.cast(pa.int64()), 69), "20", "19")
    return pc.binary_join_element_wise(century, year, "")


def _two_digits(number: Any) -> Any:
    return pc.utf8_lpad(number, 2, "0")


def _or_zero(number: Any) -> Any:
    return pc.if_else(pc.equal(number, ""), "00", number)


def _of_24(hour: Any, half: Any) -> Any:
    """Return hours from 0 to 23."""
    half = pc.utf8_lower(half)
    if not pc.any(pc.not_equal(half, "")).as_py():
        return _two_digits(hour)
    number = hour.cast(pa.int64())
    if pc.any(pc.and_(pc.not_equal(half, ""), pc.greater(number, 12))).as_py():
        raise pa.ArrowInvalid("no such hour")
    of_12 = pc.if_else(pc.equal(number, 12), 0, number)
    late = pc.if_else(pc.equal(half, "p"), pc.add(of_12, 12), of_12)
    return _two_digits(pc.if_else(pc.equal(half, ""), number, late).cast(pa.string()))


def _hours(text: Any) -> Any:
    if not pc.all(pc.match_substring_regex(text, _HOURS_ONLY)).as_py():
        return None
    padded = pc.replace_substring_regex(text, r"^(\d):", r"0\1:")
    try:
        moments = pc.binary_join_element_wise("1970-01-01", padded, " ").cast(pa.timestamp("us"))
    except pa.ArrowInvalid:  # a duration of more than a day
        return None
    return moments.cast(pa.time64("us"))
