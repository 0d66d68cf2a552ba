"""`--resume` of encode, score and reconstruct, and folders of results for folders of rows."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from isthmus.runs import FittedRun, KeptBlocks, _kept_blocks, _row_files, _scored_rows

from .conftest import TINY, call
from .test_processes import SOURCE, environment

pytestmark = pytest.mark.usefixtures("blank_figures")

N = 2500
COMMANDS = ("encode", *(pytest.param(c, marks=pytest.mark.slow) for c in ("score", "reconstruct")))


@pytest.fixture(scope="module", name="folder")
def make_folder(tmp_path_factory):
    """A folder of three shards with ids, a .csv file of the same rows, and a run."""
    folder = tmp_path_factory.mktemp("resumed")
    generator = np.random.default_rng(0)
    X = generator.normal(size=(N, 2)) @ generator.normal(size=(2, 4))
    table = pa.table(
        {
            **{f"f{k}": X[:, k].astype(np.float32) for k in range(4)},
            "city": generator.choice(["Ulm", "Bonn", "Kiel"], N),
            "id": [f"r{k}" for k in range(N)],
        }
    )
    pyarrow.csv.write_csv(table, folder / "rows.csv")
    (folder / "shards").mkdir()
    for k, (start, n) in enumerate([(0, 2100), (2100, 100), (2200, 300)]):
        pq.write_table(table.slice(start, n), folder / "shards" / f"{k}.parquet")
    words = ("train", folder / "rows.csv", "--id", "id", *TINY, "--out", folder / "run", "-q")
    assert call(*words).code == 0
    return folder


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Blocks of 500 rows, and files of results that do not tell the time."""
    monkeypatch.setattr(_row_files, "_STEP", 1)
    monkeypatch.setattr(_row_files, "_MOST_ROWS", 500)
    monkeypatch.setattr(_scored_rows, "_ROWS_A_TIME", 500)
    made = FittedRun.provenance
    monkeypatch.setattr(FittedRun, "provenance", lambda run: {**made(run), "created": "today"})


@pytest.fixture
def stop_at(monkeypatch):
    """Let the machine fail when a given number of blocks is kept."""

    def stop(n):
        keep = KeptBlocks._keep
        seen = []

        def keep_some(self, stem, found):
            if len(seen) == n:
                raise OSError(28, "No space left on device")
            seen.append(stem)
            keep(self, stem, found)

        monkeypatch.setattr(KeptBlocks, "_keep", keep_some)
        return lambda: monkeypatch.setattr(KeptBlocks, "_keep", keep)

    return stop


def result(folder, command, out, *words, source="rows.csv"):
    return call(command, folder / "run", folder / source, "-o", out, *words)


@pytest.mark.parametrize(
    ("command", "suffix", "n"),
    [
        ("encode", "parquet", 3),
        pytest.param("encode", "csv", 1, marks=pytest.mark.slow),
        pytest.param("encode", "npy", 4, marks=pytest.mark.slow),
        pytest.param("score", "parquet", 2, marks=pytest.mark.slow),
        ("score", "csv", 7),
        ("reconstruct", "parquet", 4),
    ],
)
def test_a_resumed_file_has_the_same_bytes(folder, tmp_path, stop_at, command, suffix, n):
    whole, out = tmp_path / f"whole.{suffix}", tmp_path / f"out.{suffix}"
    assert result(folder, command, whole).code == 0
    go_on = stop_at(n)
    outcome = result(folder, command, out)
    assert outcome.code != 0 and not out.exists()
    kept = f"Note: What is done of {out} is kept: the same command with `--resume` continues."
    assert kept in outcome.err
    go_on()
    outcome = result(folder, command, out, "--resume")
    assert outcome.code == 0, outcome.err
    n_done = 500 * (n - 5 if n > 5 else n)  # score computes errors, then features
    assert f"Continuing {out} after {n_done:,} of 2,500 rows.\n" in outcome.err
    assert out.read_bytes() == whole.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {whole.name, out.name}


def test_what_was_kept_is_not_computed_again(folder, tmp_path, stop_at, monkeypatch):
    go_on = stop_at(3)
    result(folder, "encode", tmp_path / "a.npy")
    go_on()
    sizes, encoder = [], FittedRun.encoder

    def counting(run, layer):
        encode = encoder(run, layer)
        return lambda X: (sizes.append(X.shape[0]), encode(X))[1]

    monkeypatch.setattr(FittedRun, "encoder", counting)
    assert result(folder, "encode", tmp_path / "a.npy", "--resume").code == 0
    assert sizes == [500, 500]


