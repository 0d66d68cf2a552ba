"""How much codes and trainings differ with the number of threads and the processor's instructions.

The same rows, parameters and seed are trained in processes that differ in one setting each. In each
setting, an artifact saved in the first encodes the same rows, too. The settings stand in for other
machines: PyTorch and its matrix libraries choose their code by the processor's instructions, and
fewer instructions than it has can be asked for by environment variables.

    python benchmarks/repeatability.py
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import sklearn.datasets

from isthmus import Autoencoder, ConvAutoencoder, StackedAutoencoder, load

AVX2 = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
}
SETTINGS = {
    "one thread": {"OMP_NUM_THREADS": "1"},
    "one thread, again": {"OMP_NUM_THREADS": "1"},
    "two threads": {"OMP_NUM_THREADS": "2"},
    "one thread, AVX2 instructions": {"OMP_NUM_THREADS": "1", **AVX2},
}
REFERENCE = next(iter(SETTINGS))


def estimators() -> dict[str, Any]:
    return {
        "Autoencoder": Autoencoder(16, epochs=30, random_state=0),
        "StackedAutoencoder": StackedAutoencoder((32, 16), epochs=10, random_state=0),
        "ConvAutoencoder": ConvAutoencoder(16, epochs=40, random_state=0),
    }


def work(folder: Path, reference: Path) -> None:
    """Train each estimator on the digits and encode them; write models and codes to `folder`."""
    X = sklearn.datasets.load_digits().data.astype(np.float32)
    for name, estimator in estimators().items():
        rows = X.reshape(-1, 8, 8) if name == "ConvAutoencoder" else X
        estimator.fit(rows[:1500])
        estimator.save(folder / name)
        stored = load(reference / name)
        np.savez(
            folder / f"{name}.npz",
            codes=stored.transform(rows),
            trained_codes=estimator.transform(rows),
            error=np.mean(estimator.reconstruction_error(rows[1500:])),
        )


def compared(folder: Path, reference: Path, name: str) -> dict[str, Any]:
    here, there = np.load(folder / f"{name}.npz"), np.load(reference / f"{name}.npz")
    scale = float(np.std(there["codes"]))
    digests = [_digest(place / name / "model.safetensors") for place in (folder, reference)]
    return {
        "encoding_same_bytes": bool(np.array_equal(here["codes"], there["codes"])),
        "encoding_largest_difference": _largest(here["codes"], there["codes"]) / scale,
        "training_same_bytes": digests[0] == digests[1],
        "training_largest_difference": _largest(here["trained_codes"], there["trained_codes"])
        / scale,
        "error": float(here["error"]),
    }


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _largest(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.max(np.abs(one - other)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--work", nargs=2, type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        work(*arguments.work)
        return
    from _machine import write

    figures: dict[str, Any] = {
        "rows": "digits of scikit-learn: 1,500 to train on, 297 for the error, all encoded",
        "differences": "largest difference of a code, divided by the codes' standard deviation",
    }
    with tempfile.TemporaryDirectory() as scratch:
        folders = {}
        for number, (setting, variables) in enumerate(SETTINGS.items()):
            folders[setting] = folder = Path(scratch) / str(number)
            folder.mkdir()
            command = [sys.executable, __file__, "--work", str(folder), str(folders[REFERENCE])]
            subprocess.run(command, env=os.environ | variables, check=True)
            figures[setting] = {
                name: compared(folder, folders[REFERENCE], name) for name in estimators()
            }
    print(json.dumps(figures, indent=1))
    write(__file__, figures)


if __name__ == "__main__":
    main()
