"""Words for damaged files."""

from __future__ import annotations

import errno
import json

import pytest

from isthmus._damage import DamageError, what_is_wrong
from isthmus._documents import DocumentError
from isthmus.errors import UsageError


def _invalid_json() -> Exception:
    try:
        return json.loads('{\n"a": }')
    except ValueError as error:
        return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (DamageError("the tensor a must be float32"), "the tensor a must be float32"),
        (DocumentError("it has more than 5 values"), "it has more than 5 values"),
        (UsageError("`epochs` must be positive."), "`epochs` must be positive"),
        (KeyError("caption"), "it has no `caption`"),
        (_invalid_json(), "it is not valid JSON in line 2"),
        (OSError(errno.EACCES, "Permission denied", "x"), "Permission denied"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"), "it is not UTF-8"),
        (TypeError("'int' object is not iterable"), "a value in it has another type or form than "),
        (ValueError("zip() argument 2 is longer"), "a value in it has another type or form than "),
        (RuntimeError("size mismatch for x"), "its tensors do not fit what it describes"),
        (RecursionError("maximum recursion depth"), "it is nested too deeply"),
    ],
)
def test_an_error_is_told_without_names_of_python(error, words):
    assert what_is_wrong(error).startswith(words)
