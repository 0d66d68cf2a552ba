"""A training that is saved and resumed gives the same bytes as an uninterrupted one."""

from __future__ import annotations

import io
import json
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close

from isthmus import accelerators as _accelerators
from isthmus.accelerators import switched_off
from isthmus.errors import UsageError
from isthmus.nn import MLPAutoencoder, VariationalMLP
from isthmus.objectives import Corruption, EvidenceBound, Likelihood, Reconstruction
from isthmus.preprocessing import Scaling
from isthmus.rows import as_rows
from isthmus.training import Callback, Ranks, Settings, TrainState

AS_IS = Scaling("none", np.zeros(1), np.ones(1))
SETTINGS = Settings(
    epochs=6,
    batch_size=16,
    optimizer="adam",
    learning_rate=0.01,
    schedule="cosine",
    warmup=0.1,
    weight_decay=0.01,
    patience=3,
)


def rows(n=40, seed=0):
    X = np.random.default_rng(seed).random((n, 6), dtype=np.float32)
    return as_rows(X, AS_IS, keep=True)


def objective(seed=0):
    network = MLPAutoencoder(6, 2, (5,), generator=torch.Generator().manual_seed(seed))
    return Reconstruction(network, corruption=Corruption("masking", 0.3))


def evidence_bound(seed=0):
    generator = torch.Generator().manual_seed(seed)
    network = VariationalMLP(2, (5,), n_features=6, n_variances=1, generator=generator)
    # Interrupted within the warm-up of beta, and while the variance is a running mean.
    return EvidenceBound(network, Likelihood("gaussian"), n_warmup_steps=15)


class Dropping(nn.Module):
    """Draws from torch's global generator, and has buffers."""

    def __init__(self):
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.layers = nn.Sequential(
                nn.Linear(6, 5), nn.BatchNorm1d(5), nn.Dropout(0.3), nn.Linear(5, 6)
            )

    def forward(self, x):
        return self.layers(x)


def new_state(settings, *, make=objective, **kwargs):
    model = make()
    optimizer = _accelerators.new_optimizer(model, settings)
    return TrainState(model, optimizer, **kwargs)


def train(state, settings=SETTINGS, **kwargs):
    kwargs = {"validation": rows(20, seed=1)} | kwargs
    return _accelerators.train(state.model, rows(), settings, seed=7, state=state, **kwargs)


class Stop(Callback):
    """Saves the state at one moment, and stops the training there."""

    def __init__(self, epoch, step=None):
        self.epoch, self.step, self.saved = epoch, step, None

    def on_train_begin(self, plan):
        self.state = plan.state

    def on_step_end(self, step):
        if self.state.epoch + 1 == self.epoch and step == self.step:
            self.saved = self.state.state_dict()
            raise KeyboardInterrupt

    def on_epoch_end(self, record):
        if record["epoch"] == self.epoch and self.step is None:
            self.saved = self.state.state_dict()
            return True
        return None


