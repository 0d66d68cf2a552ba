"""Tables as people write them, each trained on by one command without any preparation.

The name of each case is that of a report on a file that an earlier version refused or misread.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from scipy import io as scipy_io
from scipy import sparse

from isthmus.sources import read_source

NAMES = ("speed", "load", "pressure", "gap")
N = 60


def measured(n: int = N) -> np.ndarray:
    """Return rows whose first three columns have a common cause."""
    rng = np.random.default_rng(7)
    cause, noise = rng.normal(size=(n, 1)), rng.normal(size=(n, 4))
    loads = np.array([[1.2, -2.5, 2400.0, 0.0]])
    spread = np.array([0.2, 0.8, 300.0, 0.08])
    return np.round([5.0, 99.0, 19800.0, 1.0] + cause * loads + noise * spread, 3)


ROWS = measured()


def cells(*, missing: str | None = None) -> list[list[str]]:
    """Return the rows as texts; with ``missing`` in `load` in five of them."""
    texts = [[f"{value:.3f}" for value in row] for row in ROWS]
    for k in range(0, N, 13) if missing is not None else ():
        texts[k][1] = str(missing)
    return texts


def joined(rows: Iterable[Sequence[str]], *, delimiter: str = ",", names: Any = NAMES) -> str:
    """Return lines of cells, which are quoted where they need it."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerows([list(names), *rows] if names else rows)
    return out.getvalue()


def comma(text: str) -> str:
    """Return a number with a decimal comma and a point between thousands."""
    return f"{float(text):,.2f}".translate(str.maketrans(",.", ".,"))


def units_below() -> str:
    return joined([["m/s", "kN", "Pa", "mm"], *cells()])


def total_below() -> str:
    return joined([*cells(), ["Total", "5942.1", "1187211.4", "61.2"]])


def with_pressure(write: Callable[[float], str]) -> list[list[str]]:
    return [[a, b, write(float(c)), d] for a, b, c, d in cells()]


PLAIN = joined(cells())
ALIGNED = "".join("".join(f"{cell:>12}" for cell in row) + "\n" for row in cells())
NO_NAMES = ("column_1", "column_2", "column_3", "column_4")

