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


def test_what_a_killed_process_left_is_removed_with_the_next_file(tmp_path):
    for name in ("codes.csv", "other.csv"):
        left = tmp_path / f".{name}.k3j9x2ab"
        left.mkdir()
        (left / name).write_text("half")
    (tmp_path / ".codes.csv.mine").mkdir()
    write_text(tmp_path / "codes.csv", "whole")
    assert names(tmp_path) == [".codes.csv.mine", ".other.csv.k3j9x2ab", "codes.csv"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such locks")
def test_what_a_running_process_writes_is_not_removed(tmp_path):
    path = tmp_path / "codes.csv"
    with replacing(path) as temporary:
        temporary.write_text("first")
        write_text(path, "second")
        assert temporary.exists() and path.read_text() == "second"
    assert path.read_text() == "first"


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions and links")
def test_a_replaced_file_keeps_its_permissions_and_a_link_stays_one(tmp_path):
    (tmp_path / "far").mkdir()
    far = tmp_path / "far/codes.csv"
    far.write_text("old")
    far.chmod(0o600)
    (tmp_path / "codes.csv").symlink_to("far/codes.csv")
    write_text(tmp_path / "codes.csv", "new")
    assert far.read_text() == "new" and far.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "codes.csv").is_symlink() and names(tmp_path / "far") == ["codes.csv"]
