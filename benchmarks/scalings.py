"""Scalings of skewed numeric columns: reconstruction and what the codes keep.

Each table is split into 70 % training and 30 % test rows. For each scaling, an autoencoder with the
command line's defaults is trained without the classes or the target. Reported are the share of
variance explained of test rows in that scaling, for the model and for as many principal components;
the mean rank correlation between columns and their reconstructions, which does not depend on the
scaling; and what a linear model on the codes achieves: accuracy of logistic regression, or R2 of
ridge regression on the rank of the target.

    OMP_NUM_THREADS=1 python benchmarks/scalings.py [--seeds 0 1 2] [--tables taxis]
"""

from __future__ import annotations

import argparse
import statistics
from typing import Any

import numpy as np
from _machine import shared, write
from scipy.stats import rankdata, spearmanr
from sklearn.datasets import load_breast_cancer, make_classification
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from isthmus import Autoencoder
from isthmus.evaluation import beside_pca
from isthmus.sources import read_source

KINDS = ("standard", "robust", "squash", "rank_gauss")
NUMBERS = {  # numeric columns of the mixed tables, and the target
    "adult": ("jb_adult-test.csv", "column_15"),
    "taxis": ("taxis.csv", "payment"),
    "counties": ("laucnty16.csv", None),
    "telco": ("telco-customer-churn-by-IBM.csv", "Churn"),
}
MOST_ROWS = 6000


def from_file(name: str) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the numeric columns of a mixed table, and its classes."""
    file, label = NUMBERS[name]
    dataset = read_source(shared("tables") / "mixed" / file, label=label)
    frame = dataset.X.to_pandas().select_dtypes("number")
    keep = np.ones(len(frame), dtype=bool) if dataset.y is None else dataset.y != ""
    X = frame.to_numpy(dtype=float)[keep]
    return X, None if dataset.y is None else dataset.y[keep]