def test_a_small_file_keeps_nothing_and_resume_says_so(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(_row_files, "_MOST_ROWS", 5000)
    monkeypatch.setattr(_kept_blocks, "_write", None)
    outcome = result(folder, "encode", tmp_path / "a.npy", "--resume")
    assert outcome.code == 0
    note = f"Note: There is nothing to continue for {tmp_path / 'a.npy'}: all rows are computed."
    assert note in outcome.err


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("rows", "but the files of the source changed since then"),
        ("run", "but the run or its model changed since then"),
        ("--limit=700", "but --limit was not given, and is 700 now"),
        ("score", "but the command was encode, and is score now"),
    ],
)
def test_a_change_since_the_interruption_is_refused(folder, tmp_path, stop_at, change, says):
    for name in ("rows.csv", "run"):
        copy = shutil.copytree if name == "run" else shutil.copy2
        copy(folder / name, tmp_path / name)
    go_on = stop_at(2)
    assert result(tmp_path, "encode", tmp_path / "a.parquet").code != 0
    go_on()
    words = [change] if change.startswith("--") else []
    if change == "rows":
        with (tmp_path / "rows.csv").open("a") as file:
            file.write("1,2,3,4,Ulm,last\n")
    if change == "run":
        with (tmp_path / "run" / "model" / "model.safetensors").open("ab") as file:
            file.write(b" ")
    command = "score" if change == "score" else "encode"
    outcome = result(tmp_path, command, tmp_path / "a.parquet", "--resume", *words)
    assert outcome.code == 2
    assert outcome.sentence == (
        "--resume continues an interrupted command with the same run, rows and options, "
        f"{says}: restore that, or start again without --resume."
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_gets_a_file_for_each_of_its_tables(folder, tmp_path, command):
    outcome = result(folder, command, tmp_path / "out", source="shards")
    assert outcome.code == 0, outcome.err
    assert "2,500" in outcome.err
    assert {path.name for path in tmp_path.iterdir()} == {"out"}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        f"{k}.parquet" for k in range(3)
    ]
    assert result(folder, command, tmp_path / "1.parquet", source="shards/1.parquet").code == 0
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "out" / "1.parquet").read_bytes()


@pytest.mark.parametrize("n", [*(pytest.param(n, marks=pytest.mark.slow) for n in (2, 7)), 6])
def test_a_folder_is_resumed_in_the_middle_of_a_shard_or_between_two(folder, tmp_path, stop_at, n):
    assert result(folder, "encode", tmp_path / "whole", source="shards").code == 0
    go_on = stop_at(n)  # 5 blocks of the first shard, and one for each that is done
    assert result(folder, "encode", tmp_path / "out", source="shards").code != 0
    go_on()
    done = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("*.parquet")}
    assert len(done) == {2: 0, 6: 2, 7: 3}[n]
    outcome = result(folder, "encode", tmp_path / "out", "--resume", source="shards")
    assert outcome.code == 0, outcome.err
    where = {
        2: f"{tmp_path / 'out' / '0.parquet'} after 1,000 of 2,100 rows",
        6: f"{tmp_path / 'out'} after 1 of 3 files",
        7: f"{tmp_path / 'out'} after 2 of 3 files",
    }
    assert f"Continuing {where[n]}." in outcome.err
    for k in range(3):
        files = (tmp_path / name / f"{k}.parquet" for name in ("whole", "out"))
        assert len({file.read_bytes() for file in files}) == 1
    again = [path for path, time in done.items() if path.stat().st_mtime_ns != time]
    assert len(again) <= 1  # the one that was written, but not noted as done
    assert {path.name for path in tmp_path.iterdir()} == {"whole", "out"}


def test_a_note_about_each_of_several_files_is_printed_once_with_the_sum(folder, tmp_path):
    (tmp_path / "in").mkdir()
    for k in range(3):
        table = pq.read_table(folder / "shards" / "1.parquet").slice(0, 10 + k)
        city = pa.array(["Rom"] * table.num_rows)
        place = table.column_names.index("city")
        pq.write_table(table.set_column(place, "city", city), tmp_path / "in" / f"{k}.parquet")
    outcome = call("encode", folder / "run", tmp_path / "in", "-o", tmp_path / "out")
    assert outcome.code == 0, outcome.err
    assert [line for line in outcome.err.splitlines() if line.startswith("Note:")] == [
        "Note: 33 cells of `city` have values that were not in the training rows, and count as "
        "missing."
    ]


def test_a_shard_whose_results_are_gone_is_done_again(folder, tmp_path, stop_at):
    go_on = stop_at(7)
    assert result(folder, "encode", tmp_path / "out", source="shards").code != 0
    go_on()
    (tmp_path / "out" / "0.parquet").unlink()
    assert result(folder, "encode", tmp_path / "out", "--resume", source="shards").code == 0
    assert pq.read_table(tmp_path / "out").num_rows == N


