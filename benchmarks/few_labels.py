"""Accuracy of the default StackedAutoencoderClassifier with few labels and with all of them.

Beside it stand a support vector machine with an RBF kernel and logistic regression, both with
scikit-learn's defaults, fitted on the labelled rows alone: on the rows as they are (MNIST as
numbers from 0 to 1) and on standardised columns. The sets: the first 6,000 rows of MNIST and the
first 2,000 of its test rows; scikit-learn's digits, and the UCI tables spam, obesity and letter
(its first 6,000 rows), of which 30 % are test rows. A tenth of each class, or all rows, are
labelled. Defaults were chosen on other rows of MNIST ("mnist-selection") and on the tables with a
tenth of the labels.

    OMP_NUM_THREADS=1 python benchmarks/few_labels.py [--seeds 0 1 2]
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

import numpy as np
from _machine import shared, write
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from isthmus import StackedAutoencoderClassifier
from isthmus.sources import read_source

SETS = ("mnist", "mnist-selection", "digits", "spam", "obesity", "letter")
FRACTIONS = (0.1, 1.0)
Split = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def split(name: str, seed: int) -> Split:
    """Return training rows, test rows and their labels."""
    if name.startswith("mnist"):
        data = read_source("mnist", data_dir=str(shared("mnist")))
        assert data.y is not None and data.X_test is not None and data.y_test is not None
        if name == "mnist":
            return data.X[:6000], data.X_test[:2000], data.y[:6000], data.y_test[:2000]
        rows = np.random.default_rng(1).permutation(50_000) + 10_000
        train, test = rows[:6000], rows[6000:10_000]
        return data.X[train], data.X[test], data.y[train], data.y[test]
    if name == "digits":
        X, y = load_digits(return_X_y=True)
    else:
        path = shared("tables") / "imputation" / f"{name}.csv"
        table = np.loadtxt(path, delimiter=",", skiprows=1)[:6000, 1:]
        label = 0 if name == "letter" else table.shape[1] - 1
        X, y = np.delete(table, label, axis=1), table[:, label].astype(int)
    parts: Split = tuple(train_test_split(X, y, test_size=0.3, random_state=seed, stratify=y))
    return parts


def labelled(y: np.ndarray, fraction: float, seed: int) -> np.ndarray:
    """Return which rows are labelled: the same fraction of each class."""
    rng = np.random.default_rng(seed)
    chosen = [
        rng.choice(rows, max(2, round(fraction * len(rows))), replace=False)
        for rows in (np.flatnonzero(y == label) for label in np.unique(y))
    ]
    return np.sort(np.concatenate(chosen))


def accuracies(name: str, fraction: float, seed: int) -> dict[str, float]:
    X, X_test, y, y_test = split(name, seed)
    rows = labelled(y, fraction, seed)
    scale = 255 if name.startswith("mnist") else 1
    peers: dict[str, Any] = {
        "support vector machine": SVC(),
        "support vector machine, standardised": make_pipeline(StandardScaler(), SVC()),
        "logistic regression, standardised": make_pipeline(
            StandardScaler(), LogisticRegression(max_iter=1000)
        ),
    }
    found = {
        title: peer.fit(X[rows] / scale, y[rows]).score(X_test / scale, y_test)
        for title, peer in peers.items()
    }
    partly = np.full(len(y), -1)
    partly[rows] = y[rows]
    started = time.perf_counter()
    classifier = StackedAutoencoderClassifier(random_state=seed).fit(X, partly)
    found["seconds"] = time.perf_counter() - started
    return {"isthmus": classifier.score(X_test, y_test), **found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=SETS)
    arguments = parser.parse_args()
    figures: dict[str, Any] = {"seeds": arguments.seeds}
    for name in arguments.sets:
        for fraction in FRACTIONS:
            runs = [accuracies(name, fraction, seed) for seed in arguments.seeds]
            figures[f"{name}, {fraction:.0%} labelled"] = {
                title: {
                    "mean": statistics.fmean(r[title] for r in runs),
                    "by_seed": [r[title] for r in runs],
                }
                for title in runs[0]
            }
            shown = {t: round(statistics.fmean(r[t] for r in runs), 4) for t in runs[0]}
            print(name, fraction, shown, flush=True)
    if arguments.sets == list(SETS):
        write(__file__, figures)


if __name__ == "__main__":
    main()
