"""Log-likelihood of the recipe `vae-mnist` on MNIST test pictures, in nats.

MNIST is binarised once (`binarise="sample"`, which always draws with the same seed), so the
training and test pictures stay the same. The log-likelihood of the test pictures is estimated with
importance samples, as in Burda, Grosse & Salakhutdinov (2016).

    python benchmarks/vae.py                          # all test pictures, 5,000 samples
    python benchmarks/vae.py --rows 1000 --samples 500
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from _machine import shared, write

from isthmus import VariationalAutoencoder
from isthmus.recipes import load_recipe
from isthmus.sources import read_source

# Of test pictures of another fixed binarisation, that of Larochelle & Murray (2011).
PUBLISHED = {
    "VAE, 200 samples (huggingface.co/clementchadebec/reproduced_vae)": 89.78,
    "VAE (Rezende & Mohamed, 2015, as quoted there)": 89.9,
    "IWAE of 50 samples, 5,000 samples (huggingface.co/clementchadebec/reproduced_iwae)": 86.82,
    "IWAE of 50 samples (Burda et al., 2016, as quoted there)": 87.1,
}


def measure(
    parameters: dict[str, Any], X: Any, held_out: Any, *, seed: int, n_samples: int
) -> dict[str, Any]:
    model = VariationalAutoencoder(**parameters, random_state=seed, device="cpu")
    wall, cpu = time.perf_counter(), time.process_time()
    model.fit(X)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    nats = -model.log_likelihood(held_out, n_samples=n_samples)
    bound = -model.elbo(held_out, n_samples=10)
    return {
        "seed": seed,
        "negative_log_likelihood": round(float(nats.mean()), 3),
        "standard_error": round(float(nats.std(ddof=1) / np.sqrt(len(nats))), 3),
        "negative_evidence_bound": round(float(bound.mean()), 3),
        "of_training_pictures": round(model.history_[-1]["train_loss"], 3),
        "divergence": round(float(model.kl_per_unit_.sum()), 3),
        "active_units": int(model.active_units_.sum()),
        "training_seconds": round(wall, 1),
        "training_cpu_seconds": round(cpu, 1),
    }


def spread(X: Any, n_rows: int) -> Any:
    """Return evenly spaced rows."""
    return X[np.linspace(0, len(X) - 1, min(n_rows, len(X)), dtype=int)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000, help="test pictures, evenly spaced")
    parser.add_argument("--samples", type=int, default=5_000, help="importance samples")
    parser.add_argument("--seeds", type=int, default=2)
    given = parser.parse_args()
    recipe = load_recipe("vae-mnist")
    dataset = read_source(**recipe["source"], data_dir=str(shared("mnist").parent))
    held_out = spread(dataset.X_test, given.rows)
    figures: dict[str, Any] = {
        "recipe": recipe["parameters"],
        "test_rows": given.rows,
        "importance_samples": given.samples,
        "published": PUBLISHED,
        "runs": [],
    }
    for seed in range(given.seeds):
        figures["runs"].append(
            measure(recipe["parameters"], dataset.X, held_out, seed=seed, n_samples=given.samples)
        )
        print(figures["runs"][-1], flush=True)
        write(__file__, figures)


if __name__ == "__main__":
    main()
