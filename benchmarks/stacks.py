"""The recipes sdae and few-labels on MNIST: error rates on the 10,000 test rows, over seeds.

few-labels is compared with the same network without pretraining, logistic regression and an RBF
support vector machine on the same 1,000 labelled rows.

    python benchmarks/stacks.py [--seeds 0 1 2] [--plans sdae] [--jobs 2]

Each run is stored in the file as it ends, and runs in the file are not repeated: delete the file
to start over.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from _machine import shared, write
from sklearn.svm import SVC

from isthmus.runs.kinds._classifier_kind import keep_labels
from isthmus.sources import read_source

PLANS = {
    "sdae": ("--recipe", "sdae"),
    "few-labels": ("--recipe", "few-labels"),
    "few-labels without pretraining": ("--recipe", "few-labels", "--pretraining-epochs", "0"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--plans", nargs="+", choices=PLANS, default=list(PLANS))
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    target = Path(__file__).with_suffix(".json")
    figures: dict[str, Any] = json.loads(target.read_text()) if target.exists() else {}
    lock = threading.Lock()

    def one(name: str, seed: int) -> None:
        if str(seed) in figures.get(name, {}).get("runs", {}):
            return
        run = train(seed, *PLANS[name])
        with lock:
            runs = figures.setdefault(name, {}).setdefault("runs", {})
            runs[str(seed)] = run
            errors = [r["error_percent"] for r in runs.values()]
            figures[name]["mean_error_percent"] = round(statistics.mean(errors), 3)
            write(__file__, {k: v for k, v in figures.items() if k != "machine"})

    with ThreadPoolExecutor(arguments.jobs) as pool:
        jobs = [pool.submit(one, name, s) for name in arguments.plans for s in arguments.seeds]
    for job in jobs:
        job.result()
    if "few-labels" in arguments.plans:
        figures["support vector machine"] = support_vectors(arguments.seeds)
        write(__file__, {k: v for k, v in figures.items() if k != "machine"})


def train(seed: int, *options: str) -> dict[str, Any]:
    """Run ``isthmus train`` and return the results of its report."""
    with tempfile.TemporaryDirectory() as scratch:
        command = ["isthmus", "train", "mnist", "--data-dir", str(shared("mnist")), "--json", "-q"]
        words = [*command, "--seed", str(seed), "--out", str(Path(scratch) / "run"), *options]
        done = subprocess.run(words, check=True, capture_output=True, text=True)
    document = json.loads(done.stdout)
    errors = {
        model: 100 * figures["held_out"]["error_rate"]
        for model, figures in document["results"].items()
    }
    found = {
        "error_percent": round(errors["StackedAutoencoderClassifier"], 2),
        "logistic": round(errors["Logistic regression"], 2),
        "training_seconds": document["timing"]["training_seconds"],
        "peak_memory_mb": document["environment"]["peak_memory_mb"],
        "threads": document["environment"].get("threads"),
    }
    print(options, seed, found, file=sys.stderr, flush=True)
    return found


def support_vectors(seeds: list[int]) -> dict[str, Any]:
    """Fit an RBF support vector machine on each seed's labelled pixels; C by the test rows."""
    data = read_source("mnist", data_dir=str(shared("mnist")))
    assert data.y is not None and data.X_test is not None and data.y_test is not None
    errors: dict[float, list[float]] = {}
    started = time.perf_counter()
    for seed in seeds:
        labels = keep_labels(data.y.astype(np.int64), 100, seed)
        chosen = labels >= 0
        for C in (1.0, 10.0):
            fitted = SVC(C=C).fit(data.X[chosen] / 255, labels[chosen])
            wrong = fitted.predict(data.X_test / 255) != data.y_test
            errors.setdefault(C, []).append(round(100 * float(wrong.mean()), 2))
    best = min(errors, key=lambda C: statistics.mean(errors[C]))
    return {
        "error_percent": errors[best],
        "mean_error_percent": statistics.mean(errors[best]),
        "C": best,
        "C_chosen": "the better of 1 and 10 on the test rows, to its advantage",
        "seconds": round(time.perf_counter() - started, 1),
    }


if __name__ == "__main__":
    main()
