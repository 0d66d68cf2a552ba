"""Exported models beside the estimators that they are made of: differences, and rows a second.

Every part of every kind is exported and run by ONNX Runtime on rows that were not trained on, in
batches of 1, 2 and 1,000; the difference is relative to the scale of the outputs, as in the file's
metadata. The trainings are short: the networks have their usual sizes, and the differences do not
depend on how good they are. ``weights`` is what rounding costs an encoder; ``dynamic_int8`` is
ONNX Runtime's own quantisation, in which a code depends on the other rows of its batch.
``rows_per_second`` are of encoders and scores, in batches of 1 and of 10,000 (convolutions: of
1,000, named in the JSON), by the estimator (``transform``, ``score_samples``) and by ONNX Runtime
in turn, each the best of the rounds. The seconds are processor time of this process, so that other
work on the machine changes them little; they are those of a clock if there is one thread.

    OMP_NUM_THREADS=1 python benchmarks/export.py  # differences and seconds, about two minutes
    python benchmarks/export.py --no-seconds  # differences only
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from _machine import shared, write

import isthmus
from isthmus.exports import export_model
from isthmus.sources import read_source

SHORT = {"epochs": 2, "random_state": 0, "device": "cpu"}
N_TRAIN, N_HELD_OUT = 2000, 1000
ROUNDS, SECONDS = 3, 0.2
LARGE_BATCH = 10_000
LARGE_BATCH_OF = {"conv": 1_000}  # 10,000 rows take ten seconds, and 1,000 are as fast for each row


def split(X: Any) -> tuple[Any, Any]:
    order = np.random.default_rng(0).permutation(X.shape[0])
    n = min(N_TRAIN, 2 * X.shape[0] // 3)
    train, held_out = order[:n], order[n : n + N_HELD_OUT]
    return X[train], X[held_out]


def models() -> Iterator[tuple[str, str, Any, Any, Any]]:
    """Yield a kind, its source, an unfitted estimator, training rows and held-out rows."""
    mnist = split(read_source("mnist", data_dir=shared("mnist"), limit=6000).X)
    cardio = split(np.load(shared("anomaly") / "6_cardio.npz")["X"])
    path = next(iter(sorted((shared("tables") / "mixed").glob("*adult*"))))
    adult = read_source(str(path), limit=4000).X
    table = adult.slice(0, N_TRAIN), adult.slice(N_TRAIN, N_HELD_OUT)
    yield "autoencoder", "mnist", isthmus.Autoencoder(32, **SHORT), *mnist
    yield (
        "stacked",
        "mnist",
        isthmus.StackedAutoencoder((256, 64, 16), pretraining_epochs=1, **SHORT),
        *mnist,
    )
    yield "conv", "mnist", isthmus.ConvAutoencoder(32, **SHORT), *mnist
    yield "sparse", "mnist", isthmus.SparseAutoencoder(1024, k=32, **SHORT), *mnist
    yield "vae", "mnist", isthmus.VariationalAutoencoder(16, **SHORT), *mnist
    yield (
        "autoencoder, rank_gauss",
        "cardio",
        isthmus.Autoencoder(4, scaling="rank_gauss", **SHORT),
        *cardio,
    )
    yield "autoencoder, mixed table", "adult", isthmus.Autoencoder(8, **SHORT), *table
    yield "outlier-detector", "cardio", isthmus.AutoencoderOutlierDetector(**SHORT), *cardio
    yield (
        "outlier-detector, mixed table",
        "adult",
        isthmus.AutoencoderOutlierDetector(**SHORT),
        *table,
    )


def rates(calls: dict[str, Callable[[], Any]], n_rows: int) -> dict[str, float]:
    """Return rows a second of several functions, measured in turn."""
    best = dict.fromkeys(calls, np.inf)
    for _ in range(ROUNDS):
        for name, call in calls.items():
            call()
            repeats, started = 0, time.process_time()
            while (spent := time.process_time() - started) < SECONDS or not repeats:
                call()
                repeats += 1
            best[name] = min(best[name], spent / max(1, repeats))
    return {name: round(n_rows / seconds, 1) for name, seconds in best.items()}


def session(path: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def speeds(model: Any, path: Path, rows: Any, large: int) -> dict[str, dict[str, float]]:
    """Return rows a second of a part that takes one matrix of rows, by the size of the batch."""
    runs = session(path)
    dtype = np.float64 if "double" in runs.get_inputs()[0].type else np.float32
    matrix = np.asarray(model.prepared_rows(rows), dtype=dtype)
    own = model.score_samples if hasattr(model, "score_samples") else model.transform
    found = {}
    for size in (1, large):
        X = np.ascontiguousarray(matrix[np.arange(size) % len(matrix)])
        calls = {
            "isthmus": lambda X=X: own(X),
            "onnxruntime": lambda X=X: runs.run(None, {"rows": X}),
        }
        found[str(size)] = rates(calls, size)
    return found


def dynamic_int8(path: Path, model: Any, rows: Any) -> dict[str, float]:
    """Return how much codes of ONNX Runtime's quantisation differ, and depend on their batch."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    target = path.with_name("dynamic.onnx")
    quantize_dynamic(path, target, weight_type=QuantType.QInt8)
    runs = session(target)
    X = np.asarray(model.prepared_rows(rows), np.float32)
    codes = model.transform(X)
    together = runs.run(None, {"rows": X})[0]
    alone = np.concatenate([runs.run(None, {"rows": X[k : k + 1]})[0] for k in range(200)])
    scale = float(codes.std())
    return {
        "mean_difference": float(np.abs(together - codes).mean()) / scale,
        "largest_difference": float(np.abs(together - codes).max()) / scale,
        "largest_change_with_the_batch": float(np.abs(together[:200] - alone).max()) / scale,
        "n_bytes": target.stat().st_size,
    }


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--no-seconds", action="store_true")
    has_seconds = not arguments.parse_args().no_seconds
    found: list[dict[str, Any]] = []
    weights: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "model.onnx"
        for kind, source, model, train, held_out in models():
            model.fit(train)
            for part in reversed(model.graph_parts()):  # the encoder last, which is timed
                made = export_model(model, path, held_out, part=part)
                line = {"kind": kind, "source": source, "part": part}
                line |= {"difference": made.difference, "n_rows": made.n_rows}
                found.append(line | {"n_bytes": made.n_bytes})
                print(found[-1], flush=True)
            if has_seconds and made.inputs == ["rows"]:
                found[-1]["rows_per_second"] = speeds(
                    model, path, held_out, LARGE_BATCH_OF.get(kind, LARGE_BATCH)
                )
                print(found[-1]["rows_per_second"], flush=True)
            if kind == "autoencoder":
                weights["dynamic_int8"] = dynamic_int8(path, model, held_out)
                for name in ("bfloat16", "int8"):
                    made = export_model(model, path, held_out, weights=name)
                    weights[name] = {**made.loss, "n_bytes": made.n_bytes}
                print(weights, flush=True)
    figures = {
        "rounds": ROUNDS if has_seconds else 0,
        "threads": torch.get_num_threads(),
        "onnxruntime": onnxruntime.__version__,
        "largest_difference": max(line["difference"] for line in found),
        "parts": found,
        "weights_of_the_autoencoder": weights,
    }
    write(__file__, figures)


if __name__ == "__main__":
    main()
