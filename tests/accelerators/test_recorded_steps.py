"""Recorded training steps.

The tests replace a CUDA graph by a list of a step's operations on the CPU, with the very tensors
and numbers that they had. A step that read a result on the host, or took a changing number from
outside, fails or differs here as it would on a GPU.
"""

from __future__ import annotations

import functools

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from isthmus import (
    Autoencoder,
    AutoencoderOutlierDetector,
    StackedAutoencoder,
    StackedAutoencoderClassifier,
)
from isthmus.accelerators import _gram_muon, _recorded_steps, switched_off
from isthmus.errors import TrainingError

aten = torch.ops.aten
# They wait for the device, or for how large a result is.
LOOKS = {aten._local_scalar_dense, aten.item, aten.nonzero, aten.is_nonzero, aten.masked_select}

SETTINGS = {"epochs": 6, "batch_size": 16, "random_state": 0, "device": "cpu"}
N = 16 * 9 + 5  # a last, smaller batch in each epoch


class Tape(TorchDispatchMode):
    """Records operations while they run, and can undo and repeat them."""

    def __init__(self):
        super().__init__()
        self.calls, self.before = [], {}

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function.overloadpacket in LOOKS:
            raise RuntimeError(f"{function} waits for the device")
        for k, spec in enumerate(function._schema.arguments):
            if spec.alias_info and spec.alias_info.is_write:
                given = args[k] if k < len(args) else kwargs.get(spec.name)
                for tensor in tree_leaves(given):
                    self.keep(tensor)
        results = function(*args, **kwargs)
        self.calls.append((function, args, kwargs, results))
        return results

    def keep(self, tensor):
        memory = tensor.untyped_storage()
        if memory.data_ptr() not in self.before:
            self.before[memory.data_ptr()] = memory, memory.clone()

    def undo(self):
        for memory, before in self.before.values():
            memory.copy_(before)

    def play(self):
        with torch.no_grad():
            for function, args, kwargs, results in self.calls:
                if any(
                    spec.alias_info and not spec.alias_info.is_write
                    for spec in function._schema.returns
                ):
                    continue  # a view
                again = function(*args, **kwargs)
                for old, new in zip(tree_leaves(results), tree_leaves(again), strict=True):
                    if isinstance(old, torch.Tensor) and old is not new:
                        old.copy_(new)


def taped(function, generator):
    """Return a tape of a function, which then has not been called, and what it returned."""
    tape, state = Tape(), generator.get_state()
    with tape:
        result = function()
    tape.undo()
    generator.set_state(state)
    return tape, result


@pytest.fixture(name="plays")
def record_on_the_cpu(monkeypatch):
    """Let steps on the CPU be recorded; the list grows by the name of each action."""
    events = []

    def record(function, generator):
        tape, result = taped(function, generator)
        events.append("recorded")

        def play():
            events.append("played")
            tape.play()

        return result, play

    monkeypatch.setitem(_recorded_steps._RECORDERS, "cpu", record)
    return events


@pytest.fixture(name="X")
def make_rows(rng):
    return rng.random((N, 9))


plain = functools.partial(Autoencoder, optimizer="adam")
stacked = functools.partial(StackedAutoencoder, (5, 2), optimizer="adam", pretraining_epochs=4)
CASES = {
    "adam": functools.partial(plain, weight_decay=0.01),
    "adamw": functools.partial(plain, optimizer="adamw", weight_decay=0.01),
    "muon": functools.partial(plain, optimizer="muon"),
    "decay": functools.partial(plain, optimizer="muon", weight_decay=0.1),
    "cosine": functools.partial(plain, schedule="cosine", warmup=0.3),
    "shifts": functools.partial(plain, max_shift=1),
    "bfloat16": functools.partial(plain, precision="bfloat16"),
    "stack": stacked,
    "masking": functools.partial(stacked, noise="masking", emphasis=(1.0, 0.3)),
    "salt and pepper": functools.partial(stacked, noise="salt_and_pepper", loss="huber"),
    "gaussian": functools.partial(stacked, noise="gaussian", loss="log_cosh"),
    "tied": functools.partial(
        stacked, tied_weights="always", loss="binary_cross_entropy", scaling="minmax"
    ),
    "chain": functools.partial(stacked, stacking="chain", loss="mean_absolute_error"),
    "multinomial": functools.partial(stacked, loss="multinomial", scaling="none"),
    "detector": AutoencoderOutlierDetector,
}
# Where memory lies decides how products round, and Muon makes much of little.
TOLERANCES = dict.fromkeys(CASES, 1e-4) | dict.fromkeys(("muon", "decay", "detector"), 1e-2)
TOLERANCES["bfloat16"] = 2e-3