# Name of the case, of its file, its content, a note that must be told (or None), the columns.
TABLES = [
    (
        "r_duplicate_names",
        "rows.csv",
        joined(cells(), names=("speed", "load", "load", "gap")),
        "Renamed 1 column whose name occurs before: `load_2`.",
        ("speed", "load", "load_2", "gap"),
    ),
    (
        "r_empty_rows",
        "rows.csv",
        joined(
            [[cell.replace(".", ",") for cell in row] + ["", ""] for row in cells()],
            delimiter=";",
            names=(*NAMES, "", ""),
        )
        + ";;;;;\n" * 5,
        "Dropped 5 empty rows.",
        NAMES,
    ),
    ("r_lines_above comments", "rows.csv", f"# by logger 4\n# unit: SI\n{PLAIN}", None, NAMES),
    (
        "r_lines_above sep_hint",
        "rows.csv",
        "sep=;\n" + joined(cells(), delimiter=";"),
        None,
        NAMES,
    ),
    (
        "r_lines_above title",
        "rows.csv",
        f"Export of line 3\nDate: 2024-03-01\n\n{PLAIN}",
        "Skipped 2 lines above the table.",
        NAMES,
    ),
    (
        "r_lines_above units",
        "rows.csv",
        units_below(),
        "Skipped a line of units below the column names.",
        NAMES,
    ),
    (
        "r_lines_above total",
        "rows.csv",
        total_below(),
        "Dropped the last row, which holds totals ('Total').",
        NAMES,
    ),
    (
        "r_number_forms currency",
        "rows.csv",
        joined(with_pressure(lambda value: f"${value:,.3f}")),
        None,
        NAMES,
    ),
    (
        "r_number_forms percent",
        "rows.csv",
        joined([[*row[:3], f"{row[3]}%"] for row in cells()]),
        None,
        NAMES,
    ),
    (
        "r_number_forms unicode_minus",
        "rows.csv",
        joined([[row[0], row[1], row[2], f"\N{MINUS SIGN}{row[3]}"] for row in cells()]),
        None,
        NAMES,
    ),
    (
        "r_number_forms us_thousands",
        "rows.csv",
        joined([[f"{float(cell):,.3f}" for cell in row] for row in cells()]),
        None,
        NAMES,
    ),
    (
        "w_eu_thousands",
        "rows.csv",
        joined([[comma(cell) for cell in row] for row in cells()], delimiter=";"),
        "Commas were read as decimal points.",
        NAMES,
    ),
    ("r_whitespace housing.data", "housing.data", ALIGNED, "The first line contains", NO_NAMES),
    ("r_whitespace rows.csv", "rows.csv", ALIGNED, "The first line contains", NO_NAMES),
    (
        "r_write_table",
        "rows.csv",
        '"speed","load","pressure","gap"\n'
        + "".join(f'"{k + 1}",{",".join(row)}\n' for k, row in enumerate(cells())),
        "Column `unnamed_1` is left out: it looks like an id.",
        NAMES,
    ),
    (
        "w_savetxt",
        "rows.txt",
        "".join(" ".join(f"{value:.18e}" for value in row) + "\n" for row in ROWS),
        "The file was read as a table",
        NO_NAMES,
    ),
    (
        "w_savetxt_csv",
        "rows.csv",
        "".join(" ".join(f"{value:.4f}" for value in row) + "\n" for row in ROWS),
        "The first line contains values",
        NO_NAMES,
    ),
    (
        "w_txt_table",
        "rows.txt",
        joined(
            [[*row, "bad" if k % 3 else "good"] for k, row in enumerate(cells())],
            names=(*NAMES, "state"),
        ),
        "The file was read as a table",
        (*NAMES, "state"),
    ),
    (
        "w_id_column",
        "rows.csv",
        joined(
            [[str(7000 + k), *row] for k, row in enumerate(cells())], names=("customer_id", *NAMES)
        ),
        "Column `customer_id` is left out: it looks like an id.",
        NAMES,
    ),
    *(
        (
            f"r_missing_{name}",
            "rows.csv",
            joined(cells(missing=mark)),
            "5 cells are missing, in `load`.",
            NAMES,
        )
        for name, mark in {
            "blank": "",
            "dash": "-",
            "div0": "#DIV/0!",
            "dot": ".",
            "none": "None",
            "qmark": "?",
        }.items()
    ),
]


@pytest.fixture
def learned(
    train: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., dict[str, Any]]:
    """Train without errors, and without figures to save time; return the report's document."""
    monkeypatch.setattr("isthmus.runs._run_training.draw_figures", lambda *_: [])

    def run(*words: str) -> dict[str, Any]:
        outcome = train(*words, "--out", "run", "-q")
        assert outcome.code == 0, outcome.err
        return dict(json.loads((tmp_path / "run" / "report.json").read_text()))

    return run


@pytest.mark.parametrize(
    ("file", "content", "note", "names"), [pytest.param(*case[1:], id=case[0]) for case in TABLES]
)
def test_a_table_as_people_write_it_is_learned(
    learned: Any, file: str, content: str, note: str | None, names: Sequence[str]
) -> None:
    Path(file).write_text(content)
    report = learned(file)
    source = report["source"]
    assert source["n_rows_train"] + source["n_rows_held_out"] == N
    assert tuple(report["per_feature"]["names"]) == tuple(names)
    if note is not None:
        assert any(note in own for own in source["notes"]), source["notes"]


