"""Error against seconds of a perceptron and of convolutions, beside PCA, at equal code sizes.

The squared error per test picture, with pixels in [0, 1], after each epoch, and the seconds of
training until then; and the error of the weights that are kept at the end. ``cifar`` is the sample
of CIFAR-10 of the shared data. With ``--sets``, the figures of other sets are kept. Run it on a
quiet machine: digits take a minute for each seed, cifar about an hour, mnist two hours.

    OMP_NUM_THREADS=2 python benchmarks/conv.py [--seeds 0 1] [--sets digits mnist cifar]
"""

from __future__ import annotations

import argparse
import json
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from _machine import shared, write
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from isthmus import Autoencoder, ConvAutoencoder
from isthmus.rows import split_rows
from isthmus.sources import Dataset, read_source

CODE_SIZES = {"digits": (16,), "mnist": (32,), "cifar": (64, 256)}
CONV: dict[str, dict[str, Any]] = {
    "digits": {"channels": (16, 32), "epochs": 60},
    "mnist": {"epochs": 20},
    "cifar": {"epochs": 60, "flip": True},
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

    def note(record: dict[str, Any]) -> None:
        seconds = record["seconds"] + (points[-1]["seconds"] if points else 0.0)
        points.append({"seconds": round(seconds, 2), "error": test(model)})

    model.set_params(callbacks=[note]).fit(X)
    return {
        "error": test(model),
        "best_epoch": model.best_epoch_,
        "weights": sum(p.numel() for p in model.network_.parameters()),
        "epochs": points,
    }


def measured(name: str, latent_dim: int, seeds: list[int]) -> dict[str, Any]:
    X, held_out = pictures(name)
    white = WHITE[name]
    flat, flat_test = (part.reshape(len(part), -1).astype(np.float32) for part in (X, held_out))
    pca = PCA(latent_dim, random_state=0).fit(flat)
    of_pca = error(held_out, pca.inverse_transform(pca.transform(flat_test)), white)

    def test(model: Any) -> float:
        return error(held_out, model.inverse_transform(model.transform(held_out)), white)

    def run(make: Callable[..., Any], **settings: Any) -> list[dict[str, Any]]:
        return [trained(make(latent_dim, random_state=s, **settings), X, test) for s in seeds]

    return {
        "pca": of_pca,
        "perceptron": run(Autoencoder),
        "conv": run(ConvAutoencoder, **CONV[name]),
        "settings": CONV[name],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--sets", nargs="+", choices=CODE_SIZES, default=list(CODE_SIZES))
    arguments = parser.parse_args()
    earlier = Path(__file__).with_suffix(".json")
    sets: dict[str, Any] = json.loads(earlier.read_text())["sets"] if earlier.exists() else {}
    for name in arguments.sets:
        for latent_dim in CODE_SIZES[name]:
            of_size = measured(name, latent_dim, arguments.seeds)
            sets.setdefault(name, {})[str(latent_dim)] = of_size
            for kind in ("perceptron", "conv"):
                print(name, latent_dim, kind, [run["error"] for run in of_size[kind]], flush=True)
            write(__file__, {"seeds": arguments.seeds, "sets": sets})  # all of them take long


if __name__ == "__main__":
    main()
