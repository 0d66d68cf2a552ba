"""Steps of an optimizer divided among processes: together they are the step of one."""

from __future__ import annotations

import sys
import time

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from isthmus.accelerators._divided_updates import divided_updates
from isthmus.accelerators._flat_adam import FlatAdam, FlatAdamW
from isthmus.accelerators._gram_muon import GramMuon

from .conftest import together
from .test_shared_memory import open_files

if sys.platform != "linux":
    pytest.skip("memory without a name is Linux's", allow_module_level=True)

# Wide, tall, of more blocks than processes, and of fewer; vectors; a kernel; one of 257 rows, which
# Muon orthogonalises in higher blocks than the others.
SHAPES = [(70, 300), (300, 70), (70,), (5, 9), (9,), (4, 3, 3, 3), (257, 260), (1,)]
OPTIMIZERS = [FlatAdam, FlatAdamW, GramMuon]


def parameters(dtype=torch.float32):
    generator = torch.Generator().manual_seed(0)
    return [nn.Parameter(torch.randn(s, generator=generator, dtype=dtype)) for s in SHAPES]


def gradient(p, rank, step):
    generator = torch.Generator().manual_seed(1000 * step + 10 * rank + p.numel() % 7)
    return torch.randn(p.shape, generator=generator, dtype=p.dtype)


def rows_of(rank, step):
    """Numbers of rows, of which a process may have none."""
    return [3, 5, 0, 4, 1][(rank + step) % 5]


def mean_gradient(p, world, step):
    counts = [rows_of(rank, step) for rank in range(world)]
    total = sum(n * gradient(p, rank, step) for rank, n in enumerate(counts))
    return total / sum(counts)


def plain(state):
    """Return the tensors of a saved state."""
    return [value for entry in state["state"].values() for value in entry.values()]


def make_steps(optimizer, weights, gradients, steps, around=lambda step: None):
    for step in steps:
        optimizer.zero_grad()
        for p in weights:
            given = gradients(p, step)
            p.grad = given if p.grad is None else p.grad.add_(given)
        around(step)
        optimizer.step()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("world", [2, 3, 8])
def test_together_they_make_the_steps_of_one_process(world, kind, dtype):
    alone = parameters(dtype)
    expected = kind(alone, lr=0.01, weight_decay=0.1)
    make_steps(expected, alone, lambda p, step: mean_gradient(p, world, step), range(6))

    def work(ranks):
        weights = parameters(dtype)
        optimizer = kind(weights, lr=0.01, weight_decay=0.1)
        updates = divided_updates(ranks, optimizer.units())
        for step in range(6):
            optimizer.zero_grad()
            for p in weights:
                p.grad += gradient(p, ranks.rank, step)
            told = [float(rows_of(ranks.rank, step)), 1.0, float(ranks.rank == 1), 0.0]
            assert updates.average([], told)[1:].tolist() == [world, 1.0, 0.0]
            optimizer.step()
            updates.end_step()
        whole = optimizer.state_dict()  # of all parts, in each process
        optimizer.detach()
        return weights, whole, optimizer.state_dict()

    tolerance = {"rtol": 1e-4, "atol": 1e-5} if dtype == torch.float32 else {}
    results = together(world, work)
    for weights, *states in results:
        assert_close([p.detach() for p in weights], [p.detach() for p in alone], **tolerance)
        assert all(torch.equal(p, q) for p, q in zip(weights, results[0][0], strict=True))
        for state in states:
            assert_close(plain(state), plain(expected.state_dict()), **tolerance)
    assert not [name for name in open_files() if "isthmus" in name]
    with open("/proc/self/maps") as maps:
        assert "memfd:isthmus" not in maps.read()


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_each_weight_belongs_to_one_process(kind):
    def work(ranks):
        weights = parameters()
        optimizer = kind(weights)
        divided_updates(ranks, optimizer.units())
        for unit in optimizer.units():
            mine = unit.parts([torch.zeros_like(t) for t in unit.gradients()])
            yield sum(part.numel() for part in mine)
            every = [torch.zeros_like(t) for t in unit.gradients()]
            for part in unit.parts(every):
                part += 1
            yield torch.cat([t.flatten() for t in every])

    shares = together(3, lambda ranks: list(work(ranks)))
    for of_unit in list(zip(*shares, strict=True))[1::2]:
        assert torch.equal(sum(of_unit), torch.ones_like(of_unit[0]))
    sizes = [sum(found[::2]) for found in shares]
    assert max(sizes) < 0.5 * sum(sizes)


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_no_pass_finds_weights_that_are_not_yet_updated(kind):
    """A process that is late updates its part before the others go on."""

    def work(ranks):
        weights = parameters()
        optimizer = kind(weights, lr=0.1)
        updates, seen = divided_updates(ranks, optimizer.units()), []
        for step in range(10):
            seen.append(torch.cat([p.detach().flatten() for p in weights]))
            for p in weights:
                p.grad.copy_(gradient(p, 0, step))
            updates.average([], [1.0, 0.0, 0.0, 0.0])
            if ranks.rank == step % 2:
                time.sleep(0.003)
            optimizer.step()
            updates.end_step()
        return torch.stack(seen)

    first, second = together(2, work)
    assert torch.equal(first, second)
    assert (first[1:] != first[:-1]).any(1).all()


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_gradients_that_other_code_replaces_are_averaged(kind):
    def work(ranks, replaces):
        weights = parameters()
        optimizer = kind(weights, lr=0.1)
        updates = divided_updates(ranks, optimizer.units())
        for step in range(3):
            for p in weights:
                if replaces:
                    p.grad = gradient(p, ranks.rank, step)
                else:
                    p.grad.copy_(gradient(p, ranks.rank, step))
            updates.average([], [1.0, 0.0, 0.0, 0.0])
            optimizer.step()
            updates.end_step()
        optimizer.detach()
        return weights

    replaced = together(2, lambda ranks: work(ranks, True))
    kept = together(2, lambda ranks: work(ranks, False))
    for ours, theirs in zip(replaced, kept, strict=True):
        assert all(torch.equal(p, q) for p, q in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_a_detached_optimizer_goes_on_alone(kind):
    alone = parameters()
    expected = kind(alone, lr=0.01)
    make_steps(expected, alone, lambda p, step: mean_gradient(p, 2, step), range(5))

    def work(ranks):
        weights = parameters()
        optimizer = kind(weights, lr=0.01)
        updates = divided_updates(ranks, optimizer.units())
        told = [[float(rows_of(ranks.rank, step)), 0.0, 0.0, 0.0] for step in range(3)]
        make_steps(
            optimizer,
            weights,
            lambda p, step: gradient(p, ranks.rank, step),
            range(1),
            around=lambda step: updates.average([], told[step]),
        )
        updates.end_step()
        optimizer.detach()
        optimizer.attach()
        make_steps(optimizer, weights, lambda p, step: mean_gradient(p, 2, step), range(1, 5))
        return weights

    for weights in together(2, work):
        assert_close(
            [p.detach() for p in weights], [p.detach() for p in alone], rtol=1e-4, atol=1e-5
        )
