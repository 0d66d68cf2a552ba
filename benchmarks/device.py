"""Training on a CUDA device if torch has one, else on the CPU with smaller layers.

How close a wide stack comes to the rate of the matrix products on the same device, in single
precision and in bfloat16; the gain by recorded steps; and the first tutorial's 50 epochs (on the
CPU only three of them; see tutorial.py for more).

    python benchmarks/device.py
"""

# bench: short

from __future__ import annotations

import statistics
import time
from typing import Any

import numpy as np
import torch
from _machine import shared, write

from isthmus import Autoencoder
from isthmus.accelerators import switched_off
from isthmus.nn import PRECISIONS
from isthmus.recipes import load_recipe
from isthmus.sources import read_source

N_LAYERS = 6  # of a wide stack, three each way
ON_CUDA = {"width": 4096, "batch_size": 8192, "batches": 16, "epochs": 6, "tutorial_epochs": 50}
ON_CPU = {"width": 512, "batch_size": 1024, "batches": 8, "epochs": 6, "tutorial_epochs": 3}


def main() -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    sizes = ON_CUDA if device == "cuda" else ON_CPU
    wide = {name: wide_stack(device, name, sizes) for name in PRECISIONS}
    figures: dict[str, Any] = {
        "device": torch.cuda.get_device_name() if device == "cuda" else "cpu",
        "sizes": sizes,
        "layers": N_LAYERS,
        "wide_stack": wide,
        "tutorial": tutorial(device, sizes["tutorial_epochs"]),
    }
    if device == "cuda":
        with switched_off("cuda-graphs"):
            figures["tutorial_step_by_step"] = tutorial(device, sizes["tutorial_epochs"])
    print(figures)
    write(__file__, figures)


def wide_stack(device: str, precision: str, sizes: dict[str, int]) -> dict[str, float]:
    """Return the rates of products alone and in training, in 10^12 operations per second."""
    width, n_rows = sizes["width"], sizes["batch_size"] * sizes["batches"]
    X = np.random.default_rng(0).integers(0, 256, (n_rows, width), dtype=np.uint8)
    half = (width,) * (N_LAYERS // 2)
    estimator = Autoencoder(
        latent_dim=width,
        hidden_dims=half[1:],
        activation="relu",
        optimizer="adam",
        learning_rate=1e-5,
        batch_size=sizes["batch_size"],
        epochs=sizes["epochs"],
        early_stopping=False,
        precision=precision,
        device=device,
        random_state=0,
    ).fit(X)
    # The first epochs select kernels and record steps.
    seconds = statistics.median(record["seconds"] for record in estimator.history_[2:])
    products = 3 * N_LAYERS - 1  # the rows need no gradient
    operations = products * 2 * n_rows * width**2
    in_training = operations / seconds / 1e12
    alone = matrix_rate(device, getattr(torch, precision), sizes["batch_size"], width)
    return {
        "matrix_rate": alone,
        "rate_in_training": in_training,
        "share": in_training / alone,
        "seconds_of_an_epoch": seconds,
        "last_train_loss": estimator.history_[-1]["train_loss"],
    }


def matrix_rate(device: str, dtype: torch.dtype, n_rows: int, width: int) -> float:
    """Return the rate of one layer's products, in 10^12 operations per second."""
    x = torch.rand(n_rows, width, device=device).to(dtype)
    weight = torch.rand(width, width, device=device).to(dtype)
    out = torch.empty_like(x)
    taken = []
    for _ in range(12):
        wait(device)
        started = time.perf_counter()
        for _ in range(10):
            torch.mm(x, weight, out=out)
        wait(device)
        taken.append((time.perf_counter() - started) / 10)
    return 2 * n_rows * width**2 / statistics.median(taken[2:]) / 1e12


def tutorial(device: str, n_epochs: int) -> dict[str, Any]:
    """Return the seconds of training alone, and the losses."""
    given = load_recipe("tutorial")["parameters"] | {
        "epochs": n_epochs,
        "device": device,
        "random_state": 0,
        "verbose": 0,
    }
    rows = read_source("mnist", data_dir=shared("mnist"))
    fitted = Autoencoder(**given).fit(rows.X, validation_data=rows.X_test)
    seconds = [record["seconds"] for record in fitted.history_]
    return {
        "epochs": n_epochs,
        "training_seconds": sum(seconds),
        "first_epochs": seconds[:2],
        "median_epoch_seconds": statistics.median(seconds),
        "train_loss": fitted.history_[-1]["train_loss"],
        "validation_loss": fitted.history_[-1]["validation_loss"],
    }


def wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


if __name__ == "__main__":
    main()
