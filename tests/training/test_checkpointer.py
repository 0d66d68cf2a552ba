"""A fit that is interrupted anywhere and resumed leaves the bytes of one that never stopped."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
import torch
from torch import nn

from isthmus import (
    Autoencoder,
    AutoencoderImputer,
    AutoencoderOutlierDetector,
    ConvAutoencoder,
    SparseAutoencoder,
    StackedAutoencoder,
    StackedAutoencoderClassifier,
    VariationalAutoencoder,
)
from isthmus.errors import ArtifactError, UsageError
from isthmus.training import Callback, Checkpointer, _checkpoint_file

ROWS = np.random.default_rng(0).normal(size=(90, 8)).astype(np.float32)
PICTURES = np.random.default_rng(1).random((40, 8, 8), dtype=np.float32)
CLASSES = np.arange(90) % 3
CLASSES[::4] = -1
SHORT = {"epochs": 3, "random_state": 0, "device": "cpu"}


def dropping():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        encoder = nn.Sequential(nn.Linear(8, 6), nn.Dropout(0.4), nn.Linear(6, 2))
        return Autoencoder(encoder=encoder, decoder=nn.Linear(2, 8), **SHORT)


# What has several trainings, draws while it trains, or counts steps.
FITS = {
    "autoencoder": lambda: Autoencoder(2, noise="masking", patience=1, **SHORT),
    "dropout": dropping,
    "sparse": lambda: SparseAutoencoder(12, 3, **SHORT),
    "vae": lambda: VariationalAutoencoder(2, **SHORT),
    "stack": lambda: StackedAutoencoder(
        (6, 3), noise="gaussian", tied_weights="pretraining", pretraining_epochs=2, **SHORT
    ),
    "chain": lambda: StackedAutoencoder((6, 3), "chain", pretraining_epochs=2, **SHORT),
    "classifier": lambda: StackedAutoencoderClassifier((6, 3), pretraining_epochs=1, **SHORT),
    "detector": lambda: AutoencoderOutlierDetector(n_members=3, **SHORT),
    "imputer": lambda: AutoencoderImputer(steps=6, width=8, random_state=0, device="cpu"),
    "conv": lambda: ConvAutoencoder(3, **SHORT),
}


class KilledError(Exception):
    """Stands for the end of the process."""


class Kill(Callback):
    """Raises after a number of steps, in whichever training."""

    def __init__(self, n_steps=10**9):
        self.n_left = self.n_steps = n_steps

    def on_step_end(self, step):
        self.n_left -= 1
        if self.n_left <= 0:
            raise KilledError


def fitted(name, callbacks):
    model = FITS[name]()
    model.set_params(callbacks=callbacks)
    if name == "classifier":
        return model.fit(ROWS, CLASSES)
    if name == "imputer":
        return model.fit(np.where(ROWS > 1.2, np.nan, ROWS))
    return model.fit(PICTURES if name == "conv" else ROWS)


def bytes_of(model, folder):
    model.set_params(callbacks=None).save(folder)
    document = json.loads((folder / "model.json").read_text())
    del document["sha256"]  # of the document with its seconds
    for record in document["history"]:
        del record["seconds"]
    return document, (folder / "model.safetensors").read_bytes()


def resumed(name, folder, kill, **kwargs):
    """Fit until the kill, and repeat the fit with what is left of it."""
    checkpoints = Checkpointer(folder, **{"seconds": None, "epochs": 1} | kwargs)
    with pytest.raises(KilledError):
        fitted(name, [checkpoints, Kill(kill)])
    rest = Kill()
    model = fitted(name, [Checkpointer(folder, seconds=None, epochs=1, resume=True), rest])
    return model, rest.n_steps - rest.n_left


@pytest.mark.parametrize("name", FITS)
def test_interrupted_anywhere_a_fit_ends_with_the_same_bytes(name, tmp_path):
    count = Kill()
    expected = bytes_of(fitted(name, [count]), tmp_path / "whole")
    n_steps, draws = count.n_steps - count.n_left, random.Random(name)
    for k in range(3):
        kill = draws.randint(1, n_steps)
        every = [{"epochs": 1}, {"epochs": None, "seconds": 1e-9}, {"epochs": 2}][k]
        model, n_rest = resumed(name, tmp_path / f"{k}", kill, **every)
        assert n_rest <= n_steps - (kill if k == 1 else 0)
        assert bytes_of(model, tmp_path / "resumed") == expected, kill


def checkpoint(folder, name="autoencoder"):
    with pytest.raises(KilledError):
        fitted(name, [Checkpointer(folder, seconds=None, epochs=1), Kill(5)])
    return folder / "training-1.safetensors"


def test_short_trainings_write_nothing_by_default(tmp_path):
    fitted("stack", [Checkpointer(tmp_path)])
    assert list(tmp_path.iterdir()) == []


def test_a_training_that_had_ended_is_not_repeated(tmp_path):
    fitted("stack", [Checkpointer(tmp_path, seconds=None, epochs=100)])
    count = Kill()
    fitted("stack", [Checkpointer(tmp_path, resume=True), count])
    assert count.n_left == count.n_steps
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"training-{k}.safetensors" for k in (1, 2, 3)
    ]


def test_without_resume_a_fit_starts_anew(tmp_path):
    checkpoint(tmp_path)
    count = Kill()
    fitted("autoencoder", [Checkpointer(tmp_path), count])
    assert count.n_steps - count.n_left == 9


def test_a_closed_checkpointer_keeps_the_state_in_which_it_was_closed(tmp_path):
    class Stop(Callback):
        def on_step_end(self, step):
            checkpoints.close()
            return True

    checkpoints = Checkpointer(tmp_path / "checkpoints")
    fitted("stack", [checkpoints, Stop()])
    assert [path.name for path in checkpoints.folder.iterdir()] == ["training-1.safetensors"]
    model = fitted("stack", [Checkpointer(checkpoints.folder, resume=True)])
    expected = bytes_of(fitted("stack", []), tmp_path / "expected")
    assert bytes_of(model, tmp_path / "resumed") == expected


def test_a_write_that_fails_leaves_the_last_checkpoint(tmp_path, monkeypatch):
    path = checkpoint(tmp_path)
    good = path.read_bytes()

    def full(tensors, file, metadata):
        file.write_bytes(b"the first part")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("isthmus.training._checkpoint_file.save_file", full)
    with pytest.raises(OSError, match="No space left"):
        fitted("autoencoder", [Checkpointer(tmp_path, seconds=None, epochs=1, resume=True)])
    assert path.read_bytes() == good
    assert [path.name for path in tmp_path.iterdir()] == [path.name]


def test_a_damaged_checkpoint_is_named(tmp_path):
    path = checkpoint(tmp_path)
    path.write_bytes(path.read_bytes()[:-9])
    message = r"The checkpoint .*training-1.safetensors cannot be read \(.*\)\. Restore it from a "
    with pytest.raises(ArtifactError, match=message):
        fitted("autoencoder", [Checkpointer(tmp_path, resume=True)])


def test_a_flipped_bit_of_a_checkpoint_is_noticed_anywhere(tmp_path):
    path = checkpoint(tmp_path)
    whole = path.read_bytes()

    for place in random.Random(0).sample(range(len(whole)), 60):
        content = bytearray(whole)
        content[place] ^= 1 << place % 8
        path.write_bytes(content)
        with pytest.raises(ArtifactError, match=r"training-1.safetensors"):
            fitted("autoencoder", [Checkpointer(tmp_path, resume=True)])


def test_a_checkpoint_of_an_earlier_version_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(_checkpoint_file, "_SCHEMA", 1)
    checkpoint(tmp_path)
    monkeypatch.undo()
    message = r"must have schema 2\. Got 1: resume with the Isthmus that wrote it, or train again"
    with pytest.raises(ArtifactError, match=message):
        fitted("autoencoder", [Checkpointer(tmp_path, resume=True)])


def test_other_rows_or_parameters_are_refused(tmp_path):
    checkpoint(tmp_path)
    model = FITS["autoencoder"]().set_params(callbacks=[Checkpointer(tmp_path, resume=True)])
    message = "Got rows 72 instead of 81, validation rows 8 instead of 9: pass the same ones"
    with pytest.raises(UsageError, match=message):
        model.fit(ROWS[:80])
    model.set_params(callbacks=[Checkpointer(tmp_path, resume=True)], learning_rate=0.5)
    with pytest.raises(UsageError, match=r"Got learning_rate 0.5 instead of 0.0"):
        model.fit(ROWS)


def test_intervals_must_be_positive(tmp_path):
    with pytest.raises(UsageError, match=r"must be positive or None\. Got 0\."):
        Checkpointer(tmp_path, epochs=0)
