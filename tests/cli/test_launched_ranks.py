"""Trainings that torchrun starts in several processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch.distributed as dist

from isthmus.artifacts import signed
from isthmus.cli._launched_ranks import Launch, first_to_fail, launch, only_rank_0_speaks
from isthmus.errors import DataError, LostProcessError, UsageError

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
SOURCE = Path(__file__).resolve().parents[2] / "src"
EXACT = ("--noise", "none", "--epochs", "3", "--hidden-dims", "8", "--latent-dim", "2", "--quiet")


def environment():
    return {**os.environ, "PYTHONPATH": str(SOURCE), "OMP_NUM_THREADS": "1"}


@pytest.fixture
def as_rank(monkeypatch):
    """Set the environment that torchrun gives to a process."""

    def set_environment(rank, world=2, **more):
        given = {"RANK": rank, "WORLD_SIZE": world, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": 1}
        for name, value in (given | more).items():
            monkeypatch.setenv(name, str(value))

    return set_environment


def test_two_processes_write_one_run_with_the_losses_of_one_process(cli, tmp_path, as_rank):
    np.save(tmp_path / "X.npy", np.random.default_rng(0).random((80, 5), dtype=np.float32))
    alone = cli("train", "X.npy", *EXACT, "--out", "alone", "--json").document
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    as_rank(1, MASTER_PORT=port)
    words = ["-m", "isthmus", "train", "X.npy", *EXACT, "--out", "run", "--json"]
    with subprocess.Popen(
        [sys.executable, *words],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as other:
        as_rank(0, MASTER_PORT=port)
        together = cli("train", "X.npy", *EXACT, "--out", "run", "--json").document
        assert other.communicate() == (b"", None)
    assert other.returncode == 0
    assert not dist.is_initialized()
    assert together["model"]["epochs"] == alone["model"]["epochs"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["X.npy", "alone", "run"]
    ours, theirs = (
        [json.loads(line) for line in (tmp_path / name / "metrics.jsonl").read_text().splitlines()]
        for name in ("run", "alone")
    )
    for a, b in zip(ours, theirs, strict=True):
        assert a["train_loss"] == pytest.approx(b["train_loss"], rel=1e-4)
        assert a["validation_loss"] == pytest.approx(b["validation_loss"], rel=1e-4)


def signalled(folder, number, *words, options=()):
    """Train in two processes, and send rank 1 a signal after the second epoch.

    Returns the exit code, standard error, and seconds from the signal to the end.
    """
    begun = [*TORCHRUN, *options, "-m", "isthmus", "train", *words, "--out", "run", "--quiet"]
    with subprocess.Popen(
        begun, cwd=folder, env=environment(), stderr=subprocess.PIPE, text=True
    ) as agent:
        metrics = folder / "run" / "metrics.jsonl"
        while not metrics.is_file() or len(metrics.read_text().splitlines()) < 2:
            assert agent.poll() is None
        children = subprocess.run(
            ["pgrep", "-P", str(agent.pid)], capture_output=True, text=True, check=True
        )
        os.kill(int(children.stdout.split()[-1]), number)
        began = time.monotonic()
        said = agent.communicate(timeout=300)[1]
    return agent.returncode, said, time.monotonic() - began


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_killed_or_stopped_rank_ends_the_training_with_a_sentence(tmp_path, number):
    code, said, seconds = signalled(tmp_path, number, "--epochs", "100000")
    assert code != 0
    assert said.count("isthmus: Training requires all of its processes.") == 1
    assert seconds < 60


@pytest.mark.slow
def test_a_restarted_training_goes_on_from_its_checkpoint_to_the_same_bytes(tmp_path):
    words = (
        "--epochs",
        "60",
        "--no-early-stopping",
        "--seed",
        "0",
        "--checkpoint-every",
        "1epochs",
    )
    code, said, _ = signalled(tmp_path, signal.SIGKILL, *words, options=("--max-restarts", "1"))
    assert code == 0, said
    whole = [*TORCHRUN, "-m", "isthmus", "train", *words, "--out", "whole", "--quiet"]
    subprocess.run(whole, cwd=tmp_path, env=environment(), check=True, capture_output=True)
    ours, theirs = (
        (tmp_path / name / "model" / "model.safetensors").read_bytes() for name in ("run", "whole")
    )
    assert ours == theirs


SCRIPT = """
import atexit, os, sys, threading
from isthmus.cli import _launched_ranks

atexit.register(print, "at exit", flush=True)
if len(sys.argv) > 1:
    _launched_ranks._has_joined.set()
