"""Sweeps whose trainings are shared among processes."""

from __future__ import annotations

import json

import pytest

from isthmus.cli._shard_option import chosen_shard

SWEEP = ("sweep", "digits", "--latent-dim", "2,3", "--epochs", "1", "--hidden-dims", "8")


def test_shards_train_each_value_once_and_the_last_writes_the_tables(cli, tmp_path):
    first = cli(*SWEEP, "--out", "swept", "--shard", "1/2")
    assert first.code == 0
    assert first.err.splitlines()[-1].startswith("Shard 1/2 has ended; trainings of other shards")
    assert first.out == ""
    assert [path.parent.name for path in tmp_path.glob("swept/*/report.json")] == ["1-latent_dim-2"]
    assert not (tmp_path / "swept" / "results.csv").exists()
    second = cli(*SWEEP, "--out", "swept", "--shard", "2/2")
    assert second.code == 0, second.err
    document = json.loads((tmp_path / "swept" / "sweep.json").read_text())
    assert [row["latent_dim"] for row in document["rows"]] == [2, 3]
    assert (tmp_path / "swept" / "results.csv").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("--shard", "0/2", "--out", "swept"),
            "--shard must be I/N with I from 1 to N, such as 2/8. Got '0/2'.",
        ),
        (
            ("--shard", "1/2"),
            "Shards of a sweep require --out with the sweep's folder, the same for all of them.",
        ),
        (
            ("--shard", "1/2", "--out", "swept", "--search", "3"),
            "--shard does not apply to a search, whose trainings depend on each other. Leave out "
            "--search, or run it in one process.",
        ),
    ],
)
def test_a_shard_that_cannot_be_is_refused(cli, words, sentence):
    outcome = cli(*SWEEP, *words)
    assert (outcome.code, outcome.sentence) == (2, sentence)


def test_ranks_of_torchrun_are_shards(monkeypatch, tmp_path):

    assert chosen_shard(None, None, search=None) == (0, 1)
    given = {"RANK": "2", "WORLD_SIZE": "4", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert chosen_shard(None, tmp_path, search=None) == (2, 4)
    assert chosen_shard("1/8", tmp_path, search=None) == (0, 8)
