"""Estimators on a selection of a memory map: as on a copy of its rows, for any dtype."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from isthmus import Autoencoder, AutoencoderOutlierDetector, examine_rows
from isthmus._selected_rows import SelectedRows, select_rows
from isthmus.errors import DataError

CHOSEN = np.random.default_rng(1).permutation(300)[:200]


@pytest.fixture(name="mapped", params=["u1", "f4", "f8", "f2", "?", "i2"])
def make_map(request, rng, tmp_path):
    X = np.abs(rng.normal(size=(300, 6)) * 40)
    np.save(tmp_path / "X.npy", X > 27 if request.param == "?" else X.astype(request.param))
    return np.load(tmp_path / "X.npy", mmap_mode="r")


@pytest.mark.parametrize("scaling", ["auto", "standard", "robust"])
def test_a_selection_is_learned_as_its_copy(mapped, scaling):
    part = select_rows(mapped, CHOSEN)
    assert isinstance(part, SelectedRows)
    settings = {"epochs": 2, "scaling": scaling, "random_state": 0, "device": "cpu"}
    ours, theirs = (Autoencoder(2, (4,), **settings).fit(X) for X in (part, np.array(part)))
    assert ours.transform(part).tobytes() == theirs.transform(np.array(part)).tobytes()
    assert ours.n_features_in_ == 6
    assert_allclose(ours.score(part), theirs.score(np.array(part)), rtol=1e-9)
    assert_allclose(ours.reconstruction_error(part), theirs.reconstruction_error(np.array(part)))


def test_a_detector_and_the_doctor_take_a_selection(mapped):
    part = select_rows(mapped, CHOSEN)
    settings = {"n_members": 2, "epochs": 2, "random_state": 0, "device": "cpu"}
    ours, theirs = (AutoencoderOutlierDetector(**settings).fit(X) for X in (part, np.array(part)))
    assert_allclose(ours.score_samples(part), theirs.score_samples(np.array(part)))
    held_out = select_rows(mapped, np.arange(20))
    found = [examine_rows(part, held_out), examine_rows(np.array(part), np.array(held_out))]
    assert found[0] == found[1]


def test_infinite_values_and_other_widths_are_told_as_of_an_array(rng, tmp_path):
    X = rng.normal(size=(50, 4))
    X[7, 2] = np.inf
    np.save(tmp_path / "X.npy", X)
    part = select_rows(np.load(tmp_path / "X.npy", mmap_mode="r"), np.arange(40))
    with pytest.raises(DataError, match=r"Got an infinite value .* column 2"):
        Autoencoder(2, (4,)).fit(part)
    fitted = Autoencoder(2, (4,), epochs=1, random_state=0).fit(rng.normal(size=(50, 3)))
    with pytest.raises(ValueError, match="4 features"):
        fitted.transform(select_rows(np.load(tmp_path / "X.npy", mmap_mode="r"), np.arange(5)))
