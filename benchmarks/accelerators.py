"""Gain by each accelerator, and Isthmus's Adam and Muon compared with torch's.

Seconds per epoch of the first tutorial's network on MNIST (784-128-64-32, Adam, batches of 256),
of the default recipe (Muon) and of a denoising layer with a cross-entropy, and seconds to encode
the training rows: with all accelerators, without each one of them, and without any. Each round
measures all settings in turn, after a warm-up, because the speed of the machine varies. ``saves``
is the median over the rounds of the fraction of a setting's time that all accelerators save in
the same round.

Steps of optimizers are timed on the parameters of three networks. Isthmus and torch's Adam
compute in float32; torch's Muon multiplies in bfloat16, and ``amx`` is whether the processor has
units for that.

    python benchmarks/accelerators.py [--rounds 7] [--rows 60000]
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _machine import shared, write

from isthmus import Autoencoder
from isthmus.accelerators import ACCELERATORS, optimizers, switched_off
from isthmus.nn import MLPAutoencoder
from isthmus.recipes import load_recipe
from isthmus.sources import read_source
from isthmus.training import OPTIMIZERS

NETWORKS: dict[str, tuple[int, ...]] = {
    "784-128-64-32": (128, 64, 32),
    "784-256-128-32": (256, 128, 32),
    "784-1000-500-250-30": (1000, 500, 250, 30),
}
EPOCHS = 3  # per fit; the first is a warm-up and excluded
# benchmarks/ranks.py measures the other one.
IN_ONE_PROCESS = {k: effect for k, effect in ACCELERATORS.items() if k != "shared-memory"}
WORTH = 0.03  # an accelerator that saves less everywhere should be removed

Settings = dict[str, Callable[[], AbstractContextManager[None]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--steps", type=int, default=100)
    arguments = parser.parse_args()
    X = read_source("mnist", data_dir=str(shared("mnist"))).X[: arguments.rows]
    works = {
        "tutorial": lambda: epoch_seconds(X, **tutorial()),
        "default": lambda: epoch_seconds(X, optimizer="muon", batch_size=512),
        "stack": lambda: epoch_seconds_of_a_stack(X),
        "encode": encoding(X),
    }
    figures: dict[str, Any] = {
        "rows": len(X),
        "rounds": arguments.rounds,
        "threads": torch.get_num_threads(),
        "amx": has_amx(),
        "accelerators": IN_ONE_PROCESS,
    }
    for name, work in works.items():
        figures[name] = compared(work, arguments.rounds)
        print(name, {k: v["saves"] for k, v in figures[name].items() if "saves" in v}, flush=True)
    figures["below_3_percent_everywhere"] = [
        name
        for name in IN_ONE_PROCESS
        if all(figures[work][f"without {name}"]["saves"] < WORTH for work in works)
        and not (name == "cuda-graphs" and not torch.cuda.is_available())
    ]
    figures["optimizers"] = {
        network: steps_of_optimizers(dims, arguments.rounds, arguments.steps)
        for network, dims in NETWORKS.items()
    }
    print(figures["below_3_percent_everywhere"], figures["optimizers"])
    write(__file__, figures)


def settings() -> Settings:
    def without(*names: str) -> Callable[[], AbstractContextManager[None]]:
        return lambda: switched_off(*names)

    return {
        "all": contextlib.nullcontext,
        **{f"without {name}": without(name) for name in IN_ONE_PROCESS},
        "without any": without(),
    }


def compared(work: Callable[[], float], n_rounds: int) -> dict[str, Any]:
    """Return seconds in each setting, and the fraction of them that all accelerators save."""
    seconds: dict[str, list[float]] = {name: [] for name in settings()}
    work()  # imports, pages of the rows
    for k in range(n_rounds):
        turn = list(settings().items())
        for name, context in turn[k % len(turn) :] + turn[: k % len(turn)]:
            with context():
                seconds[name].append(work())
    found: dict[str, Any] = {}
    for name, taken in seconds.items():
        found[name] = {"seconds": taken, "median": statistics.median(taken)}
        if name != "all":
            pairs = zip(seconds["all"], taken, strict=True)
            found[name]["saves"] = statistics.median(1 - ours / its for ours, its in pairs)
    return found


def tutorial() -> dict[str, Any]:
    return load_recipe("tutorial")["parameters"] | {"verbose": 0}


def epoch_seconds(X: np.ndarray, **parameters: Any) -> float:
    kept = parameters | {"epochs": EPOCHS, "random_state": 0, "early_stopping": False}
    fitted = Autoencoder(**kept).fit(X)
    return statistics.median(record["seconds"] for record in fitted.history_[1:])


def epoch_seconds_of_a_stack(X: np.ndarray) -> float:
    """Return seconds per epoch of a denoising layer with a cross-entropy loss."""
    from isthmus import StackedAutoencoder

    fitted = StackedAutoencoder(
        (128,),
        "joint",
        noise="masking",
        loss="binary_cross_entropy",
        scaling="unit",
        optimizer="adam",
        batch_size=256,
        epochs=EPOCHS,
        early_stopping=False,
        random_state=0,
    ).fit(X)
    return statistics.median(record["seconds"] for record in fitted.history_[1:])


def encoding(X: np.ndarray) -> Callable[[], float]:
    fitted = Autoencoder(32, (256, 128), epochs=1, early_stopping=False, random_state=0)
    fitted.fit(X[:2000])

    def work() -> float:
        started = time.perf_counter()
        fitted.transform(X)
        return time.perf_counter() - started

    return work


def steps_of_optimizers(dims: tuple[int, ...], n_rounds: int, n_steps: int) -> dict[str, float]:
    """Return the median microseconds per step of each optimizer, measured in turn."""
    taken: dict[str, list[float]] = {}
    for _ in range(n_rounds):
        for name, make in makers():
            parameters = parameters_of(dims)
            optimizer = make(parameters)
            for _ in range(3):
                optimizer.step()
            started = time.perf_counter()
            for _ in range(n_steps):
                optimizer.step()
            seconds = (time.perf_counter() - started) / n_steps
            taken.setdefault(name, []).append(1e6 * seconds)
    return {name: round(statistics.median(times), 1) for name, times in taken.items()}


def makers() -> Iterator[tuple[str, Callable[[list[Any]], Any]]]:
    ours = optimizers()
    yield "our adam", lambda p: ours["adam"](p, lr=1e-3)
    yield "torch adam", lambda p: torch.optim.Adam(p, lr=1e-3)
    yield "torch adam, fused", lambda p: torch.optim.Adam(p, lr=1e-3, fused=True)
    yield "our adamw", lambda p: ours["adamw"](p, lr=1e-3)
    yield "torch adamw, fused", lambda p: torch.optim.AdamW(p, lr=1e-3, fused=True)
    yield "our muon", lambda p: ours["muon"](p, lr=0.02)
    yield "our muon, whole matrices", lambda p: ours["muon"](p, lr=0.02, block=10**6)
    yield "our muon, plain", lambda p: OPTIMIZERS["muon"](p, lr=0.02, momentum=0.95)
    if hasattr(torch.optim, "Muon"):  # from torch 2.9 on; matrices only, products in bfloat16
        yield "torch muon and adam, fused", TorchMuon


class TorchMuon:
    """torch.optim.Muon for the matrices, its fused Adam for the other parameters."""

    def __init__(self, parameters: list[torch.nn.Parameter]) -> None:
        matrices = [p for p in parameters if p.ndim == 2]
        others = [p for p in parameters if p.ndim != 2]
        self._both = (
            torch.optim.Muon(matrices, lr=0.02),
            torch.optim.Adam(others, lr=0.003, fused=True),
        )

    def step(self) -> None:
        """Step both."""
        for optimizer in self._both:
            optimizer.step()


def parameters_of(dims: tuple[int, ...]) -> list[torch.nn.Parameter]:
    generator = torch.Generator().manual_seed(0)
    network = MLPAutoencoder(784, dims[-1], dims[:-1], generator=generator)
    parameters = list(network.parameters())
    for p in parameters:
        p.grad = torch.randn(p.shape, generator=generator)
    return parameters


def has_amx() -> bool | None:
    """Return whether the processor has matrix units for bfloat16; None if unknown."""
    path = Path("/proc/cpuinfo")
    return "amx_bf16" in path.read_text() if path.is_file() else None


if __name__ == "__main__":
    main()
