"""The codes that a run stores for its map are a sample, as its caption says."""

from __future__ import annotations

import importlib

import numpy as np

from isthmus.runs import rebuild_report, run_training

_mapped = importlib.import_module("isthmus.runs.kinds._mapped_codes")


def test_more_codes_than_a_map_shows_are_a_sample_that_is_told(tmp_path, rng, monkeypatch):
    monkeypatch.setattr(_mapped, "_MOST_CODES", 20)
    np.save(tmp_path / "rows.npy", rng.normal(size=(100, 6)))
    parameters = {"latent_dim": 3, "hidden_dims": (8,), "epochs": 1, "device": "cpu"}
    source = {"source": str(tmp_path / "rows.npy")}
    config = {"source": source, "estimator": "autoencoder", "parameters": parameters}
    folder, document = run_training(config | {"test_fraction": 0.3}, out=tmp_path / "run")
    (caption,) = [f["caption"] for f in document["figures"] if f["file"] == "figures/code_map.svg"]
    assert caption == (
        "Codes of held-out rows. Projected to 2D by PCA (first two principal components). "
        "Shows 20 of 30 codes, drawn at random."
    )
    with np.load(folder / "report.npz") as stored:
        assert stored["codes"].shape == (20, 3)
    page, notes = rebuild_report(folder)
    assert "Shows 20 of 30 codes" in page.read_text("utf-8") and notes == []
