"""Classes from the codes of mixed tables, beside the one-hot encoded columns themselves.

Each table has categories and a column of classes. An autoencoder with the command line's defaults
is trained on the other columns of 70 % of the rows, without the classes. Logistic regression is
then trained on its codes, on as many principal components of the same encoded columns, and on
one-hot columns with standardised numbers; missing numbers are medians.
Accuracy on the other 30 %.

    OMP_NUM_THREADS=1 python benchmarks/downstream.py [--seeds 0 1 2] [--without-path]
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

import numpy as np
import pandas as pd
from _machine import shared, write
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from isthmus import Autoencoder
from isthmus.metrics import fit_pca
from isthmus.sources import read_source

TABLES = {  # file, column of classes
    "adult": ("jb_adult-test.csv", "column_15"),
    "telco": ("telco-customer-churn-by-IBM.csv", "Churn"),
    "taxis": ("taxis.csv", "payment"),
    "penguins": ("penguins.csv", "sex"),
}


def table(name: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the columns and the classes of the rows that have one."""
    file, label = TABLES[name]
    dataset = read_source(shared("tables") / "mixed" / file, label=label)
    assert dataset.y is not None
    known = dataset.y != ""
    return dataset.X.to_pandas()[known].reset_index(drop=True), dataset.y[known]


def accuracy(train: Any, y_train: Any, test: Any, y_test: Any) -> float:
    model = make_pipeline(StandardScaler(with_mean=False), LogisticRegression(max_iter=2000))
    return float(model.fit(train, y_train).score(test, y_test))


def measured(name: str, seed: int, latent_dim: int, linear_path: bool | str) -> dict[str, float]:
    frame, y = table(name)
    parts = train_test_split(frame, y, test_size=0.3, random_state=seed, stratify=y)
    train, test, y_train, y_test = parts
    prepared = Autoencoder(random_state=seed).fit_preprocessing(train)
    latent_dim = min(latent_dim, prepared.n_encoded)
    started = time.perf_counter()
    model = Autoencoder(latent_dim, linear_path=linear_path, random_state=seed)
    model.fit(train, preprocessor=prepared)
    seconds = time.perf_counter() - started
    rows, new = model.prepared_rows(train), model.prepared_rows(test)
    pca = fit_pca(model.flat_rows(rows), latent_dim, seed)
    encoded, encoded_new = (
        np.concatenate([block for _, block in model.scaled_blocks(part)]) for part in (rows, new)
    )
    used = [plan.name for plan in model.preprocessor_.table.plans if plan.is_used]
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    one_hot = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (
            OneHotEncoder(handle_unknown="ignore", min_frequency=5),
            make_column_selector(dtype_exclude=["number", "datetime"]),
        ),
    )
    plain, plain_new = one_hot.fit_transform(train[used]), one_hot.transform(test[used])
    _, counts = np.unique(y_test, return_counts=True)
    return {
        "codes": accuracy(model.transform(train), y_train, model.transform(test), y_test),
        "components": accuracy(pca.encode(encoded), y_train, pca.encode(encoded_new), y_test),
        "one_hot": accuracy(plain, y_train, plain_new, y_test),
        "most_frequent": float(counts.max() / counts.sum()),
        "n_encoded": model.preprocessor_.n_encoded,
        "explained": model.score(test),
        "fit_seconds": round(seconds, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--latent-dim", type=int, default=32)
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--without-path", action="store_true", help="without a linear path")
    arguments = parser.parse_args()
    linear_path = False if arguments.without_path else "auto"
    figures: dict[str, Any] = {"latent_dim": arguments.latent_dim, "linear_path": linear_path}
    for name in arguments.tables:
        runs = {
            seed: measured(name, seed, arguments.latent_dim, linear_path)
            for seed in arguments.seeds
        }
        means = {
            key: round(statistics.mean(run[key] for run in runs.values()), 4)
            for key in ("codes", "components", "one_hot", "most_frequent", "explained")
        }
        figures[name] = {"means": means, "runs": runs}
        print(name, means, flush=True)
    write(__file__, figures)


if __name__ == "__main__":
    main()
