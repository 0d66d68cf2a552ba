"""Class information in codes of size 32 for MNIST: the default compared with PCA and the pixels.

The default is trained on the 60,000 training pictures, and `isthmus.evaluate` measures it on the
10,000 test pictures. Reconstruction is of all of them. Probes train on ROWS random training
pictures and predict ROWS test pictures; clusters and neighbourhoods are of the same ROWS.

    python benchmarks/probes.py
"""

from __future__ import annotations

import time
from typing import Any

from _machine import shared, write

from isthmus import Autoencoder, evaluate
from isthmus.sources import read_source

SEED = 0
ROWS = 5000


def main() -> None:
    mnist = read_source("mnist", data_dir=shared("mnist"))
    assert mnist.X_test is not None and mnist.y_test is not None
    started = time.perf_counter()
    fitted = Autoencoder(32, random_state=SEED).fit(mnist.X)
    trained = time.perf_counter()
    found = evaluate(
        fitted,
        mnist.X_test,
        mnist.y_test,
        X_train=mnist.X,
        y_train=mnist.y,
        picture_shape=mnist.picture_shape,
        match_pca=True,
        max_rows=ROWS,
        random_state=SEED,
    )
    figures: dict[str, Any] = {
        "set": "mnist",
        "seed": SEED,
        "of_it": (
            f"probes, clusters and neighbourhoods of {ROWS:,} of the 10,000 test pictures, probes "
            f"taught by {ROWS:,} of the 60,000 training pictures, all drawn at random"
        ),
        "training_seconds": trained - started,
        "evaluation_seconds": time.perf_counter() - trained,
        **{name: value for name, value in found.items() if name != "features"},
    }
    for name, metric in found["metrics"].items():
        print(name, {model: metric[model] for model in ("model", "pca", "raw")})
    write(__file__, figures)


if __name__ == "__main__":
    main()
