"""Settings for the recipe `vae-mnist`, compared on validation pictures, in nats.

Each candidate is trained on the training pictures without the last 5,000, which are held out. The
test pictures are not used, so that the recipe can be chosen by these figures and then be measured
by benchmarks/vae.py. Figures of candidates that are not named are kept.

    python benchmarks/vae_choice.py recipe decay [--rows 1000] [--samples 500] [--seed 0]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from _machine import shared, write
from vae import measure, spread

from isthmus.recipes import load_recipe
from isthmus.sources import read_source

N_VALIDATION = 5_000
# What differs from the recipe.
CANDIDATES: dict[str, dict[str, Any]] = {
    "recipe": {},
    "decay": {"weight_decay": 0.1},
    "decay-large-batches": {"weight_decay": 0.1, "batch_size": 500, "learning_rate": 0.03},
    "fewer-epochs": {"epochs": 25},
    "narrow": {"hidden_dims": (300, 300)},
    "conv": {"network": "conv", "channels": (16, 32, 64), "n_blocks": 0, "batch_size": 100},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+", choices=CANDIDATES)
    parser.add_argument("--rows", type=int, default=1_000, help="validation pictures")
    parser.add_argument("--samples", type=int, default=500, help="importance samples")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    recipe = load_recipe("vae-mnist")
    X = read_source(**recipe["source"], data_dir=str(shared("mnist").parent)).X
    held_out = spread(X[-N_VALIDATION:], given.rows)
    stored = Path(__file__).with_suffix(".json")
    runs = json.loads(stored.read_text())["runs"] if stored.exists() else {}
    for name in given.names:
        changes = CANDIDATES[name]
        figures = measure(
            recipe["parameters"] | changes,
            X[:-N_VALIDATION],
            held_out,
            seed=given.seed,
            n_samples=given.samples,
        )
        runs[name] = {
            "changes": changes,
            "validation_rows": len(held_out),
            "importance_samples": given.samples,
            **figures,
        }
        print(name, runs[name], flush=True)
        write(__file__, {"recipe": recipe["parameters"], "runs": runs})


if __name__ == "__main__":
    main()