@pytest.mark.parametrize(
    "case",
    [
        "r_number_forms currency",
        "w_eu_thousands",
        "r_number_forms us_thousands",
        "r_number_forms percent",
    ],
)
def test_numbers_keep_their_values_in_any_form(cli: Any, case: str) -> None:
    Path("rows.csv").write_text(next(content for name, _, content, *_ in TABLES if name == case))
    table = read_source("rows.csv").X
    expected = dict(zip(NAMES, ROWS.T, strict=True))
    digits = 2 if case == "w_eu_thousands" else 3
    for name, values in expected.items():
        assert np.allclose(table.column(name).to_numpy(), values, atol=0.6 * 10.0**-digits)


def test_r_latin1_is_read_with_a_note(learned: Any) -> None:
    towns = ["Orléans", "Nîmes", "Évry"]
    rows = [[*row, towns[k % 3]] for k, row in enumerate(cells())]
    Path("rows.csv").write_bytes(joined(rows, names=(*NAMES, "ville")).encode("cp1252"))
    report = learned("rows.csv")
    assert report["per_feature"]["names"][-1] == "ville"
    assert report["source"]["notes"][0] == "The file is not UTF-8 and was read as Windows-1252."


def test_r_categories_are_features_and_new_rows_are_encoded_alike(cli: Any, learned: Any) -> None:
    rows = [
        [*row, "yes" if k % 2 else "no", "ABC"[k % 3], "good" if k % 5 else "bad"]
        for k, row in enumerate(cells())
    ]
    names = (*NAMES, "active", "grade", "state")
    Path("rows.csv").write_text(joined(rows, names=names))
    Path("new.csv").write_text(joined(rows[:7], names=names))
    report = learned("rows.csv", "--label", "state")
    assert report["per_feature"]["names"] == list(names[:-1])
    for source in ("rows.csv", "new.csv"):
        outcome = cli("encode", "run", source, "-o", source.replace(".csv", ".npy"))
        assert outcome.code == 0, outcome.err
    assert np.array_equal(np.load("rows.npy")[:7], np.load("new.npy"))


def test_r_categories_of_texts_alone_are_learned(learned: Any) -> None:
    rows = [["yes" if k % 2 else "no", "ABC"[k % 3]] for k in range(N)]
    Path("only.csv").write_text(joined(rows, names=("active", "grade")))
    assert learned("only.csv")["per_feature"]["names"] == ["active", "grade"]


def test_r_mixed_column_is_left_out_with_a_note(learned: Any) -> None:
    tickets = [f"A/{k}" if k % 3 == 0 else str(3000 + k) for k in range(N)]
    rows = [[*row, ticket] for row, ticket in zip(cells(), tickets, strict=True)]
    Path("rows.csv").write_text(joined(rows, names=(*NAMES, "ticket")))
    report = learned("rows.csv")
    assert report["per_feature"]["names"] == list(NAMES)
    assert report["source"]["notes"] == [
        "Column `ticket` was read as text: most of its values are numbers, but not 'A/0' in row 1. "
        "Correct it, or name it with `--missing` if it stands for a missing value.",
        "Column `ticket` is left out: all values are different.",
    ]


def test_r_ids_lost_come_along_with_codes_and_scores(cli: Any, learned: Any) -> None:
    parts = [f"P-{900 + k}" for k in range(N)]
    rows = [[part, *row] for part, row in zip(parts, cells(), strict=True)]
    Path("rows.csv").write_text(joined(rows, names=("part_no", *NAMES)))
    learned("rows.csv", "--columns", ",".join(NAMES), "--id", "part_no")
    for command in ("encode", "score"):
        assert cli(command, "run", "rows.csv", "-o", f"{command}.parquet").code == 0
        written = pa.parquet.read_table(f"{command}.parquet").column("part_no").to_pylist()
        assert sorted(written) == parts