def through_a_file(saved):
    file = io.BytesIO()
    torch.save(saved, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def outcome(state):
    weights = {k: v.numpy().tobytes() for k, v in state.model.state_dict().items()}
    history = [{k: v for k, v in r.items() if k != "seconds"} for r in state.history]
    return weights, history, state.epoch, state.best_epoch, state.best_loss


def interrupted(settings, stop, *, make=objective, **kwargs):
    """Train up to a moment, and resume from there with new objects."""
    first = new_state(settings, make=make, **kwargs)
    try:
        train(first, settings, callbacks=[stop])
    except KeyboardInterrupt:
        assert stop.step is not None
    second = new_state(settings, make=make, **kwargs)
    second.load_state_dict(through_a_file(stop.saved))
    train(second, settings)
    return second


def uninterrupted(settings, *, make=objective, **kwargs):
    state = new_state(settings, make=make, **kwargs)
    train(state, settings)
    return state


@pytest.mark.usefixtures("accelerators")
@pytest.mark.parametrize("optimizer", ["adam", "adamw", "muon", "sgd"])
@pytest.mark.parametrize(("epoch", "step"), [(2, None), (5, None), (3, 2), (3, 3)])
def test_going_on_gives_the_bytes_of_never_stopping(optimizer, epoch, step):
    settings = replace(SETTINGS, optimizer=optimizer)
    expected = outcome(uninterrupted(settings, stage="layer 1", first_epoch=1))
    found = interrupted(settings, Stop(epoch, step), stage="layer 1", first_epoch=1)
    assert outcome(found) == expected
    assert len(found.history) == 6 and {r["stage"] for r in found.history} == {"layer 1"}


@pytest.mark.usefixtures("accelerators")
@pytest.mark.parametrize(("epoch", "step"), [(2, None), (3, 2)])
def test_a_variational_training_goes_on_in_its_warm_up(epoch, step):
    expected = outcome(uninterrupted(SETTINGS, make=evidence_bound))
    found = outcome(interrupted(SETTINGS, Stop(epoch, step), make=evidence_bound))
    assert found == expected


@pytest.mark.usefixtures("accelerators")
@pytest.mark.parametrize("optimizer", ["adam", "muon"])
def test_small_momenta_are_cleaned_at_the_same_steps(optimizer):
    # Cleaning happens every 32 or 128 steps, counted from the very first.
    settings = replace(SETTINGS, optimizer=optimizer, batch_size=2, epochs=8, patience=None)
    expected = outcome(uninterrupted(settings))
    assert outcome(interrupted(settings, Stop(5, 7))) == expected


@pytest.mark.usefixtures("accelerators")
def test_the_best_epochs_weights_survive():
    # The rate is so high that an early epoch is the best: its weights come from the saved state.
    settings = replace(SETTINGS, learning_rate=0.2, epochs=40, schedule="constant")
    expected = uninterrupted(settings)
    assert expected.best_epoch < expected.epoch < 40
    stop = Stop(expected.epoch - 1)
    found = interrupted(settings, stop)
    assert outcome(found) == outcome(expected)
    assert found.best_epoch < expected.epoch - 1


@pytest.mark.usefixtures("accelerators")
@pytest.mark.parametrize(("epoch", "step"), [(1, 2), (2, None)])
def test_initial_weights_that_are_the_best_survive(epoch, step):
    settings = replace(SETTINGS, learning_rate=3.0, epochs=4, patience=4, keeps_start=True)
    expected = uninterrupted(settings)
    assert (expected.best_epoch, expected.kept_epoch) == (0, 0)
    found = interrupted(settings, Stop(epoch, step))
    assert outcome(found) == outcome(expected)
    initial = objective().state_dict()
    assert all(torch.equal(w, initial[name]) for name, w in found.model.state_dict().items())


@pytest.mark.usefixtures("accelerators")
def test_a_training_that_is_over_does_not_go_on():
    settings = replace(SETTINGS, learning_rate=0.2, epochs=40, schedule="constant")
    ended = uninterrupted(settings)
    again = new_state(settings)
    again.load_state_dict(ended.state_dict())
    before = outcome(ended)
    assert train(again, settings) == ended.history
    assert outcome(again) == before


@pytest.mark.usefixtures("accelerators")
def test_after_the_end_it_goes_on_from_the_last_epoch_not_from_the_best():
    short = replace(SETTINGS, epochs=4, learning_rate=0.2, schedule="constant", warmup=0.0)
    long = replace(short, epochs=6)
    expected = outcome(uninterrupted(long))
    first = uninterrupted(short)
    assert first.best_epoch < first.epoch  # the model has the weights of the best
    second = new_state(long)
    second.load_state_dict(first.state_dict())
    for state in (first, second):
        train(state, long)
        assert outcome(state) == expected


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "muon"])
@pytest.mark.parametrize("first_is_on", [True, False])
def test_a_state_saved_with_accelerators_goes_on_without_and_the_other_way_round(
    optimizer, first_is_on
):
    settings = replace(SETTINGS, optimizer=optimizer)
    stop = Stop(3)
    with nullcontext() if first_is_on else switched_off():
        train(new_state(settings), settings, callbacks=[stop])
    with switched_off() if first_is_on else nullcontext():
        state = new_state(settings)
        state.load_state_dict(stop.saved)
        history = train(state, settings)
    losses = [record["validation_loss"] for record in uninterrupted(settings).history]
    assert [r["validation_loss"] for r in history] == pytest.approx(losses, rel=1e-4)


@pytest.mark.parametrize("step", [None, 2])
def test_further_generators_and_buffers_go_on_too(step):
    def seeded():
        torch.manual_seed(11)
        return (torch.default_generator,)

    def make():
        return Reconstruction(Dropping())

    with torch.random.fork_rng(devices=[]):
        expected = outcome(uninterrupted(SETTINGS, make=make, generators=seeded()))
        stop = Stop(3, step)
        first = new_state(SETTINGS, make=make, generators=seeded())
        try:
            train(first, callbacks=[stop])
        except KeyboardInterrupt:
            assert step
        torch.manual_seed(99)
        second = new_state(SETTINGS, make=make, generators=(torch.default_generator,))
        second.load_state_dict(stop.saved)
        torch.rand(3)
        train(second)
    assert outcome(second) == expected


