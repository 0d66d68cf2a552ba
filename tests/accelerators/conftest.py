"""Threads as the ranks of a training, joined by a barrier."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import torch

from isthmus.training import ProcessRanks


class ThreadRanks(ProcessRanks):
    def __init__(self, rank, tensors, barrier):
        super().__init__(rank, len(tensors))
        self._tensors, self._barrier = tensors, barrier

    device = "cpu"
    patience = 10.0

    def _exchange(self, tensor, result):
        self._tensors[self.rank] = tensor.clone()
        self._barrier.wait(10)
        tensor.copy_(result(self._tensors))
        self._barrier.wait(10)

    def sum(self, tensor):
        self._exchange(tensor, lambda every: torch.stack(every).sum(0))

    def spread(self, tensor):
        self._exchange(tensor, lambda every: every[0])


def together(world, work):
    """Return what ``work(ranks)`` returns in each of several threads."""
    tensors, barrier = [None] * world, threading.Barrier(world)
    with ThreadPoolExecutor(world) as pool:
        return list(pool.map(lambda rank: work(ThreadRanks(rank, tensors, barrier)), range(world)))
