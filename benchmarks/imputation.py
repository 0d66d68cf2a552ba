"""Imputation of complete tables with cells hidden on purpose, compared with other methods.

    python benchmarks/imputation.py [--data DIR] [--seeds 5] [--rows 2000]

The tables are those in DIR (default: the folder tables/imputation of $ISTHMUS_DATA or
../shared/data), whose first column is a row number; the other columns are scaled to [0, 1]. In
each, 30 % of the cells are hidden completely at random (MCAR), or at random given other columns
(MAR): three in ten columns stay complete, and a logistic model of them decides what is hidden in
the others. Of spam, 20 % of all 4,600 rows are hidden too. Every method fills the same tables;
the error is the root of the mean squared error of the hidden cells. The last column of spam is its
class; the error is also given without it, as published figures have it.

Each result is stored as it ends, and results in the file are not computed again: the script can be
stopped at any time, and continued with more seeds.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from _machine import HERE, shared, write
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 (makes it importable)
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer

from isthmus import AutoencoderImputer

Array = NDArray[Any]
RESULTS = HERE / "imputation.json"
SPAM = ("spam", "mcar", 0.2, 0)  # all rows


def by_isthmus(seed: int) -> Any:
    return AutoencoderImputer(random_state=seed, device="cpu")


def by_iterative(seed: int) -> Any:
    return IterativeImputer(random_state=seed, keep_empty_features=True)


def by_forest(seed: int) -> Any:
    """MissForest's idea with scikit-learn's faster trees."""
    trees = ExtraTreesRegressor(n_estimators=50, random_state=seed)
    return IterativeImputer(trees, max_iter=5, random_state=seed, keep_empty_features=True)


# The fast ones first.
METHODS: dict[str, Callable[[int], Any]] = {
    "mean": lambda seed: SimpleImputer(keep_empty_features=True),
    "knn": lambda seed: KNNImputer(keep_empty_features=True),
    "iterative": by_iterative,
    "isthmus": by_isthmus,
    "forest": by_forest,
}


def scaled_table(path: Path, n_rows: int) -> Array:
    X = pd.read_csv(path, index_col=0).to_numpy(float)
    low, high = X.min(axis=0), X.max(axis=0)
    X = (X - low) / np.where(high > low, high - low, 1)
    if n_rows and len(X) > n_rows:
        X = X[np.random.default_rng(0).permutation(len(X))[:n_rows]]
    return X


def hidden_cells(X: Array, mechanism: str, rate: float, seed: int) -> Array:
    rng = np.random.default_rng(1000 + seed)
    if mechanism == "mcar":
        return rng.random(X.shape) < rate
    n, d = X.shape
    order = rng.permutation(d)
    kept, hidden = np.split(order, [max(1, round(0.3 * d))])
    given = (X[:, kept] - X[:, kept].mean(axis=0)) / (X[:, kept].std(axis=0) + 1e-9)
    found = np.zeros(X.shape, dtype=bool)
    for column in hidden:
        score = given @ rng.normal(size=len(kept))
        score = score / (score.std() + 1e-9)
        found[:, column] = rng.random(n) < _logistic(score + _offset(score, rate))
    return found


def _offset(score: Array, rate: float) -> float:
    """Return the offset that gives the share of hidden cells, by bisection."""
    low, high = -30.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if _logistic(score + middle).mean() > rate else (middle, high)
    return (low + high) / 2


def _logistic(values: Array) -> Array:
    return 1 / (1 + np.exp(-values))


def measured(name: str, method: str, X: Array, hidden: Array, seed: int) -> dict[str, float]:
    holes = np.where(hidden, np.nan, X)
    begin = time.process_time()  # others may use the machine too
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the others may not converge
        filled = METHODS[method](seed).fit_transform(holes)
    seconds = time.process_time() - begin
    return {"rmse": _error(filled, X, hidden), "cpu_seconds": round(seconds, 2)} | (
        {"rmse_without_class": _error(filled[:, :-1], X[:, :-1], hidden[:, :-1])}
        if name == "spam"
        else {}
    )


def _error(filled: Array, X: Array, hidden: Array) -> float:
    return round(float(np.sqrt(np.square((filled - X)[hidden]).mean())), 5)


def tasks(folder: Path, seeds: int, n_rows: int) -> Iterator[tuple[str, str, float, int, int]]:
    """Yield table, mechanism, rate, maximum number of rows and seed; small tables first."""
    names = [path.stem for path in sorted(folder.glob("*.csv"), key=lambda p: p.stat().st_size)]
    for seed in range(seeds):
        for mechanism in ("mcar", "mar"):
            yield from ((name, mechanism, 0.3, n_rows, seed) for name in names)
        yield (*SPAM, seed)


def summary(results: dict[str, Any], n_tables: int) -> dict[str, Any]:
    """Return mean errors, ranks and CPU seconds, by mechanism, of seeds with all tables."""
    found: dict[str, Any] = {}
    for mechanism in ("mcar", "mar"):
        by_seed: dict[int, list[Any]] = {}
        for key, result in results.items():
            if f" {mechanism} 0.3 " in key and len(result) == len(METHODS):
                by_seed.setdefault(int(key.split()[-1]), []).append(result)
        whole = {seed: own for seed, own in by_seed.items() if len(own) == n_tables}
        if whole:
            every = [result for own in whole.values() for result in own]
            found[mechanism] = {"seeds": sorted(whole), **_means(every)}
    return found


def _means(results: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    errors = np.array([[result[m]["rmse"] for m in METHODS] for result in results])
    ranks = errors.argsort(axis=1).argsort(axis=1) + 1
    seconds = [
        [result[m]["cpu_seconds"] for result in results if "cpu_seconds" in result[m]]
        for m in METHODS
    ]
    return {
        method: {
            "rmse": round(float(errors[:, k].mean()), 5),
            "rank": round(float(ranks[:, k].mean()), 2),
            "wins": int((ranks[:, k] == 1).sum()),
            **({"cpu_seconds": round(float(np.mean(seconds[k])), 1)} if seconds[k] else {}),
        }
        for k, method in enumerate(METHODS)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=None)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=2000, help="most rows of a table; 0: all")
    options = parser.parse_args()
    torch.set_num_threads(1)  # as the others: times can be compared
    folder = options.data or shared("tables") / "imputation"
    figures = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results: dict[str, Any] = figures.get("results", {})
    n_tables = len(list(folder.glob("*.csv")))
    for name, mechanism, rate, n_rows, seed in tasks(folder, options.seeds, options.rows):
        key = f"{name} {mechanism} {rate} {n_rows} {seed}"
        own = results.setdefault(key, {})
        X = scaled_table(folder / f"{name}.csv", n_rows)
        hidden = hidden_cells(X, mechanism, rate, seed)
        for method in METHODS:
            if method in own:
                continue
            own[method] = measured(name, method, X, hidden, seed)
            print(f"{key:34}{method:12}{own[method]}", flush=True)
            document = {"rows": options.rows, "summary": summary(results, n_tables)}
            write(__file__, {**document, "results": results})


if __name__ == "__main__":
    main()
