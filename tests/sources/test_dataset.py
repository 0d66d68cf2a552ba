"""Fingerprints and the words of messages."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus import _row_blocks as _blocks
from isthmus.sources import fingerprint
from isthmus.sources._dataset import listed, quantity, safe_name

X = np.arange(12, dtype=np.float32).reshape(4, 3)


def test_a_fingerprint_is_sixteen_hexadecimal_digits_of_the_content():
    assert len(fingerprint(X)) == 16
    int(fingerprint(X), 16)
    assert fingerprint(X) == fingerprint(X.copy())
    assert fingerprint(X) == fingerprint(np.asfortranarray(X))


@pytest.mark.parametrize(
    "other", [X + 1, X.astype(np.float64), X.reshape(3, 4), X[:3], X[::-1], X.view(np.int32)]
)
def test_other_content_has_another_fingerprint(other):
    assert fingerprint(other) != fingerprint(X)


def test_a_fingerprint_does_not_depend_on_the_size_of_blocks(monkeypatch):
    whole = fingerprint(X)
    monkeypatch.setattr(_blocks, "_BLOCK_VALUES", 1)
    assert fingerprint(X) == whole


def test_a_memory_map_has_the_fingerprint_of_its_values(tmp_path):
    np.save(tmp_path / "x.npy", X)
    assert fingerprint(np.load(tmp_path / "x.npy", mmap_mode="r")) == fingerprint(X)


def test_an_empty_array_has_a_fingerprint():
    assert fingerprint(np.empty((0, 3))) != fingerprint(np.empty((3, 0)))


def test_lists_and_quantities_read_as_english():
    assert quantity(1, "row") == "1 row"
    assert quantity(1234, "row") == "1,234 rows"
    assert listed(["a", "b"]) == "`a`, `b`"
    assert listed(list("abcdefg")) == "`a`, `b`, `c`, `d`, `e` and 2 more"
    assert len(listed(["x" * 1000])) < 50


@pytest.mark.parametrize(
    ("text", "name"),
    [("digits", "digits"), ("my data (1)", "my-data-1"), ("../..", "data"), ("数据", "数据")],
)
def test_a_safe_name_has_no_separators(text, name):
    assert safe_name(text) == name
