"""Sparse codes of MNIST and of news texts: error, dead latents, and a linear classifier on top.

Each part trains sparse autoencoders and measures latents per row, dead latents on the training
rows, and the share of variance unexplained on test rows, beside PCA with ``k`` components.

    OMP_NUM_THREADS=1 python benchmarks/sparse_codes.py
    OMP_NUM_THREADS=1 python benchmarks/sparse_codes.py --part news    only one of the parts
    python benchmarks/sparse_codes.py --rows 5000 --epochs 2     a trial; prints, and writes nothing

A part that is not measured keeps its figures, and the commit they were made from.

The part "mnist" trains the recipe `sparse-mnist`, fits a linear classifier (squared hinge loss, one
against the rest) to the activations of all 60,000 training pictures, and measures its accuracy on
the test pictures once; then another one to those of the same pictures and of their copies moved by
one pixel up, down, left and right. All settings and the penalty were chosen with 50,000 training
pictures on the other 10,000. FC-WTA (Makhzani & Frey 2015, table 2) reaches 98.80 % with 2,000
units and a linear SVM.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _machine import commit, shared, write
from sklearn.decomposition import PCA

from isthmus import SparseAutoencoder
from isthmus.recipes import load_recipe
from isthmus.sources import read_source

MOVES = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
PENALTY = 1e-2
MAX_ITER = 80


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=None)
    parser.add_argument("--epochs", type=int, default=None)
    parser.add_argument("--part", choices=tuple(PARTS), default=None)
    given = parser.parse_args()
    is_trial = given.rows is not None or given.epochs is not None
    file = Path(__file__).with_suffix(".json")
    figures = json.loads(file.read_text()) if file.is_file() and given.part else {}
    for part in PARTS if given.part is None else (given.part,):
        measure, epochs, seeds = PARTS[part]
        epochs, seeds = given.epochs or epochs, seeds[:1] if is_trial else seeds
        found = measure(given.rows, epochs, seeds)
        figures[part] = {"epochs": epochs, "commit": commit(), "models": found}
        if not is_trial:
            write(__file__, figures)
    print(json.dumps(figures, indent=1))


def measure_mnist(n_rows: int | None, epochs: int, seeds: tuple[int, ...]) -> list[dict[str, Any]]:
    """Measure the winner-take-all autoencoder, and a linear classifier on its activations."""
    X, y, X_test, y_test = mnist(n_rows)
    found = []
    for seed in seeds:
        recipe = load_recipe("sparse-mnist")["parameters"]
        setting = recipe | {"epochs": epochs, "random_state": seed}
        model, facts = trained(X, X_test, **setting)
        start = time.process_time()
        Z_test = model.activations(X_test)
        for name, moves in (("accuracy", MOVES[:1]), ("accuracy_with_moved_copies", MOVES)):
            Z = moved_activations(model, X, moves)
            classifier = fitted(Z, np.tile(y, len(moves)), PENALTY, MAX_ITER)
            facts[name] = accuracy(classifier, Z_test, y_test)
        facts["classifiers_processor_seconds"] = round(time.process_time() - start, 1)
        classified = {"penalty": PENALTY, "max_iter": MAX_ITER}
        found.append({"setting": setting, "classifier": classified, **facts})
        print(found[-1], flush=True)
    return found


def moved_activations(model: SparseAutoencoder, X: Any, moves: tuple[Any, ...]) -> Any:
    """Return the activations of pictures moved by some pixels, those of each move together."""
    Z = np.empty((len(moves) * len(X), model.n_latents), np.float32)
    pictures = X.reshape(-1, 28, 28)
    for own, move in zip(np.split(Z, len(moves)), moves, strict=True):
        # The edges of MNIST's pictures are empty, so rolling moves nothing around.
        own[:] = model.activations(np.roll(pictures, move, axis=(1, 2)).reshape(X.shape))
    return Z


def measure_dead(n_rows: int | None, epochs: int, seeds: tuple[int, ...]) -> list[dict[str, Any]]:
    """Measure the default: dead latents of 4,096, with the 32 largest of each picture."""
    X, _, X_test, _ = mnist(n_rows)
    found = []
    for seed in seeds:
        _, facts = trained(X, X_test, epochs=epochs, random_state=seed)
        found.append({"setting": "4096 latents, k = 32", "seed": seed, **facts})
        print(found[-1], flush=True)
    return found


def mnist(n_rows: int | None) -> tuple[Any, Any, Any, Any]:
    found = read_source("mnist", data_dir=shared("mnist"))
    train = np.asarray(found.X[:n_rows]), np.asarray(found.y[:n_rows])
    return *train, np.asarray(found.X_test), np.asarray(found.y_test)


def measure_news(n_rows: int | None, epochs: int, seeds: tuple[int, ...]) -> list[dict[str, Any]]:
    file = str(shared("text") / "ag_news_test.csv")
    texts = read_source(file, header=False, text_column="column_3").X[:n_rows]
    n_test = len(texts) // 5
    found = []
    for seed in seeds:
        _, facts = trained(texts[n_test:], texts[:n_test], epochs=epochs, random_state=seed)
        found.append({"setting": "4096 latents, k = 32", "seed": seed, **facts})
        print(found[-1], flush=True)
    return found


def trained(X: Any, X_test: Any, **parameters: Any) -> tuple[SparseAutoencoder, dict[str, Any]]:
    """Return a model that was trained on all rows, and what it is worth without labels."""
    start = time.process_time()
    model = SparseAutoencoder(**{"early_stopping": False, **parameters}).fit(X)
    seconds = time.process_time() - start
    latents = model.latents(X, n_top=1)
    scaled = [model.flat_rows(model.prepared_rows(rows)) for rows in (X, X_test)]
    train, test = (np.concatenate([b.numpy() for _, b in rows.blocks()]) for rows in scaled)
    pca = PCA(model.n_active_, svd_solver="randomized", random_state=0).fit(train)
    left = np.square(test - pca.inverse_transform(pca.transform(test))).sum()
    facts = {
        "processor_seconds": round(seconds, 1),
        "latents_per_row": round(latents.per_row, 2),
        "dead": len(latents.dead) / len(latents),
        "latents_by_density": densities(latents),
        "unexplained_test": 1 - model.score(X_test),
        "unexplained_pca_test": float(left / np.square(test - train.mean(axis=0)).sum()),
    }
    return model, facts


def densities(latents: Any) -> dict[str, int]:
    """Return how many latents are used by what share of the training rows, by powers of ten."""
    density = np.array([one["density"] for one in latents])
    edges = (0.0, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)
    counts = {"0": int((density == 0).sum())}
    for low, high in itertools.pairwise(edges):
        counts[f"to {high:g}"] = int(((density > low) & (density <= high)).sum())
    return counts


def fitted(Z: Any, y: Any, penalty: float, max_iter: int = 150) -> tuple[Any, Any, float]:
    """Fit weights and biases by L-BFGS; features are divided by their common root mean square."""
    squares = sum(np.square(block, dtype=np.float64).sum() for block in np.array_split(Z, 64))
    rows, scale = torch.from_numpy(Z), float(np.sqrt(squares / Z.size))
    signs = -torch.ones(len(Z), int(y.max()) + 1)
    signs[torch.arange(len(Z)), torch.from_numpy(y.astype(np.int64))] = 1
    weight = torch.zeros(signs.shape[1], Z.shape[1], requires_grad=True)
    bias = torch.zeros(signs.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [weight, bias], max_iter=max_iter, history_size=10, line_search_fn="strong_wolfe"
    )

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        margins = 1 - signs * (rows @ weight.t() / scale + bias)
        total = margins.clamp(min=0).square().sum(dim=1).mean() + penalty * weight.square().sum()
        total.backward()
        return total

    optimizer.step(loss)
    return weight.detach(), bias.detach(), scale


def accuracy(classifier: tuple[Any, Any, float], Z: Any, y: Any) -> float:
    weight, bias, scale = classifier
    said = (torch.from_numpy(Z) @ weight.t() / scale + bias).argmax(dim=1).numpy()
    return float((said == y).mean())


# For each part: its function, the number of epochs, and the seeds.
PARTS: dict[str, tuple[Any, int, tuple[int, ...]]] = {
    "mnist": (measure_mnist, 50, (0,)),
    "dead": (measure_dead, 15, (0,)),
    "news": (measure_news, 30, (0, 1, 2)),
}

if __name__ == "__main__":
    main()
