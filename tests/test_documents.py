"""Documents are read within limits of size, depth, aliases and digits."""

from __future__ import annotations

import os
import re
import time

import pytest

from isthmus._documents import (
    DocumentError,
    UnreadableFileError,
    check_header,
    open_regular,
    parse_json,
    parse_yaml,
    read_json_file,
    read_yaml_file,
)

LAUGHS = "\n".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    + [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, 9)]
)
MERGED = "\n".join(
    ["a0: &a0 {x: 1}"] + [f"a{k}: &a{k} {{<<: [*a{k - 1}, *a{k - 1}]}}" for k in range(1, 26)]
)
ALIASES = "its aliases stand for more than 10,000 values, or for what contains them"
DEPTH = "it is nested more than 60 levels deep"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (LAUGHS, ALIASES),
        (MERGED, ALIASES),
        ("a: &a [*a]", ALIASES),
        ("? &a [*a]\n: 1", ALIASES),
        ("[" * 61 + "]" * 61, DEPTH),
        ("[" * 100_000, DEPTH),
        ("\n".join(" " * k + "a:" for k in range(200)), DEPTH),
        (f"a: {'9' * 101}", "a number in it has more than 100 digits"),
        (f"a: 1{':59' * 50_000}", "a number in it has more than 100 digits"),
        ("a: !!int ''", "a value in it does not have its type (string index out of range)"),
    ],
)
def test_yaml_beyond_a_limit_is_refused_at_once(text, reason):
    start = time.process_time()
    with pytest.raises(DocumentError, match=rf"^{re.escape(reason)}$"):
        parse_yaml(text)
    assert time.process_time() - start < 1


def test_yaml_within_the_limits_is_read_with_its_aliases():
    text = (
        "base: &base {a: 1, b: [2, .inf]}\nother: {<<: *base, c: *base}\nx: " + "[" * 58 + "]" * 58
    )
    found = parse_yaml(text)
    assert found["other"] == {"a": 1, "b": [2, float("inf")], "c": {"a": 1, "b": [2, float("inf")]}}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 61 + "]" * 61, DEPTH),
        ('{"a":' * 100_000, DEPTH),
        (f'{{"a": {"9" * 101}}}', "a number in it has more than 100 digits"),
        ('["\\ud800"]', "a text in it has half of a surrogate pair"),
    ],
)
def test_json_beyond_a_limit_is_refused(text, reason):
    with pytest.raises(DocumentError, match=rf"^{re.escape(reason)}$"):
        parse_json(text)


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity", "-Infinity"])
def test_json_can_be_restricted_to_finite_numbers(number):
    parse_json(f"[{number}]")
    with pytest.raises(DocumentError, match=rf"^a number in it is not finite \({number}\)$"):
        parse_json(f"[{number}]", finite=True)


def test_json_within_the_limits_is_read():
    assert parse_json("[" * 60 + "]" * 60) is not None
    assert parse_json('["\\ud83d\\ude00", 12345678901234567890, 1.5]') == [
        "\U0001f600",
        12345678901234567890,
        1.5,
    ]


def test_large_documents_are_not_opened(tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(64_000_001)
    with pytest.raises(UnreadableFileError) as caught:
        read_json_file(path)
    assert caught.value.strerror == "it has 64,000,001 bytes, and at most 64,000,000 are read"
    with pytest.raises(UnreadableFileError) as caught:
        read_yaml_file(path)
    assert caught.value.strerror == "it has 64,000,001 bytes, and at most 2,000,000 are read"


def test_json_of_too_many_values_is_refused(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"[" + b"0," * 5_000_000 + b"0]")
    with pytest.raises(DocumentError, match=r"^it has more than 5,000,000 values$"):
        read_json_file(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_named_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnreadableFileError) as caught:
        open_regular(tmp_path / "pipe")
    assert caught.value.strerror == "it is a named pipe, not a regular file"
    with pytest.raises(UnreadableFileError, match="it is a device or socket, not a regular file"):
        open_regular(os.devnull)


@pytest.mark.parametrize("length", [64_000_001, 2**63, 93])
def test_a_header_longer_than_its_limit_or_its_file_is_refused(tmp_path, length):
    path = tmp_path / "a.safetensors"
    path.write_bytes(length.to_bytes(8, "little") + b"{}".ljust(92))
    with pytest.raises(DocumentError, match=rf"no more than the file. It claims {length:,}$"):
        check_header(path)
