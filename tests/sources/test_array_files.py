"""Arrays in MATLAB and HDF5 files."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.io
import scipy.sparse

from isthmus.errors import DataError, MissingExtraError
from isthmus.sources import _hdf5_files, read_source

X = np.arange(24.0).reshape(8, 3)


def test_a_matlab_file_has_rows_and_labels(tmp_path):
    scipy.io.savemat(tmp_path / "rows.mat", {"X": X, "y": np.arange(8).reshape(-1, 1) % 2})
    data = read_source(tmp_path / "rows.mat")
    np.testing.assert_array_equal(data.X, X)
    assert (data.y.tolist(), data.label_name) == ([0, 1] * 4, "y")


def test_a_variable_of_a_matlab_file_is_named_and_may_be_sparse(tmp_path):
    variables = {"a": X, "b": scipy.sparse.csc_array(X), "c": "text"}
    scipy.io.savemat(tmp_path / "rows.mat", variables)
    np.testing.assert_array_equal(read_source(tmp_path / "rows.mat", key="b").X, X)
    with pytest.raises(DataError, match=r"Got several \(`a`, `b`\). Name it with `key` \(--key\)"):
        read_source(tmp_path / "rows.mat")


def test_a_truncated_matlab_file_is_named(tmp_path):
    scipy.io.savemat(tmp_path / "rows.mat", {"X": X})
    content = (tmp_path / "rows.mat").read_bytes()
    for size in (0, 60, 200):
        (tmp_path / "rows.mat").write_bytes(content[:size])
        with pytest.raises(
            DataError, match=r"rows.mat` (cannot be read as a MATLAB|must have one)"
        ):
            read_source(tmp_path / "rows.mat")


@pytest.mark.parametrize("ending", [".h5", ".hdf5"])
def test_a_data_set_of_an_hdf5_file_is_rows(tmp_path, ending):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / f"rows{ending}", "w") as file:
        file["group/rows"] = X
        file["labels"] = np.arange(8) % 2
    data = read_source(tmp_path / f"rows{ending}", label="labels")
    np.testing.assert_array_equal(data.X, X)
    assert data.y.tolist() == [0, 1] * 4
    assert data.notes == ("Rows are read from array `group/rows`.",)


def test_a_matlab_file_of_version_73_is_turned(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "rows.mat", "w", userblock_size=512) as file:
        file["X"] = X.T
    np.testing.assert_array_equal(read_source(tmp_path / "rows.mat").X, X)


def test_hdf5_without_its_extra_names_the_command(tmp_path, monkeypatch):
    def missing(module, extra):
        raise MissingExtraError(f"{module} is not installed. Run `pip install 'isthmus[{extra}]'`.")

    monkeypatch.setattr(_hdf5_files, "imported", missing)
    (tmp_path / "rows.h5").write_bytes(b"")
    with pytest.raises(MissingExtraError, match=r"pip install 'isthmus\[hdf5\]'"):
        read_source(tmp_path / "rows.h5")


def test_other_content_in_an_hdf5_file_is_named(tmp_path):
    pytest.importorskip("h5py")
    (tmp_path / "rows.h5").write_bytes(b"no such format")
    with pytest.raises(DataError, match=r"rows.h5` cannot be read as HDF5"):
        read_source(tmp_path / "rows.h5")
