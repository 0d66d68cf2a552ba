"""Processes that share batches train as one process; here they are threads joined by Gloo."""

from __future__ import annotations

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
import torch
import torch.distributed as dist
from numpy.testing import assert_allclose
from torch import nn
from torch.testing import assert_close

from isthmus.accelerators import train
from isthmus.accelerators._divided_updates import DividedUpdates
from isthmus.accelerators._shared_memory_mean import SharedMemoryMean
from isthmus.errors import LostProcessError, UsageError
from isthmus.nn import MLPAutoencoder
from isthmus.objectives import CellLosses, CellReconstruction, Corruption, Reconstruction
from isthmus.preprocessing import Scaling
from isthmus.rows import as_rows
from isthmus.training import Callback, Checkpointer, ProcessRanks, Settings, is_one_of_several

AS_IS = Scaling("none", np.zeros(1), np.ones(1))
SETTINGS = Settings(
    epochs=4,
    batch_size=16,
    optimizer="adam",
    learning_rate=0.01,
    schedule="cosine",
    warmup=0.1,
    weight_decay=0.0,
    patience=2,
)


class GlooRanks(ProcessRanks):
    """Ranks of a Gloo group of their own, so that threads can be ranks."""

    def __init__(self, rank, world, store, seconds=30.0):
        super().__init__(rank, world)
        self._group = dist.ProcessGroupGloo(store, rank, world, timedelta(seconds=seconds))
        self._seconds = seconds

    device = "cpu"

    @property
    def patience(self):
        return self._seconds

    def meet(self):
        pass

    def _add(self, tensor):
        self._group.allreduce([tensor]).wait()

    def _spread(self, tensor):
        self._group.broadcast(tensor, 0).wait()


def together(world, work, seconds=30.0):
    """Return what ``work(ranks)`` returns in each of several threads."""
    store = dist.HashStore()

    def one(rank):
        return work(GlooRanks(rank, world, store, seconds))

    with ThreadPoolExecutor(world) as pool:
        return list(pool.map(one, range(world)))


def rows(n, seed=0):
    X = np.random.default_rng(seed).random((n, 6), dtype=np.float32)
    return as_rows(X, AS_IS, keep=True)


def objective(seed=0):
    return Reconstruction(MLPAutoencoder(6, 2, (5,), generator=torch.Generator().manual_seed(seed)))


class Seen(Reconstruction):
    """Remembers which rows it has trained on."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.seen = []

    def training_loss(self, batch, generator):
        self.seen.append(batch.clone())
        return super().training_loss(batch, generator)


@pytest.mark.usefixtures("accelerators")
@pytest.mark.parametrize("optimizer", ["adam", "muon", "sgd"])
@pytest.mark.parametrize(("n_rows", "world"), [(40, 2), (67, 3)])
def test_ranks_train_like_one_process_on_the_same_batches(optimizer, n_rows, world):
    settings = replace(SETTINGS, optimizer=optimizer)
    alone = objective()
    expected = train(alone, rows(n_rows), settings, seed=1, validation=rows(21, 1))

    def work(ranks):
        model = objective(seed=ranks.rank)  # they start from the weights of rank 0
        records = train(model, rows(n_rows), settings, seed=1, validation=rows(21, 1), ranks=ranks)
        return model, records

    for model, records in together(world, work):
        assert len(records) == len(expected)
        for ours, theirs in zip(records, expected, strict=True):
            assert ours["train_loss"] == pytest.approx(theirs["train_loss"], rel=1e-5)
            assert ours["validation_loss"] == pytest.approx(theirs["validation_loss"], rel=1e-5)
        for p, q in zip(model.parameters(), alone.parameters(), strict=True):
            assert_close(p.detach(), q.detach(), rtol=1e-3, atol=1e-5)


class Filling(nn.Module):
    """Network on rows whose missing cells are 0."""

    def __init__(self):
        super().__init__()
        self.of = MLPAutoencoder(6, 2, (5,), generator=torch.Generator().manual_seed(0))

    def forward(self, x):
        return self.of(torch.nan_to_num(x))


@pytest.mark.usefixtures("accelerators")
@pytest.mark.parametrize("world", [2, 3])
def test_rows_with_missing_cells_weigh_by_those_they_have(world):
    def with_gaps(n, seed):
        draws = np.random.default_rng(seed)
        X = draws.random((n, 6), dtype=np.float32)
        X[draws.random((n, 6)) < draws.random((n, 1))] = np.nan
        return as_rows(X, AS_IS, keep=True)

    def work(ranks=None):
        model = CellReconstruction(Filling(), CellLosses((1,) * 6, (0.0,) * 6, (0.0,) * 6))
        given = {"validation": with_gaps(21, 1), "ranks": ranks}
        records = train(model, with_gaps(67, 0), SETTINGS, seed=1, **given)
        return model, records

    alone, expected = work()
    for model, records in together(world, work):
        for ours, theirs in zip(records, expected, strict=True):
            assert ours["train_loss"] == pytest.approx(theirs["train_loss"], rel=1e-5)
            assert ours["validation_loss"] == pytest.approx(theirs["validation_loss"], rel=1e-5)
        for p, q in zip(model.parameters(), alone.parameters(), strict=True):
            assert_close(p.detach(), q.detach(), rtol=1e-3, atol=1e-5)


class OfAutograd(Reconstruction):
    """Loss without a backward pass of its own."""

    def training_loss(self, batch, generator):
        output = self.network.decode(self.network.encode(batch))
        return ((output - batch) ** 2).sum(1).mean(), {}


@pytest.mark.skipif(sys.platform != "linux", reason="memory without a name is Linux's")
@pytest.mark.parametrize("optimizer", ["adam", "muon", "sgd"])
@pytest.mark.parametrize("kind", [Reconstruction, OfAutograd])
@pytest.mark.parametrize("hooked", [False, True])
def test_processes_of_one_machine_share_memory(hooked, kind, optimizer, monkeypatch):
    """And the optimizer's step, unless it cannot be divided, or something reads all gradients."""
    used, seen = [], [[], []]
    for of in (DividedUpdates, SharedMemoryMean):
        monkeypatch.setattr(of, "average", noting(of, used))
    settings = replace(SETTINGS, optimizer=optimizer, patience=None)

    def network():
        return MLPAutoencoder(6, 2, (5,), generator=torch.Generator().manual_seed(0))

    def work(ranks):
        def look(model):
            gradients = [p.grad.flatten() for p in model.parameters()]
            seen[ranks.rank].append(torch.cat(gradients).clone())

        look = look if hooked else None
        return train(kind(network()), rows(48), settings, seed=1, ranks=ranks, before_step=look)

    expected = train(kind(network()), rows(48), settings, seed=1)
    for records in together(2, work):
        for ours, theirs in zip(records, expected, strict=True):
            assert ours["train_loss"] == pytest.approx(theirs["train_loss"], rel=1e-5)
    is_divided = optimizer != "sgd" and not hooked
    n_steps = 2 * 4 * 3  # of both ranks
    assert used == [DividedUpdates if is_divided else SharedMemoryMean] * n_steps
    first, second = seen
    assert len(first) == (12 if hooked else 0)
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(first, second, strict=True))


