"""784-1000-500-250-30 on MNIST, the classical test of optimizers: recipes hinton2006 and deep-30.

Squared error per picture of the 10,000 test rows, pixels in [0, 1], after each epoch, with the
seconds of training until then. A recipe that is in the file is not trained again: delete the
file to start over.

    python benchmarks/classical.py [--recipes hinton2006 deep-30] [--seed 0]
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from _machine import shared, write

PUBLISHED = {
    "PCA-30, Hinton & Salakhutdinov 2006": 13.87,
    "Hinton & Salakhutdinov 2006": 3.00,
    "Martens 2010, without pretraining (quoted from memory)": 2.55,
    "Martens 2010, with pretraining (quoted from memory)": 2.28,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipes", nargs="+", default=["hinton2006", "deep-30"])
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    target = Path(__file__).with_suffix(".json")
    figures: dict[str, Any] = json.loads(target.read_text()) if target.exists() else {}
    figures["published"] = PUBLISHED
    for recipe in arguments.recipes:
        if recipe not in figures:
            figures[recipe] = train(recipe, arguments.seed)
            write(__file__, {k: v for k, v in figures.items() if k != "machine"})


def train(recipe: str, seed: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        run = Path(scratch) / "run"
        command = ["isthmus", "train", "--recipe", recipe, "--seed", str(seed), "--out", str(run)]
        data = ["--data-dir", str(shared("mnist"))]
        done = subprocess.run(
            [*command, *data, "--json"], check=True, stdout=subprocess.PIPE, text=True
        )
        epochs = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    model, pca = json.loads(done.stdout)["results"].values()
    return {
        "seed": seed,
        "epochs": len(epochs),
        "training_seconds": sum(epoch["seconds"] for epoch in epochs),
        "test_squared_error": model["held_out"]["squared_error"],
        "train_squared_error": model["train"]["squared_error"],
        "pca_test_squared_error": pca["held_out"]["squared_error"],
        "seconds_until": [
            round(seconds, 1) for seconds in itertools.accumulate(e["seconds"] for e in epochs)
        ],
        "test_squared_error_after": [round(784 * e["validation_loss"], 3) for e in epochs],
    }


if __name__ == "__main__":
    main()
