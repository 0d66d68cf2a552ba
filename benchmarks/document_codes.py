"""Texts found again by codes of 10 numbers: a stacked autoencoder beside LSA of the same size.

    OMP_NUM_THREADS=1 python benchmarks/document_codes.py [--seeds 3] [--quick]

The set is AG News' test part, 7,600 titles and descriptions of four classes (folder text of
$ISTHMUS_DATA or ../shared/data). 1,600 texts, drawn once, are held out. Words and codes are learned
from the others without labels: tf-idf of the 2,000 most frequent words that are no English stop
words. Each held-out text looks for its 10 nearest training texts by the cosine of the codes:

    precision_at_10          share of the 10 that are of the text's own class
    average_precision_at_10  mean over the places k of neighbours of its class of the share of its
                             class among the first k; 0 where there is none; mean over the texts
    accuracy_1, accuracy_10  how often the nearest, or most of the 10, are of its class

LSA is a truncated SVD. It gets the best of several weightings of the words by the held-out texts
themselves; the autoencoder's setting was chosen on 1,000 of the training texts, with the other
5,000 to learn from ("variants": each changes one thing; --quick leaves them out). The recipe
`document-codes` holds that setting.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Iterable
from typing import Any

import numpy as np
from _machine import shared, write
from numpy.typing import NDArray
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.preprocessing import normalize

from isthmus import StackedAutoencoder
from isthmus.recipes import load_recipe

Array = NDArray[Any]

N_HELD_OUT, N_VALIDATION, N_WORDS, SIZE = 1600, 1000, 2000, 10
SPLIT_SEED = 0
SETTING = load_recipe("document-codes")["parameters"] | {"verbose": 0}
CODE = "identity"
# Each changes one thing. Input is what the words are weighted by.
VARIANTS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "input: counts": {"input": "counts", "learning_rate": 0.001},
    "input: shares of words": {"input": "shares"},
    "input: 1 for each word": {"input": "binary", "learning_rate": 0.001},
    "squared error": {"loss": "mean_squared_error", "output_activation": "identity"},
    "no noise": {"noise": "none"},
    "noise 0.3": {"noise_level": 0.3},
    "noise 0.7": {"noise_level": 0.7},
    "ReLU": {"activation": ("relu",) * 3 + (CODE,)},
    "SiLU": {"activation": ("silu",) * 3 + (CODE,)},
    "sigmoid": {"activation": ("sigmoid",) * 3 + (CODE,)},
    "tanh on the code": {"activation": "tanh"},
    "greedy": {"stacking": "greedy", "pretraining_epochs": 8},
    "greedy, sigmoid": {
        "stacking": "greedy",
        "pretraining_epochs": 8,
        "activation": ("sigmoid",) * 3 + (CODE,),
    },
    "learning rate 0.001": {"learning_rate": 0.001},
    "Muon, 10 epochs": {"optimizer": "muon", "learning_rate": "auto", "epochs": 10},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument(
        "--quick", action="store_true", help="leave the variants out; writes nothing"
    )
    options = parser.parse_args()
    texts, classes = read()
    order = np.random.default_rng(SPLIT_SEED).permutation(len(texts))
    held_out, training = order[:N_HELD_OUT], order[N_HELD_OUT:]
    figures = final(texts, classes, training, held_out, range(options.seeds))
    if options.quick:
        return
    write(__file__, figures)  # now already: the variants take ten minutes
    chosen_by, learned_from = training[:N_VALIDATION], training[N_VALIDATION:]
    figures["variants_on_validation_texts"] = variants(texts, classes, learned_from, chosen_by)
    write(__file__, figures)


def read() -> tuple[list[str], Array]:
    with (shared("text") / "ag_news_test.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    return [f"{title} {description}" for _, title, description in rows], np.array(
        [int(row[0]) for row in rows]
    )


def final(
    texts: list[str], classes: Array, training: Array, held_out: Array, seeds: Iterable[int]
) -> dict[str, Any]:
    inputs = weighted(texts, training, held_out)
    y, y_asked = classes[training], classes[held_out]
    lsa, longer = {}, {}
    for name, (X, X_asked) in inputs.items():
        lsa[name] = by_svd(X, X_asked, y, y_asked, SIZE)
        show(f"LSA, {name}", lsa[name])
    best = max(lsa, key=lambda name: lsa[name]["average_precision_at_10"])
    for size in (20, 50, 125):
        longer[size] = by_svd(*inputs[best], y, y_asked, size)
        show(f"LSA, {best}, {size} numbers", longer[size])
    words = neighbours(*inputs["tf-idf"], y, y_asked)
    show("tf-idf itself, 2,000 numbers", words)
    runs = [by_isthmus(inputs, y, y_asked, {"random_state": seed}) for seed in seeds]
    for seed, run in enumerate(runs):
        show(f"Isthmus, seed {seed}", run)
    return {
        "texts": {"training": len(training), "held_out": len(held_out), "split_seed": SPLIT_SEED},
        "numbers_a_text": SIZE,
        "setting": SETTING,
        "isthmus": {name: statistic([run[name] for run in runs]) for name in runs[0]},
        "isthmus_seeds": runs,
        "lsa": lsa,
        "lsa_best": best,
        "lsa_best_at_other_sizes": longer,
        "tf_idf_itself": words,
    }


def variants(texts: list[str], classes: Array, training: Array, asked: Array) -> dict[str, Any]:
    inputs = weighted(texts, training, asked)
    y, y_asked = classes[training], classes[asked]
    found = {}
    for name, (X, X_asked) in inputs.items():
        found[f"LSA, {name}"] = by_svd(X, X_asked, y, y_asked, SIZE)
        show(f"LSA, {name}", found[f"LSA, {name}"])
    for name, changes in VARIANTS.items():
        found[name] = by_isthmus(inputs, y, y_asked, {"random_state": 0, **changes})
        show(name, found[name])
    # They run for long, beside whatever else the machine does: no place to compare times.
    return {name: without_seconds(figures) for name, figures in found.items()}


def without_seconds(figures: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in figures.items() if name != "fit_seconds"}


def weighted(texts: list[str], training: Array, asked: Array) -> dict[str, tuple[Any, Any]]:
    """Return rows to learn from and rows to ask for, for each way of weighting the words."""
    counter = CountVectorizer(max_features=N_WORDS, stop_words="english", dtype=np.float32)
    counts = counter.fit_transform([texts[k] for k in training])
    asked_counts = counter.transform([texts[k] for k in asked])
    tf_idf = TfidfTransformer().fit(counts)
    ways = {
        "tf-idf": tf_idf.transform,
        "counts": lambda X: X,
        "log counts": lambda X: X.log1p(),
        "binary": lambda X: (X > 0).astype(np.float32),
        "shares": lambda X: normalize(X, "l1"),
        "shares of tf-idf": lambda X: normalize(tf_idf.transform(X), "l1"),
    }
    return {name: (way(counts), way(asked_counts)) for name, way in ways.items()}


def by_svd(X: Any, X_asked: Any, y: Array, y_asked: Array, size: int) -> dict[str, float]:
    begin = time.perf_counter()
    svd = TruncatedSVD(size, random_state=0).fit(X)
    seconds = time.perf_counter() - begin
    found = neighbours(svd.transform(X), svd.transform(X_asked), y, y_asked)
    return found | {"fit_seconds": round(seconds, 2)}


def by_isthmus(
    inputs: dict[str, tuple[Any, Any]], y: Array, y_asked: Array, changes: dict[str, Any]
) -> dict[str, float]:
    X, X_asked = inputs[changes.pop("input", "tf-idf")]
    begin = time.perf_counter()
    model = StackedAutoencoder(**{**SETTING, **changes, "device": "cpu"}).fit(X)
    seconds = time.perf_counter() - begin
    found = neighbours(model.transform(X), model.transform(X_asked), y, y_asked)
    return found | {"fit_seconds": round(seconds, 2)}


def neighbours(Z: Any, Z_asked: Any, y: Array, y_asked: Array) -> dict[str, float]:
    """Measure the 10 nearest rows of ``Z`` for each of ``Z_asked``, by cosine."""
    cosines = normalize(Z_asked) @ normalize(Z).T
    cosines = cosines if isinstance(cosines, np.ndarray) else cosines.toarray()
    nearest = np.argsort(-cosines, axis=1, kind="stable")[:, :10]
    same = y[nearest] == y_asked[:, None]
    precision = np.cumsum(same, axis=1) / np.arange(1, 11)
    average = (precision * same).sum(axis=1) / np.maximum(1, same.sum(axis=1))
    votes = np.array([np.bincount(row).argmax() for row in y[nearest]])
    figures = {
        "average_precision_at_10": average.mean(),
        "precision_at_10": same.mean(),
        "accuracy_1": same[:, 0].mean(),
        "accuracy_10": (votes == y_asked).mean(),
    }
    return {name: round(float(value), 4) for name, value in figures.items()}


def statistic(values: list[float]) -> dict[str, float]:
    return {"mean": round(float(np.mean(values)), 4), "std": round(float(np.std(values)), 4)}


def show(name: str, figures: dict[str, float]) -> None:
    shown = "  ".join(f"{value:7.4f}" for value in figures.values())
    print(f"{name:32}{shown}", flush=True)


if __name__ == "__main__":
    main()
