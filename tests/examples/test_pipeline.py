"""The example of a grid search runs, and its claim about small codes holds."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "codes" / "pipeline.py"


@pytest.fixture(scope="module")
def printed():
    done = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.fixture(name="rows")
def _rows(printed):
    """Accuracy of autoencoder and PCA for each code size."""
    found = re.findall(r"^ +(\d+) +(0\.\d+) \(.*\) +(0\.\d+)$", printed, re.MULTILINE)
    return {int(size): (float(ours), float(pca)) for size, ours, pca in found}


@pytest.mark.slow
def test_small_codes_of_an_autoencoder_tell_digits_apart_better_than_pcas(rows):
    assert sorted(rows) == [2, 4, 8, 16]
    for size in (2, 4):
        ours, pca = rows[size]
        assert ours > pca


@pytest.mark.slow
def test_the_winner_is_told_by_the_table_and_by_the_pictures_left_aside(printed, rows):
    wins = [size for size, (ours, pca) in rows.items() if ours > pca]
    assert f"the autoencoder is ahead at {wins} numbers, PCA at" in printed
    assert len(re.findall(r"^On the 450 pictures left aside", printed, re.MULTILINE)) == 2
    assert re.search(r"^There (neither|the autoencoder|PCA) wins", printed, re.MULTILINE)