@pytest.mark.filterwarnings("ignore:The training steps:RuntimeWarning")
@pytest.mark.parametrize("case", CASES)
def test_played_steps_train_as_steps_that_are_made(case, X, plays, monkeypatch):
    make, tolerance = CASES[case], TOLERANCES[case]
    estimator = made(make)
    played = estimator.fit(X)
    assert plays.count("played") > 5 * plays.count("recorded") > 0
    result = outcome(played, X)
    monkeypatch.setitem(_recorded_steps._RECORDERS, "cpu", refuse)
    assert_allclose(result, outcome(estimator.fit(X), X), rtol=tolerance)
    # Other steps take the rate as a number, and may round otherwise.
    monkeypatch.delitem(_recorded_steps._RECORDERS, "cpu")
    assert_allclose(result, outcome(estimator.fit(X), X), rtol=tolerance)


@pytest.mark.filterwarnings("ignore:The training steps:RuntimeWarning")
@pytest.mark.parametrize("case", ["muon", "decay"])
def test_muons_way_on_other_devices_can_be_played(case, X, plays, monkeypatch):
    monkeypatch.setattr(_gram_muon, "_implementation_for", lambda device: _gram_muon._InBfloat16)
    estimator = CASES[case](**SETTINGS)
    result = outcome(estimator.fit(X), X)
    assert plays.count("played") > 20
    monkeypatch.setitem(_recorded_steps._RECORDERS, "cpu", refuse)
    assert_allclose(result, outcome(estimator.fit(X), X), rtol=5e-2)


def made(make, **changes):
    """Create an estimator with those of the settings that it has."""
    known, settings = make().get_params(), SETTINGS | changes
    return make(**{name: value for name, value in settings.items() if name in known})


def refuse(function, generator):
    raise RuntimeError("operation not permitted when stream is capturing\nand more")


def outcome(fitted, X):
    if hasattr(fitted, "history_"):
        return [record["train_loss"] for record in fitted.history_]
    return fitted.score_samples(X)


def test_a_classifier_is_recorded_too(X, plays, monkeypatch):
    y = (X[:, 0] > 0.5).astype(int)
    no_dropout = {"dropout": 0.0, "input_dropout": 0.0}  # whose draws are torch's own
    estimator = StackedAutoencoderClassifier(
        (5,), noisy_labels_training=True, **no_dropout, **SETTINGS
    )
    played = estimator.fit(X, y)
    assert plays.count("recorded") == 2  # pretraining, and training by labels
    monkeypatch.delitem(_recorded_steps._RECORDERS, "cpu")
    assert_allclose(outcome(played, X), outcome(estimator.fit(X, y), X), rtol=2e-3)


def test_a_network_of_ones_own_is_not_recorded(X, plays):
    # It may look at its results, or do something else in each step.
    with torch.random.fork_rng(devices=[]):
        encoder, decoder = nn.Linear(9, 2), nn.Linear(2, 9)
    Autoencoder(encoder=encoder, decoder=decoder, **SETTINGS).fit(X)
    assert not plays


@pytest.mark.parametrize(
    "changes", [{"optimizer": "sgd"}, {"epochs": 2}, {"batch_size": 1000}], ids=str
)
def test_what_cannot_be_repeated_or_is_too_short_is_not_recorded(changes, X, plays):
    Autoencoder(**{**SETTINGS, **changes}).fit(X)
    assert not plays


def test_rows_that_are_not_on_the_device_are_not_recorded(X, plays, monkeypatch):
    monkeypatch.setattr("isthmus.rows._dense_rows._CACHE_BYTES", 0)
    Autoencoder(**SETTINGS).fit(X)
    assert not plays


