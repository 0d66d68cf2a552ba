"""Processes of torchrun that share out the files of a folder."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch.distributed as dist

from isthmus.cli._launched_ranks import Launch
from isthmus.cli._shared_shards import ShardRanks
from isthmus.errors import LostProcessError
from isthmus.runs import KeptBlocks

from .conftest import TINY, call
from .test_launched_ranks import environment

OTHERS = ("reconstruct", "impute")  # results, which are written as those of "score"


@pytest.fixture(scope="module", name="folder")
def make_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shared")
    (folder / "shards").mkdir()
    X = np.random.default_rng(0).random((90, 4), dtype=np.float32)
    for k, part in enumerate(np.split(X, [40, 50])):
        columns = {f"f{j}": part[:, j] for j in range(4)}
        pq.write_table(pa.table(columns), folder / "shards" / f"{k}.parquet")
    assert (
        call("train", folder / "shards/0.parquet", *TINY, "--out", folder / "run", "-q").code == 0
    )
    return folder


@pytest.fixture
def as_rank_0(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    places = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    for name, value in (places | {"RANK": "0"}).items():
        monkeypatch.setenv(name, value)
    return {**places, "RANK": "1"}


@contextmanager
def rank_1(places, *words):
    with subprocess.Popen(
        [sys.executable, "-m", "isthmus", *map(str, words)],
        env=environment() | places,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as other:
        yield
        assert other.communicate() == (b"", None)
    assert other.returncode == 0


def contents(folder):
    """Return the tables in a folder, without the time at which they were written."""
    return {path.name: pq.read_table(path).to_pydict() for path in folder.iterdir()}


def test_two_processes_complete_what_one_began_with_its_codes(
    folder, tmp_path, monkeypatch, as_rank_0
):
    words = ("encode", folder / "run", folder / "shards", "-o")
    keep = KeptBlocks._keep

    def keep_one_shard(self, stem, found):
        if stem == "shard-000001":
            raise OSError(28, "No space left on device")
        keep(self, stem, found)

    with monkeypatch.context() as alone:
        alone.delenv("WORLD_SIZE")
        assert call(*words, tmp_path / "one").code == 0
        alone.setattr(KeptBlocks, "_keep", keep_one_shard)
        assert call(*words, tmp_path / "two").code != 0
    (tmp_path / "two" / "1.parquet").unlink(missing_ok=True)
    whole = (*words, tmp_path / "two", "--resume", "--json")
    with rank_1(as_rank_0, *whole):
        outcome = call(*whole)
        assert outcome.code == 0
    assert outcome.document["n_rows"] == 90
    assert contents(tmp_path / "two") == contents(tmp_path / "one")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


@pytest.mark.parametrize(
    "command", ["score", *(pytest.param(name, marks=pytest.mark.slow) for name in OTHERS)]
)
def test_two_processes_share_the_files_of_other_results(
    command, folder, tmp_path, monkeypatch, as_rank_0
):
    words = (command, folder / "run", folder / "shards", "-o")
    with monkeypatch.context() as alone:
        alone.delenv("WORLD_SIZE")
        assert call(*words, tmp_path / "one").code == 0
    with rank_1(as_rank_0, *words, tmp_path / "two"):
        outcome = call(*words, tmp_path / "two", "--json")
        assert outcome.code == 0
    assert outcome.document["n_rows"] == 90
    assert len(outcome.document["files"]) == 3
    assert contents(tmp_path / "two") == contents(tmp_path / "one")


@pytest.mark.parametrize(
    ("command", "run"),
    [
        *((command, ["run"]) for command in ("encode", "score", "reconstruct", "impute")),
        ("impute", []),  # by an imputer that is fitted to the rows
    ],
)
def test_one_file_is_refused(command, run, folder, tmp_path, as_rank_0):
    words = [folder / name for name in (*run, "shards/0.parquet")]
    outcome = call(command, *words, "-o", tmp_path / "results.parquet")
    assert outcome.code == 2
    assert outcome.sentence == (
        f"The 2 processes of `isthmus {command}` that torchrun started share the files of a "
        "folder. Got one output file: pass a folder of files and a folder as --out, or leave "
        "torchrun out."
    )


def test_notes_are_summed_over_all_processes(folder, tmp_path, as_rank_0):
    (tmp_path / "gaps").mkdir()
    for k in range(3):
        table = pq.read_table(folder / "shards" / f"{k}.parquet").to_pandas()
        table.loc[:k, "f0"] = np.nan
        table.to_parquet(tmp_path / "gaps" / f"{k}.parquet")
    words = ("encode", folder / "run", tmp_path / "gaps", "-o", tmp_path / "codes")
    with rank_1(as_rank_0, *words):
        outcome = call(*words)
    assert outcome.code == 0
    assert "6 rows have missing cells" in outcome.err


def test_a_file_with_other_columns_is_named(folder, tmp_path):
    (tmp_path / "rows").mkdir()
    table = pq.read_table(folder / "shards/0.parquet")
    pq.write_table(table, tmp_path / "rows/a.parquet")
    pq.write_table(table.drop_columns(["f0"]), tmp_path / "rows/b.parquet")
    outcome = call("encode", folder / "run", tmp_path / "rows", "-o", tmp_path / "codes")
    assert outcome.code == 3
    assert f"`{tmp_path / 'rows/b.parquet'}` cannot be used. " in outcome.err


def joined(rank, store):
    ranks = ShardRanks(Launch(rank, 3))
    ranks._store = store
    return ranks


def test_all_processes_know_the_numbers_of_all_shards_also_one_without_any():
    store, found = dist.HashStore(), {}

    def work(rank, own):
        found[rank] = joined(rank, store).all_of(own)

    threads = [Thread(target=work, args=(r, own)) for r, own in enumerate([{0: [5]}, {1: [7]}, {}])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [found[rank] for rank in range(3)] == [[[5], [7]]] * 3


def test_a_store_that_is_gone_is_a_lost_process():
    host = dist.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    store = dist.TCPStore("127.0.0.1", host.port, is_master=False, timeout=timedelta(seconds=1))
    ranks = joined(1, store)
    del host
    with pytest.raises(LostProcessError, match=r"see its messages, and start all of them again"):
        ranks.of("ready", 0)
