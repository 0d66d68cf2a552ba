"""Whether there is anything to fill is known from the rows alone."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from isthmus.errors import DataError
from isthmus.runs import check_fillable
from isthmus.runs._fillable_rows import is_missing
from isthmus.sources import read_source


def test_rows_without_missing_cells_are_refused(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(DataError, match=r"^rows has no missing cell among `a`, `b`: there is noth"):
        check_fillable(read_source(str(path)))
    path.write_text("a,b\n1,2\n,4\n")
    check_fillable(read_source(str(path)))


def test_pictures_are_refused():
    with pytest.raises(DataError, match=r"Only tables have cells to fill. digits contains pict"):
        check_fillable(read_source("digits"))


@pytest.mark.parametrize("values", [[1.0, None, np.nan], ["a", None, None]])
def test_null_and_nan_are_missing(values):
    assert is_missing(pa.chunked_array([values])).tolist() == [False, True, True]
