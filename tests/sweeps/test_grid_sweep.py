"""`run_sweep`: every combination once, resuming, and failures that affect nothing else."""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
import torch

from isthmus import load
from isthmus.errors import ArtifactError, DataError, IsthmusError, OutputExistsError, UsageError
from isthmus.sweeps import SweepWatcher, run_sweep
from isthmus.training import Callback

_sweep = importlib.import_module("isthmus.sweeps._grid_sweep")


pytestmark = pytest.mark.usefixtures("blank_figures")

SIZES = {"latent_dim": [1, 2, 4]}


def small_config():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 5)) @ rng.normal(size=(5, 12))
    np.savez("rows.npz", X=X, y=np.arange(60) % 3)
    return {
        "source": {"source": "rows.npz", "label": "y"},
        "estimator": "autoencoder",
        "parameters": {"hidden_dims": (8,), "epochs": 2, "device": "cpu"},
        "test_fraction": 0.2,
    }


@pytest.fixture(name="config")
def make_config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return small_config()


@pytest.fixture(scope="session")
def whole_sweep(tmp_path_factory, blank_paper):
    """Return a folder with rows.npz and a complete sweep of it; read-only."""
    folder = tmp_path_factory.mktemp("sweep")
    with pytest.MonkeyPatch.context() as patch, blank_paper():
        patch.chdir(folder)
        run_sweep(small_config(), SIZES, out="sweep")
    return folder


@pytest.fixture(name="swept")
def copy_whole_sweep(whole_sweep, config, tmp_path):
    """Return a complete sweep, as if made here from ``config`` and ``SIZES``, and its document."""
    folder = tmp_path / "sweep"
    shutil.copytree(whole_sweep / "sweep", folder)
    plan = (folder / "sweep.json").read_text().replace(str(whole_sweep), str(tmp_path))
    (folder / "sweep.json").write_text(plan)
    return folder, json.loads(plan)


@pytest.fixture(name="trained")
def watch_trainings(monkeypatch):
    """The names of trainings, in the order in which they end."""
    names = []
    run = _sweep.run_training

    def watched(config, *, out, **options):
        names.append(out.name)
        return run(config, out=out, **options)

    monkeypatch.setattr(_sweep, "run_training", watched)
    return names


def test_each_value_is_a_run_of_its_own_and_a_row_of_the_results(swept):
    folder, document = swept
    names = ["1-latent_dim-1", "2-latent_dim-2", "3-latent_dim-4"]
    assert {entry.name for entry in folder.iterdir()} == {
        *names, "results.csv", "results.parquet", "sweep.html", "sweep.json",
        "sweep.svg", "curves.svg",
    }  # fmt: skip
    assert [row["run"] for row in document["rows"]] == names
    for row, size in zip(document["rows"], (1, 2, 4), strict=True):
        report = json.loads((folder / row["run"] / "report.json").read_text())
        assert row["latent_dim"] == row["code_size"] == size
        assert load(folder / row["run"] / "model").latent_dim_ == size
        for prefix, model in (("", "Autoencoder"), ("pca_", "PCA")):
            figures = report["results"][model]
            assert row[f"{prefix}held_out_error"] == figures["held_out"]["squared_error"]
            assert row[f"{prefix}train_error"] == figures["train"]["squared_error"]
    pca = [row["pca_held_out_error"] for row in document["rows"]]
    assert pca[0] > pca[1] > pca[2]
    assert json.loads((folder / "sweep.json").read_text()) == document


def test_the_tables_hold_the_documents_rows(config):
    folder, document = run_sweep(config, SIZES, n_seeds=2, out="sweep")
    parquet, csv = pq.read_table(folder / "results.parquet"), folder / "results.csv"
    assert parquet.to_pylist() == document["rows"]
    assert pyarrow.csv.read_csv(csv).to_pylist() == document["rows"]
    assert [row["random_state"] for row in document["rows"]] == [0, 1] * 3


def test_several_parameters_give_every_combination(config):
    axes = {"hidden_dims": [(), (8, 4)], "activation": ["relu", "silu"]}
    _, document = run_sweep(config, axes, out="sweep")
    pairs = [(row["hidden_dims"], row["activation"]) for row in document["rows"]]
    assert pairs == [("()", "relu"), ("()", "silu"), ("8,4", "relu"), ("8,4", "silu")]
    errors = {
        pair: row["held_out_error"] for pair, row in zip(pairs, document["rows"], strict=True)
    }
    dims, activation = min(errors, key=errors.get)
    assert document["findings"]["best"]["values"] == f"hidden_dims {dims}, activation {activation}"


