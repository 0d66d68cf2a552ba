"""Outlier detection in tables of numbers and categories: AUROC compared with other methods.

    OMP_NUM_THREADS=1 python benchmarks/mixed_outliers.py [--seeds 3] [--tables adult telco]

Every method is fitted on all rows and scores them; labels are only used for the AUROC.
``AutoencoderOutlierDetector`` takes the table as it is. The others take one-hot columns beside
the numbers, with medians and most frequent levels in missing cells: scikit-learn's IsolationForest,
the reconstruction error of PCA on standardised columns, and ECOD (Li et al. 2022).

In each table, anomalies of four kinds are made as in ``_mixed_anomalies.py``. In a second group of
sets, a class of the table itself is made rare, and its column left out. Both groups have at most
1,000 rows; seeds draw rows and anomalies as well as networks and trees.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from _machine import shared, write
from _mixed_anomalies import KINDS, with_anomalies
from numpy.typing import NDArray
from scipy.stats import rankdata, skew
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.impute import SimpleImputer
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from isthmus import AutoencoderOutlierDetector
from isthmus.preprocessing import plan_columns, whole_table
from isthmus.sources import read_source

Array = NDArray[Any]

TABLES = {
    "adult": "jb_adult-test.csv",
    "telco": "telco-customer-churn-by-IBM.csv",
    "penguins": "penguins.csv",
    "taxis": "taxis.csv",
    "planets": "planets.csv",
}
# Column and classes that are made rare among all other rows.
RARE = {
    "adult": ("column_15", [">50K."]),
    "telco": ("Churn", ["Yes"]),
    "penguins": ("species", ["Chinstrap"]),
    "taxis": ("color", ["green"]),
    "planets": ("method", ["Imaging", "Microlensing", "Eclipse Timing Variations"]),
}
_ROWS = 1000
_RARE_SHARE = 0.05


def frame_of(name: str) -> pd.DataFrame:
    """Return the columns of a table that carry information, without ids."""
    table = whole_table(read_source(shared("tables") / "mixed" / TABLES[name]).X)
    return table.select([plan.name for plan in plan_columns(table) if plan.is_used]).to_pandas()


def with_rare_class(frame: pd.DataFrame, name: str, seed: int) -> tuple[pd.DataFrame, Array]:
    column, classes = RARE[name]
    rng = np.random.default_rng(seed)
    known = frame[frame[column].notna()]
    is_rare = known[column].isin(classes).to_numpy()
    others = rng.permutation(np.flatnonzero(~is_rare))[: round(_ROWS * (1 - _RARE_SHARE))]
    n_rare = round(len(others) * _RARE_SHARE / (1 - _RARE_SHARE))
    kept = np.concatenate([others, rng.permutation(np.flatnonzero(is_rare))[:n_rare]])
    kept = rng.permutation(kept)
    return known.drop(columns=column).iloc[kept].reset_index(drop=True), is_rare[kept].astype(int)


def sets(
    frames: dict[str, pd.DataFrame], seeds: int
) -> Iterator[tuple[str, int, pd.DataFrame, Array]]:
    for seed, kind, name in itertools.product(range(seeds), (*KINDS, "rare class"), frames):
        frame = frames[name]
        some = frame.sample(min(_ROWS, len(frame)), random_state=seed).reset_index(drop=True)
        made = (
            with_rare_class(frame, name, seed)
            if kind == "rare class"
            else with_anomalies(some, kind, seed)
        )
        yield f"{name}, {kind}", seed, *made


def one_hot(frame: pd.DataFrame) -> Array:
    frame = frame.copy()
    dates = list(frame.select_dtypes("datetime"))
    for name in dates:
        frame[name] = (frame[name] - frame[name].min()).dt.total_seconds()
    numbers = list(frame.select_dtypes(["number", "bool"]))
    levels = [name for name in frame if name not in numbers]
    frame[levels] = frame[levels].astype(object).where(frame[levels].notna(), None)
    most_frequent = SimpleImputer(strategy="most_frequent", missing_values=None)
    encoder = make_column_transformer(
        (SimpleImputer(strategy="median"), numbers),
        (make_pipeline(most_frequent, OneHotEncoder(sparse_output=False)), levels),
    )
    return np.asarray(encoder.fit_transform(frame))


def by_isthmus(frame: pd.DataFrame, seed: int) -> Array:
    detector = AutoencoderOutlierDetector(random_state=seed, device="cpu")
    return -detector.fit(frame).score_samples(frame)


def by_isolation_forest(frame: pd.DataFrame, seed: int) -> Array:
    X = one_hot(frame)
    return -IsolationForest(random_state=seed).fit(X).score_samples(X)


def by_pca(frame: pd.DataFrame, seed: int) -> Array:
    Z = StandardScaler().fit_transform(one_hot(frame))
    pca = PCA(0.9, svd_solver="full").fit(Z)
    return np.square(Z - pca.inverse_transform(pca.transform(Z))).sum(axis=1)


def by_ecod(frame: pd.DataFrame, seed: int) -> Array:
    """Return the largest sum of the columns' tail surprises: left, right or the longer tail."""
    X = one_hot(frame)
    left, right = (-np.log(rankdata(part, "max", axis=0) / len(X)) for part in (X, -X))
    longer = np.where(np.nan_to_num(skew(X, axis=0)) < 0, left, right)
    return np.maximum.reduce([part.sum(axis=1) for part in (left, right, longer)])


METHODS: dict[str, Callable[[pd.DataFrame, int], Array]] = {
    "isthmus": by_isthmus,
    "isolation_forest": by_isolation_forest,
    "pca_90_percent": by_pca,
    "ecod": by_ecod,
}


def measured(frame: pd.DataFrame, y: Array, seed: int) -> dict[str, float]:
    begin = time.process_time()
    found = {"isthmus": by_isthmus(frame, seed)}
    seconds = time.process_time() - begin
    found |= {name: method(frame, seed) for name, method in METHODS.items() if name not in found}
    areas = {name: round(float(roc_auc_score(y, score)), 4) for name, score in found.items()}
    shown = "  ".join(f"{100 * area:5.1f}" for area in areas.values())
    print(f"{shown}  {seconds:5.1f} s", flush=True)
    return {**areas, "rows": len(y), "anomalies": int(y.sum()), "cpu_seconds": round(seconds, 2)}


def mean(records: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(statistics.mean(record[name] for record in records), 4) for name in METHODS}


def summary(runs: dict[str, dict[int, dict[str, float]]]) -> dict[str, Any]:
    """Return the mean over seeds of each set, and the mean of the sets of each kind."""
    each = {name: mean(list(own.values())) for name, own in runs.items()}
    kinds: dict[str, list[dict[str, float]]] = {}
    for name, record in each.items():
        kinds.setdefault(name.partition(", ")[2], []).append(record)
    by_kind = {kind: mean(records) for kind, records in kinds.items()}
    return {"mean": mean(list(each.values())), "kinds": by_kind, "sets": each, "runs": runs}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    options = parser.parse_args()
    runs: dict[str, dict[int, dict[str, float]]] = {}
    frames = {name: frame_of(name) for name in options.tables}
    for name, seed, frame, y in sets(frames, options.seeds):
        print(f"{name:22}{seed:3}", end="  ")
        runs.setdefault(name, {})[seed] = measured(frame, y, seed)
        write(__file__, summary(runs))  # now already: all of it takes a while


if __name__ == "__main__":
    main()
