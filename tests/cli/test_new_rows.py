"""New rows of a run on a mixed table: drift, expected values, empty rows, provenance."""

from __future__ import annotations

import csv
import hashlib
import json

import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest

from isthmus import Autoencoder, __version__, load
from isthmus.cli import main

pytestmark = pytest.mark.usefixtures("blank_figures")

LIKE = "These rows are unlike the training rows"


def write(path, n_rows, seed, *, shift=0.0, further=()):
    rng = np.random.default_rng(seed)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["machine", "load", "speed", "colour"])
        for k in range(n_rows):
            a = rng.normal()
            load = f"{100 + 10 * a + shift:.2f}"
            colour = ("red", "green", "blue")[rng.integers(3)]
            writer.writerow([f"m{seed}-{k}", load, f"{5 + a:.3f}", colour])
        writer.writerows(further)
    return path


@pytest.fixture(name="run", scope="module")
def make_run(tmp_path_factory, blank_paper):
    folder = tmp_path_factory.mktemp("machines")
    source = write(folder / "rows.csv", 300, 0)
    words = ("train", source, "--out", folder / "run", "-q", "--epochs", "20", "--device", "cpu")
    with pytest.raises(SystemExit) as leaving, blank_paper():
        main([str(word) for word in words])
    assert not leaving.value.code
    return folder / "run"


@pytest.fixture(name="far")
def make_far(tmp_path):
    return write(tmp_path / "far.csv", 100, 2, shift=500)


COMMANDS = pytest.mark.parametrize(
    "command", [("encode", "-o", "out.csv"), ("score", "-o", "out.csv"), ("evaluate",)]
)


@COMMANDS
def test_rows_unlike_the_training_rows_are_told_in_one_line(cli, run, far, command):
    name, *out = command
    done = cli(name, run, far, *out)
    assert done.code == 0
    (line,) = (line for line in done.err.splitlines() if LIKE in line)
    assert line.startswith(f"isthmus: warning: {LIKE}: error ")
    assert line.endswith(" times higher; columns that differ most: `load`.")


@COMMANDS
def test_fail_on_drift_ends_with_4_after_the_output(cli, run, far, tmp_path, command):
    name, *out = command
    done = cli(name, run, far, *out, "--fail-on", "drift")
    assert done.code == 4
    assert (tmp_path / "out.csv").exists() if out else "verdict" not in done.err and done.out


@COMMANDS
def test_rows_like_the_training_rows_pass(cli, run, tmp_path, command):
    name, *out = command
    like = write(tmp_path / "like.csv", 100, 3)
    few = write(tmp_path / "few.csv", 3, 4, shift=10)
    for source in (like, few):
        done = cli(name, run, source, *out, "--fail-on", "drift")
        assert done.code == 0 and LIKE not in done.err


def test_own_rows_are_not_compared(cli, run):
    assert cli("encode", run, "-o", "out.csv", "--fail-on", "drift").code == 0


def test_the_warning_is_translated(cli, run, far):
    err = cli("encode", run, far, "-o", "out.csv", "--lang", "zh").err
    assert "这些行与训练行不相似" in err and LIKE not in err


def test_an_evaluation_holds_the_distances(cli, run, far):
    document = cli("evaluate", run, far, "--json").document
    assert document["drift"]["columns"] == ["load"]
    assert document["notes"][0]["code"] == "drift"
    page = (run / "report.html").read_text()
    assert LIKE in page


def test_fail_on_must_be_drift(cli, run, far):
    done = cli("encode", run, far, "-o", "out.csv", "--fail-on", "drit")
    assert done.code == 2
    assert done.sentence == "--fail-on must be drift. Got 'drit'. Did you mean `drift`?"


@COMMANDS
def test_fail_on_needs_a_sketch_of_the_training_rows(cli, tmp_path, rng, command):
    rows = rng.normal(size=(50, 3))
    Autoencoder(2, epochs=1, random_state=0).fit(rows).save(tmp_path / "model")
    np.save(tmp_path / "rows.npy", rows)
    name, *out = command
    done = cli(name, "model", "rows.npy", *out, "--fail-on", "drift")
    assert done.code == 2
    assert "requires a model with a sketch of its training rows" in done.err
    assert not (tmp_path / "out.csv").exists()


def test_scores_of_a_mixed_table_have_values_in_its_own_terms(cli, run, tmp_path):
    new = write(tmp_path / "new.csv", 30, 5, further=[("odd", "180.25", "5", "blue")])
    assert cli("score", run, new, "-o", "s.parquet").code == 0
    scores = pyarrow.parquet.read_table("s.parquet").to_pydict()
    assert list(scores)[-1] == "machine" and scores["machine"][0] == "odd"
    own = {scores[f"feature_{k}"][0]: k for k in (1, 2, 3)}
    assert scores[f"value_{own['load']}"][0] == "180.25"
    assert 90 < float(scores[f"expected_{own['load']}"][0]) < 180.25
    assert scores[f"value_{own['colour']}"][0] == "blue"
    assert scores[f"expected_{own['colour']}"][0] in ("red", "green", "blue")


