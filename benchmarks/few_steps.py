"""Muon's settings for few and for many steps, below and above 500 steps.

Four data sets, each for several numbers of epochs, with the default network. A figure is the
held-out squared error relative to that of PCA with the same code size (see defaults.py), mean
over seeds; below 1 is better than PCA. About two minutes on two cores.

    python benchmarks/few_steps.py
"""

from __future__ import annotations

import statistics
from typing import Any

from _machine import shared, write
from defaults import TABLES, measure

from isthmus.sources import read_source
from isthmus.training import Callback, defaults_of

EPOCHS = {
    "digits": (4, 12, 40, 100),
    "6_cardio": (6, 20, 50, 100),
    "30_satellite": (4, 12, 30, 100),
    "mnist": (1, 2, 4, 10),
}
SETTINGS = {"for_few_steps": defaults_of("muon", 1), "for_many": defaults_of("muon")}
SEEDS = (0, 1, 2)


class Count(Callback):
    """Counts steps."""

    def __init__(self) -> None:
        self.steps = 0

    def on_step_end(self, step: int) -> None:
        """Count it."""
        self.steps += 1


def main() -> None:
    sets: dict[str, Any] = {"digits": read_source("digits")}
    sets |= {name: read_source(shared("anomaly") / f"{name}.npz") for name in TABLES}
    sets["mnist"] = read_source("mnist", data_dir=shared("mnist"))
    results = []
    for name, dataset in sets.items():
        for epochs in EPOCHS[name]:
            row: dict[str, Any] = {"set": name, "epochs": epochs}
            for settings, values in SETTINGS.items():
                seeds = SEEDS[:1] if name == "mnist" else SEEDS
                count = Count()
                change = {"epochs": epochs, "early_stopping": False, "callbacks": [count], **values}
                runs = [measure(dataset, seed, change) for seed in seeds]
                row["steps"] = count.steps // len(seeds)
                row[settings] = round(statistics.mean(run["share_of_pca"] for run in runs), 4)
            results.append(row)
            print(row, flush=True)
    write(
        __file__, {"settings": SETTINGS, "seeds": SEEDS, "mnist_seeds": SEEDS[:1], "rows": results}
    )


if __name__ == "__main__":
    main()
