"""Columns that are known for the first rows only."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from isthmus.runs._leading_cells import LeadingCells


def test_other_cells_are_missing_and_all_blocks_have_one_type():
    column = LeadingCells(np.array([1.5, None, 2.0], dtype=object), 8)
    assert len(column) == 8
    assert [column[k] for k in (0, 1, 7)] == [1.5, None, None]
    parts = [column.slice(start, 2) for start in range(0, 8, 2)]
    assert pa.concat_arrays(parts).to_pylist() == [1.5, None, 2.0, *[None] * 5]
    assert {part.type for part in parts} == {pa.float64()}
    assert len(column.slice(7, 5)) == 1
