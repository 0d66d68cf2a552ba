"""isthmus score."""

from __future__ import annotations

import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest

from isthmus import Autoencoder, AutoencoderOutlierDetector, load
from isthmus.runs import open_run

pytestmark = pytest.mark.usefixtures("blank_figures")


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    a = rng.normal(size=300)
    return np.c_[a, 2 * a + 0.1 * rng.normal(size=300), rng.normal(size=300)]


def table(path, rows):
    lines = ["width,height,weight", *(",".join(f"{v:.6f}" for v in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def run(tmp_path, rows, cli):
    source = table(tmp_path / "rows.csv", rows)
    done = cli("train", source, "--out", tmp_path / "run", "--epochs", "20", "-q")
    assert done.code == 0
    return tmp_path / "run"


def test_rows_are_written_worst_first_with_the_features_to_blame(cli, run, rows, tmp_path):
    odd = rows[:20].copy()
    odd[7, 2] += 50  # of two columns that go together, either could be the one that is wrong
    table(tmp_path / "new.csv", odd)
    done = cli("score", run, tmp_path / "new.csv", "-o", tmp_path / "scores.csv")
    assert done.code == 0
    scores = pyarrow.csv.read_csv(tmp_path / "scores.csv").to_pydict()
    assert scores["row"][0] == 7
    assert scores["feature_1"][0] == "weight"
    assert scores["error"] == sorted(scores["error"], reverse=True)
    assert sorted(scores["row"]) == list(range(20))
    shares = [scores[f"share_{k}"][0] for k in (1, 2, 3)]
    assert sum(shares) == pytest.approx(1)


def test_the_errors_are_the_estimators(cli, run, rows, tmp_path):
    cli("score", run, "-o", tmp_path / "scores.parquet", "--features", "0")
    scores = pyarrow.parquet.read_table(tmp_path / "scores.parquet").to_pydict()
    assert list(scores) == ["row", "error", "threshold", "is_outlier"]
    by_row = dict(zip(scores["row"], scores["error"], strict=True))
    errors = load(run).reconstruction_error(rows.round(6))
    np.testing.assert_allclose([by_row[k] for k in range(300)], errors)


def test_each_feature_has_its_value_and_the_expected_one(cli, run, rows, tmp_path):
    odd = rows[:20].copy()
    odd[7, 2] += 50
    table(tmp_path / "new.csv", odd)
    cli("score", run, tmp_path / "new.csv", "-o", tmp_path / "scores.csv", "--features", "1")
    scores = pyarrow.csv.read_csv(tmp_path / "scores.csv").to_pydict()
    assert list(scores)[4:] == ["feature_1", "share_1", "value_1", "expected_1"]
    assert scores["feature_1"][0] == "weight"
    assert scores["value_1"][0] == pytest.approx(odd[7, 2], abs=1e-5)
    expected = load(run).reconstruct(odd.round(6))[7, 2]
    assert scores["expected_1"][0] == pytest.approx(expected, rel=1e-4)


def test_outliers_are_above_the_fence_of_held_out_errors(cli, run, rows, tmp_path):
    odd = rows[:20].copy()
    odd[7, 2] += 50
    table(tmp_path / "new.csv", odd)
    cli("score", run, tmp_path / "new.csv", "-o", tmp_path / "scores.csv")
    scores = pyarrow.csv.read_csv(tmp_path / "scores.csv").to_pydict()
    fence = open_run(run).sketch.error_fence
    assert scores["threshold"] == pytest.approx([fence] * 20)
    assert scores["is_outlier"] == [e > scores["threshold"][0] for e in scores["error"]]
    assert scores["is_outlier"][0] and not scores["is_outlier"][-1]


def test_a_detector_has_its_own_threshold(cli, rows, tmp_path):
    detector = AutoencoderOutlierDetector(n_members=2, random_state=0).fit(rows)
    detector.save(tmp_path / "detector")
    rows[3] += 40
    np.save(tmp_path / "rows.npy", rows)
    done = cli("score", tmp_path / "detector", tmp_path / "rows.npy", "-o", tmp_path / "s.parquet")
    assert done.code == 0, done.err
    scores = pyarrow.parquet.read_table(tmp_path / "s.parquet").to_pydict()
    assert set(scores["threshold"]) == {-detector.offset_}
    is_outlier = detector.predict(rows[scores["row"]]) == -1
    assert scores["is_outlier"] == is_outlier.tolist()


def test_a_saved_autoencoder_without_a_run_has_no_threshold(cli, rows, tmp_path):
    Autoencoder(2, epochs=1, random_state=0).fit(rows).save(tmp_path / "model")
    np.save(tmp_path / "rows.npy", rows)
    assert cli("score", tmp_path / "model", tmp_path / "rows.npy", "-o", "s.parquet").code == 0
    scores = pyarrow.parquet.read_table("s.parquet").to_pydict()
    assert set(scores["threshold"]) == set(scores["is_outlier"]) == {None}


def test_a_saved_detector_scores_too(cli, rows, tmp_path):
    detector = AutoencoderOutlierDetector(n_members=2, random_state=0).fit(rows)
    detector.save(tmp_path / "detector")
    np.save(tmp_path / "rows.npy", rows)
    done = cli("score", tmp_path / "detector", tmp_path / "rows.npy", "-o", tmp_path / "s.csv")
    assert done.code == 0
    scores = pyarrow.csv.read_csv(tmp_path / "s.csv").to_pydict()
    assert scores["row"][0] == int(detector.score_samples(rows).argmin())
    assert scores["feature_1"][0].startswith("column_")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("-o", "scores.npy"), "name must end in .csv or .parquet"),
        (("-o", "scores.csv", "--features", "-1"), "--features must be an integer of at least 0"),
    ],
    ids=["an array", "negative"],
)
def test_invalid_options_are_refused_before_any_work(cli, run, options, says):
    done = cli("score", run, *options)
    assert done.code == 2
    assert says in done.err