def test_a_detector_expects_values_of_a_mixed_table_too(cli, run, tmp_path):
    options = ("--estimator", "outlier-detector", "--n-members", "2", "-q")
    assert cli("train", run.parent / "rows.csv", "--out", "detector", *options).code == 0
    new = write(tmp_path / "new.csv", 30, 5, further=[("odd", "180.25", "5", "blue")])
    assert cli("score", "detector", new, "-o", "s.parquet").code == 0
    scores = pyarrow.parquet.read_table("s.parquet").to_pydict()
    assert scores["machine"][0] == "odd" and scores["is_outlier"][0]
    own = {scores[f"feature_{k}"][0]: k for k in (1, 2, 3)}
    assert 80 < float(scores[f"expected_{own['load']}"][0]) < 180.25


def test_rows_without_any_cell_have_no_error_and_no_code(cli, run, tmp_path):
    new = write(tmp_path / "new.csv", 30, 5, further=[("none", "", "", "violet")])
    done = cli("score", run, new, "-o", "s.parquet")
    assert "In 1 row all cells are missing: do not use its result." in done.err
    last = pyarrow.parquet.read_table("s.parquet").to_pylist()[-1]
    assert (last["machine"], last["row"]) == ("none", 30)
    empty = {name for name, value in last.items() if value is None}
    assert empty >= {"error", "is_outlier", "feature_1", "share_1", "value_1", "expected_1"}
    assert cli("encode", run, new, "-o", "z.csv").code == 0
    codes = pyarrow.csv.read_csv("z.csv").to_pylist()
    assert {codes[-1][name] for name in codes[-1] if name != "machine"} <= {None, ""}
    assert cli("encode", run, new, "-o", "z.npy").code == 0
    assert np.isnan(np.load("z.npy")).all(axis=1).tolist() == [*[False] * 30, True]
    assert cli("score", run, new, "-o", "s.csv").code == 0
    assert "nan" not in (tmp_path / "s.csv").read_text().lower()


def test_a_detector_is_trained_on_tables_with_holes_beside_a_forest_and_pca(cli, tmp_path):
    rng = np.random.default_rng(0)
    lines = ["machine,load,colour,state"]
    for k in range(120):
        number = "" if k % 10 == 0 else f"{10 * k % 7 + rng.normal():.2f}"
        cells = [number, ("red", "green", "blue")[k % 3]]
        lines.append(",".join([f"m{k}", *cells, "worn" if k % 8 == 0 else "new"]))
    (tmp_path / "rows.csv").write_text("\n".join([*lines, "none,,,new"]) + "\n")
    options = ("--estimator", "outlier-detector", "--n-members", "2", "--label", "state", "-q")
    assert cli("train", "rows.csv", "--out", "detector", *options).code == 0
    results = json.loads((tmp_path / "detector/report.json").read_text())["results"]
    areas = [results[name]["roc_auc"] for name in ("Isolation forest", "PCA")]
    own = results["AutoencoderOutlierDetector"]
    assert all(0 <= area <= 1 for area in (*areas, own["roc_auc"]))
    assert own["train"]["median_error"] > 0
    assert cli("score", "detector", "rows.csv", "-o", "s.parquet").code == 0
    last = pyarrow.parquet.read_table("s.parquet").to_pylist()[-1]
    assert (last["machine"], last["error"], last["is_outlier"]) == ("none", None, None)
    detector = load(tmp_path / "detector", device="cpu")
    empty = pyarrow.table({"load": [None], "colour": [None]})
    assert detector.predict(empty).tolist() == [0]


@pytest.mark.parametrize("command", ["encode", "score", "reconstruct"])
def test_parquet_files_say_where_they_come_from(cli, run, tmp_path, command):
    assert cli(command, run, "-o", "out.parquet").code == 0
    metadata = pyarrow.parquet.read_schema("out.parquet").metadata
    told = json.loads(metadata[b"isthmus"])
    weights = (run / "model/model.safetensors").read_bytes()
    assert told["model_sha256"] == hashlib.sha256(weights).hexdigest()
    assert (told["version"], told["run"]) == (__version__, "run")
    assert "T" in told["created"]
    assert str(run.parent) not in (tmp_path / "out.parquet").read_bytes().decode("latin-1")


def test_the_sketch_of_a_run_does_not_touch_its_model(run):
    assert load(run).transform(np.zeros((1, 3), np.float32)).shape[0] == 1
    assert (run / "model/model.safetensors").stat().st_size < 1_000_000
