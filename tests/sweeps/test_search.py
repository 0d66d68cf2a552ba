"""`run_search`: Optuna chooses, each trial is a run, and a search can be resumed."""

from __future__ import annotations

import importlib
import importlib.util
import json
import logging
import sys

import numpy as np
import pytest

from isthmus.errors import MissingExtraError, OutputExistsError, UsageError
from isthmus.sweeps import Range, SweepWatcher, run_search
from isthmus.training import Callback

_sweep = importlib.import_module("isthmus.sweeps._grid_sweep")
needs_optuna = pytest.mark.skipif(
    importlib.util.find_spec("optuna") is None, reason="optuna is not installed"
)


@pytest.fixture(name="config")
def make_config(tmp_path, rng, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("rows.npy", rng.normal(size=(60, 4)) @ rng.normal(size=(4, 8)))
    return {
        "source": {"source": "rows.npy"},
        "estimator": "autoencoder",
        "parameters": {"epochs": 2, "device": "cpu"},
        "test_fraction": 0.2,
    }


SPACE = {
    "latent_dim": Range(1, 4),
    "learning_rate": Range(1e-4, 1e-1),
    "hidden_dims": [(8,), (8, 4), ()],
}


def values(document):
    return [tuple(row[name] for name in SPACE) for row in document["rows"]]


@needs_optuna
def test_each_trial_is_a_run_with_values_from_the_space(config):
    folder, document = run_search(config, SPACE, n_trials=5, out="search")
    assert [row["run"] for row in document["rows"]] == [f"trial-000{k}" for k in range(1, 6)]
    for row in document["rows"]:
        assert isinstance(row["latent_dim"], int) and 1 <= row["latent_dim"] <= 4
        assert 1e-4 <= row["learning_rate"] <= 1e-1
        assert row["hidden_dims"] in ("8", "8,4", "()")
        assert (folder / row["run"] / "report.html").is_file()
    best = min(document["rows"], key=lambda row: row["held_out_error"])
    assert document["findings"]["best"]["error"] == best["held_out_error"]
    assert {"sweep.svg", "sweep.json", "optuna.journal", "results.parquet"} <= {
        entry.name for entry in folder.iterdir()
    }


@needs_optuna
def test_optuna_reads_the_trials_back(config):
    folder, document = run_search(config, SPACE, n_trials=4, out="search")
    optuna = importlib.import_module("optuna")
    backend = optuna.storages.journal.JournalFileBackend(str(folder / "optuna.journal"))
    study = optuna.load_study(study_name="isthmus", storage=optuna.storages.JournalStorage(backend))
    assert [t.value for t in study.trials] == [r["held_out_error"] for r in document["rows"]]
    rate = study.trials[0].distributions["learning_rate"]
    assert (rate.low, rate.high, rate.log) == (1e-4, 1e-1, True)
    assert not study.trials[0].distributions["latent_dim"].log


class Interrupt(SweepWatcher):
    def callbacks(self, name):
        class Stop(Callback):
            def on_epoch_end(self, record):
                raise KeyboardInterrupt

        return [Stop()] if name == "trial-0003" else []


@needs_optuna
def test_a_search_goes_on_where_it_stopped_and_to_a_larger_number(config, monkeypatch):
    with pytest.raises(KeyboardInterrupt):
        run_search(config, SPACE, n_trials=4, out="search", watcher=Interrupt())
    trained = []
    run = _sweep.run_training
    monkeypatch.setattr(
        _sweep,
        "run_training",
        lambda c, *, out, **o: trained.append(out.name) or run(c, out=out, **o),
    )
    _, document = run_search(config, SPACE, n_trials=4, out="search")
    assert trained == ["trial-0004", "trial-0005"]  # the third was told to Optuna as failed
    assert [row["run"][-1] for row in document["rows"]] == ["1", "2", "4", "5"]
    _, longer = run_search(config, SPACE, n_trials=6, out="search")
    assert longer["rows"][:4] == document["rows"]
    assert len(longer["rows"]) == 6


@needs_optuna
def test_the_same_seed_asks_for_the_same_values(config):
    found = [run_search(config, SPACE, n_trials=3, out=name)[1] for name in ("one", "other")]
    assert values(found[0]) == values(found[1])


@needs_optuna
def test_a_trial_that_fails_counts_and_costs_no_other(config):
    config["parameters"] |= {"optimizer": "adam", "scaling": "none"}
    space = {"learning_rate": [1e30, 1e-3]}
    _, document = run_search(config, space, n_trials=6, out="search")
    failed = {row["learning_rate"] for row in document["rows"] if "failure" in row}
    assert failed == {1e30}
    assert document["rows"][0].keys() >= {"run", "learning_rate"}
    assert run_search(config, space, n_trials=6, out="search")[1]["rows"] == document["rows"]


@needs_optuna
def test_several_processes_share_a_search(config):
    _, document = run_search(config, SPACE, n_trials=3, out="search", jobs=2)
    assert len(document["rows"]) == 3
    assert not any("failure" in row for row in document["rows"])


@needs_optuna
def test_another_space_in_the_same_folder_is_refused(config):
    run_search(config, {"latent_dim": Range(1, 3)}, n_trials=1, out="search")
    with pytest.raises(OutputExistsError, match=r"started with other settings \(`latent_dim`\)"):
        run_search(config, {"latent_dim": Range(1, 4)}, n_trials=1, out="search")
    with pytest.raises(OutputExistsError, match=r"`search`"):
        _sweep.run_sweep(config, {"latent_dim": [1, 3]}, out="search")


@needs_optuna
def test_optunas_own_logging_is_left_as_it_was(config, capsys):
    importlib.import_module("optuna").logging.get_verbosity()
    before = logging.getLogger("optuna").level
    run_search(config, {"latent_dim": Range(1, 3)}, n_trials=1, out="search")
    assert logging.getLogger("optuna").level == before
    assert capsys.readouterr() == ("", "")


@needs_optuna
@pytest.mark.parametrize(
    ("space", "n", "sentence"),
    [
        ({}, 3, "`search` requires parameters with a range or several values"),
        ({"latent_dim": Range(0, 3)}, 3, "`latent_dim` of Autoencoder must be an integer"),
        ({"latent_dim": Range(1.5, 3)}, 3, "`latent_dim` of Autoencoder must be an integer"),
        ({"latent_dims": Range(1, 3)}, 3, "no parameter `latent_dims`"),
        ({"latent_dim": Range(1, 3)}, 0, "`search` must be an integer of at least 1. Got 0."),
    ],
)
def test_invalid_searches_are_refused(config, tmp_path, space, n, sentence):
    with pytest.raises(UsageError, match=sentence):
        run_search(config, space, n_trials=n, out="search")
    assert not (tmp_path / "search").exists()


def test_a_range_goes_upwards():
    with pytest.raises(UsageError, match=r"A range must be ascending. Got 4\.\.2\."):
        Range(4, 2)


def test_without_optuna_the_pip_command_is_named(config, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'isthmus\[search\]'"):
        run_search(config, SPACE, n_trials=1)


def test_the_document_of_a_search_says_that_it_is_one(config):
    if importlib.util.find_spec("optuna") is None:
        pytest.skip("optuna is not installed")
    folder, _ = run_search(config, {"latent_dim": Range(1, 3)}, n_trials=2, out="search")
    plan = json.loads((folder / "sweep.json").read_text())["plan"]
    assert (plan["search"], plan["axes"]) == (True, {"latent_dim": {"low": 1, "high": 3}})