def noting(kind, used):
    """Return the average of a kind of mean, which notes each use."""
    average = kind.average

    def noted(self, gradients, told):
        used.append(kind)
        return average(self, gradients, told)

    return noted


@pytest.mark.usefixtures("accelerators")
def test_weights_are_the_same_bytes_in_all_ranks():
    def work(ranks):
        model = objective()
        train(model, rows(45), SETTINGS, seed=1, validation=rows(7, 1), ranks=ranks)
        return [p.detach().numpy().tobytes() for p in model.parameters()]

    first, *others = together(3, work)
    assert others == [first] * 2


def test_every_row_is_used_once_in_an_epoch():
    given = rows(50)

    def work(ranks):
        model = Seen(objective().network)
        train(model, given, replace(SETTINGS, epochs=1, patience=None), seed=1, ranks=ranks)
        return torch.cat(model.seen).numpy()

    used = np.concatenate(together(3, work))
    every = given.take(torch.arange(50)).numpy()
    assert_allclose(np.sort(used, axis=0), np.sort(every, axis=0))


def test_batches_have_rows_for_all_ranks():
    settings = replace(SETTINGS, batch_size=2)

    def work(ranks):
        with pytest.raises(UsageError, match=r"`batch_size` must be at least 3.*Got 2\."):
            train(objective(), rows(40), settings, seed=1, ranks=ranks)

    together(3, work)


class Uneven:
    """Rows of which rank 1 has none in the last batch."""

    device = torch.device("cpu")

    def __init__(self, of):
        self.of = of

    def __len__(self):
        return len(self.of)

    def batches(self, epoch, seed, batch_size, *, rank=0, world=1):
        every = self.of.take(torch.arange(len(self.of)))
        for start in range(0, len(every), batch_size):
            whole = every[start : start + batch_size]
            n_first = len(whole) if len(whole) < batch_size else 3
            yield whole if world == 1 else (whole[:n_first], whole[n_first:])[rank]


def test_a_rank_without_rows_in_a_batch_takes_part():
    settings = replace(SETTINGS, epochs=2, patience=None)
    alone, given = objective(), Uneven(rows(37))
    expected = train(alone, given, settings, seed=1)

    def work(ranks):
        model = objective()
        return model, train(model, given, settings, seed=1, ranks=ranks)

    for model, records in together(2, work):
        assert records[-1]["train_loss"] == pytest.approx(expected[-1]["train_loss"], rel=1e-5)
        for p, q in zip(model.parameters(), alone.parameters(), strict=True):
            assert_close(p.detach(), q.detach(), rtol=1e-4, atol=1e-6)


class EndsAt(Callback):
    def __init__(self, step):
        self.step = step

    def on_step_end(self, step):
        self.step -= 1
        if not self.step:
            raise KeyboardInterrupt


def noisy():
    network = MLPAutoencoder(6, 2, (5,), generator=torch.Generator().manual_seed(0))
    return Reconstruction(network, corruption=Corruption("gaussian", 0.3))


