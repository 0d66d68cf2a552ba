"""Weights divided among processes train as whole ones do."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.distributed as dist
from torch.testing import assert_close

from isthmus import Autoencoder
from isthmus.errors import UsageError
from isthmus.nn import MLPAutoencoder
from isthmus.objectives import Reconstruction
from isthmus.preprocessing import Scaling
from isthmus.rows import as_rows
from isthmus.training import Callback, Checkpointer, ProcessRanks, Settings, train, train_sharded

SETTINGS = Settings(
    epochs=4,
    batch_size=16,
    optimizer="adam",
    learning_rate=0.01,
    schedule="cosine",
    warmup=0.1,
    weight_decay=0.001,
    patience=3,
)


@pytest.fixture
def group():
    """A group of one process."""
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    yield ProcessRanks()
    dist.destroy_process_group()


def rows(n, seed=0):
    X = np.random.default_rng(seed).random((n, 7), dtype=np.float32)
    return as_rows(X, Scaling("none", np.zeros(1), np.ones(1)), keep=True)


def objective():
    return Reconstruction(MLPAutoencoder(7, 3, (5,), generator=torch.Generator().manual_seed(0)))


def losses(records):
    return [record[name] for record in records for name in ("train_loss", "validation_loss")]


def outcome(settings, *callbacks, ranks=None):
    """Return losses and weights of a training, divided if there are ranks."""
    model, how = objective(), {} if ranks is None else {"ranks": ranks}
    fit = train if ranks is None else train_sharded
    records = fit(
        model, rows(67), settings, seed=1, validation=rows(21, 1), callbacks=callbacks, **how
    )
    return losses(records), [p.detach() for p in model.parameters()]


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
def test_divided_weights_train_as_whole_ones(optimizer, group):
    settings = replace(SETTINGS, optimizer=optimizer)
    expected, whole = outcome(settings)
    found, divided = outcome(settings, ranks=group)
    assert found == pytest.approx(expected, rel=1e-5)
    assert_close(divided, whole, rtol=1e-4, atol=1e-6)


class EndsAt(Callback):
    def __init__(self, step):
        self.step = step

    def on_step_end(self, step):
        self.step -= 1
        if not self.step:
            raise KeyboardInterrupt


@pytest.mark.parametrize("step", [3, 11])  # 5 steps an epoch
def test_a_training_of_divided_weights_resumes_with_the_same_bytes(tmp_path, step, group):
    expected = outcome(SETTINGS, ranks=group)
    with pytest.raises(KeyboardInterrupt):
        outcome(SETTINGS, Checkpointer(tmp_path, seconds=1e-9), EndsAt(step), ranks=group)
    found = outcome(SETTINGS, Checkpointer(tmp_path, resume=True), ranks=group)
    assert found[0] == expected[0]
    assert all(map(torch.equal, found[1], expected[1]))


SCRIPT = """
import json, sys
import torch, torch.distributed as dist
sys.path.insert(0, sys.argv[1])
from test_sharded_training import SETTINGS, EndsAt, outcome
from isthmus.training import Checkpointer, ProcessRanks

dist.init_process_group("gloo")
ranks = ProcessRanks()
found, weights = outcome(SETTINGS, ranks=ranks)
checkpoints = Checkpointer(sys.argv[2], seconds=1e-9)
try:
    outcome(SETTINGS, checkpoints, EndsAt(8), ranks=ranks)
except KeyboardInterrupt:
    pass
_, resumed = outcome(SETTINGS, Checkpointer(sys.argv[2], resume=not ranks.rank), ranks=ranks)
same = all(map(torch.equal, weights, resumed))
every = [None, None]
dist.all_gather_object(every, (found, [w.tolist() for w in weights], same))
if not ranks.rank:
    print(json.dumps(every))
dist.destroy_process_group()
"""


@pytest.mark.slow
def test_two_processes_with_half_of_the_weights_train_as_one_with_all(tmp_path):
    expected, whole = outcome(SETTINGS)
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", "2", str(script), str(__file__).rpartition("/")[0]]
    done = subprocess.run([*command, str(tmp_path / "kept")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    first, second = json.loads(done.stdout)
    assert first == second
    found, divided, is_same_after_resuming = first
    assert is_same_after_resuming
    assert found == pytest.approx(expected, rel=1e-5)
    assert_close([torch.tensor(w) for w in divided], whole, rtol=1e-4, atol=1e-6)


X = np.random.default_rng(0).random((40, 7), dtype=np.float32)


def test_shard_weights_has_no_effect_in_one_process():
    parameters = {"latent_dim": 3, "hidden_dims": (5,), "epochs": 2, "random_state": 0}
    alone = Autoencoder(**parameters, optimizer="adam").fit(X).transform(X)
    assert np.array_equal(Autoencoder(**parameters, shard_weights=True).fit(X).transform(X), alone)


def test_shard_weights_requires_an_optimizer_of_single_weights():
    model = Autoencoder(3, shard_weights=True, optimizer="muon")
    with pytest.raises(UsageError, match=r"adam, adamw or sgd. Got 'muon': change `optimizer`"):
        model.fit(X)
