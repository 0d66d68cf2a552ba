"""Embeddings that a CSV file has as text, in every command."""

from __future__ import annotations

import csv
import json

import numpy as np
import pyarrow.parquet
import pytest

pytestmark = pytest.mark.usefixtures("blank_figures")

N = 60


@pytest.fixture
def rows(tmp_path):
    """Write a table with a column of NumPy arrays as text, two of them missing."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=N)
    lists = np.column_stack([z, -z, 2 * z]).round(2)
    cells = ["" if k in (4, 9) else str(row) for k, row in enumerate(lists)]
    path = tmp_path / "rows.csv"
    lines = [f"{value:.1f},{cell}" for value, cell in zip(10 + z, cells, strict=True)]
    path.write_text("price,emb\n" + "\n".join(lines) + "\n")
    return path


def cells_of(path):
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_a_run_encodes_scores_fills_and_restores_lists(cli, tmp_path, rows):
    run = tmp_path / "run"
    words = ("--epochs", "40", "--latent-dim", "1", "--device", "cpu")
    done = cli("train", rows, *words, "--out", run)
    assert done.code == 0, done.err
    assert "a number for each element  2        lists of 3 numbers" in done.err
    for name in ("encode", "reconstruct", "score", "impute"):
        assert cli(name, run, rows, "-o", tmp_path / f"{name}.csv").code == 0, name

    restored = cells_of(tmp_path / "reconstruct.csv")[1:]
    assert all(len(json.loads(row[1])) == 3 for row in restored)
    scores = cells_of(tmp_path / "score.csv")
    shown = {row[scores[0].index("feature_1")]: row for row in scores[1:]}
    assert shown["emb"][scores[0].index("expected_1")].startswith("[")

    before, after = cells_of(rows), cells_of(tmp_path / "impute.csv")
    changed = [k for k in range(N + 1) if before[k] != after[k]]
    assert changed == [5, 10]
    a, b, c = map(float, after[5][1].strip("[]").split(" "))
    assert a == pytest.approx(float(before[5][0]) - 10, abs=0.5), "better than the mean"
    assert b == pytest.approx(-a, abs=0.3) and c == pytest.approx(2 * a, abs=0.6)

    assert cli("impute", run, rows, "-o", tmp_path / "filled.parquet").code == 0
    filled = pyarrow.parquet.read_table(tmp_path / "filled.parquet").column("emb").to_pylist()
    assert filled[4] == pytest.approx([a, b, c], abs=0.01)


def test_new_rows_with_other_lists_are_refused(cli, tmp_path, rows):
    run = tmp_path / "run"
    assert cli("train", rows, "--epochs", "1", "--device", "cpu", "--out", run).code == 0
    for cell, got in (("[1 2]", "lists of 2"), ("no list", "other values")):
        (tmp_path / "new.csv").write_text(f"price,emb\n1.5,{cell}\n2.5,{cell}\n")
        sentence = cli("encode", run, tmp_path / "new.csv", "-o", tmp_path / "codes.csv").sentence
        assert sentence == (
            f"Column `emb` must contain lists of 3 numbers, as in training. Got {got}: correct the "
            "cells, or leave them empty."
        )
