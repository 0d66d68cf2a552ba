"""The outlier detector on very wide sparse rows: tf-idf weights of news with about 20,000 words.

Rows are AG News' 7,599 test texts; half of the words of two texts mixed make 200 further rows that
a detector should find. Batches as "auto" chooses them are compared with batches of 512 rows, which
narrower tables have: processor seconds of a fit with one thread, and the ROC AUC of the mixtures.

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


def rows() -> tuple[Any, np.ndarray]:
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--members", type=int, default=8)
    n_members = parser.parse_args().members
    torch.set_num_threads(1)
    X, is_mixed = rows()
    figures: dict[str, Any] = {"n_rows": X.shape[0], "n_columns": X.shape[1], "members": n_members}
    for name, settings in SETTINGS.items():
        detector = AutoencoderOutlierDetector(n_members=n_members, random_state=0, **settings)
        before = time.process_time()
        detector.fit(X)
        figures[name] = {
            "batch_size": detector.settings_.batch_size,
            "epochs": detector.settings_.epochs,
            "processor_seconds": time.process_time() - before,
            "roc_auc_of_mixtures": roc_auc_score(is_mixed, -detector.score_samples(X)),
        }
        print(name, json.dumps(figures[name]), flush=True)
    figures["share_of_time"] = (
        figures["auto"]["processor_seconds"] / figures["512 rows"]["processor_seconds"]
    )
    write(__file__, figures)


if __name__ == "__main__":
    main()
