"""Windows of a series: rows of consecutive values, with their first and last timestamps."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus.errors import DataError, UsageError
from isthmus.sources import read_source


def csv(folder, n=6, **options):
    path = folder / "t.csv"
    lines = [f"2024-01-0{k + 1},{k},{10 * k}" for k in range(n)]
    path.write_text("\n".join(["day,a,b", *lines]) + "\n")
    return read_source(path, **options)


def test_each_row_holds_the_values_of_consecutive_rows_and_names_their_ends(tmp_path):
    data = csv(tmp_path, columns=["day", "a"], window=3)
    rows = data.X.select(["a+0", "a+1", "a+2"]).to_pandas().to_numpy().tolist()
    assert rows == [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5]]
    assert [str(day) for day in data.X["day"].to_pylist()][:1] == ["2024-01-01"]
    assert [str(day) for day in data.X["day_end"].to_pylist()][:1] == ["2024-01-03"]
    assert data.planning["ids"] == ["day", "day_end"]
    assert data.notes == ("Rows are 4 windows of 3 rows, in the order of the file.",)


def test_a_stride_leaves_windows_out_and_keeps_the_number_of_their_first_row(tmp_path):
    data = csv(tmp_path, window=2, stride=3)
    assert data.X["first_row"].to_pylist() == [0, 3]
    assert data.X["b+1"].to_pylist() == [10, 40]
    assert data.gap == 1
    assert csv(tmp_path, window=4, stride=2).gap == 1


def test_an_id_of_numbers_is_no_series(tmp_path):
    assert "b+0" not in csv(tmp_path, window=2, id=["b"]).X.column_names


def test_arrays_of_one_or_several_series_become_windows(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(5.0))
    assert read_source(tmp_path / "x.npy", window=4).X.tolist() == [[0, 1, 2, 3], [1, 2, 3, 4]]
    np.save(tmp_path / "x.npy", np.arange(6.0).reshape(3, 2))
    assert read_source(tmp_path / "x.npy", window=2).X.tolist() == [[0, 1, 2, 3], [2, 3, 4, 5]]


def test_an_array_of_one_axis_suggests_windows(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(5.0))
    with pytest.raises(DataError, match=r"Got shape \(5,\): for a series, pass `window`"):
        read_source(tmp_path / "x.npy")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"window": 1}, "`window` must be an integer of at least 2. Got 1."),
        ({"window": 2, "stride": 0}, "`stride` must be an integer of at least 1. Got 0."),
        ({"stride": 2}, "`stride` requires `window`, the number of rows of each window."),
        ({"window": 2, "label": "b"}, "`label` and `window` exclude each other. Remove one"),
        ({"window": 2, "text_column": "day"}, "`window` and `text_column` exclude each other"),
    ],
)
def test_windows_that_make_no_sense_are_refused(tmp_path, options, words):
    with pytest.raises(UsageError, match=words):
        csv(tmp_path, **options)


def test_too_few_rows_and_no_numbers_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"at least 7 rows for two windows of 6 rows. Got 6: "):
        csv(tmp_path, window=6)
    with pytest.raises(DataError, match=r"has no column of numbers to make windows of. It has"):
        csv(tmp_path, window=2, columns=["day"])
