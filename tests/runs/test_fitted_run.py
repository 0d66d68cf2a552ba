"""`open_run`: a run's estimator with its metadata."""

from __future__ import annotations

import importlib

import numpy as np

from isthmus.runs import open_run, run_training

_store = importlib.import_module("isthmus.artifacts._artifact_files")


def test_a_run_is_opened_with_one_look_at_its_tensors(tmp_path, rng, monkeypatch):
    np.save(tmp_path / "rows.npy", rng.normal(size=(30, 4)))
    parameters = {"latent_dim": 2, "hidden_dims": (8,), "epochs": 1, "device": "cpu"}
    source = {"source": str(tmp_path / "rows.npy")}
    config = {"source": source, "estimator": "autoencoder", "parameters": parameters}
    run_training({**config, "test_fraction": 0.2}, out=tmp_path / "run")
    looked, load_file = [], _store.load_file
    monkeypatch.setattr(_store, "load_file", lambda path: looked.append(path) or load_file(path))
    fitted = open_run(tmp_path / "run", device="cpu")
    assert looked == [tmp_path / "run/model/model.safetensors"]
    assert fitted.about["source"] == source
    assert fitted.estimator.latent_dim_ == 2
