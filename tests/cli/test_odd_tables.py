"""Odd tables through the commands: none of them may end in a crash."""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from isthmus import AutoencoderImputer

pytestmark = pytest.mark.usefixtures("blank_figures")

N = 60
rng = np.random.default_rng(0)
X = rng.normal(size=N).round(3)


@pytest.fixture
def trained(cli: Any, tmp_path: Path) -> Any:
    def train(columns: dict[str, Any], *options: str) -> str:
        pa.parquet.write_table(pa.table(columns), tmp_path / "rows.parquet")
        outcome = cli("train", "rows.parquet", "--epochs", "2", "--out", "run", "-q", *options)
        assert outcome.code == 0, outcome.err
        return str(outcome.out)

    return train


def test_a_mixed_table_has_a_summary(cli: Any, trained: Any) -> None:
    trained({"x": X, "level": ["a", "b", "c"] * 20})
    outcome = cli("info", "run")
    assert outcome.code == 0
    assert "4-256-128-1 beside a linear path, mirrored decoder" in outcome.out


def test_dates_far_from_today_are_read_and_restored(cli: Any, trained: Any) -> None:
    far = ["9999-12-31", "2021-05-06", "0001-01-01"] * 20
    trained({"x": X, "end": pa.array(np.array(far, dtype="datetime64[us]"))})
    assert cli("reconstruct", "run", "-o", "rows.csv").code == 0


def test_columns_that_cannot_be_restored_have_no_table_of_rows(
    cli: Any, trained: Any, tmp_path: Path
) -> None:
    names = [f"name {k}x{k * 7919 % 101}" for k in range(50)] + ["name 0x0"] * 10
    trained({"name": names}, "--kinds", "name=hashed")
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert [table["section"] for table in report["tables"]] == ["columns", "units"]
    outcome = cli("sample", "run", "-o", "rows.csv")
    assert outcome.code == 2 and "requires a column that can be restored" in outcome.sentence


