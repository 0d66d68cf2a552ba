"""How filled values are written among the cells of a text table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["in_the_style_of"]

_PLAIN = re.compile(r"\s*[-+]?\d+(?:([.,])(\d+))?\s*")
_ELEMENT = re.compile(r"\d+(?:\.(\d*))?([eE][-+]?\d+)?")
_MOST_DECIMALS = 6
_SAMPLE = 1000


def in_the_style_of(cells: pa.ChunkedArray, typed: pa.ChunkedArray, values: pa.Array) -> list[str]:
    """Return values as the column's other cells are written.

    Numbers have as many decimals as the others, and their decimal sign. Where numbers have another
    form, such as with a currency sign, and for dates, the observed cell with the nearest value is
    copied; for all others, an observed cell with the same value. Lists have the separator of the
    first one, and the decimals of its numbers.

    Parameters
    ----------
    cells : pyarrow.ChunkedArray of string
        The column as written.
    typed : pyarrow.ChunkedArray
        The same cells as values, null where missing.
    values : pyarrow.Array
        Values to write, of the same type.

    Returns
    -------
    list of str
    """
    is_observed = pc.is_valid(typed)
    observed, written = typed.filter(is_observed), cells.filter(is_observed).to_pylist()
    kind = typed.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        forms = [_PLAIN.fullmatch(cell) for cell in written[:_SAMPLE]]
        if all(forms):
            return _numbers(values.to_pylist(), forms, whole=pa.types.is_integer(kind))
        return _nearest(_ticks(observed), written, _ticks(values))
    if pa.types.is_temporal(kind):
        return _nearest(_ticks(observed), written, _ticks(values))
    if pa.types.is_list(kind):
        return _lists(values.to_pylist(), written[:_SAMPLE])
    known = dict(zip(observed.to_pylist()[::-1], written[::-1], strict=True))
    return [known.get(value, str(value)) for value in values.to_pylist()]


def _numbers(values: Sequence[float], forms: Sequence[Any], *, whole: bool) -> list[str]:
    if whole:
        return [f"{round(value)}" for value in values]
    signs = {form[1] for form in forms if form[1]}
    decimals = max((len(form[2] or "") for form in forms), default=0)
    texts = [f"{value:.{min(decimals, _MOST_DECIMALS)}f}" for value in values]
    return [text.replace(".", ",") for text in texts] if signs == {","} else texts


def _lists(values: Sequence[Sequence[float]], written: Sequence[str]) -> list[str]:
    sign = next((sign for sign in (", ", ",") if sign in written[0]), " ")
    forms = [form for cell in written for form in _ELEMENT.finditer(cell)]
    decimals = min(max((len(form[1] or "") for form in forms), default=0), _MOST_DECIMALS)
    is_scientific = 2 * sum(form[2] is not None for form in forms) > len(forms)
    style = f".{_MOST_DECIMALS}g" if is_scientific else f".{decimals}f"
    return [f"[{sign.join(format(number, style) for number in value)}]" for value in values]


def _ticks(column: Any) -> np.ndarray:
    """Return numbers or times as numbers whose differences can be compared."""
    kind = column.type
    if pa.types.is_date(kind):
        column = column.cast(pa.timestamp("us"))
    if pa.types.is_temporal(column.type):
        column = column.cast(pa.int64())
    return np.asarray(column.to_pylist(), dtype=np.float64)


def _nearest(observed: np.ndarray, written: Sequence[str], wanted: np.ndarray) -> list[str]:
    order = np.argsort(observed, kind="stable")
    ordered = observed[order]
    above = np.searchsorted(ordered, wanted).clip(0, len(ordered) - 1)
    below = (above - 1).clip(0)
    is_below = np.abs(ordered[below] - wanted) <= np.abs(ordered[above] - wanted)
    return [written[k] for k in order[np.where(is_below, below, above)]]
