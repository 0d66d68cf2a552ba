"""The outlier detector on very wide rows: batches as "auto" chooses them, and of 512 rows.

"news": tf-idf weights of AG News' 7,599 test texts, about 20,000 words; half of the words of two
texts mixed make 200 further rows that a detector should find. "factors": 2,000 dense rows of 20,000
columns that depend on 20 hidden numbers; in 100 of them an eighth of the columns has changed
places. Batches of 512 rows and 10 epochs are what narrower tables have. Measured: processor seconds
of a fit with one thread, and the ROC AUC of the rows to find.

    OMP_NUM_THREADS=1 python benchmarks/wide_outliers.py [--members 8]
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import numpy as np
import pyarrow.csv
import torch
from _machine import shared, write
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import roc_auc_score

from isthmus import AutoencoderOutlierDetector

N_MIXED = 200
SETTINGS: dict[str, dict[str, Any]] = {
    "auto": {},
    "512 rows": {"batch_size": 512, "epochs": 10},
}


def news() -> tuple[Any, np.ndarray]:
    """Return the texts and the mixtures as one matrix, and which rows are mixtures."""
    options = pyarrow.csv.ReadOptions(autogenerate_column_names=True)
    table = pyarrow.csv.read_csv(shared("text") / "ag_news_test.csv", read_options=options)
    titles, bodies = (table[k].to_pylist() for k in (1, 2))
    texts = [f"{title} {body}" for title, body in zip(titles, bodies, strict=True)]
    X = TfidfVectorizer(dtype=np.float32).fit_transform(texts).tocsr()
    random = np.random.default_rng(0)
    one, other = (random.permutation(X.shape[0])[:N_MIXED] for _ in range(2))
    mixed = ((X[one] + X[other]) / 2).tocsr()
    is_mixed = np.repeat([False, True], [X.shape[0], N_MIXED])
    return sparse.vstack([X, mixed]).tocsr(), is_mixed


def factors() -> tuple[Any, np.ndarray]:
    """Return dense rows, and which of them have columns that changed places."""
    random = np.random.default_rng(2)
    n_rows, n_columns, n_factors, n_changed, n_moved = 2000, 20_000, 20, 100, 2500
    weights = random.normal(size=(n_factors, n_columns))
    weights *= random.random((n_factors, n_columns)) < 0.2
    moved = weights.copy()
    moved[:, :n_moved] = -moved[:, random.permutation(n_moved)]
    is_changed = np.arange(n_rows) < n_changed
    hidden = random.normal(size=(n_rows, n_factors))
    means = np.concatenate([hidden[is_changed] @ moved, hidden[~is_changed] @ weights])
    X = np.tanh(means) + 0.7 * random.normal(size=means.shape)
    return X.astype(np.float32), is_changed


SETS = {"news": news, "factors": factors}


def compared(X: Any, is_odd: np.ndarray, n_members: int) -> dict[str, Any]:
    """Return the time and the ROC AUC of each setting."""
    figures: dict[str, Any] = {"n_rows": X.shape[0], "n_columns": X.shape[1]}
    for name, settings in SETTINGS.items():
        detector = AutoencoderOutlierDetector(n_members=n_members, random_state=0, **settings)
        before = time.process_time()
        detector.fit(X)
        figures[name] = {
            "batch_size": detector.settings_.batch_size,
            "epochs": detector.settings_.epochs,
            "processor_seconds": time.process_time() - before,
            "roc_auc": roc_auc_score(is_odd, -detector.score_samples(X)),
        }
        print(name, json.dumps(figures[name]), flush=True)
    figures["share_of_time"] = (
        figures["auto"]["processor_seconds"] / figures["512 rows"]["processor_seconds"]
    )
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--members", type=int, default=8)
    n_members = parser.parse_args().members
    torch.set_num_threads(1)
    sets = {name: compared(*made(), n_members) for name, made in SETS.items()}
    write(__file__, {"members": n_members, "sets": sets})


if __name__ == "__main__":
    main()
