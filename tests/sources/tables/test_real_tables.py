"""Tables as people have published them."""

from __future__ import annotations

from collections import Counter

import pytest

from isthmus.sources.tables import read_arrow

# Rows, columns of each type, and missing cells.
EXPECTED = {
    "clustergram_mtcars.tsv": (32, {"string": 1, "double": 5, "int64": 6}, 0),
    "hofstede-cultural-dimensions.csv": (111, {"string": 2, "int64": 6}, 161),
    "jb_adult-test.csv": (16281, {"string": 9, "int64": 6}, 2203),
    "krumsiek11.txt": (640, {"int64": 1, "double": 11}, 0),
    "laucnty16.csv": (3219, {"string": 4, "int64": 4, "double": 1}, 0),
    "penguins.csv": (344, {"string": 3, "double": 2, "int64": 2}, 19),
    "telco-customer-churn-by-IBM.csv": (7043, {"string": 17, "int64": 2, "double": 2}, 11),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_published_table_has_the_types_of_its_columns(mixed_dir, name):
    table = read_arrow(mixed_dir / name).table
    kinds = Counter(str(column.type) for column in table.columns)
    n_missing = sum(column.null_count for column in table.columns)
    assert (table.num_rows, dict(kinds), n_missing) == EXPECTED[name]
