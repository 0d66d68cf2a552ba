"""Plan of a table's columns: which kind each is, and what becomes of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .._translation import Message, gettext_noop
from ..errors import DataError, UsageError, did_you_mean
from ..sources import column_hint, columns_like, is_column_pattern, table_numbers
from ._level_orders import levels_in_order
from ._list_columns import is_list, list_length
from ._text_dates import is_text, text_dates

__all__ = [
    "COLUMN_KINDS",
    "LARGEST_EXACT",
    "MOST_LEVELS",
    "ColumnPlan",
    "as_strings",
    "is_plain_numbers",
    "loses_digits",
    "plan_columns",
]

# Kinds that a user can choose, with what the column becomes.
COLUMN_KINDS = {
    "numeric": gettext_noop("a number"),
    "categorical": gettext_noop("one-hot columns"),
    "ordinal": gettext_noop("a number, in the order of its levels"),
    "date": gettext_noop("a number, and cycles of day, week and year"),
    "hashed": gettext_noop("32 numbers, hashed from its character n-grams"),
    "text": gettext_noop("tf-idf of its words"),
    "list": gettext_noop("a number for each element"),
    "id": gettext_noop("left out"),
}
_LEFT_OUT = ("id", "empty", "constant", "unused")

MOST_LEVELS = 40  # of a one-hot column; rarer levels are pooled
_POOLED_AT_MOST = 0.1  # share of the rows that pooling may put into one level
LARGEST_EXACT = 2**53  # whole numbers up to here are floats without loss
_FEWEST_ORDERED = 3  # levels; an order of two is one number in any case
_MOST_SHOWN = 7  # levels in a note
_FEWEST_FOR_IDS = 5  # rows; a shorter counter can be chance
_WORDS_OF_A_TEXT = 3.0  # mean number of words per cell, from which distinct texts are prose
_ROW_INDEX = re.compile(r"unnamed_1|Unnamed: 0|__index_level_.*")  # of a data frame
_ID_NAME = re.compile(r"(^|.*[_\W])(?i:id|ids|uuid|guid|index)$|.*[a-z](ID|Id)$")


@dataclass(frozen=True)
class ColumnPlan:
    """What becomes of one column.

    Attributes
    ----------
    name : str
        Name in the table.
    kind : str
        A key of ``COLUMN_KINDS``, or "empty", "constant" or "unused" (not chosen by the user).
    type : str
        Arrow type in the training table.
    n_missing : int
        Number of missing cells in the training table.
    note : str, default=""
        Why it is left out, or what was assumed.
    """

    name: str
    kind: str
    type: str
    n_missing: int
    note: str = ""

    @property
    def is_used(self) -> bool:
        """Whether the model sees the column."""
        return self.kind not in _LEFT_OUT

    @property
    def becomes(self) -> str:
        """What the column becomes, as a message."""
        return Message(COLUMN_KINDS[self.kind if self.is_used else "id"])

    @property
    def is_plain(self) -> bool:
        """Whether it is a number, without missing cells, and there is nothing to say of it."""
        return self.kind == "numeric" and not self.n_missing and not self.note

    def as_dict(self) -> dict[str, Any]:
        """Return the plan in JSON types.

        Returns
        -------
        dict
        """
        return {**asdict(self), "note": str(self.note)}


def is_plain_numbers(plans: Sequence[ColumnPlan]) -> bool:
    """Return whether all used columns are numbers.

    Parameters
    ----------
    plans : sequence of ColumnPlan
        Plans of a table.

    Returns
    -------
    bool
    """
    return all(plan.kind == "numeric" for plan in plans if plan.is_used)


def plan_columns(
    table: pa.Table,
    *,
    kinds: Mapping[str, str] | None = None,
    columns: Sequence[str] | None = None,
    exclude: Sequence[str] | None = None,
    ids: Sequence[str] | None = None,
    find_ids: bool = True,
) -> tuple[ColumnPlan, ...]:
    """Decide the kind of each column of a training table.

    Numbers and booleans are numeric, dates and times dates. A column of texts is ordinal if its
    levels have an obvious order, such as "low", "medium", "high", or an order of their own (an
    ordered dictionary). It is categorical if it has at most 40 different values, or if the 39 most
    frequent ones cover 90 % of its cells; text if its cells are mostly different and hold three
    words or more on average; an id if they are all different; and hashed otherwise. A whole-number
    column that counts up by one, or has only different values and the name of an id, is an id.

    Parameters
    ----------
    table : pyarrow.Table
        Training rows.
    kinds : mapping of str to str, default=None
        Kinds chosen by the user, by column name or pattern such as ``"zip*"``.
    columns : sequence of str, default=None
        Names or patterns of the columns to use; None uses all.
    exclude : sequence of str, default=None
        Names or patterns of columns to leave out.
    ids : sequence of str, default=None
        Names of columns that identify rows; None finds them.
    find_ids : bool, default=True
        Whether to look for ids among the columns that the user did not name.

    Returns
    -------
    tuple of ColumnPlan
        In the order of the table.

    Raises
    ------
    UsageError
        If a name or pattern matches no column, a kind is unknown, or a column that is to be
        ordinal has levels of unknown order.
    DataError
        If no column is left to train on.
    """
    names = table.column_names
    chosen: dict[str, str] = {}
    for pattern, kind in (kinds or {}).items():
        if kind not in COLUMN_KINDS:
            raise UsageError(
                f"The kind of a column must be one of {', '.join(COLUMN_KINDS)}. Got {kind!r} for "
                f"`{pattern}`." + did_you_mean(kind, COLUMN_KINDS)
            )
        chosen |= dict.fromkeys(_matching([pattern], names, "kinds"), kind)
    used = names if columns is None else _matching(columns, names, "columns")
    unused = set(names) - set(used) | set(_matching(exclude or (), names, "exclude"))
    chosen |= dict.fromkeys(_matching(ids or (), names, "id"), "id")
    plans = []
    for name, column in zip(names, table.columns, strict=True):
        kind, note = _kind_of(
            name,
            column,
            chosen.get(name),
            is_unused=name in unused,
            finds_ids=find_ids and columns is None,
        )
        n_missing = column.null_count + _count_nan(column)
        plans.append(ColumnPlan(name, kind, str(column.type), n_missing, note))
    if not any(plan.is_used for plan in plans):
        if not table.num_rows:
            raise DataError("The table has no rows to train on.")
        reasons = "; ".join(f"`{p.name}`: {p.note or p.kind}" for p in plans[:5])
        raise DataError(f"The table has no column to train on. {reasons}. {_advice(plans)}")
    return tuple(plans)


def _advice(plans: Sequence[ColumnPlan]) -> str:
    """Return what to do about a table without a column to train on."""
    ids = [plan for plan in plans if plan.kind == "id"]
    if not ids:
        return "Check that the right columns and rows were read."
    kind = "hashed" if "string" in ids[0].type else "numeric"
    return f"To use one, choose its kind with `kinds`, such as `--kinds '{ids[0].name}={kind}'`."


def _matching(patterns: Sequence[str], names: Sequence[str], option: str) -> list[str]:
    """Return the names that match patterns, in the order of the patterns, each once."""
    found: dict[str, None] = {}
    for pattern in patterns:
        own = columns_like(pattern, names)
        if not own:
            lacks = "that matches " if is_column_pattern(pattern) else ""
            raise UsageError(
                f"`{option}` must name columns of the table. It has no column {lacks}`{pattern}`."
                + column_hint(pattern, names)
            )
        found |= dict.fromkeys(own)
    return list(found)


def _kind_of(
    name: str, column: Any, chosen: str | None, *, is_unused: bool, finds_ids: bool
) -> tuple[str, str]:
    """Return the kind of a column, and a note."""
    if chosen == "id":
        return "id", Message("identifies rows")
    if is_unused:
        return "unused", Message("not used")
    if column.null_count == len(column):
        return "empty", Message("all cells are missing")
    if is_list(column.type):
        return _kind_of_lists(name, column, chosen)
    if chosen is not None:
        return chosen, _chosen_note(name, column, chosen)
    kind = column.type
    if pa.types.is_temporal(kind):
        return _varying("date", column)
    if _is_number(kind):
        if finds_ids and _is_counter(name, column):
            return "id", Message("looks like an id")
        return _kind_of_numbers(column, finds_ids=finds_ids)
    if is_text(kind) and (dated := _kind_of_dates(column)):
        return dated
    if pa.types.is_dictionary(kind) or _is_string(kind):
        return _kind_of_strings(name, column, as_strings(column), finds_ids=finds_ids)
    return "unused", Message("columns of type {type} are not supported", type=str(kind))


def _kind_of_lists(name: str, column: Any, chosen: str | None) -> tuple[str, str]:
    if chosen not in (None, "list"):
        raise UsageError(f"Column `{name}` holds lists, so its kind is 'list'. Got {chosen!r}.")
    length = list_length(column)
    if length is None:
        return "unused", Message("not lists of equally many numbers")
    return "list", Message.plural("lists of {n} number", "lists of {n} numbers", length)


def _kind_of_numbers(column: Any, *, finds_ids: bool) -> tuple[str, str]:
    """Return the kind of a column of numbers: an id if they are too long to be quantities."""
    if not loses_digits(column):
        return "numeric", ""
    n_values = len(column) - column.null_count
    is_unique = n_values >= _FEWEST_FOR_IDS and pc.count_distinct(column).as_py() == len(column)
    if finds_ids and is_unique:
        return "id", Message("whole numbers beyond 2^53, all different")
    return "numeric", Message("digits beyond 2^53 are lost")


def loses_digits(column: Any) -> bool:
    """Return whether a column has whole numbers that a float cannot hold.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        Any type.

    Returns
    -------
    bool
    """
    if str(column.type) not in ("int64", "uint64"):
        return False
    bounds = pc.min_max(column).as_py()
    return any(bound is not None and abs(bound) > LARGEST_EXACT for bound in bounds.values())


def _chosen_note(name: str, column: Any, kind: str) -> str:
    """Return the note of a kind that the user chose."""
    if kind == "list":
        raise UsageError(f"Column `{name}` cannot be 'list': it holds {column.type}, not lists.")
    if kind == "numeric" and _is_string(column.type):
        table_numbers(Path("X"), pa.table({name: column}))  # raises the error of other texts
    if kind == "ordinal":
        order = levels_in_order(name, column, as_strings(column))
        if order is None:
            raise UsageError(
                f"Column `{name}` cannot be 'ordinal': the order of its levels is not known. "
                "Use 'categorical', or a pandas Categorical with `ordered=True`."
            )
        return Message("chosen; {remark}", remark=_order_note(order))
    if kind == "categorical":
        counts = pc.value_counts(as_strings(column).drop_null())
        if len(counts) > MOST_LEVELS:
            return Message("chosen; {remark}", remark=_pooled_note(len(counts)))
    return Message("chosen")


def _order_note(order: Sequence[str]) -> str:
    shown = order if len(order) <= _MOST_SHOWN else (*order[:2], "...", order[-1])
    return Message("order: {levels}", levels=" < ".join(shown))


def _pooled_note(n_levels: int) -> str:
    rare = n_levels - MOST_LEVELS + 1
    return Message.plural("{n:,} rare level is pooled", "{n:,} rare levels are pooled", rare)


def _kind_of_dates(column: Any) -> tuple[str, str] | None:
    """Return the kind of texts that are all dates: files that declare types have such columns."""
    _, form, is_ambiguous = text_dates(column)
    if not form:
        return None
    kind, note = _varying("date", column)
    return kind, note or (Message("read with the day before the month") if is_ambiguous else "")


def _varying(kind: str, column: Any) -> tuple[str, str]:
    if pc.count_distinct(column).as_py() == 1:
        return "constant", Message("has only one value")
    return kind, ""


def _kind_of_strings(name: str, column: Any, strings: Any, *, finds_ids: bool) -> tuple[str, str]:
    counts = pc.value_counts(strings.drop_null())
    n_values, n_levels = len(strings) - strings.null_count, len(counts)
    if n_levels == 1:
        return "constant", Message("has only one value")
    if n_levels <= MOST_LEVELS and (n_levels < n_values or n_values < _FEWEST_FOR_IDS):
        order = levels_in_order(name, column, strings) if n_levels >= _FEWEST_ORDERED else None
        return ("categorical", "") if order is None else ("ordinal", _order_note(order))
    n_words = pc.mean(pc.add(pc.count_substring_regex(strings, r"\s+"), 1)).as_py()
    if n_words >= _WORDS_OF_A_TEXT and n_levels > n_values / 2:
        return "text", ""
    if n_levels == n_values:
        return ("id", Message("all values are different")) if finds_ids else ("hashed", "")
    if n_levels <= MOST_LEVELS:
        return "categorical", ""
    frequent = sorted(pc.struct_field(counts, "counts").to_pylist(), reverse=True)
    if sum(frequent[: MOST_LEVELS - 1]) >= (1 - _POOLED_AT_MOST) * n_values:
        return "categorical", _pooled_note(n_levels)
    return "hashed", Message("{n:,} different values", n=n_levels)


def _is_counter(name: str, column: Any) -> bool:
    """Return whether whole numbers count rows, or are all different and called an id."""
    if not pa.types.is_integer(column.type) or column.null_count:
        return False
    values = column.to_numpy()
    counts = bool((values[1:] - values[:-1] == 1).all())
    if counts and _ROW_INDEX.fullmatch(name):
        return len(values) > 1 and values[0] in (0, 1)
    if len(column) < _FEWEST_FOR_IDS:
        return False
    if counts:
        return True
    return bool(_ID_NAME.match(name)) and pc.count_distinct(column).as_py() == len(column)


def _count_nan(column: Any) -> int:
    if not pa.types.is_floating(column.type):
        return 0
    return int(pc.sum(pc.is_nan(column)).as_py() or 0)


def _is_number(kind: Any) -> bool:
    tests = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_decimal)
    return any(test(kind) for test in tests)


def _is_string(kind: Any) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or str(kind) == "string_view"


def as_strings(column: Any) -> Any:
    """Return a column as strings; whole numbers without a decimal point, blanks stripped.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        Of any type that has a text form.

    Returns
    -------
    pyarrow.ChunkedArray
        Of strings, null where the cell is missing or empty.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), None, column)
        present = column.drop_null()
        if pc.all(pc.equal(present, pc.floor(present))).as_py() is not False:
            column = column.cast(pa.int64())
    strings = pc.utf8_trim_whitespace(column.cast(pa.string()))
    return pc.if_else(pc.equal(strings, ""), None, strings)
