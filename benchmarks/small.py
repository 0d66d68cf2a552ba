"""Time of small tasks: start-up, a tiny fit, and 100 epochs of digits.

python benchmarks/small.py
"""

# bench: short

from __future__ import annotations

import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable

import numpy as np
from _machine import write
from sklearn.datasets import load_digits

from isthmus import Autoencoder

ROUNDS = 9


def of_process(*words: str) -> float:
    """Return the median seconds of a process, minus those of the bare interpreter."""
    taken, bare = [], []
    for _ in range(ROUNDS):
        for command, seconds in (([*words], taken), (["-c", "pass"], bare)):
            started = time.perf_counter()
            subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
            seconds.append(time.perf_counter() - started)
    return statistics.median(taken) - statistics.median(bare)


def of_call(function: Callable[[], object], rounds: int = ROUNDS) -> float:
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        function()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def main() -> None:
    warnings.simplefilter("ignore")
    few = np.random.default_rng(0).normal(size=(100, 10))
    digits = load_digits().data
    tiny = Autoencoder(epochs=10, random_state=0)
    whole = Autoencoder(epochs=100, early_stopping=False, random_state=0)
    of_call(lambda: tiny.fit(few), 2)
    figures = {
        "import_isthmus": of_process("-c", "import isthmus"),
        "isthmus_help": of_process("-c", "from isthmus.cli import main; main(['--help'])"),
        "fit_100_rows_10_features_10_epochs": of_call(lambda: tiny.fit(few)),
        "fit_digits_100_epochs": of_call(lambda: whole.fit(digits), 3),
        "unit": "seconds; the first two beyond the bare interpreter",
    }
    print(figures)
    write(__file__, figures)


if __name__ == "__main__":
    main()