def test_where_recording_fails_the_steps_are_made_one_by_one(X, monkeypatch):
    expected = Autoencoder(**SETTINGS).fit(X)
    monkeypatch.setitem(_recorded_steps._RECORDERS, "cpu", refuse)
    with pytest.warns(RuntimeWarning, match=r"not be recorded .*not permitted.*capturing\)\. They"):
        fitted = Autoencoder(**SETTINGS).fit(X)
    assert_allclose(outcome(fitted, X), outcome(expected, X), rtol=1e-2)


def test_what_a_spoilt_recording_leaves_in_memory_is_not_used(X, monkeypatch):
    expected = plain(**SETTINGS).fit(X)

    def spoil(function, generator):
        """Fail like a recording that fails late: nothing was computed, new memory is undefined."""
        tape, _ = taped(function, generator)
        for operation, _, _, result in tape.calls:
            if operation.overloadpacket in (aten.new_ones, aten.new_empty):
                result.fill_(torch.nan)
        try:
            raise ValueError("the first reason")
        finally:
            raise RuntimeError("a later one")

    monkeypatch.setitem(_recorded_steps._RECORDERS, "cpu", spoil)
    with pytest.warns(RuntimeWarning, match="the first reason"):
        fitted = plain(**SETTINGS).fit(X)
    assert_allclose(outcome(fitted, X), outcome(expected, X), rtol=1e-4)


def test_a_training_that_diverges_is_told_as_without_recording(X, plays):
    with pytest.raises(
        TrainingError, match=r"^Training diverged: the loss is (nan|inf) after epoch 1\. "
    ):
        plain(learning_rate=9e31, **SETTINGS).fit(X)
    assert "played" in plays


def test_infinite_rows_are_refused_before_any_step(X, plays):
    X[3] = np.inf
    with pytest.raises(ValueError, match="inf"):
        Autoencoder(**SETTINGS).fit(X)
    assert not plays


def test_switched_off_nothing_is_recorded(X, plays):
    with switched_off("cuda-graphs"):
        plain(**SETTINGS).fit(X)
    assert not plays


@pytest.mark.parametrize("name", ["gradients", "fused-losses"])
def test_steps_without_another_accelerator_can_be_played_too(name, X, plays, monkeypatch):
    estimator = stacked(noise="masking", emphasis=(1.0, 0.3), **SETTINGS)
    with switched_off(name):
        played = outcome(estimator.fit(X), X)
        assert plays.count("played") > 20
        monkeypatch.delitem(_recorded_steps._RECORDERS, "cpu")
        assert_allclose(played, outcome(estimator.fit(X), X), rtol=1e-4)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("make", CASES.values(), ids=CASES)
def test_a_cuda_graph_trains_as_steps_that_are_made(make, X, monkeypatch, recwarn):
    estimator = made(make, device="cuda")
    played = outcome(estimator.fit(X), X)
    assert not [warning for warning in recwarn if "recorded" in str(warning.message)]
    monkeypatch.delitem(_recorded_steps._RECORDERS, "cuda")
    assert_allclose(played, outcome(estimator.fit(X), X), rtol=5e-2, atol=1e-2)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.filterwarnings("ignore:Synchronization debug mode:UserWarning")
@pytest.mark.filterwarnings("ignore:The training steps:RuntimeWarning")
@pytest.mark.parametrize("optimizer", ["adam", "muon"])
def test_no_step_waits_for_the_device(optimizer, X, monkeypatch):
    make = _recorded_steps.RecordedSteps.make

    def watched(self, batch, rate):
        try:
            torch.cuda.set_sync_debug_mode("error")
            return make(self, batch, rate)
        finally:
            torch.cuda.set_sync_debug_mode("default")

    monkeypatch.setattr(_recorded_steps.RecordedSteps, "make", watched)
    monkeypatch.setitem(_recorded_steps._RECORDERS, "cuda", refuse)  # capturing itself waits
    Autoencoder(**SETTINGS | {"device": "cuda", "optimizer": optimizer}).fit(X)