def test_r_folder_of_tables_is_one_table(learned: Any) -> None:
    Path("days").mkdir()
    for day in range(3):
        Path(f"days/day{day + 1}.csv").write_text(joined(cells()[day::3]))
    report = learned("days/")
    assert report["source"]["n_rows_train"] + report["source"]["n_rows_held_out"] == N
    assert report["source"]["notes"] == [
        "Read 3 files as one table: `day1.csv`, `day2.csv`, `day3.csv`."
    ]


def _arff() -> str:
    rows = [[*row, "good" if k % 3 else "bad"] for k, row in enumerate(cells())]
    head = "".join(f"@attribute {name} numeric\n" for name in NAMES)
    return f"@relation r\n{head}@attribute state {{good,bad}}\n@data\n{joined(rows, names=None)}"


def _zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("rows.csv", PLAIN)


def _frame() -> pa.Table:
    return pa.table(dict(zip(NAMES, ROWS.T, strict=True)))


FORMATS: dict[str, Callable[[Path], object]] = {
    "rows.arff": lambda path: path.write_text(_arff()),
    "rows.csv.zip": _zipped,
    "rows.feather": lambda path: pa.feather.write_feather(_frame(), str(path)),
    "rows.jsonl": lambda path: path.write_text(
        "".join(f"{json.dumps(row)}\n" for row in _frame().to_pylist())
    ),
    "rows.mat": lambda path: scipy_io.savemat(path, {"X": ROWS}),
    "sparse.npz": lambda path: sparse.save_npz(path, sparse.csr_array(ROWS)),
}


@pytest.mark.parametrize("name", FORMATS)
def test_r_formats_are_learned(learned: Any, name: str) -> None:
    FORMATS[name](Path(name))
    source = learned(name)["source"]
    assert source["n_rows_train"] + source["n_rows_held_out"] == N


def test_r_formats_workbook_is_learned(learned: Any, workbook: Any) -> None:
    workbook(Path("rows.xlsx"), {"data": [NAMES, *ROWS.tolist()]})
    assert learned("rows.xlsx")["per_feature"]["names"] == list(NAMES)


def test_r_headerless_words_keep_their_first_line(learned: Any) -> None:
    usual, odd = "usual\tsee you at the station", "odd\tplease pay this bill now"
    lines = [f"{odd if k % 2 else usual} {k}\n" for k in range(24)]
    Path("messages.tsv").write_text("".join(lines))
    source = learned("messages.tsv", "--text-column", "column_2", "--label", "column_1")["source"]
    assert source["n_rows_train"] + source["n_rows_held_out"] == 24


@pytest.mark.parametrize("command", ["score", "encode"])
def test_r_score_one_missing_does_not_stop_the_other_rows(
    cli: Any, learned: Any, command: str
) -> None:
    Path("rows.csv").write_text(PLAIN)
    holes = cells()
    holes[20][1] = ""
    Path("new.csv").write_text(joined(holes))
    learned("rows.csv")
    outcome = cli(command, "run", "new.csv", "-o", "out.parquet")
    assert outcome.code == 0
    assert "Note: 1 row has missing cells." in outcome.err
    written = pa.parquet.read_table("out.parquet")
    assert (written.num_rows, written.column(1 if command == "score" else 0).null_count) == (N, 0)


def test_w_list_column_is_as_many_numbers(learned: Any) -> None:
    embeddings = np.random.default_rng(0).normal(size=(N, 16)).astype(np.float32)
    table = pa.table({"id": np.arange(N), "emb": list(embeddings)})
    pa.parquet.write_table(table, "emb.parquet")
    names = learned("emb.parquet")["per_feature"]["names"]
    assert len(names) == 16
    assert all(name.startswith("emb") for name in names)


def test_w_sentinel_is_noticed_by_the_doctor(cli: Any) -> None:
    rows = cells()
    for k in range(0, N, 5):
        rows[k][1] = "-999"
    Path("rows.csv").write_text(joined(rows))
    outcome = cli("doctor", "rows.csv")
    assert outcome.code == 0
    assert "-999" in outcome.out
    assert "--missing" in outcome.out