@pytest.mark.parametrize(("step", "world"), [(3, 2), (8, 2), (6, 3)])  # 5 steps an epoch
def test_ranks_resume_with_the_same_bytes(tmp_path, step, world):
    """Rank 0 reads and writes for all, also what differs between them, as in mid-epoch."""

    def outcome(ranks, *callbacks):
        model = noisy()
        records = train(
            model,
            rows(67),
            replace(SETTINGS, patience=3),
            seed=1,
            validation=rows(21, 1),
            callbacks=callbacks,
            ranks=ranks,
        )
        losses = [{k: v for k, v in r.items() if k != "seconds"} for r in records]
        return losses, [p.detach().numpy().tobytes() for p in model.parameters()]

    def killed(ranks):
        checkpoints = Checkpointer(tmp_path / f"of-{ranks.rank}", seconds=1e-9)
        with pytest.raises(KeyboardInterrupt):
            outcome(ranks, checkpoints, EndsAt(step))

    def resumed(ranks):
        checkpoints = Checkpointer(tmp_path / f"of-{ranks.rank}", resume=not ranks.rank)
        steps = StopsAt(1000)
        return outcome(ranks, checkpoints, steps), steps.n_steps

    expected = together(world, outcome)
    together(world, killed)
    assert [path.name for path in tmp_path.iterdir()] == ["of-0"]
    for ours, (theirs, n_steps) in zip(expected, together(world, resumed), strict=True):
        assert theirs == ours
        assert 20 - step <= n_steps <= 22 - step  # a wish takes one step to arrive


def test_a_training_resumes_with_as_many_ranks(tmp_path):
    def work(ranks):
        checkpoints = Checkpointer(tmp_path, epochs=1, resume=True)
        train(objective(), rows(40), SETTINGS, seed=1, callbacks=[checkpoints], ranks=ranks)

    together(2, work)
    with pytest.raises(UsageError, match=r"Got processes 3 instead of 2: start 2 with torchrun"):
        together(3, work)


class StopsAt(Callback):
    def __init__(self, step):
        self.step = step
        self.n_steps = 0

    def on_step_end(self, step):
        self.n_steps += 1
        return self.n_steps >= self.step


def test_a_stop_that_one_rank_asks_for_stops_all_after_the_same_step():
    def work(ranks):
        stops = StopsAt(5 if ranks.rank == 1 else 1000)
        records = train(
            objective(),
            rows(40),
            replace(SETTINGS, patience=None),
            seed=1,
            callbacks=[stops],
            ranks=ranks,
        )
        return stops.n_steps, len(records)

    (ours, n_ours), (theirs, n_theirs) = together(2, work)
    assert ours == theirs == 6  # the others learn of it with the next gradients
    assert n_ours == n_theirs == 2


class ClosesAt(Callback):
    """Asks for the last checkpoint and the end, as Ctrl-C does."""

    def __init__(self, checkpoints, step):
        self.checkpoints, self.step = checkpoints, step

    def on_step_end(self, step):
        self.step -= 1
        if self.step <= 0:
            self.checkpoints.close()
        return self.step <= 0


@pytest.mark.parametrize("step", [3, 4, 5])  # 5 steps an epoch
def test_all_ranks_close_after_the_same_step_if_one_asks_for_it(tmp_path, step):
    def outcome(ranks, *callbacks):
        model = noisy()
        train(model, rows(67), SETTINGS, seed=1, callbacks=callbacks, ranks=ranks)
        return [p.detach().numpy().tobytes() for p in model.parameters()]

    def closed(ranks):
        checkpoints = Checkpointer(tmp_path / f"of-{ranks.rank}")
        outcome(ranks, checkpoints, ClosesAt(checkpoints, step if ranks.rank else 1000))
        return checkpoints.is_closed

    def resumed(ranks):
        checkpoints = Checkpointer(tmp_path / f"of-{ranks.rank}", resume=not ranks.rank)
        steps = StopsAt(1000)
        return outcome(ranks, checkpoints, steps), steps.n_steps

    expected = together(2, outcome)
    assert together(2, closed) == [True, True]
    assert [path.name for path in tmp_path.iterdir()] == ["of-0"]
    for ours, (theirs, n_steps) in zip(expected, together(2, resumed), strict=True):
        assert theirs == ours
        assert n_steps == 20 - min(step + 1, 5)  # a wish takes one step, or the end of an epoch


@pytest.mark.parametrize("ends", [True, False])
def test_a_rank_that_ends_or_hangs_ends_the_others_with_a_sentence(ends):
    over = threading.Event()

    def work(ranks):
        if ranks.rank == 1:
            if not ends:
                over.wait(30)  # holds its connections open
            return None
        began = time.monotonic()
        try:
            with pytest.raises(LostProcessError, match=r"in time \([^/]+\): see its messages"):
                train(objective(), rows(40), SETTINGS, seed=1, ranks=ranks)
        finally:
            over.set()
        return time.monotonic() - began

    seconds, _ = together(2, work, seconds=1.0)
    assert seconds < 20


def test_a_process_alone_is_not_one_of_several():
    assert not is_one_of_several()
