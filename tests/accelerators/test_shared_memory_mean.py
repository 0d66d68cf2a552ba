"""Gradients averaged in shared memory."""

from __future__ import annotations

import os
import sys

import pytest
import torch
from torch.testing import assert_close

from isthmus.accelerators._shared_memory_mean import SharedMemoryMean, fastest_mean
from isthmus.training import AllReduce

from .conftest import together

SIZE = 1000

if sys.platform != "linux":
    pytest.skip("memory without a name is Linux's", allow_module_level=True)


def vector(rank, step, dtype=torch.float32):
    generator = torch.Generator().manual_seed(100 * step + rank)
    return torch.randn(SIZE, generator=generator, dtype=dtype)


def rows_of(rank, step):
    """Numbers of rows, of which a process may have none."""
    return [3, 5, 0, 4, 1][(rank + step) % 5]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("world", [2, 3, 5])
def test_means_are_those_over_the_rows_of_all_processes_in_each_step(world, dtype):
    def work(ranks):
        gradients = [torch.empty(shape, dtype=dtype) for shape in ((3, 5), (SIZE - 15,))]
        mean, means = fastest_mean(ranks, gradients, 1.0), []
        assert isinstance(mean, SharedMemoryMean)
        for step in range(20):
            values = vector(ranks.rank, step, dtype)
            for tensor, part in zip(gradients, (values[:15].view(3, 5), values[15:]), strict=True):
                tensor.copy_(part)
            told = [float(rows_of(ranks.rank, step)), 1.0, float(ranks.rank == 1), 0.0]
            total = mean.average(gradients, told)
            assert total[1:].tolist() == [world, 1.0, 0.0]
            means.append(torch.cat([tensor.flatten() for tensor in gradients]))
        return means

    first, *others = together(world, work)
    tolerance = 1e-2 if dtype == torch.bfloat16 else 1e-6
    for step, found in enumerate(first):
        counts = [rows_of(rank, step) for rank in range(world)]
        values = [vector(rank, step, dtype).double() for rank in range(world)]
        expected = sum(n * v for n, v in zip(counts, values, strict=True)) / sum(counts)
        assert_close(found.double(), expected, rtol=tolerance, atol=tolerance)
        assert all(torch.equal(found, means[step]) for means in others)


def test_all_reduce_averages_if_the_processes_cannot_share_memory(monkeypatch):
    monkeypatch.delattr(os, "memfd_create")

    def work(ranks):
        gradients = [vector(ranks.rank, 0)]
        mean = fastest_mean(ranks, gradients, 2.0)
        mean.average(gradients, [1.0, 0.0, 0.0, 0.0])
        return type(mean), gradients[0]

    for kind, found in together(2, work):
        assert kind is AllReduce
        assert_close(found, (vector(0, 0) + vector(1, 0)) / 2)
