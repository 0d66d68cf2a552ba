"""Pictures that are decoded when they are needed, in folders and .tar files."""

from __future__ import annotations

import io
import tarfile

import numpy as np
import pytest
from PIL import Image

from isthmus._chunks import ChunkedRows
from isthmus.errors import DataError, UsageError
from isthmus.sources import _picture_files, read_source

PIXELS = np.random.default_rng(0).integers(0, 255, (9, 6, 5, 3), dtype=np.uint8)


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch):
    monkeypatch.setattr(_picture_files, "_MOST_IN_CHUNK", 4)


@pytest.fixture
def folder(tmp_path):
    for k, pixels in enumerate(PIXELS):
        place = tmp_path / "pictures" / f"class{k % 2}" / f"{k}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(place)
    return tmp_path / "pictures"


def test_a_folder_in_chunks_equals_the_pictures_in_memory(folder):
    kept, found = read_source(folder), read_source(folder, stream=True)
    assert isinstance(found.X, ChunkedRows) and found.X.sizes.tolist() == [4, 4, 1]
    np.testing.assert_array_equal(found.X[:], kept.X)
    assert found.row_names == kept.row_names and found.y.tolist() == kept.y.tolist()
    assert found.picture_shape == kept.picture_shape == (6, 5, 3)


def test_a_damaged_picture_is_named_or_skipped_before_training(folder):
    (folder / "class1" / "3.png").unlink()
    bad = folder / "class1" / "3.bmp"
    Image.fromarray(PIXELS[3]).save(bad)
    bad.write_bytes(bad.read_bytes()[:-60])
    rows = read_source(folder, stream=True).X
    with pytest.raises(DataError, match=r"3\.bmp` cannot be read as a picture"):
        rows[:]
    found = read_source(folder, stream=True, skip_bad=True)
    assert found.X[:].shape == (8, 90) and "Skipped 1 file" in " ".join(found.notes)


def packed(path, files):
    with tarfile.open(path, "w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def png(pixels):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def members(numbers):
    found = {}
    for k in numbers:
        found |= {f"{k:03}.png": png(PIXELS[k]), f"{k:03}.cls": f"{k % 3}\n".encode()}
    return found


@pytest.mark.parametrize("stream", [False, True])
def test_a_tar_file_has_pictures_and_their_labels(tmp_path, stream):
    path = packed(tmp_path / "a.tar", members(range(9)))
    found = read_source(path, stream=stream)
    np.testing.assert_array_equal(found.X[:], PIXELS.reshape(9, -1))
    assert found.y.tolist() == [str(k % 3) for k in range(9)] and found.label_name == "cls"
    assert found.row_names[:2] == ("000.png", "001.png")
    assert sorted(tmp_path.iterdir()) == [path]  # nothing is extracted


def test_a_folder_of_tar_files_is_one_set_of_pictures(tmp_path):
    packed(tmp_path / "a.tar", members(range(5)))
    packed(tmp_path / "b.tar", members(range(5, 9)))
    found = read_source(tmp_path, stream=True)
    np.testing.assert_array_equal(found.X[:], PIXELS.reshape(9, -1))
    assert found.row_names[-1] == "b.tar/008.png"


@pytest.mark.parametrize("name", ["../out.png", "/etc/out.png", "a/../../out.png"])
def test_a_member_that_leads_out_of_the_folder_is_refused(tmp_path, name):
    path = packed(tmp_path / "a.tar", {**members([0]), name: png(PIXELS[1])})
    with pytest.raises(DataError, match=r"a\.tar` must have members within its own folder\. Got"):
        read_source(path)


def test_a_tar_file_that_is_none_or_has_no_pictures_is_named(tmp_path):
    (tmp_path / "a.tar").write_bytes(b"no tar" * 200)
    with pytest.raises(DataError, match=r"a\.tar` cannot be read as a \.tar file"):
        read_source(tmp_path / "a.tar")
    with pytest.raises(DataError, match=r"b\.tar` contains no pictures"):
        read_source(packed(tmp_path / "b.tar", {"a.txt": b"text"}))


def test_a_picture_bomb_in_a_tar_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20)
    path = packed(tmp_path / "a.tar", members([0]))
    with pytest.raises(DataError, match=r"000\.png` must not have more than 0 million pixels"):
        read_source(path, stream=True)


def test_binarised_pictures_must_be_in_memory(folder):
    with pytest.raises(UsageError, match=r"`binarise` requires pictures in memory"):
        read_source(folder, stream=True, binarise="threshold")
