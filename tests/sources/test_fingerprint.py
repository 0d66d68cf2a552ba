"""Fingerprints of tables."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from isthmus.sources import fingerprint

MIXED = pa.table({"a": [1, None, 3], "b": ["x", "y", None]})


def test_a_table_of_complete_numbers_has_the_fingerprint_of_its_array() -> None:
    table = pa.table({"a": [1, 2], "b": [0.5, 1.5]})
    assert fingerprint(table) == fingerprint(np.array([[1, 0.5], [2, 1.5]]))


def test_the_fingerprint_does_not_depend_on_blocks_and_slices() -> None:
    cut = pa.concat_tables([MIXED.slice(0, 1), MIXED.slice(1)])
    assert fingerprint(cut) == fingerprint(MIXED)


def test_a_changed_cell_name_or_type_changes_it() -> None:
    others = [
        MIXED.set_column(1, "b", pa.array(["x", "y", "z"])),
        MIXED.rename_columns(["a", "c"]),
        MIXED.set_column(0, "a", MIXED.column("a").cast(pa.float64())),
        MIXED.slice(1),
    ]
    assert len({fingerprint(table) for table in [MIXED, *others]}) == 5
