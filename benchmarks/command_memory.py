"""Peak memory of every command on .npy files of 314 MB, 1.25 GB and 3.06 GB.

The rows are random mixtures of 32 patterns of 784 numbers, as bytes or in single precision. A
separate process writes each file. ``isthmus train`` runs for one epoch; all other commands use its
run folder and the same file. Memory is the peak of the whole process as the system counts it, which
includes pages of the file; time is that of all its threads on the processors.

    python benchmarks/command_memory.py                     4.5 GB of disk, about 15 minutes
    python benchmarks/command_memory.py --rows 20000        a trial (tens of thousands); prints only
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from _machine import write
from stack_memory import N_FEATURES, write_rows
from streaming import measured

# Type of the numbers, and rows.
FILES = (("uint8", 400_000), ("float32", 400_000), ("uint8", 3_900_000))
COMMANDS: dict[str, tuple[object, ...]] = {
    "train": ("train", "SOURCE", "--epochs", 1, "--out", "RUN"),
    "evaluate": ("evaluate", "RUN", "SOURCE"),
    "doctor": ("doctor", "RUN"),
    "report": ("report", "RUN"),
    "encode": ("encode", "RUN", "SOURCE", "--out", "OUT.parquet"),
    "score": ("score", "RUN", "SOURCE", "--out", "OUT.csv"),
    "reconstruct": ("reconstruct", "RUN", "SOURCE", "--out", "OUT.parquet"),
}


def write_floats(path: str, n_rows: int) -> None:
    """Write bytes divided by 255."""
    write_rows(f"{path}.bytes", n_rows)
    rows = np.load(f"{path}.bytes", mmap_mode="r")
    floats = np.lib.format.open_memmap(path, "w+", np.float32, (n_rows, N_FEATURES))
    for start in range(0, n_rows, 10_000):
        floats[start : start + 10_000] = rows[start : start + 10_000] / np.float32(255)
    floats.flush()
    Path(f"{path}.bytes").unlink()


def of_file(dtype: str, n_rows: int, scratch: Path) -> dict[str, Any]:
    """Run all commands on a file."""
    source = scratch / "rows.npy"
    target = write_rows if dtype == "uint8" else write_floats
    writer = multiprocessing.get_context("spawn").Process(target=target, args=(str(source), n_rows))
    writer.start()
    writer.join()
    places = {"SOURCE": source, "RUN": scratch / f"run-{dtype}-{n_rows}"}
    places |= {f"OUT.{ending}": scratch / f"out.{ending}" for ending in ("csv", "parquet")}
    found: dict[str, Any] = {"dtype": dtype, "rows": n_rows}
    found["file_gb"] = round(source.stat().st_size / 1e9, 3)
    for name, words in COMMANDS.items():
        found[name] = measured(*(places.get(str(word), word) for word in words))
        print(dtype, n_rows, name, found[name], flush=True)
    for path in (source, *scratch.glob("out.*")):
        path.unlink()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int)
    n_rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        files = [(dtype, n_rows or n) for dtype, n in FILES]
        found = [of_file(*file, Path(folder)) for file in files[: 2 if n_rows else None]]
    figures = {"features": N_FEATURES, "files": found}
    if n_rows is None:
        write(__file__, figures)


if __name__ == "__main__":
    main()
