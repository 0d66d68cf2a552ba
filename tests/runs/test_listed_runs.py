"""Runs below a folder: found, read, chosen and sorted; damaged ones are marked."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from isthmus.errors import ArtifactError, UsageError
from isthmus.runs import ListedRun, list_runs, runs_where, sorted_runs

RESULTS = {
    "Autoencoder": {"train": {"squared_error": 1.5}, "held_out": {"squared_error": 2.0}},
    "PCA": {"train": {"squared_error": 1.0}, "held_out": {"squared_error": 4.0}},
}


def write_run(folder: Path, *, latent_dim: int = 2, results: object = None) -> Path:
    """Write the files of a run that a listing reads."""
    folder.mkdir(parents=True)
    config = {
        "source": {"source": "rows.csv"},
        "estimator": "autoencoder",
        "parameters": {"random_state": 0, "latent_dim": latent_dim},
        "test_fraction": 0.2,
    }
    report = {
        "schema_version": 1,
        "created": "2026-01-02T03:04:05+00:00",
        "source": {"name": "rows"},
        "model": {"estimator": "Autoencoder", "latent_dim": latent_dim, "epochs": 1, "weights": 9},
        "results": results or RESULTS,
        "settings": {**config["parameters"], "hidden_dims": [8, 4], "loss": "mse", "trim": None},
        "timing": {"training_seconds": 0.5},
    }
    (folder / "config.yaml").write_text(json.dumps(config))  # JSON is YAML
    (folder / "environment.json").write_text("{}")
    (folder / "report.json").write_text(json.dumps(report))
    return folder


def names(runs: list[ListedRun]) -> list[str]:
    return [Path(run.run).name for run in runs]


def test_the_error_is_that_of_held_out_rows_beside_pca(tmp_path):
    (run,) = list_runs(write_run(tmp_path / "a"))
    assert (run.error, run.which, run.baseline, run.baseline_error) == (2.0, "held_out", "PCA", 4.0)
    assert run.vs_baseline == -0.5
    assert (run.source, run.estimator, run.code_size) == ("rows", "autoencoder", 2)
    assert run.training_seconds == 0.5


def test_runs_of_sweeps_are_found_in_natural_order(tmp_path):
    for name in ("b-10", "b-9", "sweep/1-x", "deep/er/sweep/1-x"):
        write_run(tmp_path / name)
    found = [os.path.relpath(run.run, tmp_path) for run in list_runs(tmp_path)]
    assert found == ["b-9", "b-10", "deep/er/sweep/1-x", "sweep/1-x"]


def test_other_folders_are_passed_over(tmp_path):
    write_run(tmp_path / "a")
    write_run(tmp_path / ".hidden")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "config.yaml").write_text("theirs: 1")
    assert names(list_runs(tmp_path)) == ["a"]


def test_a_link_to_a_run_is_not_listed_twice(tmp_path):
    write_run(tmp_path / "b")
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "up").symlink_to(tmp_path)
    assert names(list_runs(tmp_path)) == ["b"]


def test_an_unfinished_run_is_marked(tmp_path):
    (write_run(tmp_path / "a") / "report.json").unlink()
    (run,) = list_runs(tmp_path)
    assert (run.status, run.problem) == ("incomplete", "No report: the training is not finished.")
    assert run.source == "rows.csv"


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        ("report.json", "{", "is not valid JSON"),
        ("report.json", "[]", "must contain a JSON object"),
        ("report.json", "{}", "must have schema version 1. Got None"),
        ("report.json", '{"schema_version": 1}', "its report.json is damaged (it has no `model`)"),
        ("config.yaml", "- a", "does not have the settings of a run"),
        ("config.yaml", "\x00", "does not have the settings of a run"),
    ],
)
def test_a_damaged_run_is_marked_and_the_others_are_listed(tmp_path, file, text, problem):
    write_run(tmp_path / "a")
    (write_run(tmp_path / "b") / file).write_text(text)
    a, b = list_runs(tmp_path)
    assert (a.status, b.status) == ("complete", "damaged")
    assert problem in b.problem


def test_results_without_a_common_error_are_damage(tmp_path):
    write_run(tmp_path / "a", results={"Autoencoder": {"train": {}}})
    assert list_runs(tmp_path)[0].status == "damaged"


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(ArtifactError, match=r"Folder .*none not found\. Pass the folder of your"):
        list_runs(tmp_path / "none")


@pytest.fixture
def three(tmp_path):
    for name, size in {"a": 8, "b": 2, "c": 4}.items():
        write_run(tmp_path / name, latent_dim=size)
    shutil.copytree(tmp_path / "a", tmp_path / "d")
    (tmp_path / "d" / "report.json").unlink()
    return list_runs(tmp_path)


def test_runs_without_a_value_are_sorted_last(three):
    assert names(sorted_runs(three, "code-size")) == ["b", "c", "a", "d"]
    assert names(sorted_runs(three, "code-size", reverse=True)) == ["a", "c", "b", "d"]
    assert names(sorted_runs(three, "name", reverse=True)) == ["d", "c", "b", "a"]


def test_dates_begin_with_the_newest():
    runs = [ListedRun(day, "complete", created=f"2026-01-0{day}") for day in "123"]
    assert names(sorted_runs(runs)) == ["3", "2", "1"]


def test_an_unknown_key_is_refused():
    with pytest.raises(UsageError, match=r"`sort` must be one of name, .* Did you mean `date`\?"):
        sorted_runs([], "dat")


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("latent_dim=8", "ad"),
        ("latent-dim=8.0", "ad"),
        ("seed=0", "abcd"),
        ("hidden_dims=8,4", "abc"),
        ("loss=m*", "abc"),
        ("trim=null", "abcd"),
        ("status=incomplete", "d"),
        ("source=rows", "abc"),
        ("code_size=eight", ""),
    ],
)
def test_conditions_are_written_as_options(three, condition, found):
    assert "".join(names(runs_where(three, [condition]))) == found


def test_all_conditions_must_hold(three):
    assert names(runs_where(three, ["latent_dim=8", "status=complete"])) == ["a"]


def test_a_condition_has_a_name_and_a_value(three):
    for wrong in ("latent_dim", "=8"):
        with pytest.raises(UsageError, match="`where` must be NAME=VALUE, such as latent_dim=8"):
            runs_where(three, [wrong])
    with pytest.raises(UsageError, match=r"Got 'latent_dmi'\. Did you mean `latent_dim`\?"):
        runs_where(three, ["latent_dmi=8"])
