"""Run logs, read again with the tools' own readers."""

from __future__ import annotations

import importlib
import importlib.util
import json
import logging
import os
import struct
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import polars  # noqa: F401 (MLflow imports it, which sets a variable that the leak guard sees)
import pytest

from isthmus import Autoencoder, StackedAutoencoder
from isthmus.errors import MissingExtraError, UsageError
from isthmus.logs import MLflowLog, RunLog, TensorBoardLog, make_log
from isthmus.runs import run_training
from isthmus.sweeps import run_sweep
from isthmus.training import Callback

pytestmark = pytest.mark.usefixtures("blank_figures")


def needs(*modules):
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} not installed")


tensorboard = needs("tensorboard")
mlflow = needs("mlflow", "sqlalchemy", "alembic")
wandb = needs("wandb")


@pytest.fixture(name="config")
def make_config(tmp_path, rng, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("rows.npy", rng.normal(size=(40, 6)))
    return {
        "source": {"source": "rows.npy"},
        "estimator": "autoencoder",
        "parameters": {"latent_dim": 2, "hidden_dims": (8,), "epochs": 3, "device": "cpu"},
        "test_fraction": 0.2,
    }


def history_of(run):
    return [json.loads(line) for line in (Path(run) / "metrics.jsonl").read_text().splitlines()]


class Stop(Callback):
    def __init__(self, error):
        self.error = error

    def on_epoch_end(self, record):
        raise self.error


# --- the hook -------------------------------------------------------------------------------------


class Notes(RunLog):
    """Records what it is given."""

    def __init__(self):
        self.begun, self.numbers, self.texts, self.ended = [], [], {}, []

    def _begin(self, name, parameters, folder, final):
        self.begun.append((name, parameters))
        self.place = folder

    def _log(self, numbers, step):
        self.numbers.append((step, dict(numbers)))

    def _note(self, texts):
        assert (self.place / "report.html").is_file()
        self.texts |= texts

    def _end(self, status):
        assert self.place is None or self.place.exists()
        self.ended.append(status)


def test_a_log_is_told_parameters_epochs_results_and_figures(config):
    log = Notes()
    _, document = run_training(config, out="runs/a", callbacks=[log])
    ((name, parameters),) = log.begun
    assert name == "a"
    assert parameters["estimator"] == "autoencoder"
    assert parameters["source"].endswith("rows.npy")
    assert (parameters["hidden_dims"], parameters["schedule"]) == ((8,), "auto")
    *epochs, (step, results) = log.numbers
    assert [step for step, _ in epochs] == [1, 2, 3]
    assert [n["train_loss"] for _, n in epochs] == [r["train_loss"] for r in history_of("runs/a")]
    held_out = document["results"]["PCA"]["held_out"]["squared_error"]
    assert (step, results["PCA/held_out/squared_error"]) == (3, held_out)
    assert log.texts["verdict"] == document["verdict"]
    figures = log.texts["figures"].split("\n")
    assert len(figures) == len(document["figures"])
    assert all(Path(figure).is_file() for figure in figures)
    assert log.ended == ["FINISHED"]


def test_a_run_that_is_replaced_is_ended_before_its_folder_gets_its_name(config):
    run_training(config, out="runs/a")
    log = Notes()
    run_training(config, out="runs/a", force=True, callbacks=[log])
    assert log.ended == ["FINISHED"]
    assert not log.place.exists()
    assert all(Path(figure).is_file() for figure in log.texts["figures"].split("\n"))


@pytest.mark.parametrize(
    ("error", "status"), [(OSError("full"), "FAILED"), (KeyboardInterrupt(), "KILLED")]
)
def test_a_run_that_stops_is_ended_as_what_it_is(config, error, status):
    log = Notes()
    with pytest.raises(type(error)):
        run_training(config, out="runs/a", callbacks=[log, Stop(error)])
    assert (log.ended, log.texts) == ([status], {})


def test_stages_are_told_apart(rng):
    log = Notes()
    stack = StackedAutoencoder((4, 2), epochs=1, pretraining_epochs=1, callbacks=[log])
    with log.run("stack"):
        stack.fit(rng.normal(size=(30, 5)))
    names = [name for _, numbers in log.numbers for name in numbers if name.endswith("train_loss")]
    assert len(set(names)) == len(stack.history_) == 3


def test_a_log_without_a_run_says_what_to_do(rng):
    with pytest.raises(UsageError, match=r"Notes has no active run.*with log\.run\(name\)"):
        Autoencoder(2, epochs=1, callbacks=[Notes()]).fit(rng.normal(size=(30, 5)))


def test_an_unknown_tool_is_told():
    with pytest.raises(UsageError, match=r"tensorbord'.*Did you mean `tensorboard`"):
        make_log("tensorbord")


@pytest.mark.parametrize("name", ["tensorboard", "mlflow", "wandb"])
def test_a_missing_extra_names_its_pip_command(monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError) as told:
        make_log(name)
    assert str(told.value) == f"{name} is not installed. Run `pip install 'isthmus[{name}]'`."


# --- TensorBoard ----------------------------------------------------------------------------------


def events(folder):
    """What TensorBoard's own reader finds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = "tensorboard.backend.event_processing.event_accumulator"
        reader = importlib.import_module(module).EventAccumulator(str(folder))
        reader.Reload()
    return reader


def texts(reader):
    tags = reader.Tags()["tensors"]
    return {t: reader.Tensors(t)[0].tensor_proto.string_val[0].decode() for t in tags}


@tensorboard
def test_tensorboard_reads_a_run_back(config):
    _, document = run_training(config, out="runs/a", callbacks=[make_log("tensorboard")])
    reader = events("runs/a")
    losses = [(event.step, event.value) for event in reader.Scalars("train_loss")]
    wanted = [(r["epoch"], r["train_loss"]) for r in history_of("runs/a")]
    assert losses == [(step, pytest.approx(loss, rel=1e-6)) for step, loss in wanted]
    (error,) = reader.Scalars("Autoencoder/held_out/squared_error")
    figure = document["results"]["Autoencoder"]["held_out"]["squared_error"]
    assert error.value == pytest.approx(figure, rel=1e-6)
    told = texts(reader)
    assert told["verdict/text_summary"] == document["verdict"]
    assert told["parameters/hidden_dims/text_summary"] == "(8,)"
    assert told["figures/text_summary"].count("figures/") == len(document["figures"])
    assert "_hparams_/experiment" in reader.summary_metadata


@tensorboard
def test_tensorboard_may_have_a_folder_of_its_own(config, rng):
    run_training(config, out="runs/a", callbacks=[make_log("tensorboard=boards")])
    assert not list(Path("runs/a").glob("events*"))
    assert len(events("boards/a").Scalars("train_loss")) == 3
    log = TensorBoardLog("boards")
    with log.run("own", {"note": "by hand"}):
        Autoencoder(2, epochs=2, callbacks=[log]).fit(rng.normal(size=(30, 5)))
    assert [event.step for event in events("boards/own").Scalars("train_loss")] == [1, 2]
    with pytest.raises(UsageError, match="`folder` of TensorBoardLog"), TensorBoardLog().run("x"):
        pass


# --- MLflow ---------------------------------------------------------------------------------------


@pytest.fixture(name="client")
def mlflow_client():
    """MLflow's own client of a store; its import raises deprecation warnings of others."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tracking = importlib.import_module("mlflow.tracking")

        def of(path):
            return tracking.MlflowClient(f"sqlite:///{Path(path).absolute()}")

        yield of


def runs_of(client):
    (experiment,) = [e for e in client.search_experiments() if e.name == "isthmus"]
    return client.search_runs([experiment.experiment_id], order_by=["attributes.start_time"])


@mlflow
def test_mlflow_makes_its_store_in_silence_and_its_loggers_stay_as_they_are(tmp_path, client):
    def state():
        return [(log.level, log.handlers[:], log.filters[:]) for log in loggers]

    heard = []
    loggers = [logging.getLogger(name) for name in ("mlflow", "mlflow.store.db.utils", None)]
    loggers[1].addHandler(handler := logging.Handler())
    handler.emit = heard.append
    try:
        before = state()
        make_log("mlflow").prepare(tmp_path)
        assert state() == before
        assert heard == []
        loggers[1].warning("This is heard.")
        assert len(heard) == 1
    finally:
        loggers[1].removeHandler(handler)
    assert [e.name for e in client(tmp_path / "mlflow.db").search_experiments()][:1] == ["isthmus"]


@mlflow
def test_mlflow_reads_a_run_back(config, client):
    _, document = run_training(config, out="runs/a", callbacks=[make_log("mlflow")])
    reader = client("runs/mlflow.db")
    (run,) = runs_of(reader)
    assert (run.info.run_name, run.info.status) == ("a", "FINISHED")
    assert run.data.params["latent_dim"] == "2"
    assert run.data.params["hidden_dims"] == "(8,)"
    losses = reader.get_metric_history(run.info.run_id, "train_loss")
    assert [(m.step, m.value) for m in losses] == [
        (r["epoch"], r["train_loss"]) for r in history_of("runs/a")
    ]
    held_out = document["results"]["Autoencoder"]["held_out"]["squared_error"]
    assert run.data.metrics["Autoencoder/held_out/squared_error"] == held_out
    assert run.data.tags["isthmus.verdict"] == document["verdict"]
    assert run.data.tags["isthmus.run"] == os.path.abspath("runs/a")
    assert run.data.tags["isthmus.figures"].count("\n") == len(document["figures"]) - 1


@mlflow
def test_mlflow_tells_how_runs_ended(config, client):
    log = MLflowLog("store/mine.db")
    for name, error in (("failed", OSError("full")), ("killed", KeyboardInterrupt())):
        with pytest.raises(type(error)):
            run_training(config, out=f"runs/{name}", callbacks=[log, Stop(error)])
    run_training(config, out="runs/whole", callbacks=[log])
    ended = {run.info.run_name: run.info.status for run in runs_of(client("store/mine.db"))}
    assert ended == {"failed": "FAILED", "killed": "KILLED", "whole": "FINISHED"}


@mlflow
def test_mlflow_leaves_the_callers_own_tracking_alone(config, client):
    own = importlib.import_module("mlflow")
    before = (own.get_tracking_uri(), own.active_run())
    run_training(config, out="runs/a", callbacks=[MLflowLog()])
    assert (own.get_tracking_uri(), own.active_run()) == before
    assert {entry.name for entry in Path().iterdir()} == {"rows.npy", "runs"}


@mlflow
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_sweep_is_one_experiment_with_a_run_for_each_training(config, client, jobs):
    folder, document = run_sweep(
        config, {"learning_rate": [1e-3, 1e-2]}, out="sweep", jobs=jobs, logs=["mlflow"]
    )
    found = {run.info.run_name: run.data for run in runs_of(client(folder / "mlflow.db"))}
    for row in document["rows"]:
        metrics = found.pop(row["run"]).metrics
        assert metrics["Autoencoder/held_out/squared_error"] == row["held_out_error"]
    assert found == {}


# --- W&B ------------------------------------------------------------------------------------------


def records(path):
    """Yield the records of W&B's offline file, which has no reader of its own.

    LevelDB's log format: after a head of 7 bytes, blocks of 32 KiB with pieces of records, each
    after a checksum (4 bytes), a length (2) and a kind (whole, first, middle or last; 1).
    """
    messages = importlib.import_module("wandb.proto.wandb_internal_pb2")
    raw, at, whole = path.read_bytes(), 7, b""
    while at + 7 <= len(raw):
        if 32768 - at % 32768 < 7:
            at += 32768 - at % 32768
            continue
        length, kind = struct.unpack_from("<HB", raw, at + 4)
        whole += raw[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):
            yield messages.Record.FromString(whole)
            whole = b""


TRAIN = """
import json, sys
from isthmus.runs import make_log, run_training
if __name__ == "__main__":
    run_training(json.loads(sys.argv[1]), out="runs/a", callbacks=[make_log("wandb=mine")])
"""


@wandb
def test_wandb_keeps_a_run_offline(config):
    # In a process of its own: W&B leaves a service running, and its address in the environment.
    path = os.pathsep.join(filter(None, sys.path))
    environment = {**os.environ, "PYTHONPATH": path, "WANDB_MODE": "offline"}
    command = [sys.executable, "-c", TRAIN, json.dumps(config)]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=100)
    (kept,) = Path("runs/wandb").glob("offline-run-*/run-*.wandb")
    found = list(records(kept))
    run = next(record.run for record in found if record.HasField("run"))
    assert (run.project, run.display_name) == ("mine", "a")
    parameters = {item.key: json.loads(item.value_json) for item in run.config.update}
    assert (parameters["latent_dim"], parameters["hidden_dims"]) == (2, [8])
    rows = [
        {item.key or "/".join(item.nested_key): json.loads(item.value_json)
         for item in record.history.item}
        for record in found if record.HasField("history")
    ]  # fmt: skip
    losses = [row["train_loss"] for row in rows if "train_loss" in row]
    assert losses == [record["train_loss"] for record in history_of("runs/a")]
    summary = {
        "/".join(item.nested_key) or item.key: json.loads(item.value_json)
        for record in found
        for item in record.summary.update
    }
    report = json.loads(Path("runs/a/report.json").read_text())
    assert summary["verdict"] == report["verdict"]