def test_the_source_is_read_once_and_its_rows_are_decomposed_once(config, monkeypatch):
    read, fitted = [], []
    pca = importlib.import_module("isthmus.metrics._pca")
    inner_read, inner_fit = _sweep.read_source, pca.fit_pca
    monkeypatch.setattr(_sweep, "read_source", lambda **k: read.append(k) or inner_read(**k))
    monkeypatch.setattr(pca, "fit_pca", lambda *a: fitted.append(a[1]) or inner_fit(*a))
    run_sweep(config, SIZES, out="sweep")
    assert (len(read), fitted) == (1, [4])


class Interrupt(SweepWatcher):
    """Presses Ctrl-C in the second training, after its first epoch."""

    def callbacks(self, name):
        class Stop(Callback):
            def on_epoch_end(self, record):
                raise KeyboardInterrupt

        return [Stop()] if name.startswith("2-") else []


def test_a_sweep_goes_on_where_it_stopped(config, whole_sweep, tmp_path, trained):
    with pytest.raises(KeyboardInterrupt):
        run_sweep(config, SIZES, out="sweep", watcher=Interrupt())
    whole = tmp_path / "sweep/1-latent_dim-1/report.json"
    written = whole.stat().st_mtime_ns
    assert not (tmp_path / "sweep/2-latent_dim-2/report.json").exists()
    trained.clear()
    _, document = run_sweep(config, SIZES, out="sweep")
    assert trained == ["2-latent_dim-2", "3-latent_dim-4"]
    assert whole.stat().st_mtime_ns == written
    straight = json.loads((whole_sweep / "sweep/sweep.json").read_text())
    for one, other in zip(document["rows"], straight["rows"], strict=True):
        assert one | {"training_seconds": 0} == other | {"training_seconds": 0}


def test_a_sweep_that_is_complete_needs_no_source(config, swept, tmp_path, trained):
    _, first = swept
    (tmp_path / "rows.npz").unlink()
    assert run_sweep(config, SIZES, out="sweep")[1] == first
    assert trained == []


def test_folders_that_a_killed_training_left_in_a_complete_run_are_removed(config, swept):
    folder, first = swept
    empty = folder / "1-latent_dim-1/.MODEL_CARD.md.abcdefgh"
    whole = folder / "2-latent_dim-2/figures/.levels.svg.12345678"
    users = folder / "3-latent_dim-4/.report.html.abcdefgh"
    for made in (empty, whole, users):
        made.mkdir()
    (whole / "levels.svg").touch()
    (users / "mine.txt").touch()
    assert run_sweep(config, SIZES, out="sweep")[1] == first
    assert not empty.exists()
    assert not whole.exists()
    assert (users / "mine.txt").exists()


def test_a_sweep_that_was_killed_before_its_first_file_starts_again(config, tmp_path):
    (tmp_path / "sweep/.sweep.json.abcdefgh").mkdir(parents=True)
    (tmp_path / "sweep/.sweep.json.abcdefgh/sweep.json").write_text("{")
    folder, document = run_sweep(config, SIZES, out="sweep")
    assert len(document["rows"]) == 3
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(
    ("change", "axes", "n_seeds", "named"),
    [
        ({}, {"latent_dim": [1, 2, 8]}, 1, "`latent_dim`"),
        ({}, {"latent_dim": [1, 2]}, 1, "`latent_dim`"),
        ({}, SIZES, 2, "`seeds`"),
        ({"parameters": {"epochs": 3, "hidden_dims": (8,), "device": "cpu"}}, SIZES, 1, "`epochs`"),
        ({"test_fraction": 0.3}, SIZES, 1, "`test_fraction`"),
        ({"source": {"source": "rows.npz"}}, SIZES, 1, "`label`"),
    ],
)
@pytest.mark.usefixtures("swept")
def test_other_settings_in_the_same_folder_are_refused(
    config, trained, change, axes, n_seeds, named
):
    with pytest.raises(OutputExistsError, match=rf"started with other settings \({named}\)"):
        run_sweep(config | change, axes, n_seeds=n_seeds, out="sweep")
    assert trained == []


@pytest.mark.usefixtures("swept")
def test_other_rows_in_the_same_folder_are_refused(config, tmp_path):
    shutil.rmtree(tmp_path / "sweep/3-latent_dim-4")
    np.savez("rows.npz", X=np.eye(12), y=np.arange(12))
    with pytest.raises(OutputExistsError, match="its source has changed since"):
        run_sweep(config, SIZES, out="sweep")


