"""`run_training`: nothing existing is lost, and the result can be trained again."""

from __future__ import annotations

import errno
import importlib
import json

import numpy as np
import pytest
import yaml

from isthmus.errors import OutputExistsError, TrainingError, UsageError
from isthmus.runs import run_training
from isthmus.sources import read_source
from isthmus.training import Callback

pytestmark = pytest.mark.usefixtures("blank_figures")

_sources = importlib.import_module("isthmus.sources._named_sources")
_source = importlib.import_module("isthmus.runs._source_paths")
_prepare = importlib.import_module("isthmus.runs._prepared")
_train = importlib.import_module("isthmus.runs._run_training")


@pytest.fixture(name="config")
def make_config(tmp_path, rng, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("rows.npy", rng.normal(size=(30, 4)))
    return {
        "source": {"source": "rows.npy"},
        "estimator": "autoencoder",
        "parameters": {"latent_dim": 2, "hidden_dims": (8,), "epochs": 3, "device": "cpu"},
        "test_fraction": 0.2,
    }


def content(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Stop(Callback):
    def __init__(self, error):
        self.error = error
        self.ended = 0

    def on_epoch_end(self, record):
        if record["epoch"] == 2:
            raise self.error

    def on_train_end(self):
        self.ended += 1


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "full")])
def test_a_run_that_stops_in_its_midst_keeps_its_losses_and_no_model(config, tmp_path, error):
    stop = Stop(error)
    with pytest.raises(type(error)):
        run_training(config, out="run", callbacks=[stop])
    left = {entry.name for entry in (tmp_path / "run").iterdir()}
    assert left == {"checkpoint", "config.yaml", "environment.json", "metrics.jsonl"}
    assert len((tmp_path / "run/metrics.jsonl").read_text().splitlines()) == 2
    assert stop.ended == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "full")])
def test_the_run_that_was_to_be_replaced_is_as_it_was(config, tmp_path, error):
    run_training(config, out="run")
    before = content(tmp_path)
    with pytest.raises(type(error)):
        run_training(config, out="run", force=True, callbacks=[Stop(error)])
    assert content(tmp_path) == before


def test_a_disk_that_is_full_at_the_end_costs_only_the_new_run(config, tmp_path, monkeypatch):
    run_training(config, out="run")
    before = content(tmp_path)

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(_train, "write_report", full)
    with pytest.raises(OSError, match="No space left"):
        run_training(config, out="run", force=True)
    assert content(tmp_path) == before


def test_a_run_that_is_there_is_refused_before_rows_are_read(config, tmp_path, monkeypatch):
    run_training(config, out="run")
    monkeypatch.setattr(_prepare, "read_source", lambda **_: pytest.fail("rows were read"))
    with pytest.raises(OutputExistsError, match="run already exists"):
        run_training(config, out="run")


def test_force_gives_a_run_that_names_its_own_folder(config, tmp_path):
    run_training(config, out="run")
    folder, document = run_training(config, out="run", force=True)
    assert (str(folder), document["run"]) == ("run", "run")
    assert document["command"] == "isthmus train --config run/config.yaml"
    assert {entry.name for entry in tmp_path.iterdir()} == {"rows.npy", "run"}


def test_a_loss_that_is_no_number_ends_the_run(config, tmp_path):
    parameters = config["parameters"] | {"optimizer": "sgd", "learning_rate": 1e30}
    with pytest.raises(TrainingError):
        run_training(config | {"parameters": parameters}, out="run")
    assert not (tmp_path / "run/model").exists()


@pytest.mark.parametrize("fraction", [-0.1, 1, 1.5, "x", None, float("nan")])
def test_the_test_fraction_is_a_share(config, fraction):
    with pytest.raises(
        UsageError, match="`test_fraction` must be a number of at least 0 and below 1"
    ):
        run_training(config | {"test_fraction": fraction})


def test_an_unknown_estimator_or_parameter_suggests_the_near_one(config):
    with pytest.raises(UsageError, match="Did you mean `autoencoder`"):
        run_training(config | {"estimator": "autoencodr"})
    with pytest.raises(UsageError, match=r"has no parameter `epoch`\. Did you mean `epochs`"):
        run_training(config | {"parameters": {"epoch": 1}})


def test_the_config_holds_what_was_drawn_and_where_the_rows_are(config, tmp_path):
    parameters = config["parameters"] | {"random_state": None}
    run_training(config | {"parameters": parameters}, out="run")
    written = yaml.safe_load((tmp_path / "run/config.yaml").read_text())
    assert isinstance(written["parameters"]["random_state"], int)
    assert written["source"] == {"source": str(tmp_path / "rows.npy")}


def test_rows_held_out_by_the_run_are_not_chosen_by_the_model(config, tmp_path):
    _, document = run_training(config, out="run")
    assert document["source"]["n_rows_held_out"] == 6
    model = json.loads((tmp_path / "run/model/model.json").read_text())
    X = read_source("rows.npy").X
    assert (model["n_features_in"], document["source"]["n_rows_train"]) == (4, len(X) - 6)


def test_the_environment_tells_versions_seed_and_data(config, tmp_path):
    run_training(config, out="run")
    facts = json.loads((tmp_path / "run/environment.json").read_text())
    for name in ("isthmus", "python", "torch", "threads", "device", "seed", "data"):
        assert name in facts, name
    assert facts["seed"] == 0


@pytest.mark.parametrize(
    ("value", "caption"),
    [
        ("row {}", "Codes of held-out rows, not coloured: id has too many values."),
        ("{}", "Codes of held-out rows, coloured by label. Labels were not used in training."),
    ],
)
def test_the_map_of_codes_tells_whether_it_has_colours(config, tmp_path, rng, value, caption):
    X = rng.normal(size=(150, 3))
    lines = [f"{a},{b},{c},{value.format(k)}" for k, (a, b, c) in enumerate(X)]
    (tmp_path / "rows.csv").write_text("\n".join(["a,b,c,id", *lines]))
    config["source"] = {"source": "rows.csv", "label": "id"}
    _, document = run_training(config, out="run")
    (told,) = [f["caption"] for f in document["figures"] if "code_map" in f["file"]]
    assert told == f"{caption} Codes have two values and are drawn directly."
