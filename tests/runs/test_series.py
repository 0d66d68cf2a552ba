"""Runs on a series: its windows, and an anomaly that single values do not show."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus.runs import open_run, run_training, scored_rows

pytestmark = pytest.mark.usefixtures("blank_figures")

BROKEN = slice(200, 206)


@pytest.fixture(name="series")
def make_series(mixed_dir, tmp_path):
    """Return the load of a server in six-hour waves, with a flat piece at its usual level."""
    lines = (mixed_dir / "ec2_cpu_utilization_24ae8d.csv").read_text().splitlines()[:361]
    noise = np.array([float(line.split(",")[1]) for line in lines[1:]])
    values = np.sin(np.arange(360) * 2 * np.pi / 24) + np.clip(noise - 0.134, -0.02, 0.02)
    values[BROKEN] = values[BROKEN.start]
    rows = [f"{line.split(',')[0]},{v:.4f}" for line, v in zip(lines[1:], values, strict=True)]
    path = tmp_path / "load.csv"
    path.write_text("\n".join(["timestamp,value", *rows]) + "\n")
    return path


def trained(source, folder, **reading):
    config = {
        "source": {"source": str(source), **reading},
        "estimator": "outlier-detector",
        "parameters": {"epochs": 10, "latent_dim": 4, "hidden_dims": (16,), "device": "cpu"},
        "test_fraction": 0.2,
        "labels_per_class": None,
    }
    return run_training(config, out=folder)


def test_a_broken_pattern_is_found_by_windows_at_its_timestamp(series, tmp_path):
    folder, document = trained(series, tmp_path / "run", window=24)
    assert document["source"]["held_out"].startswith("the last 67 windows")
    fitted = open_run(folder)
    dataset = fitted.read(None, label=None)
    columns = scored_rows(fitted, dataset.X)
    worst = columns["row"][0]
    assert BROKEN.start - 24 < worst < BROKEN.stop
    where = int(columns["feature_1"][0].removeprefix("value+"))
    assert BROKEN.start <= worst + where < BROKEN.stop
    assert str(dataset.ids["timestamp"][worst]).startswith("2014-02-")


def test_new_series_are_read_in_the_windows_of_the_run(series, tmp_path):
    folder, _ = trained(series, tmp_path / "run", window=24, stride=4)
    lines = series.read_text().splitlines()
    (tmp_path / "new.csv").write_text("\n".join(lines[:41]) + "\n")
    dataset = open_run(folder).read(str(tmp_path / "new.csv"), label=None)
    assert dataset.X.shape == (5, 24)
    assert dataset.ids["first_row"].tolist() == [0, 4, 8, 12, 16]


def test_training_on_a_single_series_suggests_windows(series, tmp_path):
    _, document = trained(series, tmp_path / "run")
    (note,) = [note for note in document["source"]["notes"] if "--window" in note]
    assert note.startswith("`value` is the only series, and its values are compared one by one.")