@pytest.mark.usefixtures("swept")
def test_a_users_file_in_a_run_that_is_trained_again_stops_the_sweep(config, tmp_path, trained):
    left = tmp_path / "sweep/3-latent_dim-4"
    (tmp_path / "sweep/1-latent_dim-1/report.json").unlink()
    (left / "report.json").unlink()
    (left / "notes.txt").write_text("mine")
    match = (
        r"^A sweep replaces only files that a run wrote\. sweep/3-latent_dim-4, which must be "
        r"trained again, also contains `notes\.txt`: move it away\.$"
    )
    with pytest.raises(OutputExistsError, match=match):
        run_sweep(config, SIZES, out="sweep")
    assert trained == []
    assert (left / "notes.txt").read_text() == "mine"
    assert (left / "model/model.json").is_file()
    assert (tmp_path / "sweep/1-latent_dim-1/config.yaml").is_file(), "nothing is touched"
    (left / "notes.txt").unlink()
    run_sweep(config, SIZES, out="sweep")
    assert trained == ["1-latent_dim-1", "3-latent_dim-4"]


@pytest.mark.usefixtures("swept")
def test_a_link_in_place_of_a_run_stops_the_sweep(config, tmp_path):
    shutil.rmtree(tmp_path / "sweep/3-latent_dim-4")
    (tmp_path / "far").mkdir()
    (tmp_path / "sweep/3-latent_dim-4").symlink_to("../far")
    with pytest.raises(OutputExistsError, match="3-latent_dim-4 is a link or a file: move it away"):
        run_sweep(config, SIZES, out="sweep")


