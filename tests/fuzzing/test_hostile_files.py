"""Files that claim, nest or unpack to more than they are, each refused in one sentence."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from hostile_files import SOURCES, npy_header, repeated_zeros, zipped

from isthmus.errors import DataError
from isthmus.sources import read_source

REASONS = {
    "axes.idx": "must have at most 32 axes. Got 255.",
    "no-rows.idx": "is empty: its header declares 0 x 28 x 28 values.",
    "zero-and-huge.idx": "is empty: its header declares 0 x 4294967295 x 4294967295 values.",
    "encrypted.npz": "is protected by a password. Save a copy without one.",
    "encrypted.xlsx": "is protected by a password. Save a copy without one.",
    "lie.npz": "is truncated: its header claims 8,000,000,000,000 bytes of values. Got 800.",
    "sparse-index.npz": "is truncated or damaged: indices must be < 4.",
    "sparse-lie.npz": "is truncated or damaged: index pointer size 4 should be 1099511627777.",
    "no-array.npz": "must contain real numbers. Got dtype |S19.",
    "header-cut.npy": "is truncated or damaged:",
    "trillion.npy": "is truncated: its header claims 32,000,000,000,000 bytes of values. Got 64.",
    "no-bytes.npy": "must contain real numbers. Got values without any bytes.",
    "axes.npy": "must have at most 32 axes",
    "negative.npy": "must have at most 32 axes, each of at least 0 values. Got 2 axes, the least "
    "of -1.",
    "claimed-header.npy": "is truncated or damaged: its header must have at most 10,000 bytes. It "
    "claims 4,294,967,295.",
    "deep-cell.json": "cannot be read as JSON: it is nested more than 60 levels deep.",
    "deep-cell.jsonl": "cannot be read as JSON: it is nested more than 60 levels deep.",
    "long-number.json": "cannot be read as JSON: a number in it has more than 100 digits.",
    "fifo.tar": "contains no pictures.",
    "out.tar": "must have members within its own folder.",
    "claimed.png": "cannot be read as a picture",
}


@pytest.mark.parametrize("name", REASONS)
def test_it_is_refused_and_the_reason_is_named(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(SOURCES[name]())
    with pytest.raises(DataError, match=re.escape(REASONS[name])) as caught:
        read_source(path)
    assert caught.value.__cause__ is None  # its own reader refuses it


def test_a_line_of_too_many_cells_is_not_split(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_bytes((b"1," * 100_000 + b"1\n") * 2)
    with pytest.raises(DataError, match=r"at most 100,000 columns. Got 100,001"):
        read_source(path)
    path.write_bytes(b"1," * 9_000_000)
    with pytest.raises(DataError, match=r"at most 16,777,216 bytes in its first line"):
        read_source(path)


def test_halves_of_surrogate_pairs_in_json_are_replaced(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b'[{"a": "\\ud800", "b": "\\ud83d\\ude00"}, {"a": "x", "b": "\\\\ud800"}]')
    table = read_source(path).X
    assert table.to_pydict() == {"a": ["\ufffd", "x"], "b": ["\U0001f600", "\\ud800"]}


def test_integers_of_json_beyond_64_bits_are_numbers(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b'[{"a": 99999999999999999999999, "b": 1}, {"a": 1, "b": 2}]')
    assert read_source(path).X.column("a").to_pylist() == [1e23, 1.0]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_named_pipe_among_pictures_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(DataError, match="it is a named pipe, not a regular file"):
        read_source(tmp_path)


_READ = """
import resource, sys
from isthmus.errors import DataError
from isthmus.sources import read_source
import scipy.io, scipy.sparse, PIL.Image
pages = int(open("/proc/self/statm").read().split()[0])
limit = pages * resource.getpagesize() + 1_000_000_000
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
for path in sys.argv[1:]:
    try:
        read_source(path)
    except DataError as error:
        print(error)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs the size of the process")
def test_bombs_are_refused_within_a_gigabyte_of_addresses(tmp_path):
    gzip_zeros, deflated = repeated_zeros(3 << 30)
    files = {
        "bomb.csv.gz": gzip_zeros,
        "bomb.idx.gz": gzip_zeros,
        "bomb.npz": zipped({"X.npy": npy_header("(3000000, 100)")}, of_size=2_400_000_128),
        "bomb.mat": b"MATLAB 5.0 MAT-file".ljust(124)
        + b"\0\x01IM"
        + (15).to_bytes(4, "little")
        + len(deflated).to_bytes(4, "little")
        + deflated,
        "claimed-header.npy": SOURCES["claimed-header.npy"](),
        "trillion.npy": SOURCES["trillion.npy"](),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _READ, *(str(tmp_path / name) for name in files)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    reasons = [line.split("` ", 1)[1] for line in lines]
    bomb = "unpacks to more than 500 times its size, which no usual file does. If you trust it, "
    assert [reason.startswith(bomb) for reason in reasons] == [
        False,
        False,
        True,
        True,
        False,
        False,
    ]
    assert reasons[0].startswith("must have at most 16,777,216 bytes in its first line")
    assert reasons[1].startswith("is not an IDX file")
