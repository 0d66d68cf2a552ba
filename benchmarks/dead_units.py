"""Number of dead units among the tutorial's 32 code units, by seed, and their cost.

The recipe `tutorial` on MNIST, 50 epochs, with and without the ReLU on the code: the final
validation loss (the tutorial's own metric), and the number of code units that are zero for
all of 10,000 training pictures.

    python benchmarks/dead_units.py
"""

from __future__ import annotations

from typing import Any

import numpy as np
from _machine import shared, write

from isthmus import Autoencoder
from isthmus.doctor import code_figures
from isthmus.recipes import load_recipe
from isthmus.sources import read_source

SEEDS = (0, 1, 2, 3)
CODES = ("relu", "identity")
N_LOOKED_AT = 10_000


def measure(seed: int, activation: str, X: Any, X_test: Any) -> dict[str, Any]:
    parameters = load_recipe("tutorial")["parameters"] | {"latent_activation": activation}
    parameters |= {"verbose": 0, "random_state": seed, "device": "cpu"}
    model = Autoencoder(**parameters).fit(X, validation_data=X_test)
    figures = code_figures(model.transform(X[:N_LOOKED_AT]), activation=activation)
    return {
        "seed": seed,
        "dead_units": len(figures.dead),
        "effective_rank": round(figures.effective_rank, 2),
        "validation_loss": round(model.history_[-1]["validation_loss"], 5),
        "epochs": len(model.history_),
    }


def main() -> None:
    dataset = read_source("mnist", data_dir=str(shared("mnist")))
    figures: dict[str, Any] = {f"{activation} on the code": [] for activation in CODES}
    for activation, found in zip(CODES, figures.values(), strict=True):
        for seed in SEEDS:
            found.append(measure(seed, activation, dataset.X, dataset.X_test))
            print(f"{activation}: {found[-1]}", flush=True)
            write(__file__, figures)
        losses = [one["validation_loss"] for one in found]
        print(f"{activation}: losses from {min(losses)} to {max(losses)}, {np.mean(losses):.4f}")


if __name__ == "__main__":
    main()
