"""Rows larger than memory: peak memory and time of training and encoding, and the loop's speed.

A separate process writes a Parquet file of 1, 5 and 20 million rows of 100 numbers in single
precision, the last one of 8 GB, in row groups of 65,536 rows. ``isthmus train --epochs 1`` and
``isthmus encode`` then run on it; memory is the peak of the whole process as the system counts it,
time the processor seconds of all its threads. For the loop, one process trains on the same rows in
memory and streamed, in turns, one epoch each.

    python benchmarks/streaming.py                       8 GB of disk and some minutes
    python benchmarks/streaming.py --millions 0.5 1
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from isthmus.training import Callback

N_COLUMNS, GROUP = 100, 65_536
LOOP_ROWS = 500_000


def write_rows(path: Path, n_rows: int) -> None:
    """Write random mixtures of 10 patterns with noise."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    generator = np.random.default_rng(0)
    patterns = generator.normal(size=(10, N_COLUMNS)).astype(np.float32)
    names = [f"f{k}" for k in range(N_COLUMNS)]
    writer = None
    for start in range(0, n_rows, GROUP):
        n = min(GROUP, n_rows - start)
        rows = generator.standard_normal((n, 10), np.float32) @ patterns
        rows += 0.3 * generator.standard_normal((n, N_COLUMNS), np.float32)
        table = pa.table([pa.array(rows[:, k]) for k in range(N_COLUMNS)], names=names)
        writer = writer or pq.ParquetWriter(path, table.schema, use_dictionary=False)
        writer.write_table(table, row_group_size=GROUP)
    assert writer is not None
    writer.close()


def measured(*words: object) -> dict[str, float]:
    """Run a command, and return its processor and wall seconds and its peak memory."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "isthmus", *map(str, words)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed.")
    return {
        "processor_seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "wall_seconds": round(time.perf_counter() - started, 1),
        "peak_memory_gb": round(usage.ru_maxrss * 1024 / 1e9, 3),
    }


def commands(path: Path, n_rows: int, scratch: Path) -> dict[str, Any]:
    subprocess.run([sys.executable, __file__, "--write", path, "--millions", str(n_rows / 1e6)])
    run, codes = scratch / "run", scratch / "codes.parquet"
    found: dict[str, Any] = {"rows": n_rows, "file_gb": round(path.stat().st_size / 1e9, 3)}
    found["train"] = measured("train", path, "--stream", "--epochs", 1, "--out", run, "--force")
    found["encode"] = measured("encode", run, path, "--stream", "--out", codes)
    print(found, flush=True)
    return found


def loop(path: Path, n_rows: int, repeats: int) -> dict[str, Any]:
    """Train on rows in memory and streamed, in turns."""
    import numpy as np

    from isthmus import Autoencoder
    from isthmus._chunks import ChunkedTable
    from isthmus.sources import read_source

    write_rows(path, n_rows)
    table = read_source(path, stream=True).X
    assert isinstance(table, ChunkedTable)
    model = Autoencoder(epochs=1, random_state=0)
    made = model.fit_preprocessing(table)
    streamed = made.prepare(table)
    kept = np.concatenate(list(streamed.chunks()))
    seconds: dict[str, list[tuple[float, float]]] = {"memory": [], "streamed": []}
    for _ in range(repeats):
        for name, X in (("memory", kept), ("streamed", streamed)):
            fresh = Autoencoder(epochs=1, random_state=0, callbacks=[Clock()])
            fresh.fit(X, preprocessor=made)
            seconds[name].append(fresh.callbacks[0].seconds)
    wall = {name: statistics.median(pair[0] for pair in own) for name, own in seconds.items()}
    cpu = {name: statistics.median(pair[1] for pair in own) for name, own in seconds.items()}
    return {
        "rows": n_rows,
        "repeats": repeats,
        "wall_seconds": {name: round(value, 2) for name, value in wall.items()},
        "speed_streamed_by_memory": round(wall["memory"] / wall["streamed"], 3),
        "processor_seconds_of_all_threads": {name: round(v, 2) for name, v in cpu.items()},
    }


class Clock(Callback):
    """Callback that times the epoch: wall clock, and processor time of all threads."""

    def on_train_begin(self, plan: Any) -> None:
        """Start the clock."""
        self._start = time.perf_counter(), time.process_time()

    def on_epoch_end(self, record: Any) -> None:
        """Stop the clock."""
        now = time.perf_counter(), time.process_time()
        self.seconds = now[0] - self._start[0], now[1] - self._start[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=float, nargs="+", default=[1, 5, 20])
    parser.add_argument("--loop-rows", type=int, default=LOOP_ROWS)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args()
    if asked.write:
        write_rows(asked.write, round(asked.millions[0] * 1e6))
        return
    from _machine import write

    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        path = scratch / "rows.parquet"
        figures = {"columns": N_COLUMNS, "loop": loop(path, asked.loop_rows, asked.repeats)}
        print(figures, flush=True)
        figures["commands"] = [commands(path, round(m * 1e6), scratch) for m in asked.millions]
    write(__file__, figures)


if __name__ == "__main__":
    main()