def test_restoring_the_best_epoch_restores_buffers():
    settings = replace(SETTINGS, learning_rate=0.3, epochs=40, schedule="constant")
    stops = {}

    class Keep(Stop):
        def on_epoch_end(self, record):
            stops[record["epoch"]] = self.state.state_dict()["weights"]

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        state = new_state(settings, make=lambda: Reconstruction(Dropping()))
        train(state, settings, callbacks=[Keep(0)])
    assert state.best_epoch < state.epoch
    best = stops[state.best_epoch]
    assert all(torch.equal(v, best[k]) for k, v in state.model.state_dict().items())


def test_all_of_it_is_tensors_or_fits_into_json():
    state = uninterrupted(replace(SETTINGS, optimizer="muon"))

    def plain(value):
        if isinstance(value, torch.Tensor):
            return "tensor"
        if isinstance(value, dict):
            assert all(isinstance(key, str) for key in value)
            return {key: plain(item) for key, item in value.items()}
        return [plain(item) for item in value] if isinstance(value, list) else value

    document = plain(state.state_dict())
    assert json.loads(json.dumps(document)) == document


def test_a_saved_state_is_a_copy():
    stop = Stop(2)
    train(new_state(SETTINGS), callbacks=[stop])
    before = through_a_file(stop.saved)
    for _ in range(2):  # loading and going on leaves it as it was
        state = new_state(SETTINGS)
        state.load_state_dict(stop.saved)
        train(state)

    def tensors(saved):
        every = [saved["noise"], *saved["weights"].values(), *saved["best_weights"].values()]
        return every + [t for s in saved["optimizer"]["state"].values() for t in s.values()]

    assert all(torch.equal(a, b) for a, b in zip(tensors(before), tensors(stop.saved), strict=True))


def test_weights_of_another_shape_are_refused():
    saved = new_state(SETTINGS).state_dict()

    def wider():
        return Reconstruction(MLPAutoencoder(6, 2, (7,), generator=torch.Generator()))

    with pytest.raises(UsageError, match=r"must have the weights of the model.* differ in network"):
        new_state(SETTINGS, make=wider).load_state_dict(saved)


def test_other_generators_are_refused():
    saved = new_state(SETTINGS).state_dict()
    with pytest.raises(UsageError, match=r"has 0 further generators\. Got 1"):
        new_state(SETTINGS, generators=(torch.Generator(),)).load_state_dict(saved)


@pytest.mark.usefixtures("accelerators")
@pytest.mark.parametrize("optimizer", ["adam", "muon"])
def test_a_hook_between_gradients_and_step_sees_and_changes_the_gradients(optimizer):
    settings = replace(SETTINGS, optimizer=optimizer, weight_decay=0.0, epochs=1)
    seen = []

    def clear(model):
        gradients = [p.grad for p in model.parameters()]
        seen.append(any(g.any() for g in gradients))
        for gradient in gradients:
            gradient.zero_()

    state = new_state(settings)
    before = [p.detach().clone() for p in state.model.parameters()]
    train(state, settings, before_step=clear)
    assert seen == [True] * 3
    assert all(torch.equal(a, b) for a, b in zip(before, state.model.parameters(), strict=True))


class FirstOfTwo(Ranks):
    """Rank 0 of two, in a process that also computes the gradients of rank 1."""

    world = 2

    def __init__(self, add):
        self._add = add

    def average_gradients(self, model, n_rows):
        self._add(model)


@pytest.mark.usefixtures("accelerators")
def test_ranks_that_average_their_gradients_step_as_one_process():
    settings = replace(SETTINGS, optimizer="sgd", batch_size=10, epochs=1, patience=None)

    def make():
        return Reconstruction(
            MLPAutoencoder(6, 2, (5,), generator=torch.Generator().manual_seed(0))
        )

    alone = uninterrupted(settings, make=make)
    ours = new_state(settings, make=make)
    theirs = rows().batches(1, 7, 10, rank=1, world=2)

    def add(model):
        loss, _ = ours.model.training_loss(next(theirs), torch.Generator())
        parameters = list(model.parameters())
        for p, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
            p.grad.add_(gradient).div_(2)  # parts of one size: the mean of the whole batch

    train(ours, settings, ranks=FirstOfTwo(add))
    for a, b in zip(alone.model.parameters(), ours.model.parameters(), strict=True):
        assert_close(a.detach(), b.detach())
