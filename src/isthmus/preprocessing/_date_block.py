"""Columns of dates and times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..errors import DataError
from ._block import register_block
from ._column_block import ColumnBlock
from ._text_dates import is_text, row_without_date, text_dates

__all__ = ["DATE_CYCLES", "DateBlock"]

_DAY = 86_400.0
_LONGEST = 2.5e17  # microseconds, about the year 9892: beyond it, types of dates overflow
DATE_CYCLES = {"day": _DAY, "week": 7 * _DAY, "year": 365.2425 * _DAY}  # seconds
_STEPS = (86_400_000_000, 60_000_000, 1_000_000)  # microseconds
_FEWEST_PERIODS = 2.0  # that the training rows must span before a cycle can be learned


@register_block("date")
class DateBlock(ColumnBlock):
    """One column of dates or times: seconds since 1970, and sine and cosine of its cycles.

    Cycles are those of the day, the week and the year, if the training rows span at least two of
    them and their values differ within it. Half of the column's variance is that of the number,
    half that of the cycles.

    Parameters
    ----------
    column : str
        Name of the column.
    type : str
        Arrow type of the column in the training table.
    """

    is_restorable: ClassVar[bool] = True
    matrix_dtype: ClassVar[type[np.generic]] = np.float64  # single precision holds days, no seconds
    form: ClassVar[str] = "date"

    def __init__(self, column: str, type: str) -> None:
        super().__init__(column, type)
        self.cycles: tuple[str, ...] = ()
        self.written = ""  # form of dates that are texts
        self.step = 1  # microseconds, of which all values are multiples

    @property
    def matrix_names(self) -> tuple[str, ...]:
        """The column's name, and a sine and a cosine for each cycle."""
        waves = [f"{self.column}_{cycle}_{w}" for cycle in self.cycles for w in ("sin", "cos")]
        return (self.column, *waves)

    def learn_table(self, table: pa.Table) -> None:
        """Choose the cycles; see ``ColumnBlock.learn_table``."""
        if is_text(table.column(0).type):
            self.written = text_dates(table.column(0))[1]
        column = self._dates(table)
        seconds = _seconds(self.column, column)
        seconds = seconds[~np.isnan(seconds)]
        self.step = _step_of(seconds)
        span = float(np.ptp(seconds)) if len(seconds) else 0.0
        self.cycles = tuple(
            name
            for name, period in DATE_CYCLES.items()
            if span >= _FEWEST_PERIODS * period and len(np.unique(seconds % period)) > 1
        )
        if pa.types.is_time(column.type):
            self.cycles = ("day",)

    def read_table(self, table: pa.Table) -> NDArray[Any]:
        """Return seconds, and the waves of the cycles; see ``Block.read_table``."""
        seconds = _seconds(self.column, self._dates(table))
        columns = [seconds]
        for cycle in self.cycles:
            angle = 2 * np.pi * (seconds % DATE_CYCLES[cycle]) / DATE_CYCLES[cycle]
            columns += [np.sin(angle), np.cos(angle)]
        return np.column_stack(columns)

    def _dates(self, table: pa.Table) -> Any:
        """Return the column, as dates if it has dates as texts."""
        column = table.column(0)
        if not is_text(column.type) or column.null_count == len(column):
            return column if not is_text(column.type) else pa.nulls(len(column))
        return text_dates(column, self.written)[0]

    def _scales(self, variances: NDArray[np.float64]) -> NDArray[np.float64]:
        share = np.full(len(variances), 0.5 / max(1, len(variances) - 1))
        share[0] = 0.5 if len(variances) > 1 else 1.0
        scales: NDArray[np.float64] = np.sqrt(np.where(variances > 0, variances / share, 1.0))
        return scales

    def restored(self, values: NDArray[np.float64]) -> Any:
        """Return dates of the training table's type, and as exact; see ``ColumnBlock.restored``."""
        kind = _parsed(self.type)
        seconds = values[:, 0]
        if pa.types.is_time(kind):
            seconds = np.clip(seconds, 0, _DAY - self.step / 1e6)
        missing = np.isnan(seconds)
        ticks = np.clip(np.where(missing, 0.0, seconds) * 1e6, -_LONGEST, _LONGEST)
        steps = np.round(ticks / self.step).astype(np.int64)
        whole = pa.array(steps * self.step, mask=missing)
        if pa.types.is_time(kind):
            return whole.cast(pa.time64("us")).cast(kind, safe=False)
        if pa.types.is_duration(kind):
            return whole.cast(pa.duration("us")).cast(kind, safe=False)
        moments = whole.cast(pa.timestamp("us"))
        if is_text(kind):
            moments = moments.cast(pa.date32() if self.step == _STEPS[0] else _moment(self.step))
        return moments.cast(kind, safe=False)

    def facts(self) -> dict[str, Any]:
        """Return cycles, form and step; see ``Block.facts``."""
        own = {"cycles": list(self.cycles), "written": self.written, "step": self.step}
        return {**super().facts(), **own}

    def _restore(self, facts: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> None:
        super()._restore(facts, tensors)
        self.cycles = tuple(cycle for cycle in facts["cycles"] if DATE_CYCLES[cycle])
        self.written = str(facts.get("written", ""))
        self.step = next(step for step in (*_STEPS, 1) if step == facts.get("step", 1))


def _seconds(name: str, column: Any) -> NDArray[np.float64]:
    """Return a column of dates or times as seconds, NaN where missing."""
    kind = column.type
    if pa.types.is_null(kind):
        return np.full(len(column), np.nan)
    if pa.types.is_time(kind):
        ticks = _microseconds(name, column, pa.time64("us"))
    elif pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        ticks = _microseconds(name, column, pa.timestamp("us", getattr(kind, "tz", None)))
    elif pa.types.is_duration(kind):
        ticks = _microseconds(name, column, pa.duration("us"))
    else:
        row = row_without_date(column)
        got = "text" if is_text(kind) else kind
        raise DataError(
            f"Column `{name}` must contain dates, as in training. Got {got}, such as "
            f"{column[row].as_py()!r} in row {row + 1}: correct these cells, or "
            "leave them empty."
        )
    # Not by Arrow, which refuses whole numbers beyond 2**53, the year 2255.
    whole = np.asarray(ticks.fill_null(0).to_numpy(), dtype=np.float64)
    seconds: NDArray[np.float64] = np.where(pc.is_valid(column).to_numpy(), whole / 1e6, np.nan)
    return seconds


def _step_of(seconds: NDArray[np.float64]) -> int:
    """Return the longest step in microseconds of which all values are multiples."""
    ticks = np.round(seconds * 1e6)
    return next((step for step in _STEPS if len(ticks) and not (ticks % step).any()), 1)


def _moment(step: int) -> Any:
    """Return the type of moments that are written without parts of a second, if they have none."""
    return pa.timestamp("us" if step == 1 else "s")


def _microseconds(name: str, column: Any, kind: Any) -> Any:
    """Return a column as whole microseconds; nanoseconds are cut off."""
    try:
        return column.cast(kind, safe=getattr(column.type, "unit", "") != "ns").cast(pa.int64())
    except pa.ArrowInvalid:
        raise DataError(
            f"Column `{name}` must contain dates and times within 292,000 years of 1970: correct "
            "the others, or leave the column out."
        ) from None


def _parsed(name: str) -> Any:
    """Return an Arrow type from its name."""
    unit, _, zone = name.removesuffix("]").partition(", tz=")
    if zone:
        return pa.timestamp(unit.removeprefix("timestamp["), zone)
    return pa.type_for_alias(name)
