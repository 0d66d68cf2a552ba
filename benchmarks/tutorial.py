"""The first tutorial's training compared with its own loop, the bound and other libraries.

Speeds are measured in rounds of a few epochs of each in turn, because the machine's speed varies:
the rods (``rods.py``, a script outside this project: the tutorial's own loop, the matrix products
alone, and other installed libraries), `isthmus train mnist --recipe tutorial`, and a plain loop
over the whole array in torch, compiled too, with the same initial weights and the same batches in
the same order; also a loop in JAX, if it is installed. Afterwards that recipe, the same with Muon
for a few epochs, and the default are trained in full.

    pip install skorch pythae pyod lightning jax optax
    python benchmarks/tutorial.py --rods ../shared/bench/rods.py
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _machine import shared, write
from torch import nn

from isthmus import Autoencoder
from isthmus._random import torch_generator
from isthmus.nn import MLPAutoencoder
from isthmus.recipes import load_recipe
from isthmus.sources import read_source

OF_THE_RODS, OF_JAX = ("skorch", "pythae", "pyod", "lightning"), ("jax", "jaxlib", "optax")
VERSIONS = {name: version(name) for name in OF_THE_RODS + OF_JAX if importlib.util.find_spec(name)}
PEERS = [name for name in OF_THE_RODS if name in VERSIONS]
JAX_LOOPS = ["jax_step", "jax_scan"] if VERSIONS.keys() >= set(OF_JAX) else []
BATCH_SIZE = 256
TARGET = 0.0336  # validation loss after the tutorial's 50 epochs, the best of four seeds
SEEDS, EPOCHS_OF_MUON = (0, 1, 2), (1, 2, 3, 4)
MUON = ("--recipe", "tutorial", "--optimizer", "auto")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rods", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    for name in OF_THE_RODS + OF_JAX:
        if name not in VERSIONS:
            print(f"Left out: {name} is not installed.", file=sys.stderr)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        # Otherwise the result of an earlier compilation would be found again.
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(folder / "compiled")
        rounds = [one_round(arguments.rods, folder / f"{k}") for k in range(arguments.rounds)]
        losses = same_losses()
        tutorial = train(folder / "tutorial", "--recipe", "tutorial")
        by_muon = [
            {"seed": seed, **train(folder / f"muon-{seed}-{n}", *MUON, *of(seed, n))}
            for n in EPOCHS_OF_MUON
            for seed in SEEDS
        ]
        default = train(folder / "default")
    medians = {name: statistics.median(r[name] for r in rounds) for name in rounds[0]}
    figures = {
        "rounds": rounds,
        "medians": medians,
        "train_loss_after_each_epoch": losses,
        # In later rounds the process has already compiled it.
        "compile_seconds": rounds[0]["first_epoch_compiled"] - medians["epoch_compiled"],
        # Each round starts new processes for JAX, which compile again.
        "jax_compile_seconds": {
            name: medians[f"first_epoch_{name}"] - medians[name] for name in JAX_LOOPS
        },
        "peers": VERSIONS,
        "tutorial_recipe": tutorial,
        "tutorial_recipe_by_muon": by_muon,
        "default": default,
        "ratios": ratios(medians, tutorial, default) | {"soonest": soonest(by_muon, medians)},
    }
    write(__file__, figures)


def of(seed: int, n_epochs: int) -> list[str]:
    return ["--seed", str(seed), "--epochs", str(n_epochs)]


def ratios(medians: dict[str, float], tutorial: Any, default: Any) -> dict[str, Any]:
    peers = {name: medians[name] for name in PEERS + JAX_LOOPS}
    return {
        "tutorial_rod_to_epoch": medians["tutorial_rod"] / medians["epoch"],
        "epoch_to_gemm_rod": medians["epoch"] / medians["gemm_rod"],
        "fastest_peer_to_epoch": min(peers.values()) / medians["epoch"] if peers else None,
        "plain_loop_to_epoch": medians["plain_loop"] / medians["epoch"],
        "default_to_tutorial_training_time": default["training_seconds"]
        / tutorial["training_seconds"],
        "default_to_tutorial_error": default["squared_error"] / tutorial["squared_error"],
        "default_to_pca_error": default["squared_error"] / default["pca_squared_error"],
    }


def soonest(runs: list[dict[str, Any]], medians: dict[str, float]) -> dict[str, Any] | None:
    """Return the fewest epochs after which every seed reaches the target, and the speed-up."""
    for n in EPOCHS_OF_MUON:
        of_n = [run for run in runs if run["epochs"] == n]
        if all(run["validation_loss"][-1] <= TARGET for run in of_n):
            seconds = statistics.median(run["training_seconds"] for run in of_n)
            return {
                "target": TARGET,
                "epochs": n,
                "seconds": seconds,
                "50_tutorial_rods_to_it": 50 * medians["tutorial_rod"] / seconds,
            }
    return None


def one_round(script: Path, out: Path) -> dict[str, float]:
    """Return seconds per epoch: the bound, Isthmus, the tutorial's loop, plain loops, others."""
    first, *compiled = seconds_of(fitted(5, compile=True))
    figures = {
        "gemm_rod": rods(script, "gemm", 1)["seconds_per_epoch"],
        "epoch": train(out, "--recipe", "tutorial", "--epochs", "10")["median_epoch_seconds"],
        "tutorial_rod": rods(script, "tutorial", 1)["seconds_per_epoch"],
        "plain_loop": statistics.median(plain_loop(5)[0]),
        "compiled_loop": statistics.median(plain_loop(6, compiled=True)[0][1:]),
        "epoch_compiled": statistics.median(compiled),
        "first_epoch_compiled": first,
    }
    figures |= {name: rods(script, name, 2)["seconds_per_epoch"] for name in PEERS}
    for name in JAX_LOOPS:
        first, *later = jax_loop(name, 6)["seconds"]
        figures |= {name: statistics.median(later), f"first_epoch_{name}": first}
    print(figures, file=sys.stderr, flush=True)
    return figures


