"""Held-out rows of a table that are also training rows."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus.runs import examine_source
from isthmus.sources import read_source

N = 600


@pytest.fixture
def leaks(tmp_path):
    """Return a function that examines a table and returns the values of its leak."""

    def leaks(lines):
        path = tmp_path / "rows.csv"
        path.write_text("code,size\n" + "\n".join(lines) + "\n")
        config = {"source": {"source": str(path)}, "estimator": "autoencoder", "parameters": {}}
        found = examine_source({**config, "test_fraction": 0.2}, dataset=read_source(str(path)))
        return [each for each in found["findings"] if each["code"] == "leak"]

    return leaks


def test_rows_with_different_rare_levels_are_not_the_same_row(leaks):
    rng = np.random.default_rng(0)
    is_rare = np.arange(N) % 12 == 0
    lines = [
        f"rare {k},0" if rare else f"level {k % 31},{rng.normal():.6f}"
        for k, rare in enumerate(is_rare)
    ]
    assert leaks(lines) == []


def test_equal_rows_are(leaks):
    rng = np.random.default_rng(0)
    lines = [f"level {k % 31},{rng.normal():.6f}" for k in range(N // 2)]
    [leak] = leaks(lines * 2)
    assert "120" in leak["seen"]
