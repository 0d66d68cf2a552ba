"""What becomes of the columns of published tables, and how well they are learned.

Each file is read without options. An autoencoder with the command line's defaults except for the
number of epochs is trained on 80 % of the rows, at most 4,000, and compared with PCA of the same
encoded columns and the same code size on the other rows.

    OMP_NUM_THREADS=1 python benchmarks/real_tables.py [--epochs 40]
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from _machine import shared, write

from isthmus.errors import IsthmusError
from isthmus.evaluation import beside_pca
from isthmus.runs import prepared
from isthmus.sources import read_source

MOST_ROWS = 5000
UNUSED = ("id", "constant", "empty", "unused")


def settings(path: Path, epochs: int) -> dict[str, Any]:
    return {
        "source": {"source": str(path)},
        "estimator": "autoencoder",
        "parameters": {"epochs": epochs, "random_state": 0},
        "test_fraction": 0.2,
    }


def measured(path: Path, epochs: int) -> dict[str, Any]:
    dataset = read_source(path)
    n_rows, whole = len(dataset.X), dataset.X
    if n_rows > MOST_ROWS:
        chosen = np.sort(np.random.default_rng(0).choice(n_rows, MOST_ROWS, replace=False))
        dataset = dataclasses.replace(dataset, X=dataset.X.take(chosen))
    ready = prepared(settings(path, epochs), dataset=dataset, to_fit=True)
    assert ready.plan is not None
    start = time.perf_counter()
    ready.estimator.fit(ready.parts.X, preprocessor=ready.parts.preprocessor)
    seconds = time.perf_counter() - start
    _, ours, pca = beside_pca(ready.estimator, ready.parts.X, ready.parts.X_held_out).judged
    return {
        "n_rows": n_rows,
        "n_rows_train": ready.parts.X.shape[0],
        "kinds": dict(Counter(column.kind for column in ready.plan)),
        "left_out": {c.name: str(c.note) for c in ready.plan if c.kind in UNUSED},
        "n_missing": sum(whole.column(c.name).null_count for c in ready.plan if c.is_used),
        "n_encoded": ready.estimator.preprocessor_.n_encoded,
        "latent_dim": ready.estimator.latent_dim_,
        "explained": ours.as_dict()["variance_explained"],
        "explained_by_pca": pca.as_dict()["variance_explained"],
        "seconds": round(seconds, 1),
        "notes": [str(note) for note in dataset.notes],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=40)
    epochs = parser.parse_args().epochs
    found = {}
    for path in sorted((shared("tables") / "mixed").iterdir()):
        try:
            found[path.name] = measured(path, epochs)
        except IsthmusError as error:
            found[path.name] = {"refused": str(error)}
        print(path.name, found[path.name], flush=True)
    write(__file__, {"epochs": epochs, "most_rows": MOST_ROWS, "tables": found})


if __name__ == "__main__":
    main()
