"""Gain by layer-wise pretraining: stacks on MNIST, and a classifier of digits with few labels.

Each is `isthmus train ... --ablate`: the same network with and without pretraining, for as many
passes over the rows, three seeds each; errors and accuracies on held-out rows.

    python benchmarks/ablation.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from _machine import shared, write

from isthmus.runs import run_training

STACK = {"layer_dims": (256, 128, 32), "pretraining_epochs": 3, "epochs": 6}
CASES: dict[str, dict[str, Any]] = {
    "mnist, greedy": {"source": "mnist", "estimator": "stacked", "parameters": STACK},
    "mnist, greedy, 25 % masked": {
        "source": "mnist",
        "estimator": "stacked",
        "parameters": {**STACK, "noise": "masking", "noise_level": 0.25},
    },
    "digits, 10 labels a class": {
        "source": "digits",
        "estimator": "stacked-classifier",
        "parameters": {},
        "labels_per_class": 10,
    },
}


def measure(case: dict[str, Any], scratch: Path) -> dict[str, Any]:
    source: dict[str, Any] = {"source": case["source"]}
    if case["source"] == "mnist":
        source["data_dir"] = str(shared("mnist"))
    config = {
        "source": source,
        "estimator": case["estimator"],
        "parameters": {"random_state": 0, **case["parameters"]},
        "test_fraction": 0.2,
        "labels_per_class": case.get("labels_per_class"),
    }
    _, document = run_training(config, out=scratch / "run", force=True, ablate=True)
    found: dict[str, Any] = document["ablation"]
    return {"parameters": case["parameters"], **found}


def main() -> None:
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name, case in CASES.items():
            figures[name] = measure(case, Path(scratch))
            print(f"{name}: {figures[name]['sentence']}", flush=True)
            write(__file__, figures)


if __name__ == "__main__":
    main()