def test_texts_of_dates_in_a_parquet_file_are_dates_and_are_filled_in_their_form(
    cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = partial(AutoencoderImputer, steps=30, n_networks=2)
    monkeypatch.setattr("isthmus.runs._impute_rows.AutoencoderImputer", quick)
    first = np.datetime64("2024-01-01")
    when = [None if k == 5 else str(first + k) for k in range(N)]
    pa.parquet.write_table(pa.table({"when": when, "x": np.arange(N) + X}), "rows.parquet")
    told = json.loads(cli("doctor", "rows.parquet", "--json").out)
    assert "date" in json.dumps(told["columns"])
    assert cli("impute", "rows.parquet", "-o", "filled.parquet").code == 0
    filled = pa.parquet.read_table("filled.parquet").column("when").to_pylist()
    assert filled[:5] + filled[6:] == when[:5] + when[6:]
    assert np.datetime64(filled[5]) > first and len(filled[5]) == len("2024-01-01")


def test_ids_beyond_63_bits_are_written(cli: Any, trained: Any) -> None:
    ids = np.arange(2**63, 2**63 + N, dtype=np.uint64)
    trained({"x": X, "y": -X, "user_id": ids})
    assert cli("encode", "run", "-o", "codes.parquet").code == 0
    assert pa.parquet.read_table("codes.parquet").column("user_id").to_pylist() == ids.tolist()


def test_expected_whole_numbers_do_not_overflow(cli: Any, trained: Any) -> None:
    trained({"x": X, "n": np.arange(N) % 7, "level": ["a", "b", "c"] * 20})
    new = pa.table({"x": X * 1e30, "n": np.arange(N) % 7, "level": ["a", "b", "c"] * 20})
    pa.parquet.write_table(new, "new.parquet")
    assert cli("score", "run", "new.parquet", "-o", "scores.csv").code == 0
    assert "-9223372036854775808" not in Path("scores.csv").read_text()


def test_an_id_with_the_name_of_a_result_is_kept(cli: Any, trained: Any) -> None:
    trained({"x": X, "y": -X, "error": [f"E-{k}" for k in range(N)]})
    assert cli("score", "run", "-o", "scores.csv").code == 0
    scores = pa.csv.read_csv("scores.csv")
    assert set(scores.column("error_").to_pylist()) == {f"E-{k}" for k in range(N)}


def test_json_of_a_training_has_lists(cli: Any, tmp_path: Path) -> None:
    pa.parquet.write_table(pa.table({"x": X, "y": X**2, "z": -X}), tmp_path / "rows.parquet")
    outcome = cli("train", "rows.parquet", "--epochs", "1", "--json", "-q")
    errors = json.loads(outcome.out)["per_feature"]["squared_error"]
    assert len(errors) == 3 and all(isinstance(error, float) for error in errors)


def test_intervals_of_columns_with_missing_cells_hold_the_estimate(cli: Any, trained: Any) -> None:
    columns = {name: pa.array(X + k, mask=rng.random(N) < 0.5) for k, name in enumerate("abc")}
    trained(columns, "--test-fraction", "0.4")
    document = json.loads(cli("evaluate", "run", "--n-resamples", "100", "--json").out)
    features = document["features"]
    for value, (low, high) in zip(features["rmse"], features["rmse_intervals"], strict=True):
        assert low <= value <= high


def test_rows_without_cells_are_left_out_of_an_evaluation(cli: Any, trained: Any) -> None:
    trained({"x": X, "y": -X, "z": X**2})
    new = pa.table({n: pa.array([1.0, None, 2.0, None]) for n in "xyz"})
    pa.parquet.write_table(new, "new.parquet")
    document = json.loads(cli("evaluate", "run", "new.parquet", "--json").out)
    assert document["metrics"]["squared_error"]["n_rows"] == 2
    assert "empty_rows" in [note["code"] for note in document["notes"]]


def test_a_report_of_a_mixed_table_has_levels_missing_cells_and_drift(
    cli: Any, trained: Any, tmp_path: Path
) -> None:
    levels = [f"{'abcdefgh'[k % 8]}" for k in range(N)]
    x = pa.array(X, mask=np.arange(N) % 4 == 0)
    trained({"x": x, "y": -X, "level": levels})
    far = pa.table({"x": X + 9, "y": -X, "level": levels})
    pa.parquet.write_table(far, "new.parquet")
    assert cli("evaluate", "run", "new.parquet").code == 0
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    tables = {table["section"]: table for table in report["tables"]}
    assert set(tables) == {
        *("columns", "held_out", "reconstructions", "categories", "missing", "anomalies"),
        *("units", "samples"),
    }
    assert [row[0] for row in tables["categories"]["rows"]] == ["level"]
    assert [row[0] for row in tables["missing"]["rows"]] == ["x"]
    (figure,) = (f for f in report["figures"] if f["file"] == "figures/levels.svg")
    assert figure["arguments"]["levels"][0][-1] == "other levels"
    page = (tmp_path / "run" / "report.html").read_text()
    assert "Drift of columns" in page
    assert cli("report", "run", "--lang", "zh").code == 0
    assert "各列的漂移" in (tmp_path / "run" / "report.html").read_text()


def test_shifts_of_pictures_do_not_apply_to_a_table(cli: Any) -> None:
    pa.parquet.write_table(pa.table(dict.fromkeys("abcd", X)), "rows.parquet")
    outcome = cli("train", "rows.parquet", "--max-shift", "1")
    assert (outcome.code, outcome.sentence) == (
        2,
        "--max-shift applies to pictures. rows contains a table: leave it out, or pass "
        "--picture-shape if its columns are pixels.",
    )


def test_missing_values_may_begin_with_a_minus_and_be_words_among_numbers(cli: Any) -> None:
    marks = ("-999", "unknown", "1.5", "2.5")
    rows = "".join(f"{k * 7 % 11},{marks[k % 4]}\n" for k in range(40))
    Path("rows.csv").write_text(f"a,b\n{rows}")
    outcome = cli("doctor", "rows.csv", "--missing", "-999,unknown")
    assert outcome.code == 0, outcome.err
    assert "'-999', 'unknown' were read as missing values in `b`." in outcome.out
    assert re.search(r"^b +numeric +a number +20$", outcome.out, re.MULTILINE)
