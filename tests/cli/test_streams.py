"""Rows that are read in chunks, through all commands."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isthmus import _chunks
from isthmus.sources import read_source

from .conftest import TINY, call

pytestmark = pytest.mark.usefixtures("blank_figures")

N = 3000


@pytest.fixture(scope="module", name="folder")
def make_folder(tmp_path_factory):
    """A folder of two shards with categories and ids, and a run that was trained on it."""
    folder = tmp_path_factory.mktemp("streams")
    generator = np.random.default_rng(0)
    X = generator.normal(size=(N, 2)) @ generator.normal(size=(2, 5))
    table = pa.table(
        {
            **{f"f{k}": X[:, k].astype(np.float32) for k in range(5)},
            "city": generator.choice(["Ulm", "Bonn", "Kiel"], N),
            "id": [f"r{k}" for k in range(N)],
        }
    )
    (folder / "shards").mkdir()
    for k in range(2):
        part = table.slice(k * N // 2, N // 2)
        pq.write_table(part, folder / "shards" / f"{k}.parquet", row_group_size=400)
    words = ("train", folder / "shards", "--stream", *TINY, "--out", folder / "run", "--json")
    outcome = call(*words)
    assert outcome.code == 0, outcome.err
    (folder / "report.json").write_text(outcome.out)
    return folder


@pytest.fixture
def report(folder):
    return json.loads((folder / "report.json").read_text())


def test_the_report_tells_of_the_split_and_that_rows_are_read_in_chunks(report):
    source = report["source"]
    assert source["n_rows_train"] + source["n_rows_held_out"] == N
    assert 0.15 < source["n_rows_held_out"] / N < 0.25
    assert "by a hash of their positions with seed 0" in source["held_out"]
    assert any("3,000 rows are read in chunks" in note for note in source["notes"])


def test_the_run_streams_its_rows_on_any_machine(folder):
    assert "stream: true" in (folder / "run" / "config.yaml").read_text()


def codes(folder, name, *words):
    outcome = call("encode", folder / "run", folder / "shards", "--out", folder / name, *words)
    assert outcome.code == 0, outcome.err
    return pq.read_table(folder / name)


def test_codes_and_ids_equal_those_of_rows_in_memory(folder):
    streamed = codes(folder, "a.parquet")
    kept = codes(folder, "b.parquet", "--no-stream")
    assert streamed.num_rows == N and streamed.column("id")[1700].as_py() == "r1700"
    assert streamed.column_names == kept.column_names
    for a, b in zip(streamed.columns, kept.columns, strict=True):
        assert a.to_pylist() == b.to_pylist()


def test_scores_equal_those_of_rows_in_memory(folder):
    for name, words in (("a", ()), ("b", ("--no-stream",))):
        outcome = call(
            "score", folder / "run", folder / "shards", "--out", folder / f"{name}.csv", *words
        )
        assert outcome.code == 0, outcome.err
    assert (folder / "a.csv").read_text() == (folder / "b.csv").read_text()


def test_reconstructions_equal_those_of_rows_in_memory(folder):
    for name, words in (("c", ()), ("d", ("--no-stream",))):
        out = folder / f"{name}.parquet"
        outcome = call("reconstruct", folder / "run", folder / "shards", "--out", out, *words)
        assert outcome.code == 0, outcome.err
    streamed, kept = (pq.read_table(folder / f"{name}.parquet") for name in "cd")
    assert streamed.column_names == kept.column_names
    assert streamed.to_pylist() == kept.to_pylist()


@pytest.mark.parametrize("source", [(), pytest.param(("shards",), marks=pytest.mark.slow)])
def test_evaluation_finds_the_same_held_out_rows(folder, source):
    outcome = call("evaluate", folder / "run", *(folder / name for name in source), "--json")
    assert outcome.code == 0, outcome.err
    # All of them are measured, so there is no note about a sample.
    assert not any("on a random sample of" in note["text"] for note in outcome.document["notes"])


@pytest.mark.parametrize("words", [("run",), ("shards", "--stream")])
def test_the_doctor_examines_runs_and_sources(folder, words):
    outcome = call("doctor", folder / words[0], *words[1:], "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.document["n_rows_train"] + outcome.document["n_rows_held_out"] == N


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(folder):
    words = ("train", folder / "shards", "--stream", *TINY, "--out", folder / "again")
    assert call(*words).code == 0
    first, second = (folder / run / "model" / "model.safetensors" for run in ("run", "again"))
    assert first.read_bytes() == second.read_bytes()


def test_arrays_are_streamed_through_training_and_encoding(folder):
    X = np.random.default_rng(0).integers(0, 255, (900, 36), dtype=np.uint8)
    np.save(folder / "a.npy", X)
    outcome = call("train", folder / "a.npy", "--stream", *TINY, "--out", folder / "bytes")
    assert outcome.code == 0, outcome.err
    for name, words in (("e.npy", ("--stream",)), ("f.npy", ("--no-stream",))):
        outcome = call("encode", folder / "bytes", "--out", folder / name, *words)
        assert outcome.code == 0, outcome.err
    np.testing.assert_array_equal(np.load(folder / "e.npy"), np.load(folder / "f.npy"))
    assert read_source(folder / "a.npy", stream=True).X.shape == X.shape


@pytest.mark.parametrize("most", [N // 2, N])
def test_columns_of_a_sample_are_called_so_in_train_and_doctor(folder, tmp_path, monkeypatch, most):
    monkeypatch.setattr(_chunks, "MOST_SAMPLED", most)
    trained = call("train", folder / "shards", "--stream", *TINY, "--out", tmp_path / "run")
    examined = call("doctor", folder / "shards", "--stream")
    columns = json.loads((tmp_path / "run" / "report.json").read_text())["tables"][0]
    says = "Kinds and numbers of missing cells are of a random sample of 1,500 rows."
    for text in (trained.err, examined.out, columns["caption"]):
        assert (says in text) == (most < N), text