def fitted(n_epochs: int, **parameters: Any) -> Autoencoder:
    recipe = load_recipe("tutorial")["parameters"]
    kept = recipe | {"epochs": n_epochs, "verbose": 0, "random_state": 0} | parameters
    return Autoencoder(**kept).fit(rows())


def seconds_of(estimator: Autoencoder) -> list[float]:
    return [record["seconds"] for record in estimator.history_]


def rows() -> np.ndarray:
    return read_source("mnist", data_dir=shared("mnist")).X


def drawn_network() -> nn.Sequential:
    """Return the tutorial's network with the initial weights of Isthmus."""
    drawn = MLPAutoencoder(
        784,
        32,
        (128, 64),
        activation="relu",
        latent_activation="relu",
        output_activation="tanh",
        generator=torch_generator(0, "weights"),
    )
    return nn.Sequential(*drawn.encoder, *drawn.decoder)


def order_of(epoch: int, n_rows: int) -> torch.Tensor:
    return torch.randperm(n_rows, generator=torch_generator(0, "shuffle", epoch))


def plain_loop(
    n_epochs: int, *, compiled: bool = False, nudge: float = 0.0
) -> tuple[list[float], list[float]]:
    """Return seconds and mean training loss of each epoch, by autograd and torch's fused Adam.

    ``nudge`` is a relative change of the initial weights.
    """
    X = torch.from_numpy(rows()).float().sub_(127.5).div_(127.5)
    network = drawn_network()
    with torch.no_grad():
        for p in network.parameters():
            p.mul_(1 + nudge)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)

    def loss_of(x: torch.Tensor) -> torch.Tensor:
        return nn.functional.mse_loss(network(x), x)

    step_loss = torch.compile(loss_of) if compiled else loss_of
    seconds, losses = [], []
    for epoch in range(1, n_epochs + 1):
        started, total = time.perf_counter(), torch.zeros(())
        for indices in order_of(epoch, len(X)).split(BATCH_SIZE):
            batch = X[indices]
            optimizer.zero_grad()
            loss = step_loss(batch)
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(batch)
        losses.append(float(total) / len(X))
        seconds.append(time.perf_counter() - started)
    return seconds, losses


def same_losses() -> dict[str, list[float]]:
    here = [record["train_loss"] for record in fitted(5).history_]
    # The effect of rounding alone: two loops that differ by one unit in the last place of a weight.
    nudged = plain_loop(5, nudge=1.2e-7)[1]
    losses = {"here": here, "plain_loop": plain_loop(5)[1], "plain_loop_nudged": nudged}
    return losses | {name: jax_loop(name, 5)["losses"] for name in JAX_LOOPS}


def train(out: Path, *options: str) -> dict[str, Any]:
    """Run ``isthmus train mnist`` and return the results of its run folder."""
    command = ["isthmus", "train", "mnist", "--data-dir", str(shared("mnist")), "--json", "-q"]
    done = subprocess.run(
        [*command, "--out", str(out), *options], check=True, capture_output=True, text=True
    )
    document = json.loads(done.stdout)
    lines = (out / "metrics.jsonl").read_text().splitlines()
    epochs = [json.loads(line) for line in lines]
    model, pca = document["results"].values()
    figures = {
        "epochs": len(epochs),
        "median_epoch_seconds": statistics.median(epoch["seconds"] for epoch in epochs),
        "training_seconds": sum(epoch["seconds"] for epoch in epochs),
        "epoch_seconds": [round(epoch["seconds"], 3) for epoch in epochs],
        "validation_loss": [round(epoch["validation_loss"], 5) for epoch in epochs],
        # On [-1, 1] an error is four times that on [0, 1], the unit of the two below.
        "squared_error": unit_error(model, document),
        "pca_squared_error": unit_error(pca, document),
        "peak_memory_mb": document["environment"]["peak_memory_mb"],
    }
    print(options, figures, file=sys.stderr, flush=True)
    return figures


def unit_error(results: dict[str, Any], document: dict[str, Any]) -> float:
    error = results["held_out"]["squared_error"]
    return error / 4 if document["model"]["scaling"] == "symmetric" else error


def rods(script: Path, name: str, epochs: int) -> dict[str, Any]:
    return figures_of(script, name, "--data", shared("mnist"), "--epochs", epochs)


def jax_loop(name: str, epochs: int) -> dict[str, Any]:
    return figures_of(Path(__file__).with_name("_jax_loop.py"), name, "--epochs", epochs)


def figures_of(script: Path, name: str, *options: object) -> dict[str, Any]:
    """Run one of a script's loops, in a separate process, and return its figures."""
    command = [sys.executable, str(script), name, *map(str, options)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, Any] = json.loads(done.stdout)[name]
    print(name, figures, file=sys.stderr, flush=True)
    return figures


if __name__ == "__main__":
    main()
