"""The first tutorial's training here against its own loop and the bound, and the default beside it.

One run does everything. Speeds are taken in rounds of a few epochs of each in turn, because the
machine's own speed changes from minute to minute: the rods (``rods.py tutorial gemm``, whose
script is not part of this project) and `isthmus train mnist --recipe tutorial`. Afterwards that
recipe and the default are trained in full.

    python benchmarks/tutorial.py --rods ../shared/bench/rods.py
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from _machine import shared, write


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rods", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        rounds = [
            one_round(arguments.rods, Path(scratch) / f"{k}") for k in range(arguments.rounds)
        ]
        tutorial = train(Path(scratch) / "tutorial", "--recipe", "tutorial")
        default = train(Path(scratch) / "default")
    medians = {name: statistics.median(r[name] for r in rounds) for name in rounds[0]}
    figures = {
        "rounds": rounds,
        "medians": medians,
        "tutorial_recipe": tutorial,
        "default": default,
        "ratios": {
            "tutorial_rod_to_epoch": medians["tutorial_rod"] / medians["epoch"],
            "epoch_to_gemm_rod": medians["epoch"] / medians["gemm_rod"],
            "default_to_tutorial_training_time": default["training_seconds"]
            / tutorial["training_seconds"],
            "default_to_tutorial_error": default["squared_error"] / tutorial["squared_error"],
            "default_to_pca_error": default["squared_error"] / default["pca_squared_error"],
        },
    }
    write(__file__, figures)


def one_round(script: Path, out: Path) -> dict[str, float]:
    """Return seconds an epoch: the bound, ten epochs' median here, the tutorial's own loop."""
    epochs = train(out, "--recipe", "tutorial", "--epochs", "10")
    figures = {
        "gemm_rod": rods(script, "gemm", 1)["seconds_per_epoch"],
        "epoch": epochs["median_epoch_seconds"],
        "tutorial_rod": rods(script, "tutorial", 1)["seconds_per_epoch"],
    }
    print(figures, file=sys.stderr, flush=True)
    return figures


def train(out: Path, *options: str) -> dict[str, Any]:
    """Run ``isthmus train mnist`` and return what its run folder tells."""
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
    done = subprocess.run(
        [sys.executable, script, "--data", shared("mnist"), "--epochs", str(epochs), name],
        check=True,
        capture_output=True,
        text=True,
    )
    figures: dict[str, Any] = json.loads(done.stdout)[name]
    print(name, figures, file=sys.stderr, flush=True)
    return figures


if __name__ == "__main__":
    main()
