"""Names of values by their place."""

from __future__ import annotations

import pytest

from isthmus.runs._place_names import place_names


def test_values_of_pictures_and_maps_are_named_by_their_place_in_the_order_of_rows():
    assert place_names((2, 2), 4) == [
        "row_0_column_0",
        "row_0_column_1",
        "row_1_column_0",
        "row_1_column_1",
    ]
    names = place_names((2, 3, 4), 24)
    assert len(names) == 24
    assert names[1 * 3 * 4 + 2 * 4 + 3] == "row_1_column_2_channel_3"


@pytest.mark.parametrize("shape", [None, (1, 3)])
def test_values_without_a_place_are_numbered(shape):
    assert place_names(shape, 3) == ["column_0", "column_1", "column_2"]