_launched_ranks.exit_after_peers(3)
print("alone", flush=True)
"""


@pytest.mark.parametrize(("words", "code", "out"), [(["x"], 3, "at exit\n"), ([], 0, "alone\n")])
def test_a_process_that_joined_others_exits_before_python_ends(words, code, out):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *words], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (
        code,
        out + "at exit\n" * (not words),
        "",
    )


def test_a_process_without_torchrun_is_alone(monkeypatch, as_rank):
    assert launch() == Launch(0, 1)
    as_rank(0, world=1)
    assert launch() == Launch(0, 1)
    as_rank(1, world=4, TORCHELASTIC_RESTART_COUNT=2)
    assert launch() == Launch(1, 4, 2)


def test_an_environment_that_contradicts_itself_is_refused(cli, as_rank):
    as_rank(2)
    outcome = cli("train", "digits")
    assert outcome.code == 2
    assert outcome.sentence == (
        "RANK must be an integer from 0 to below WORLD_SIZE. The environment has RANK=2 and "
        "WORLD_SIZE=2: start the processes with torchrun."
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("doctor", "rows.csv"),
            "`isthmus doctor` runs in one process. Got 2 from torchrun: run it without torchrun.",
        ),
        (
            ("train", "--estimator", "outlier-detector"),
            "The estimator 'outlier-detector' trains in one process. Got 2 from torchrun: run the "
            "command without torchrun.",
        ),
        (
            ("train", "--estimator", "stacked", "--layer-dims", "4,2", "--ablate"),
            "--ablate requires a training in one process. Got 2 from torchrun: leave it out.",
        ),
    ],
)
def test_what_several_processes_cannot_share_is_refused(cli, as_rank, words, sentence):
    as_rank(0)
    outcome = cli(*words)
    assert (outcome.code, outcome.sentence) == (2, sentence)


def test_only_rank_0_prints(capsys, as_rank):
    for rank in (0, 1):
        as_rank(rank)
        with only_rank_0_speaks():
            print(f"rank {rank}")
            print(f"rank {rank}", file=sys.stderr)
    assert capsys.readouterr() == ("rank 0\n", "rank 0\n")


def test_one_of_several_failed_processes_prints_its_error(as_rank):
    store = dist.TCPStore("127.0.0.1", 0, is_master=True)
    as_rank(0, MASTER_PORT=store.port, TORCHELASTIC_USE_AGENT_STORE="True")
    assert [first_to_fail() for _ in range(3)] == [True, False, False]


def test_a_process_whose_imports_torchrun_interrupts_says_nothing(as_rank, monkeypatch):
    as_rank(1, MASTER_PORT=1, TORCHELASTIC_USE_AGENT_STORE="True")
    monkeypatch.setitem(sys.modules, "torch", None)
    assert not first_to_fail()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGUSR1")
def test_a_signal_ends_a_process_that_waits_for_the_others(monkeypatch):
    def end(number, frame):
        raise InterruptedError("told to end")

    before = signal.signal(signal.SIGUSR1, end)
    try:
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        with pytest.raises(InterruptedError, match="told to end"):
            Launch(1, 2)._compare(dist.HashStore(), "rows", "9 x 3")
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_processes_with_other_rows_or_settings_are_refused():
    store = dist.HashStore()
    store.set("rows/0", "10 x 3")
    store.set("settings/0", "a")
    with pytest.raises(
        DataError,
        match=r"same rows\. Rank 0 has 10 x 3, rank 1 has 9 x 3: pass the same source to all",
    ):
        Launch(1, 2)._compare(store, "rows", "9 x 3")
    with pytest.raises(UsageError, match=r"Those of rank 1 differ from those of rank 0: start all"):
        Launch(1, 2)._compare(store, "settings", "b")
    Launch(1, 2)._compare(store, "rows", "10 x 3")


def test_an_incomplete_run_is_replaced_after_a_restart_only(tmp_path):
    (tmp_path / "config.yaml").touch()
    assert not Launch(0, 2, restart=0).replaces_own(tmp_path)
    assert Launch(0, 2, restart=1).replaces_own(tmp_path)
    (tmp_path / "report.json").touch()
    assert not Launch(0, 2, restart=1).replaces_own(tmp_path)


def test_an_incomplete_run_of_the_same_settings_is_continued_after_a_restart_only(tmp_path):
    asked = {"estimator": "autoencoder", "parameters": {"hidden_dims": (8,)}}
    start = {"asked": asked, "config": {"source": {"source": "X.npy"}}, "options": {}, "facts": {}}
    (tmp_path / "checkpoint").mkdir()
    (tmp_path / "checkpoint" / "start.json").write_text(json.dumps(signed(start)))
    assert Launch(0, 2, restart=1).interrupted(tmp_path, asked).config == start["config"]
    assert Launch(0, 2, restart=1).interrupted(tmp_path, {"estimator": "vae"}) is None
    assert Launch(0, 2, restart=1).interrupted(None, asked) is None
    assert Launch(0, 2, restart=0).interrupted(tmp_path, asked) is None
    assert Launch(1, 2, restart=1).interrupted(tmp_path, asked) is None


def test_a_process_that_is_told_to_end_says_so(as_rank):

    as_rank(0)
    with (
        pytest.raises(LostProcessError, match=r"This one was told to end \(SIGTERM\)"),
        only_rank_0_speaks(),
    ):
        os.kill(os.getpid(), signal.SIGTERM)
