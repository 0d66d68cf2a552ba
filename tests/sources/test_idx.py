"""IDX files: they are read as declared, or an error says why not."""

from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from isthmus.errors import DataError
from isthmus.sources._idx import read_idx


def idx(array, code=0x08) -> bytes:
    header = bytes((0, 0, code, array.ndim)) + np.array(array.shape, ">u4").tobytes()
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


def write(folder: Path, content: bytes, name: str = "train-images-idx3-ubyte") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


PICTURES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_bytes_come_back_in_the_declared_shape(tmp_path, pack):
    read = read_idx(write(tmp_path, pack(idx(PICTURES))))
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, PICTURES)


@pytest.mark.parametrize(
    ("code", "dtype"), [(0x09, "i1"), (0x0B, "i2"), (0x0C, "i4"), (0x0D, "f4"), (0x0E, "f8")]
)
def test_other_types_come_back_in_the_machines_byte_order(tmp_path, code, dtype):
    values = np.array([[-1, 2, 3], [100, -5, 6]], dtype=dtype)
    read = read_idx(write(tmp_path, idx(values, code)))
    assert read.dtype == np.dtype(dtype)
    assert read.dtype.isnative
    np.testing.assert_array_equal(read, values)


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (b"", "Got an empty file"),
        (b"hello world", "Got 0x68656c6c"),
        (b"\0\0\x07\x01\0\0\0\0", "Got 0x00000701"),
        (b"\0\0\x08\x00", "Got 0x00000800"),
    ],
)
def test_a_wrong_magic_number_is_named(tmp_path, content, got):
    with pytest.raises(DataError, match=rf"train-images-idx3-ubyte` is not an IDX file.*{got}"):
        read_idx(write(tmp_path, content))


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_missing_values_are_an_error(tmp_path, pack):
    path = write(tmp_path, pack(idx(PICTURES)[:-1]))
    with pytest.raises(DataError, match=r"is truncated: its header declares 2 x 3 x 4 \(24 bytes"):
        read_idx(path)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_surplus_values_are_an_error(tmp_path, pack):
    path = write(tmp_path, pack(idx(PICTURES) + b"\0"))
    with pytest.raises(DataError, match=r"has more data than it declares"):
        read_idx(path)


def test_a_file_that_ends_in_its_header_is_truncated(tmp_path):
    with pytest.raises(DataError, match=r"is truncated: the file ends within its IDX header"):
        read_idx(write(tmp_path, idx(PICTURES)[:9]))


def test_a_truncated_gzip_file_is_an_error(tmp_path):
    rows = np.random.default_rng(0).integers(0, 256, (50, 8, 8)).astype(np.uint8)
    path = write(tmp_path, gzip.compress(idx(rows))[:-500])
    with pytest.raises(
        DataError,
        match=r"`.*` is truncated: its gzip data ends too early\. Download the file again",
    ):
        read_idx(path)


def test_a_wrong_gzip_checksum_is_an_error(tmp_path):
    packed = bytearray(gzip.compress(idx(PICTURES)))
    packed[-6] ^= 0xFF
    with pytest.raises(DataError, match=r"is damaged: its gzip data cannot be unpacked"):
        read_idx(write(tmp_path, bytes(packed)))


def test_damaged_deflate_data_is_an_error(tmp_path):
    rows = np.random.default_rng(0).integers(0, 256, (50, 8, 8)).astype(np.uint8)
    packed = bytearray(gzip.compress(idx(rows)))
    packed[12:20] = b"\xff" * 8
    with pytest.raises(DataError, match=r"is damaged"):
        read_idx(write(tmp_path, bytes(packed)))


def test_a_gzip_bomb_is_read_no_further_than_it_declares(tmp_path):
    path = write(tmp_path, gzip.compress(idx(PICTURES) + bytes(1 << 26)))
    tracemalloc.start()
    with pytest.raises(DataError, match=r"has more data than it declares"):
        read_idx(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 22


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_forged_header_claims_no_memory(tmp_path, pack):
    forged = b"\0\0\x08\x03" + b"\xff" * 12 + bytes(100)
    with pytest.raises(DataError, match=r"is truncated: its header declares 4294967295 x"):
        read_idx(write(tmp_path, pack(forged)))
