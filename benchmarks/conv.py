"""Error against seconds of a perceptron and of convolutions, beside PCA, at equal code sizes.

The squared error per test picture, with pixels in [0, 1], after each epoch, and the seconds of
training until then: by the clock (``seconds``, of a quiet machine only) and of all processors
(``cpu_seconds``, with the start at PCA); and the error of the weights that are kept at the end.
``cifar`` is the sample of CIFAR-10 of the shared data. Each part is written when it is measured;
``--sets`` and ``--models`` measure some of them again and keep the others.

    OMP_NUM_THREADS=2 python benchmarks/conv.py [--seeds 0] [--sets mnist] [--models conv]
"""

from __future__ import annotations

import argparse
import json
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _machine import shared, write
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from isthmus import Autoencoder, ConvAutoencoder
from isthmus.rows import split_rows
from isthmus.sources import Dataset, read_source

MODELS = ("perceptron", "conv")
CODE_SIZES = {"digits": (16,), "mnist": (32,), "cifar": (64, 256)}
CONV: dict[str, dict[str, Any]] = {
    "digits": {"epochs": 60},
    "mnist": {"epochs": 2, "precision": "bfloat16"},
    "cifar": {"epochs": 12, "flip": True, "precision": "bfloat16"},
}
WHITE = {"digits": 16.0, "mnist": 255.0, "cifar": 255.0}


def dataset(name: str) -> Dataset:
    if name != "cifar":
        return read_source(name, data_dir=shared("mnist") if name == "mnist" else None)
    packed = shared("pictures") / "cifar10-sample.tar.gz"
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(packed) as archive:
            archive.extractall(folder, filter="data")
        root = next(Path(folder).rglob("train")).parent
        return read_source(root)


def pictures(name: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return training and test pictures."""
    read = dataset(name)
    X, held_out = np.asarray(read.X), read.X_test
    if held_out is None:
        stay, leave = split_rows(len(X), 0.2, seed=0, purpose="test")
        X, held_out = X[stay], X[leave]
    assert read.picture_shape is not None
    return tuple(part.reshape(-1, *read.picture_shape) for part in (X, np.asarray(held_out)))


def error(X: NDArray[Any], X_hat: NDArray[Any], white: float) -> float:
    difference = (X_hat.reshape(len(X), -1) - X.reshape(len(X), -1).astype(np.float64)) / white
    return round(float(np.square(difference).sum(axis=1).mean()), 4)


def trained(model: Any, X: NDArray[Any], test: Callable[[Any], float]) -> dict[str, Any]:
    """Return the errors on test pictures after each epoch, and at the end."""
    points: list[dict[str, float]] = []
    begin, spent_on_tests = time.process_time(), 0.0

    def note(record: dict[str, Any]) -> None:
        nonlocal spent_on_tests
        seconds = record["seconds"] + (points[-1]["seconds"] if points else 0.0)
        now = time.process_time()
        point = {
            "seconds": round(seconds, 2),
            "cpu_seconds": round(now - begin - spent_on_tests, 1),
        }
        points.append({**point, "error": test(model)})
        spent_on_tests += time.process_time() - now

    model.set_params(callbacks=[note]).fit(X)
    return {
        "error": test(model),
        "best_epoch": model.best_epoch_,
        "weights": sum(t.numel() for t in model.network_.state_dict().values()),
        "epochs": points,
    }


def measured(name: str, latent_dim: int, seeds: list[int], models: list[str]) -> dict[str, Any]:
    X, held_out = pictures(name)
    white = WHITE[name]
    flat, flat_test = (part.reshape(len(part), -1).astype(np.float32) for part in (X, held_out))
    pca = PCA(latent_dim, random_state=0).fit(flat)
    of_pca = error(held_out, pca.inverse_transform(pca.transform(flat_test)), white)
    found: dict[str, Any] = {
        "pca": {"error": of_pca, "weights": pca.components_.size + pca.mean_.size}
    }

    def test(model: Any) -> float:
        return error(held_out, model.inverse_transform(model.transform(held_out)), white)

    for model in models:
        make = {"perceptron": Autoencoder, "conv": ConvAutoencoder}[model]
        settings = CONV[name] if model == "conv" else {}
        found[model] = {
            "settings": settings,
            "seeds": seeds,
            "runs": [
                trained(make(latent_dim, random_state=seed, **settings), X, test) for seed in seeds
            ],
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--sets", nargs="+", choices=CODE_SIZES, default=list(CODE_SIZES))
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--code-sizes", type=int, nargs="+")
    arguments = parser.parse_args()
    earlier = Path(__file__).with_suffix(".json")
    sets: dict[str, Any] = json.loads(earlier.read_text())["sets"] if earlier.exists() else {}
    for name in arguments.sets:
        for latent_dim in CODE_SIZES[name]:
            if arguments.code_sizes and latent_dim not in arguments.code_sizes:
                continue
            found = measured(name, latent_dim, arguments.seeds, arguments.models)
            sets.setdefault(name, {}).setdefault(str(latent_dim), {}).update(found)
            for model in arguments.models:
                errors = [run["error"] for run in found[model]["runs"]]
                print(name, latent_dim, model, errors, "pca", found["pca"]["error"], flush=True)
            write(__file__, {"threads": torch.get_num_threads(), "sets": sets})  # takes long


if __name__ == "__main__":
    main()
