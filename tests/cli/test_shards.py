"""Sweeps whose trainings are shared among processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isthmus.cli._shard_option import chosen_shard
from isthmus.sweeps import run_sweep

pytestmark = pytest.mark.usefixtures("blank_figures")

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


@pytest.fixture(scope="module")
def apart(tmp_path_factory, blank_paper):
    """Two shards of a sweep in folders of their own."""
    folder = tmp_path_factory.mktemp("apart")
    config = {
        "source": {"source": "digits"},
        "estimator": "autoencoder",
        "parameters": {"epochs": 1, "hidden_dims": (8,), "random_state": 0},
        "test_fraction": 0.2,
    }
    axes = {"latent_dim": [2, 3]}
    with blank_paper():
        for k in range(2):
            run_sweep(config, axes, out=folder / f"shard-{k}", shard=(k, 2))
    return folder


def test_shards_in_folders_of_their_own_are_merged(cli, apart):
    shards = [str(apart / "shard-0"), str(apart / "shard-1")]
    done = cli("sweep", "--merge", *shards, "--out", "whole", "--json")
    assert done.code == 0, done.err
    assert [row["latent_dim"] for row in done.document["rows"]] == [2, 3]
    whole = Path("whole")
    assert (whole / "sweep.html").is_file() and (whole / "results.parquet").is_file()
    for k, name in enumerate(("1-latent_dim-2", "2-latent_dim-3")):
        model = "model/model.safetensors"
        ours = (whole / name / model).read_bytes()
        assert ours == (apart / f"shard-{k}" / name / model).read_bytes()


def test_shards_that_cannot_be_merged_are_refused(cli, apart, tmp_path):
    first = str(apart / "shard-0")
    one = cli("sweep", "--merge", first, "--out", "whole")
    assert one.sentence == (
        "A merge requires all trainings of the sweep. 1 of 2 are not complete in any of the "
        "folders (2-latent_dim-3): run their shards first."
    )
    other = tmp_path / "other"
    other.mkdir()
    document = json.loads((apart / "shard-1" / "sweep.json").read_text())
    document["plan"]["seeds"], document["data"] = 3, "of other rows"
    (other / "sweep.json").write_text(json.dumps(document))
    differs = cli("sweep", "--merge", first, "other", "--out", "whole")
    assert differs.sentence == (
        f"A merge requires shards of one sweep. other differs from {first} in seeds, the rows: "
        "merge folders of the same command."
    )
    assert not (tmp_path / "whole").exists()
    assert cli("sweep", "--merge", first).sentence == (
        "--merge requires the sweep folders of the shards, and --out with the folder of the whole "
        "sweep."
    )
    assert cli("sweep", "digits", "--merge", first, "--out", "whole").code == 2
    nothing = cli("sweep", "--merge", "nothing", "--out", "whole")
    assert (nothing.code, nothing.sentence) == (
        3,
        "--merge requires sweep folders. nothing has no sweep.json: name the folders that were "
        "given to --out.",
    )
