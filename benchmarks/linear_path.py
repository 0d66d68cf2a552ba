"""Held-out error with and without a linear path, on pictures, tables of numbers and mixed tables.

At most 1,500 rows of each set: 60 % to train on, 20 % to choose by and 20 % to test on. A figure is
the squared error divided by that of PCA of the same code size and encoded columns, mean over seeds:
below 1 is better than PCA. Everything else is the default. With ``--sets``, the figures of other
sets are kept.

    OMP_NUM_THREADS=1 python benchmarks/linear_path.py [--seeds 0 1] [--sets penguins digits]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
from _machine import shared, write

from isthmus import Autoencoder
from isthmus.evaluation import beside_pca
from isthmus.rows import split_rows
from isthmus.sources import read_source

MOST_ROWS = 1500
MIXED = {
    "penguins": "penguins.csv",
    "planets": "planets.csv",
    "taxis": "taxis.csv",
    "telco": "telco-customer-churn-by-IBM.csv",
    "adult": "jb_adult-test.csv",
    "counties": "laucnty16.csv",
}
NUMBERS = ("yacht", "airfoil", "credit", "obesity", "wine_white", "letter")
VARIANTS = {"without": False, "with": True}


def sources() -> dict[str, tuple[str, Any]]:
    """Return the kind and the file of each set."""
    found: dict[str, tuple[str, Any]] = {
        name: ("mixed table", shared("tables") / "mixed" / file) for name, file in MIXED.items()
    }
    folder = shared("tables") / "imputation"
    found |= {name: ("numbers", folder / f"{name}.csv") for name in NUMBERS}
    for path in sorted(shared("anomaly").glob("*.npz"), key=lambda p: p.stem.split("_")[1].lower()):
        found[path.stem.split("_")[1]] = ("numbers", path)
    return {**found, "digits": ("pictures", "digits"), "mnist": ("pictures", "mnist")}


def parts_of(source: str | Path, seed: int) -> list[Any]:
    """Return rows to train on, to choose by and to test on."""
    X = read_source(source, data_dir=shared("mnist") if source == "mnist" else None).X
    is_table = hasattr(X, "to_pandas")
    X = X.to_pandas() if is_table else np.asarray(X)
    order = np.random.default_rng(seed).permutation(len(X))[:MOST_ROWS]
    rest, tested = split_rows(len(order), 0.2, seed=seed, purpose="test")
    stay, chosen = split_rows(len(rest), 0.25, seed=seed, purpose="choice")
    parts = (order[rest][stay], order[rest][chosen], order[tested])
    return [X.iloc[part].reset_index(drop=True) if is_table else X[part] for part in parts]


def measured(source: str | Path, seed: int, linear_path: bool) -> dict[str, float]:
    train, *others = parts_of(source, seed)
    started = time.perf_counter()
    model = Autoencoder(linear_path=linear_path, random_state=seed).fit(train)
    seconds = time.perf_counter() - started
    rows, *held_out = (model.prepared_rows(part) for part in (train, *others))
    figures = {}
    for name, part in zip(("choice", "test"), held_out, strict=True):
        _, ours, pca = beside_pca(model, rows, part).judged
        figures[name] = ours.squared_error / pca.squared_error
    return {**figures, "seconds": seconds, "latent_dim": model.latent_dim_}


def main() -> None:
    known = sources()
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--sets", nargs="+", choices=known, default=list(known))
    arguments = parser.parse_args()
    earlier = Path(__file__).with_suffix(".json")
    sets: dict[str, Any] = json.loads(earlier.read_text())["sets"] if earlier.exists() else {}
    for name in arguments.sets:
        kind, source = known[name]
        sets[name] = {"kind": kind}
        for variant, linear_path in VARIANTS.items():
            runs = [measured(source, seed, linear_path) for seed in arguments.seeds]
            sets[name][variant] = {
                key: round(statistics.mean(run[key] for run in runs), 4) for key in runs[0]
            }
        print(name, sets[name], flush=True)
        # After each set, because all of them take long.
        write(__file__, {"seeds": arguments.seeds, "most_rows": MOST_ROWS, "sets": sets})


if __name__ == "__main__":
    main()
