"""Outlier detection without labels: AUROC compared with IsolationForest and PCA.

    python benchmarks/outliers.py [--data DIR] [--seeds 5]

Every method is fitted on all rows and scores them; labels are only used for the AUROC. The data
sets are the labelled tables in DIR (X and y, 1 = anomaly; default: the folder anomaly of
$ISTHMUS_DATA or ../shared/data) and, separately, some of scikit-learn's with one class made
rare. The second part removes one element of AutoencoderOutlierDetector at a time.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from _machine import shared, write
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from isthmus import AutoencoderOutlierDetector

Array = NDArray[Any]

# Each changes one thing. `plain` is the usual autoencoder detector: a narrow code, no noise.
VARIANTS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "no rows left out": {"trim": (0.0,)},
    "40 % of the rows left out": {"trim": (0.4,)},
    "noise 0.2 alone": {"noise": (0.2,)},
    "noise 2 alone": {"noise": (2.0,)},
    "linear networks": {"hidden_dims": (), "activation": "identity"},
    "robust scaling": {"scaling": "robust"},
    "plain": {"noise": (0.0,), "trim": (0.0,), "latent_dim": 3, "hidden_dims": (64,)},
}


def given_sets(folder: Path) -> dict[str, tuple[Array, Array]]:
    found = {}
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as arrays:
            found[path.stem] = arrays["X"], arrays["y"].astype(int)
    return found


def rare_class_sets() -> dict[str, tuple[Array, Array]]:
    """The first classes of scikit-learn's sets in turn: a few rows among all the others."""
    sources = {
        "breast_cancer": (load_breast_cancer(), 20),
        "digits": (load_digits(), 30),
        "wine": (load_wine(), 10),
        "iris": (load_iris(), 8),
    }
    found = {}
    for name, (source, n_rare) in sources.items():
        for label in np.unique(source.target)[:3]:
            rng = np.random.default_rng(int(label))
            rare = rng.choice(np.flatnonzero(source.target == label), n_rare, replace=False)
            kept = np.concatenate([np.flatnonzero(source.target != label), rare])
            kept = rng.permutation(kept)
            found[f"{name}:{label}"] = source.data[kept], (source.target[kept] == label).astype(int)
    return found


def by_isthmus(X: Array, seed: int, **parameters: Any) -> Array:
    detector = AutoencoderOutlierDetector(random_state=seed, device="cpu", **parameters)
    return -detector.fit(X).score_samples(X)


def by_isolation_forest(X: Array, seed: int) -> Array:
    return -IsolationForest(random_state=seed).fit(X).score_samples(X)


def by_pca(X: Array, n_components: float | int) -> Array:
    Z = StandardScaler().fit_transform(X)
    pca = PCA(n_components, svd_solver="full").fit(Z)
    return np.square(Z - pca.inverse_transform(pca.transform(Z))).sum(axis=1)


def measured(score: Callable[[int], Array], y: Array, seeds: range) -> dict[str, float]:
    begin = time.perf_counter()
    figures = [float(roc_auc_score(y, score(seed))) for seed in seeds]
    seconds = (time.perf_counter() - begin) / len(seeds)
    return {
        "auroc": round(float(np.mean(figures)), 4),
        "std": round(float(np.std(figures)), 4),
        "seconds": round(seconds, 2),
    }


def on_one_set(X: Array, y: Array, seeds: range) -> dict[str, Any]:
    return {
        "rows": X.shape[0],
        "features": X.shape[1],
        "anomalies": int(y.sum()),
        "isthmus": measured(lambda seed: by_isthmus(X, seed), y, seeds),
        "isolation_forest": measured(lambda seed: by_isolation_forest(X, seed), y, seeds),
        "pca_90_percent": measured(lambda seed: by_pca(X, 0.9), y, range(1)),
        "pca_half": measured(lambda seed: by_pca(X, max(1, X.shape[1] // 2)), y, range(1)),
    }


METHODS = ("isthmus", "isolation_forest", "pca_90_percent", "pca_half")


def table(sets: dict[str, tuple[Array, Array]], seeds: range) -> dict[str, Any]:
    each = {}
    for name, (X, y) in sets.items():
        each[name] = on_one_set(X, y, seeds)
        shown = "  ".join(f"{100 * each[name][m]['auroc']:5.1f}" for m in METHODS)
        print(f"{name:18}{shown}  {each[name]['isthmus']['seconds']:5.1f} s", flush=True)
    mean = {
        m: round(float(np.mean([one[m]["auroc"] for one in each.values()])), 4) for m in METHODS
    }
    print(f"{'mean':18}" + "  ".join(f"{100 * mean[m]:5.1f}" for m in METHODS), flush=True)
    return {"mean": mean, "sets": each}


def variants(sets: dict[str, tuple[Array, Array]]) -> dict[str, float]:
    found = {}
    for name, parameters in VARIANTS.items():
        figures = [roc_auc_score(y, by_isthmus(X, 0, **parameters)) for X, y in sets.values()]
        found[name] = round(float(np.mean(figures)), 4)
        print(f"{name:28}{100 * found[name]:5.1f}", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=None)
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    given = given_sets(options.data or shared("anomaly"))
    groups = {"given": given, "rare_class": rare_class_sets()}
    seeds = range(options.seeds)
    figures: dict[str, Any] = {"seeds": list(seeds)}
    for name, sets in groups.items():
        figures[name] = table(sets, seeds)
        write(__file__, figures)  # now already: all of it takes a quarter of an hour
    figures["variants_of_given"] = {"seed": 0, "mean": variants(given)}
    write(__file__, figures)


if __name__ == "__main__":
    main()
