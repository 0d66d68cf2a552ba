"""Reading and training time, and memory, of a CSV table of 1,000,000 rows and 40 mixed columns.

    python benchmarks/mixed_csv.py                     needs 1 GB of disk and some minutes
    python benchmarks/mixed_csv.py --rows 200000 --epochs 1

The table has 20 columns of numbers, 10 of categories, 4 of dates, 4 of names with many levels, a
text and an id; a twentieth of the cells is missing. Four processes follow each other: pandas reads
the table; Isthmus reads it; ``isthmus train`` with its defaults and a few epochs; and the same
training on a plain .npy matrix of float32 numbers with as many columns as the table's encoded rows
have. The aim is that training on the table takes at most three times as long as ``pandas.read_csv``
and the training on the matrix together. Compare the CPU seconds if the machine has other work.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from _machine import write

N_ROWS, BLOCK = 1_000_000, 50_000
MISSING = 0.05
SYLLABLES = ["ka", "ro", "mi", "ten", "sol", "ber", "lan", "vi", "dor", "ash", "ul", "pre"]
WORDS = [
    *("delivered", "late", "parcel", "broken", "customer", "asked", "refund", "called", "again"),
    *("address", "wrong", "signed", "neighbour", "returned", "box", "wet", "fine", "thanks"),
]


def block_of_rows(start: int, n: int, names: np.ndarray) -> pa.Table:
    """Return rows whose columns follow three hidden numbers."""
    rng = np.random.default_rng([7, start])
    hidden = rng.standard_normal((n, 3))
    columns: dict[str, Any] = {"order_id": np.arange(start, start + n) * 7 + 1_000_003}
    for k in range(20):
        mixed = hidden @ np.sin(np.arange(3) + k) + 0.3 * rng.standard_normal(n)
        if k % 4 == 3:
            columns[f"count_{k}"] = np.floor(np.exp(1 + mixed)).astype(np.int64)
        else:
            columns[f"value_{k}"] = np.round(10 * mixed + k, 3)
    for k in range(10):
        n_levels = 3 + 3 * k
        level = np.clip((hidden[:, k % 3] + 2) / 4 * n_levels, 0, n_levels - 1).astype(int)
        columns[f"class_{k}"] = np.char.add("level ", level.astype(str))
    for k in range(4):
        minutes = (rng.random(n) * 3 * 365 * 1440).astype("timedelta64[m]")
        moments = np.datetime64("2021-01-01T00:00") + minutes
        columns[f"date_{k}"] = pa.array(moments.astype("datetime64[s]")).cast(pa.string())
        if k % 2:
            columns[f"date_{k}"] = pa.array(moments.astype("datetime64[D]")).cast(pa.string())
    for k in range(4):
        columns[f"name_{k}"] = names[(rng.random(n) ** 2 * len(names)).astype(int)]
    words = np.array(WORDS)[rng.integers(0, len(WORDS), (n, 6))]
    text = words[:, 0]
    for k in range(1, 6):
        text = np.char.add(np.char.add(text, " "), words[:, k])
    columns["remark"] = text
    table = pa.table(columns)
    for k, (name, column) in enumerate(zip(table.column_names, table.columns, strict=True)):
        if name != "order_id":
            table = table.set_column(
                k, name, pc.if_else(pa.array(rng.random(n) < MISSING), None, column)
            )
    return table


def write_table(path: Path, n_rows: int) -> None:
    rng = np.random.default_rng(1)
    picked = np.array(SYLLABLES)[rng.integers(0, len(SYLLABLES), (50_000, 5))]
    names = np.array([" ".join(("".join(row[:3]), "".join(row[3:]))).title() for row in picked])
    writer = None
    for start in range(0, n_rows, BLOCK):
        table = block_of_rows(start, min(BLOCK, n_rows - start), names)
        writer = writer or pyarrow.csv.CSVWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def write_matrix(path: Path, n_rows: int, n_columns: int) -> None:
    rng = np.random.default_rng(2)
    patterns = rng.standard_normal((3, n_columns), dtype=np.float32)
    out = np.lib.format.open_memmap(path, "w+", np.float32, (n_rows, n_columns))
    for start in range(0, n_rows, BLOCK):
        n = min(BLOCK, n_rows - start)
        hidden = rng.standard_normal((n, 3), dtype=np.float32)
        noise = rng.standard_normal((n, n_columns), dtype=np.float32)
        out[start : start + n] = hidden @ patterns + noise
    out.flush()


def measured(command: list[str]) -> dict[str, float]:
    """Run a command; its seconds, its CPU seconds, and its peak resident memory."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed.")
    return {
        "seconds": round(time.perf_counter() - started, 1),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_memory_gb": round(usage.ru_maxrss * 1024 / 1e9, 2),
    }


def python(*lines: str) -> list[str]:
    return [sys.executable, "-c", "; ".join(lines)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=N_ROWS)
    parser.add_argument("--epochs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        table, matrix = Path(scratch, "mixed.csv"), Path(scratch, "plain.npy")
        run = Path(scratch, "run")
        write_table(table, options.rows)
        train = [sys.executable, "-m", "isthmus", "train", "--quiet", "--force"]
        train += ["--epochs", str(options.epochs), "--out", str(run)]
        results = {"imports": measured(python("import pandas, isthmus.sources"))}
        print(json.dumps(results), flush=True)
        steps = {
            "pandas": python("import pandas, isthmus.sources", f"pandas.read_csv({str(table)!r})"),
            "read": python(
                "import pandas, isthmus.sources", f"isthmus.sources.read_source({str(table)!r})"
            ),
            "train": [*train, str(table)],
        }
        for name, command in steps.items():
            results[name] = measured(command)
            print(name, json.dumps(results[name]), flush=True)
        n_encoded = n_encoded_of(run)
        write_matrix(matrix, options.rows, n_encoded)
        table_size = table.stat().st_size
        table.unlink()
        results["plain"] = measured([*train, str(matrix)])
    figures = {
        "rows": options.rows,
        "columns": 40,
        "epochs": options.epochs,
        "megabytes": round(table_size / 1e6),
        "encoded_columns": n_encoded,
        **results,
        "ratios": ratios(results),
    }
    write(__file__, figures)


def n_encoded_of(run: Path) -> int:
    import isthmus

    return int(isthmus.load(run).preprocessor_.n_encoded)


def ratios(results: dict[str, dict[str, float]]) -> dict[str, float]:
    """Return the ratios of CPU seconds, without those of imports for what only reads."""
    idle = results["imports"]["cpu_seconds"]
    pandas, read = (results[name]["cpu_seconds"] - idle for name in ("pandas", "read"))
    train, plain = (results[name]["cpu_seconds"] for name in ("train", "plain"))
    return {
        "read_to_pandas": round(read / pandas, 2),
        "train_to_pandas_and_plain": round(train / (pandas + plain), 2),
    }


if __name__ == "__main__":
    main()
