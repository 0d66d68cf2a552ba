"""Pictures of pixels that are 0 or 1."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isthmus.errors import UsageError
from isthmus.sources import read_source


@pytest.fixture(name="pictures")
def save_pictures(tmp_path):
    values = np.tile(np.array([0, 50, 100, 200], np.uint8), (4000, 1)).reshape(4000, 2, 2)
    np.save(tmp_path / "pictures.npy", values)
    return tmp_path / "pictures.npy"


def test_a_threshold_is_half_of_the_highest_value(pictures):
    data = read_source(pictures, binarise="threshold")
    assert (data.X.dtype, data.X[0].tolist()) == (np.uint8, [0, 0, 1, 1])
    assert data.notes[-1] == "Pixels are 0 or 1: 1 for values of at least 100."


def test_a_sample_has_the_share_of_each_pixel_as_its_probability(pictures):
    data = read_source(pictures, binarise="sample")
    assert set(np.unique(data.X)) == {0, 1}
    assert data.X.mean(axis=0) == pytest.approx([0, 0.25, 0.5, 1], abs=0.03)
    assert data.X[:, 0].max() == 0 and data.X[:, 3].min() == 1
    assert "drawn once, with the share of 200" in data.notes[-1]


def test_a_sample_is_always_the_same(pictures):
    first, again = (read_source(pictures, binarise="sample").X for _ in range(2))
    assert (first == again).all()
    assert (read_source("digits", binarise="sample").X[0] <= 1).all()


def test_another_word_is_refused(pictures):
    wanted = "`binarise` must be 'sample' or 'threshold'. Got 'treshold'. Did you mean `threshold`?"
    with pytest.raises(UsageError) as caught:
        read_source(pictures, binarise="treshold")
    assert str(caught.value) == wanted


def test_rows_that_are_no_pictures_are_refused(tmp_path):
    np.save(tmp_path / "rows.npy", np.ones((3, 4)))
    with pytest.raises(UsageError, match=r"`binarise` applies to pictures. Got rows: leave"):
        read_source(tmp_path / "rows.npy", binarise="sample")
    pd.DataFrame({"a": [1, 2]}).to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(UsageError, match="does not apply to the table"):
        read_source(tmp_path / "a.csv", binarise="sample")


def test_negative_values_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 2, 2))
    with pytest.raises(UsageError, match=r"values from 0, with some above it. Got -1 to 1"):
        read_source(tmp_path / "a.npy", binarise="sample")
