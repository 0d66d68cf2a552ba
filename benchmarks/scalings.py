"""Scalings of numeric columns: reconstruction, and what the codes keep of classes.

Each table of numbers is split into 70 % training and 30 % test rows, and encoded by half as many
values as columns, without the classes: by PCA for all seeds, and by an autoencoder with default
settings for the first seed. On the test rows: the share of variance explained in that scaling; the
rank correlation of each column with its reconstruction, mean over columns, which can be compared
between scalings; and the accuracy of logistic regression on the codes.

    OMP_NUM_THREADS=1 python benchmarks/scalings.py [--seeds 0 1 2] [--models adult taxis]
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
from isthmus.metrics import fit_pca
from isthmus.preprocessing import NumericBlock, Preprocessor
from isthmus.rows import as_rows
from isthmus.sources import read_source

KINDS = ("standard", "robust", "squash", "rank_gauss")
TABLES = {  # file, column of classes, lowest value of the upper class
    "adult": ("mixed/jb_adult-test.csv", "column_15", None),
    "taxis": ("mixed/taxis.csv", "payment", None),
    "counties": ("mixed/laucnty16.csv", None, None),
    "spam": ("imputation/spam.csv", "1", None),
    "wine": ("imputation/wine_white.csv", "quality", 3),
    "raisin": ("imputation/raisin.csv", "Class", None),
}
MOST_ROWS = 3000


def table(name: str, seed: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the numeric columns and the classes of at most 3,000 rows."""
    file, label, upper = TABLES[name]
    dataset = read_source(shared("tables") / file, label=label)
    X = dataset.X.to_pandas().select_dtypes("number")
    is_used = (X.nunique() > 1) & (X.columns != "unnamed_1")  # which is the number of the row
    X = X.loc[:, is_used].to_numpy(dtype=np.float64)
    y = dataset.y if upper is None else np.asarray(dataset.y) >= upper
    known = ~np.isnan(X).any(axis=1) & (True if y is None or y.dtype.kind != "U" else y != "")
    chosen = np.random.default_rng(seed).permutation(np.flatnonzero(known))[:MOST_ROWS]
    return X[chosen], None if y is None else y[chosen]


def measured(name: str, kind: str, seed: int, *, uses_pca: bool) -> dict[str, float]:
    X, y = table(name, seed)
    train, test = train_test_split(np.arange(len(X)), test_size=0.3, random_state=seed)
    size = max(2, X.shape[1] // 2)
    if uses_pca:
        made = Preprocessor(NumericBlock(kind)).fit(X[train])
        pca = fit_pca(as_rows(X[train], made), size, seed)
        scaled, new = made.encode(X[train]), made.encode(X[test])
        codes, new_codes, new_hat = pca.encode(scaled), pca.encode(new), pca.restored(new)
    else:
        model = Autoencoder(size, scaling=kind, random_state=seed).fit(X[train])
        codes, new_codes, made = (
            model.transform(X[train]),
            model.transform(X[test]),
            model.preprocessor_,
        )
        blocks = list(model.scaled_reconstructions(X[test]))
        new, new_hat = (np.concatenate(part) for part in list(zip(*blocks, strict=True))[1:])
    restored = made.decode(new_hat)
    correlations = [
        spearmanr(X[test, k], restored[:, k]).statistic
        for k in range(X.shape[1])
        if np.ptp(X[test, k]) and np.ptp(restored[:, k])
    ]
    found = {
        "explained": float(1 - np.square(new_hat - new).sum() / np.square(new - new.mean(0)).sum()),
        "rank_correlation": float(np.mean(correlations)),
    }
    if y is not None:
        linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
        found["accuracy"] = float(linear.fit(codes, y[train]).score(new_codes, y[test]))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--models", nargs="*", choices=TABLES, default=["adult", "taxis", "wine"])
    arguments = parser.parse_args()
    figures: dict[str, Any] = {"seeds": arguments.seeds, "pca": {}, "autoencoder": {}}
    for way, names in (("pca", list(TABLES)), ("autoencoder", arguments.models)):
        seeds = arguments.seeds if way == "pca" else arguments.seeds[:1]
        for name in names:
            figures[way][name] = {}
            for kind in KINDS:
                runs = [measured(name, kind, seed, uses_pca=way == "pca") for seed in seeds]
                means = {
                    key: round(statistics.mean(run[key] for run in runs), 4) for key in runs[0]
                }
                figures[way][name][kind] = means
                print(way, name, kind, means, flush=True)
            write(__file__, figures)


if __name__ == "__main__":
    main()
