"""Orders of levels that their names make obvious, such as "low", "medium", "high"."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["known_order", "levels_in_order"]

# Each scale from low to high; names of one rank are synonyms, which one column must not mix.
_SCALES = (
    "none, very low|lowest, low, medium|mid|middle|moderate|average|normal, high, "
    "very high|highest",
    "tiny|very small|extra small, small, medium|mid|middle, large|big, huge|very large|extra large",
    "xxxs|3xs, xxs|2xs, xs, s, m, l, xl, xxl|2xl, xxxl|3xl, xxxxl|4xl, xxxxxl|5xl",
    "never|no, almost never|hardly ever|very rarely, rarely|seldom, sometimes|occasionally, "
    "often|frequently|usually, very often|almost always, always",
    "strongly disagree, disagree, somewhat disagree|slightly disagree, "
    "neutral|undecided|neither agree nor disagree|neither, somewhat agree|slightly agree, agree, "
    "strongly agree",
    "very dissatisfied|very unsatisfied, dissatisfied|unsatisfied, "
    "somewhat dissatisfied|slightly dissatisfied, neutral|neither satisfied nor dissatisfied, "
    "somewhat satisfied|slightly satisfied, satisfied, very satisfied",
    "very unlikely, unlikely, neutral|possible, likely, very likely",
    "terrible|very poor|very bad, poor|bad, fair|average|acceptable|ok|okay, good, very good, "
    "excellent|outstanding",
    "fair, good, very good, premium, ideal",
    "po, fa, ta, gd, ex",
    "none, minimal, mild|minor, moderate, severe|major, critical|very severe",
    "short, medium|average, long|tall",
    "light, medium|moderate, heavy",
    "slow, medium|moderate, fast",
    "freezing, cold, cool, mild, warm, hot",
    "beginner|novice, intermediate, advanced, expert",
    "intern, junior, mid|middle|intermediate, senior, lead|principal",
    "bronze, silver, gold, platinum, diamond",
    "primary, secondary, tertiary",
    "first, second, third, fourth, fifth, sixth, seventh, eighth, ninth, tenth",
    "极低|很低|非常低, 低|较低, 中|中等|一般, 高|较高, 极高|很高|非常高",
    "很小|特小, 小, 中|中等, 大, 很大|特大",
    "从不|从未, 很少, 有时|偶尔, 经常|通常, 总是|一直",
    "非常不同意|强烈反对, 不同意|反对, 中立|一般|不确定, 同意|赞成, 非常同意|强烈赞成",
    "非常不满意|很不满意, 不满意, 一般|中立, 满意, 非常满意|很满意",
    "很差|极差, 差|较差, 中|一般|中等, 良|良好|好, 优|优秀|很好",
)
_RANKS = [
    {name: rank for rank, names in enumerate(scale.split(", ")) for name in names.split("|")}
    for scale in _SCALES
]
_GRADES = {
    f"{letter}{sign}": 3 * rank + place
    for rank, letter in enumerate("gfedcba")
    for place, sign in enumerate(("-", "", "+"))
}
_OF_GRADES = re.compile(r"(?:.*[\W_])?grades?(?:[\W_].*)?", re.IGNORECASE)
_POSITION = re.compile(r"(\d+)(st|nd|rd|th)((?: [a-z]+)?)")
_AMOUNT = r"[$€£¥]?\s*(-?\d[\d,]*(?:\.\d+)?)\s*([km%]?)"
_UNIT = r"\s*(?:years?|yrs?|y|岁)?(?: old)?"
_BAND = re.compile(rf"[\[(]?\s*{_AMOUNT}\s*(?:-|–|—|\bto\b|,\s)\s*{_AMOUNT}\s*[\])]?{_UNIT}")
_BELOW = re.compile(rf"(?:<=?|≤|under|below|less than|up to)\s*{_AMOUNT}{_UNIT}")
_ABOVE = re.compile(rf"(?:>=?|≥|over|above|more than)\s*{_AMOUNT}{_UNIT}")
_AND_MORE = re.compile(
    rf"{_AMOUNT}{_UNIT}\s*(?:\+|(?:and|or|&) (?:over|above|more|older|up))(?:{_UNIT})"
)
_ONE = re.compile(_AMOUNT)
_LARGEST_GAP = 0.05  # of bands that follow each other, as a share of the lower one's end
_FACTORS = {"": 1.0, "%": 1.0, "k": 1e3, "m": 1e6}


def levels_in_order(name: str, column: Any, strings: Any) -> tuple[str, ...] | None:
    """Return the levels of a column from low to high, or None if their order is not known.

    Parameters
    ----------
    name : str
        Name of the column.
    column : pyarrow.ChunkedArray
        An ordered dictionary (a pandas ``Categorical`` with ``ordered=True``), numbers or texts.
    strings : pyarrow.ChunkedArray
        The same cells as strings, null where missing.

    Returns
    -------
    tuple of str or None
        Only levels that some cell has.
    """
    present = pc.unique(strings.drop_null()).to_pylist()
    kind = column.type
    if pa.types.is_dictionary(kind) and kind.ordered:
        chunks = column.unify_dictionaries().chunks
        given = [str(level).strip() for level in chunks[0].dictionary.to_pylist()] if chunks else []
        return tuple(level for level in given if level in set(present))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return tuple(sorted(present, key=float))
    return known_order(present, name)


def known_order(levels: Sequence[str], column: str = "") -> tuple[str, ...] | None:
    """Return levels from low to high if their names leave no doubt of the order.

    Known are common scales (amounts, sizes, frequencies, agreement, quality and others), clothing
    sizes, "1st" to "nth", bands of numbers that do not overlap ("18-24", "65+", "<20"), and in a
    column whose name says so, grades from A to G.

    Parameters
    ----------
    levels : sequence of str
        Different levels, at least two.
    column : str, default=""
        Name of the column.

    Returns
    -------
    tuple of str or None
        None if a level belongs to no scale, or two levels have the same rank.
    """
    plain = [re.sub(r"[\s_]+", " ", level).strip().casefold() for level in levels]
    keys = _ranks(plain, column)
    if keys is None or len(set(keys)) < len(keys):
        return None
    return tuple(level for _, level in sorted(zip(keys, levels, strict=True)))


def _ranks(plain: Sequence[str], column: str) -> Sequence[float] | None:
    """Return the rank of each level in the scale that has all of them, or None."""
    spaced = [level.replace("-", " ") for level in plain]
    for scale in _RANKS:
        if all(level in scale for level in spaced):
            return [scale[level] for level in spaced]
    if _OF_GRADES.fullmatch(column) and all(level in _GRADES for level in plain):
        return [_GRADES[level] for level in plain]
    return _positions(plain) or _band_places(plain)


def _positions(plain: Sequence[str]) -> list[float] | None:
    found = [_POSITION.fullmatch(level) for level in plain]
    if not all(found) or len({match[3] for match in found if match}) > 1:
        return None
    return [float(match[1]) for match in found if match]


def _band_places(plain: Sequence[str]) -> list[int] | None:
    """Return the place of each band if they do not overlap and not all are single numbers.

    There may be gaps, but an open end or two bands that follow each other must tell them from codes
    such as 101-205.
    """
    bands = [_band(level) for level in plain]
    known = sorted(band for band in bands if band is not None)
    if len(known) < len(plain) or all(low == high for low, high in known):
        return None
    pairs = [(high, low) for (_, high), (low, _) in itertools.pairwise(known)]
    is_open = math.isinf(known[0][0]) or math.isinf(known[-1][1])
    if not all(high <= low for high, low in pairs) or not (is_open or any(map(_follows, pairs))):
        return None
    return [known.index(band) for band in bands if band is not None]


def _follows(ends: tuple[float, float]) -> bool:
    """Return whether a band starts where another ends."""
    high, low = ends
    return low <= high + max(1.0, _LARGEST_GAP * abs(high))


def _band(level: str) -> tuple[float, float] | None:
    """Return the lowest and highest number of a band, or None if it is none."""
    if match := _BAND.fullmatch(level):
        low, high = _number(match[1], match[2] or match[4]), _number(match[3], match[4])
        return (low, high) if low < high else None
    if match := _BELOW.fullmatch(level):
        return -math.inf, _number(match[1], match[2])
    if match := _ABOVE.fullmatch(level) or _AND_MORE.fullmatch(level):
        return _number(match[1], match[2]), math.inf
    if match := _ONE.fullmatch(level):
        return (_number(match[1], match[2]),) * 2
    return None


def _number(digits: str, factor: str) -> float:
    return float(digits.replace(",", "")) * _FACTORS[factor]
