"""MATLAB files whose elements do not fit, which end the process in SciPy's reader."""

import io
import struct

import numpy as np
import pytest
import scipy.io
import scipy.sparse

from isthmus.errors import DataError
from isthmus.sources import read_source

_ROWS = np.arange(12.0).reshape(4, 3)
_OTHERS = {
    "complex": np.ones((2, 2)) * 1j,
    "sparse": scipy.sparse.csc_array(np.eye(3)),
    "empty": np.empty((0, 3)),
    "text": "h\u00e9llo",
    "texts": np.array(["ab", "cde"]),
    "axes": np.zeros((2, 3, 4)),
    "cells": np.array([1, "a"], object),
    "fields": {"a": 1, "b": [1, 2]},
}


def saved(**options):
    stream = io.BytesIO()
    scipy.io.savemat(stream, {"X": _ROWS, **options.pop("others", {})}, **options)
    return stream.getvalue()


def read(tmp_path, content):
    path = tmp_path / "rows.mat"
    path.write_bytes(content)
    return read_source(path, key="X").X


def cause_of_failure(tmp_path, content):
    try:
        read(tmp_path, content)
    except DataError as error:
        return error.__cause__  # of a library, if its reader did not expect it


@pytest.mark.parametrize("options", [{}, {"do_compression": True}, {"format": "4"}])
def test_rows_are_read_whatever_else_is_in_the_file(tmp_path, options):
    others = {} if "format" in options else _OTHERS
    assert np.array_equal(read(tmp_path, saved(others=others, **options)), _ROWS)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (struct.pack("<II", 9, 96), struct.pack("<II", 8, 96)),  # no such type of numbers
        (struct.pack("<II", 9, 96), struct.pack("<II", 200, 96)),
        (struct.pack("<II", 9, 96), struct.pack("<II", 9, 88)),  # 11 numbers for a shape of 4 x 3
        (struct.pack("<ii", 4, 3), struct.pack("<ii", -4, -3)),
        (struct.pack("<ii", 4, 3), struct.pack("<ii", 2**31 - 1, 2**31 - 1)),
    ],
)
def test_an_element_that_does_not_fit_is_an_error(tmp_path, before, after):
    content = saved()
    assert content.count(before) == 1
    with pytest.raises(DataError, match=r"rows.mat` cannot be read as a MATLAB file: it is trunc"):
        read(tmp_path, content.replace(before, after))


@pytest.mark.parametrize("value", [0, 8, 255])
def test_any_changed_byte_gives_rows_or_an_error(tmp_path, value):
    content = saved(others={"sparse": _OTHERS["sparse"], "text": "hello"})
    for k in range(120, len(content)):
        changed = bytearray(content)
        changed[k] = value
        assert cause_of_failure(tmp_path, bytes(changed)) is None


def test_complex_rows_are_named(tmp_path):
    scipy.io.savemat(tmp_path / "rows.mat", {"Z": _ROWS + 1j})
    with pytest.raises(DataError, match=r"variable of real numbers. Got `Z` with complex"):
        read_source(tmp_path / "rows.mat")
