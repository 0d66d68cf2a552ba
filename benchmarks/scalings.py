"""Scalings of numeric columns: reconstruction, and what the codes keep of classes.

Each table of numbers is split into 70 % training and 30 % test rows. For each scaling, an
autoencoder with half as many code values as columns is trained for 100 epochs without the classes.
On the test rows: the share of variance explained in that scaling, for the model and for as many
principal components; the rank correlation of each column with its reconstruction, mean over
columns, which can be compared between scalings; and the accuracy of logistic regression on the
codes.

    OMP_NUM_THREADS=1 python benchmarks/scalings.py [--seeds 0 1 2] [--tables taxis]
"""

from __future__ import annotations

import argparse
import statistics
from typing import Any

import numpy as np
from _machine import shared, write
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from isthmus import Autoencoder
from isthmus.evaluation import beside_pca
from isthmus.sources import read_source

KINDS = ("standard", "robust", "squash", "rank_gauss")
TABLES = {  # file, column of classes, lowest value of the upper class
    "adult": ("mixed/jb_adult-test.csv", "column_15", None),
    "taxis": ("mixed/taxis.csv", "payment", None),
    "counties": ("mixed/laucnty16.csv", None, None),
    "spam": ("imputation/spam.csv", "1", None),
    "wine": ("imputation/wine_white.csv", "quality", 6),
    "raisin": ("imputation/raisin.csv", "Class", None),
}
MOST_ROWS = 1000
EPOCHS = 100


def table(name: str, seed: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the numeric columns and the classes of at most 1,000 rows."""
    file, label, upper = TABLES[name]
    dataset = read_source(
        shared("tables") / file, label=label, exclude=["unnamed_1"][: "imp" in file]
    )
    X = dataset.X.to_pandas().select_dtypes("number")
    X = X.loc[:, X.nunique() > 1].to_numpy(dtype=np.float64)
    y = dataset.y if upper is None else np.asarray(dataset.y) >= upper
    known = ~np.isnan(X).any(axis=1) & (True if y is None or y.dtype.kind != "U" else y != "")
    chosen = np.random.default_rng(seed).permutation(np.flatnonzero(known))[:MOST_ROWS]
    return X[chosen], None if y is None else y[chosen]


def measured(name: str, kind: str, seed: int) -> dict[str, float]:
    X, y = table(name, seed)
    train, test = train_test_split(np.arange(len(X)), test_size=0.3, random_state=seed)
    latent_dim = max(2, X.shape[1] // 2)
    model = Autoencoder(latent_dim, scaling=kind, epochs=EPOCHS, random_state=seed).fit(X[train])
    beside = beside_pca(model, model.prepared_rows(X[train]), model.prepared_rows(X[test]))
    _, ours, pca = beside.judged
    restored = model.reconstruct(X[test])
    correlations = [
        spearmanr(X[test, k], restored[:, k]).statistic
        for k in range(X.shape[1])
        if np.ptp(X[test, k]) and np.ptp(restored[:, k])
    ]
    found = {
        "explained": ours.as_dict()["variance_explained"],
        "pca_explained": pca.as_dict()["variance_explained"],
        "rank_correlation": float(np.mean(correlations)),
    }
    if y is not None:
        linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
        linear.fit(model.transform(X[train]), y[train])
        found["accuracy"] = float(linear.score(model.transform(X[test]), y[test]))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    arguments = parser.parse_args()
    figures: dict[str, Any] = {"seeds": arguments.seeds, "tables": {}}
    for name in arguments.tables:
        figures["tables"][name] = {}
        for kind in KINDS:
            runs = [measured(name, kind, seed) for seed in arguments.seeds]
            means = {key: round(statistics.mean(run[key] for run in runs), 4) for key in runs[0]}
            figures["tables"][name][kind] = {"means": means, "runs": runs}
            print(name, kind, means, flush=True)
    write(__file__, figures)


if __name__ == "__main__":
    main()
