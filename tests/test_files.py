"""A file is replaced once the new one is complete, and not before."""

from __future__ import annotations

import os

import numpy as np
import pytest

from isthmus._files import replacing, write_text
from isthmus.artifacts import write_artifact


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced_once_the_block_has_succeeded(tmp_path):
    path = tmp_path / "new" / "codes.csv.gz"
    with replacing(path) as temporary:
        assert temporary.suffixes == path.suffixes and temporary.parent != path.parent
        temporary.write_text("a")
        assert not path.exists()
    write_text(path, "größe")
    assert path.read_text(encoding="utf-8") == "größe"
    assert names(path.parent) == ["codes.csv.gz"]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_a_crash_leaves_the_old_file_whole_and_nothing_else(tmp_path, error):
    path = tmp_path / "codes.csv"
    path.write_text("old")

    def half_written():
        with replacing(path) as temporary:
            temporary.write_text("ha")
            raise error

    with pytest.raises(error):
        half_written()
    assert path.read_text() == "old"
    assert names(tmp_path) == ["codes.csv"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_a_new_file_has_the_permissions_of_any_other(tmp_path):
    (tmp_path / "plain").write_text("")
    write_text(tmp_path / "ours", "")
    write_artifact(tmp_path / "model", {}, {"w": np.ones(3)})
    (tmp_path / "folder").mkdir()
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert (tmp_path / "model").stat().st_mode == (tmp_path / "folder").stat().st_mode
    for file in ("model.json", "model.safetensors"):
        assert (tmp_path / "model" / file).stat().st_mode == (tmp_path / "plain").stat().st_mode