def test_results_are_not_written_into_the_source(folder):
    outcome = result(folder, "encode", folder / "shards" / "codes", source="shards")
    assert outcome.code == 2
    assert "The output must not be in the source." in outcome.sentence


def test_two_tables_of_one_name_cannot_both_be_written(folder, tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("a.parquet", "a.arrow"):
        shutil.copy(folder / "shards" / "1.parquet", tmp_path / "in" / name)
    outcome = call("encode", folder / "run", tmp_path / "in", "-o", tmp_path / "out")
    assert outcome.code == 2
    assert "Several would be written to" in outcome.sentence


@pytest.fixture(scope="module", name="holes")
def make_holes(folder):
    """The folder, with a table that has missing cells, whole and in two files."""
    rows = (folder / "rows.csv").read_text().splitlines()
    rows = [line if k % 7 or not k else "," + line.partition(",")[2] for k, line in enumerate(rows)]
    (folder / "holes.csv").write_text("\n".join(rows) + "\n")
    (folder / "parts").mkdir()
    for name, own in (("a", rows[1:1300]), ("b", rows[1303:1308])):
        (folder / "parts" / f"{name}.csv").write_text("\n".join([rows[0], *own]) + "\n")
    return folder


@pytest.mark.parametrize(
    ("suffix", "n"), [("csv", 2), pytest.param("parquet", 4, marks=pytest.mark.slow)]
)
def test_filled_rows_are_resumed_with_the_same_bytes(holes, tmp_path, stop_at, suffix, n):
    whole, out = tmp_path / f"whole.{suffix}", tmp_path / f"out.{suffix}"
    assert result(holes, "impute", whole, source="holes.csv").code == 0
    go_on = stop_at(n)
    assert result(holes, "impute", out, source="holes.csv").code != 0
    go_on()
    outcome = result(holes, "impute", out, "--resume", source="holes.csv")
    assert outcome.code == 0, outcome.err
    assert out.read_bytes() == whole.read_bytes()
    assert "Filled 357 cells" in outcome.err


def test_each_table_of_a_folder_is_filled_also_one_without_missing_cells(holes, tmp_path):
    outcome = result(holes, "impute", tmp_path / "out", source="parts")
    assert outcome.code == 0, outcome.err
    assert outcome.err.splitlines()[-1] == f"Filled 185 cells: {tmp_path / 'out'}"
    written, own = (
        pyarrow.csv.read_csv(place / "b.csv") for place in (tmp_path / "out", holes / "parts")
    )
    assert written.equals(own)


def test_an_imputer_that_is_fitted_to_the_rows_is_not_resumed(cli):
    outcome = cli("impute", "rows.csv", "--resume")
    assert outcome.code == 2
    assert outcome.sentence.startswith("--resume requires a run, whose model fills cells block by")


START = """
from isthmus.runs import _row_files
_row_files._STEP, _row_files._MOST_ROWS = 1, 100
from isthmus.cli import main
main()
"""


def killed(folder, out, seconds, resume):
    """Start a command and kill it once blocks are kept; return whether it was still running."""
    words = ["encode", folder / "run", folder / "rows.csv", "-o", out, *["--resume"] * resume]
    with subprocess.Popen(
        [sys.executable, "-c", START, *map(str, words)],
        env=environment(PYTHONPATH=str(SOURCE)),
        stderr=subprocess.DEVNULL,
    ) as process:
        parts = out.with_name(f".{out.name}.parts")
        n_before = len(list(parts.glob("rows-*")))
        while process.poll() is None and len(list(parts.glob("rows-*"))) == n_before:
            time.sleep(0.005)
        time.sleep(seconds)
        if process.poll() is None:
            process.kill()
        process.wait()
    return process.returncode != 0


@pytest.mark.parametrize("n", [1, pytest.param(30, marks=pytest.mark.slow)])
def test_a_killed_command_is_resumed_with_the_same_bytes(folder, tmp_path, monkeypatch, n):
    monkeypatch.setattr(_row_files, "_MOST_ROWS", 100)  # rounding depends on the size of blocks
    out, seconds = tmp_path / "a.npy", random.Random(0)
    assert result(folder, "encode", tmp_path / "whole.npy").code == 0
    n_killed = 0
    while n_killed < n:
        n_killed += killed(folder, out, seconds.uniform(0, 0.05), resume=not out.exists())
        if n > 1 and out.exists():
            assert out.read_bytes() == (tmp_path / "whole.npy").read_bytes()
            out.unlink()
    if not out.exists():
        assert result(folder, "encode", out, "--resume").code == 0
    assert out.read_bytes() == (tmp_path / "whole.npy").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"whole.npy", "a.npy"}
