"""Rows larger than memory: peak memory and time of training and encoding, and the loop's speed.

A separate process writes a Parquet file of 1, 5 and 20 million rows of 100 numbers in single
precision, the last one of 8 GB, in row groups of 65,536 rows. ``isthmus train --epochs 1`` and
``isthmus encode`` then run on it; memory is the peak of the whole process as the system counts it,
time the processor seconds of all its threads, and wall seconds. For the loop, one process trains on
the same 1 million rows in memory and streamed, in turns, one epoch each; then on 5 million, if they
fit twice into the memory that is free. Ratios are medians over the turns. The last case is a folder
of .tar files with small JPEGs. All files are in a temporary folder, one at a time, and are deleted.

    python benchmarks/streaming.py                       8 GB of disk, about 15 minutes on two cores
    python benchmarks/streaming.py --millions 0.1 --loop-millions 0.1 --pictures 1000
    python benchmarks/streaming.py --part pictures --pictures 4000 200000

A part that is not measured keeps its figures, and the commit they were made from.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from isthmus.training import Callback

N_COLUMNS, GROUP = 100, 65_536
SIDE, PER_TAR = 32, 1000  # of pictures


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


def write_pictures(folder: Path, n_pictures: int) -> None:
    """Write .tar files of JPEGs: discs of random places, sizes and colours."""
    import numpy as np
    from PIL import Image

    generator = np.random.default_rng(0)
    y, x = np.mgrid[:SIDE, :SIDE]
    folder.mkdir()
    for start in range(0, n_pictures, PER_TAR):
        with tarfile.open(folder / f"{start:07}.tar", "w") as tar:
            for k in range(start, min(start + PER_TAR, n_pictures)):
                row, column, radius = generator.uniform([6, 6, 3], [26, 26, 10])
                disc = ((y - row) ** 2 + (x - column) ** 2 < radius**2)[..., None]
                front, back = generator.integers(0, 256, (2, 3))
                pixels = np.where(disc, front, back).astype(np.uint8)
                content = io.BytesIO()
                Image.fromarray(pixels).save(content, "JPEG")
                member = tarfile.TarInfo(f"{k:07}.jpg")
                member.size = content.tell()
                content.seek(0)
                tar.addfile(member, content)


def written(*words: object) -> None:
    """Write files in a process of their own, whose memory does not count."""
    command = [sys.executable, __file__, *map(str, words)]
    subprocess.run(command, check=True)


def commands(source: Path, scratch: Path, *options: str, **facts: object) -> dict[str, Any]:
    """Train on a source and encode it."""
    run, codes = scratch / "run", scratch / "codes.parquet"
    found: dict[str, Any] = dict(facts)
    words = ("--stream", "--epochs", 1, "--out", run, "--force", *options)
    found["train"] = measured("train", source, *words)
    found["encode"] = measured("encode", run, source, "--stream", "--out", codes)
    print(found, flush=True)
    return found


def of_rows(n_rows: int, scratch: Path) -> dict[str, Any]:
    path = scratch / "rows.parquet"
    written("--write-rows", path, "--n", n_rows)
    gigabytes = round(path.stat().st_size / 1e9, 3)
    found = commands(path, scratch, rows=n_rows, file_gb=gigabytes)
    path.unlink()
    return found


def of_pictures(n_pictures: int, scratch: Path) -> dict[str, Any]:
    folder = scratch / "pictures"
    written("--write-pictures", folder, "--n", n_pictures)
    files = list(folder.iterdir())
    gigabytes = round(sum(file.stat().st_size for file in files) / 1e9, 3)
    facts = {"pictures": n_pictures, "tars": len(files), "files_gb": gigabytes}
    found = commands(folder, scratch, "--estimator", "autoencoder", **facts)
    shutil.rmtree(folder)
    return found


def loop(n_rows: int, scratch: Path, repeats: int) -> dict[str, Any]:
    """Train on rows in memory and streamed, in turns."""
    import numpy as np

    from isthmus import Autoencoder
    from isthmus._chunks import ChunkedTable
    from isthmus.sources import read_source

    if 2 * 4 * n_rows * N_COLUMNS > _free_memory():
        return {"rows": n_rows, "skipped": "the rows do not fit twice into the free memory"}
    path = scratch / "loop.parquet"
    written("--write-rows", path, "--n", n_rows)
    table = read_source(path, stream=True).X
    assert isinstance(table, ChunkedTable)
    model = Autoencoder(epochs=1, random_state=0)
    made = model.fit_preprocessing(table)
    streamed = made.prepare(table)
    kept = np.empty(streamed.shape, np.float32)
    for start, chunk in zip(streamed.starts, streamed.chunks(), strict=False):
        kept[start : start + len(chunk)] = chunk
    seconds: dict[str, list[tuple[float, float]]] = {"memory": [], "streamed": []}
    for _ in range(repeats):
        for name, X in (("memory", kept), ("streamed", streamed)):
            fresh = Autoencoder(epochs=1, random_state=0, callbacks=[Clock()])
            fresh.fit(X, preprocessor=made)
            seconds[name].append(fresh.callbacks[0].seconds)
    path.unlink()
    wall = {name: statistics.median(pair[0] for pair in own) for name, own in seconds.items()}
    cpu = {name: statistics.median(pair[1] for pair in own) for name, own in seconds.items()}
    pairs = zip(seconds["memory"], seconds["streamed"], strict=True)
    ratios = [memory[0] / streamed[0] for memory, streamed in pairs]
    found = {
        "rows": n_rows,
        "repeats": repeats,
        "wall_seconds_per_epoch": {name: round(value, 2) for name, value in wall.items()},
        "speed_streamed_by_memory": round(statistics.median(ratios), 3),
        "processor_seconds_of_all_threads": {name: round(v, 2) for name, v in cpu.items()},
    }
    print(found, flush=True)
    return found


def _free_memory() -> int:
    """Return the memory that the system could give, in bytes."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))


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
    parser.add_argument("--millions", type=float, nargs="*", default=[1, 5, 20])
    parser.add_argument("--loop-millions", type=float, nargs="*", default=[1, 5])
    parser.add_argument("--repeats", type=int, default=7, help="of the first loop; others: 3")
    parser.add_argument("--pictures", type=int, nargs="*", default=[4000])
    parser.add_argument("--part", choices=PARTS, help="measure only one of the parts")
    for name in ("--write-rows", "--write-pictures"):
        parser.add_argument(name, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--n", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.write_rows:
        write_rows(asked.write_rows, asked.n)
        return
    if asked.write_pictures:
        write_pictures(asked.write_pictures, asked.n)
        return
    from _machine import commit, write

    file = Path(__file__).with_suffix(".json")
    figures: dict[str, Any] = json.loads(file.read_text()) if asked.part else {}
    figures |= {"columns": N_COLUMNS, "commits": figures.get("commits", {})}
    for part in PARTS if asked.part is None else (asked.part,):
        with tempfile.TemporaryDirectory() as folder:
            figures[part] = PARTS[part](asked, Path(folder))
        figures["commits"][part] = commit()
    write(__file__, figures)


PARTS: dict[str, Callable[[Any, Path], list[dict[str, Any]]]] = {
    "rows": lambda asked, scratch: [of_rows(round(m * 1e6), scratch) for m in asked.millions],
    "pictures": lambda asked, scratch: [of_pictures(n, scratch) for n in asked.pictures],
    "loop": lambda asked, scratch: [
        loop(round(m * 1e6), scratch, 3 if k else asked.repeats)
        for k, m in enumerate(asked.loop_millions)
    ],
}

if __name__ == "__main__":
    main()