def test_a_folder_of_something_else_is_left_alone(config, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("dear")
    with pytest.raises(OutputExistsError, match=r"has no sweep\.json"):
        run_sweep(config, SIZES, out="mine")
    assert [entry.name for entry in (tmp_path / "mine").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"plan": 1'])
def test_a_broken_sweep_file_is_told(config, tmp_path, text):
    (tmp_path / "sweep").mkdir()
    (tmp_path / "sweep/sweep.json").write_text(text)
    with pytest.raises(ArtifactError, match=r"sweep\.json cannot be read"):
        run_sweep(config, SIZES, out="sweep")


@pytest.mark.parametrize("text", ["", "{}", '{"results": {}, "model": {"estimator": "x"}}'])
@pytest.mark.usefixtures("swept")
def test_a_broken_report_is_told(config, tmp_path, text):
    (tmp_path / "sweep/2-latent_dim-2/report.json").write_text(text)
    with pytest.raises(ArtifactError, match=r"2-latent_dim-2 has no readable report"):
        run_sweep(config, SIZES, out="sweep")


@pytest.mark.parametrize(
    ("axes", "n_seeds", "sentence"),
    [
        ({}, 1, "requires a parameter with several values"),
        ({"latent_dim": [2]}, 3, "requires a parameter with several values"),
        ({"latent_dim": [2, 4, 2]}, 1, "Each value of `latent_dim` must occur once. Got 2 twice."),
        ({"latent_dim": [2, 0]}, 1, "`latent_dim` of Autoencoder must be an integer"),
        ({"latent_dims": [2, 4]}, 1, "no parameter `latent_dims`. Did you mean `latent_dim`?"),
        ({"random_state": [2, 4]}, 1, "`random_state` must not have several values"),
        (SIZES, 0, "`seeds` must be an integer of at least 1. Got 0."),
    ],
)
def test_invalid_plans_are_refused_before_anything_is_trained(
    config, tmp_path, axes, n_seeds, sentence
):
    with pytest.raises(UsageError, match=re.escape(sentence)):
        run_sweep(config, axes, n_seeds=n_seeds, out="sweep")
    assert not (tmp_path / "sweep").exists()


def test_the_whole_plan_is_checked_against_the_rows_before_anything_is_trained(config, tmp_path):
    def refused(estimator, axes, **parameters):
        settings = {**config, "estimator": estimator, "parameters": {"epochs": 1} | parameters}
        with pytest.raises(IsthmusError) as raised:
            run_sweep(settings, axes, out="sweep")
        assert not (tmp_path / "sweep").exists()
        return str(raised.value)

    lengths = refused("autoencoder", {"latent_dim": [2, 900, 901]})
    assert "Got 900. `latent_dim`" in lengths and lengths.endswith("Got 901.")
    losses = {"loss": ["mean_squared_error", "binary_cross_entropy"]}
    assert "The loss 'binary_cross_entropy' requires scaled values" in refused(
        "stacked", losses, scaling="standard"
    )
    assert refused("autoencoder", SIZES, device="tpu").startswith("`device` must be 'auto' or")


def test_a_classifiers_labels_are_looked_at_before_anything_is_trained(config, tmp_path):
    np.savez("one.npz", X=np.random.default_rng(0).normal(size=(20, 4)), y=np.zeros(20, int))
    config |= {"source": {"source": "one.npz", "label": "y"}, "estimator": "stacked-classifier"}
    config |= {"parameters": {"epochs": 1}}
    with pytest.raises(DataError, match="Got only one class"):
        run_sweep(config, {"layer_dims": [(2,), (3,)]}, out="sweep")
    assert not (tmp_path / "sweep").exists()


def fail_at(monkeypatch, name, error):
    run = _sweep.run_training

    def failing(config, *, out, **options):
        if out.name == name:
            raise error
        return run(config, out=out, **options)

    monkeypatch.setattr(_sweep, "run_training", failing)


def test_a_training_that_fails_names_itself_and_costs_no_other(config, monkeypatch, trained):
    with monkeypatch.context() as patch:
        fail_at(patch, "2-latent_dim-2", MemoryError("too much"))
        folder, document = run_sweep(config, SIZES, out="sweep")
    failures = [row.get("failure") for row in document["rows"]]
    assert failures == [None, "MemoryError: too much", None]
    assert document["messages"][-1].startswith("1 of 3 trainings failed")
    assert pq.read_table(folder / "results.parquet")["failure"].to_pylist() == failures
    trained.clear()
    _, document = run_sweep(config, SIZES, out="sweep")
    assert trained == ["2-latent_dim-2"]
    assert not any("failure" in row for row in document["rows"])


def test_a_sweep_of_failures_alone_still_says_so(config):
    config["parameters"] |= {"optimizer": "adam", "learning_rate": 1e30, "scaling": "none"}
    folder, document = run_sweep(config, SIZES, out="sweep")
    assert all("Training diverged" in row["failure"] for row in document["rows"])
    assert document["messages"] == ["3 of 3 trainings failed."]
    assert not (folder / "sweep.svg").exists() and not (folder / "sweep.html").exists()


def test_the_page_has_errors_curves_and_findings_without_scripts(config):
    config["source"]["source"] = str(Path("rows.npz").absolute())
    folder, document = run_sweep(config, SIZES, out="sweep")
    page = (folder / "sweep.html").read_text()
    assert "<title>rows.npz: sweep" in page
    assert page.count("data:image/svg+xml") == 2 and "<script" not in page
    assert page.count('<th scope="row"') == len(document["rows"])
    for name, message in zip(document["findings"], document["messages"], strict=True):
        where = 'class="verdict">' if name == "best" else "</span>"
        assert f"{where}{message}" in page


def test_several_processes_find_what_one_does_and_name_a_training_that_fails(config):
    config["parameters"] |= {"optimizer": "adam", "scaling": "none"}
    axes = {"learning_rate": [1e-3, 1e30, 1e-2]}
    before = dict(os.environ), torch.get_num_threads()
    documents = [run_sweep(config, axes, out=f"by-{jobs}", jobs=jobs)[1] for jobs in (1, 2)]
    assert (dict(os.environ), torch.get_num_threads()) == before
    for document in documents:
        assert ["failure" in row for row in document["rows"]] == [False, True, False]
        assert "Training diverged" in document["rows"][1]["failure"]
    for one, other in zip(*(document["rows"][::2] for document in documents), strict=True):
        assert one["held_out_error"] == other["held_out_error"]
        assert one["pca_held_out_error"] == pytest.approx(other["pca_held_out_error"], rel=1e-5)


def test_a_curve_with_an_elbow_has_it_named(config, rng):
    X = rng.normal(size=(400, 4)) @ rng.normal(size=(4, 30))
    np.savez("rows.npz", X=X, y=np.arange(400) % 3)
    config["parameters"] |= {"epochs": 60, "hidden_dims": ()}
    _, document = run_sweep(config, {"latent_dim": [1, 2, 4, 8, 16]}, out="sweep")
    assert document["findings"]["elbow"]["size"] == 4
    assert document["messages"][0].startswith("Elbow at code size 4 (error ")


@pytest.mark.parametrize(
    ("estimator", "axes", "measure", "baseline"),
    [
        ("stacked", {"layer_dims": [(6, 2), (6, 4)]}, "squared error per row", "PCA"),
        ("stacked-classifier", {"layer_dims": [(4,), (6,)]}, "error rate",
         "Logistic regression"),
        ("outlier-detector", {"latent_dim": [1, 2]}, "median error per row", None),
    ],
)  # fmt: skip
def test_every_estimator_can_be_swept(config, estimator, axes, measure, baseline):
    config |= {"estimator": estimator, "parameters": {"epochs": 1, "device": "cpu"}}
    folder, document = run_sweep(config, axes, out="sweep")
    assert (document["measure"], document["baseline"]) == (measure, baseline)
    assert all(row["held_out_error"] >= 0 for row in document["rows"])
    assert (folder / "sweep.svg").is_file()


def test_without_held_out_rows_training_rows_are_compared(config):
    config |= {"test_fraction": 0}
    _, document = run_sweep(config, SIZES, out="sweep")
    assert document["error"] == "train_error"
    assert any("on training rows" in message for message in document["messages"])
