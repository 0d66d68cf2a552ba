"""CSV files as people have them, read by Isthmus, pyarrow.csv, polars and DuckDB.

    pip install polars duckdb
    python benchmarks/csv_readers.py [--cases DIR] [--mixed DIR]

The files are the small made-up ones of DIR (default: ../shared/cases next to the checkout) and the
published ones in tables/mixed of $ISTHMUS_DATA. A file is read as wanted if the table has the
wanted number of rows, and of columns of each kind (n numbers, b booleans, d dates or times, s
strings), and of missing cells. WANTED is what Isthmus reads of them today, of which a sample was
compared with the files by hand: the count of Isthmus shows later faults only. Each reader gets only
the path, with the options that make it guess more (dates, all rows for the types). Without polars
or DuckDB, the others are measured. CPU seconds are the best of three rounds over all files, and
count only files that the reader could read.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
from _machine import HERE, shared, write

from isthmus.sources.tables import read_arrow

ROUNDS = 3
WANTED: dict[str, tuple[int, str, int]] = {
    "r_categories/only.csv": (60, "2s", 0),
    "r_categories/rows.csv": (60, "4n 3s", 0),
    "r_duplicate_names/rows.csv": (60, "4n", 0),
    "r_empty_rows/rows.csv": (60, "4n", 0),
    "r_folder_of_tables/days/day1.csv": (20, "4n", 0),
    "r_folder_of_tables/days/day2.csv": (20, "4n", 0),
    "r_folder_of_tables/days/day3.csv": (20, "4n", 0),
    "r_headerless_words/messages.tsv": (24, "2s", 0),
    "r_ids_lost/rows.csv": (60, "4n 1s", 0),
    "r_latin1/rows.csv": (60, "4n 1s", 0),
    "r_lines_above/comments.csv": (60, "4n", 0),
    "r_lines_above/sep_hint.csv": (60, "4n", 0),
    "r_lines_above/title.csv": (60, "4n", 0),
    "r_lines_above/total.csv": (60, "4n", 0),
    "r_lines_above/units.csv": (60, "4n", 0),
    "r_missing_blank/rows.csv": (60, "4n", 5),
    "r_missing_dash/rows.csv": (60, "4n", 5),
    "r_missing_div0/rows.csv": (60, "4n", 5),
    "r_missing_dot/rows.csv": (60, "4n", 5),
    "r_missing_none/rows.csv": (60, "4n", 5),
    "r_missing_qmark/rows.csv": (60, "4n", 5),
    "r_mixed_column/rows.csv": (60, "4n 1s", 0),
    "r_number_forms/currency.csv": (60, "4n", 0),
    "r_number_forms/percent.csv": (60, "4n", 0),
    "r_number_forms/unicode_minus.csv": (60, "4n", 0),
    "r_number_forms/us_thousands.csv": (60, "4n", 0),
    "r_one_series/sensor.csv": (300, "1n 1d", 0),
    "r_score_one_missing/new.csv": (60, "4n", 1),
    "r_score_one_missing/rows.csv": (60, "4n", 0),
    "r_whitespace/housing.data": (60, "4n", 0),
    "r_whitespace/rows.csv": (60, "4n", 0),
    "r_write_table/rows.csv": (60, "5n", 0),
    "w_eu_thousands/rows.csv": (60, "4n", 0),
    "w_id_column/rows.csv": (60, "5n", 0),
    "w_savetxt/rows.txt": (60, "4n", 0),
    "w_savetxt_csv/rows.csv": (60, "4n", 0),
    "w_sentinel/rows.csv": (60, "4n", 0),
    "w_txt_table/rows.txt": (60, "4n 1s", 0),
    "clustergram_mtcars.tsv": (32, "11n 1s", 0),
    "ec2_cpu_utilization_24ae8d.csv": (4032, "1n 1d", 0),
    "hofstede-cultural-dimensions.csv": (111, "6n 2s", 161),
    "jb_adult-test.csv": (16281, "6n 9s", 2203),
    "krumsiek11.txt": (640, "12n", 0),
    "laucnty16.csv": (3219, "5n 4s", 0),
    "penguins.csv": (344, "4n 3s", 19),
    "planets.csv": (1035, "5n 1s", 792),
    "taxis.csv": (6433, "6n 2d 6s", 186),
    "telco-customer-churn-by-IBM.csv": (7043, "4n 17s", 11),
}


def by_isthmus(path: Path) -> pa.Table:
    return read_arrow(path).table


def by_pyarrow(path: Path) -> pa.Table:
    return pyarrow.csv.read_csv(path)


def by_polars(path: Path) -> pa.Table:
    polars: Any = importlib.import_module("polars")
    table: pa.Table = polars.read_csv(
        path, try_parse_dates=True, infer_schema_length=None
    ).to_arrow()
    return table


def by_duckdb(path: Path) -> pa.Table:
    duckdb: Any = importlib.import_module("duckdb")
    with duckdb.connect() as connection:
        found = connection.read_csv(str(path), sample_size=-1).arrow()
        return found.read_all() if hasattr(found, "read_all") else found


READERS: dict[str, Callable[[Path], pa.Table]] = {
    "isthmus": by_isthmus,
    "pyarrow": by_pyarrow,
    "polars": by_polars,
    "duckdb": by_duckdb,
}


def described(table: pa.Table) -> tuple[int, str, int]:
    """Return the number of rows, the kinds of the columns, and the number of missing cells."""
    counts = Counter(map(kind_of, table.schema.types))
    kinds = " ".join(f"{counts[kind]}{kind}" for kind in "nbds" if counts[kind])
    return table.num_rows, kinds, sum(column.null_count for column in table.columns)


def kind_of(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "b"
    if pa.types.is_temporal(kind):
        return "d"
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    return "n" if is_number or pa.types.is_decimal(kind) else "s"


def attempt(read: Callable[[Path], pa.Table], path: Path) -> tuple[Any, float]:
    """Return what a reader makes of a file, or the name of its error; and its CPU seconds."""
    started = time.process_time()
    try:
        table = read(path)
    except Exception as error:  # every reader has its own errors
        return type(error).__name__, 0.0
    return described(table), time.process_time() - started


def is_installed(name: str) -> bool:
    return name not in ("polars", "duckdb") or importlib.util.find_spec(name) is not None


def files_of(cases: Path, mixed: Path) -> dict[str, Path]:
    return {name: (mixed if "/" not in name else cases) / name for name in WANTED}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=Path, default=HERE.parent.parent / "shared" / "cases")
    parser.add_argument("--mixed", type=Path)
    options = parser.parse_args()
    files = files_of(options.cases, options.mixed or shared("tables/mixed"))
    readers = {name: read for name, read in READERS.items() if is_installed(name)}
    results: dict[str, Any] = {}
    for name, read in readers.items():
        rounds = [
            {file: attempt(read, path) for file, path in files.items()} for _ in range(ROUNDS)
        ]
        found = {file: made for file, (made, _) in rounds[0].items()}
        as_wanted = [file for file, made in found.items() if made == WANTED[file]]
        results[name] = {
            "version": importlib.import_module(name).__version__,
            "read": sum(not isinstance(made, str) for made in found.values()),
            "as_wanted": len(as_wanted),
            "cpu_seconds": round(min(sum(s for _, s in each.values()) for each in rounds), 3),
            "otherwise": {file: made for file, made in found.items() if file not in as_wanted},
        }
        print(name, {k: v for k, v in results[name].items() if k != "otherwise"}, flush=True)
    write(__file__, {"files": len(files), "wanted": WANTED, "readers": results})


if __name__ == "__main__":
    main()
