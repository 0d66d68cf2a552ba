"""A training decomposes its rows once, and fits one scaling to them."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from sklearn.decomposition import PCA

from isthmus.preprocessing import RunningScaling
from isthmus.runs import run_training

pytestmark = pytest.mark.usefixtures("blank_figures")

_row_findings = importlib.import_module("isthmus.doctor._row_findings")


@pytest.fixture
def decomposed(monkeypatch):
    """Shapes of the matrices that were decomposed."""
    shapes, eigh, fit = [], np.linalg.eigh, PCA.fit
    monkeypatch.setattr(np.linalg, "eigh", lambda A, *a: shapes.append(A.shape) or eigh(A, *a))
    monkeypatch.setattr(PCA, "fit", lambda p, X, y=None: shapes.append(X.shape) or fit(p, X, y))
    return shapes


@pytest.fixture
def scaled(monkeypatch):
    """How many rows each scaling was fitted to."""
    rows, update = [], RunningScaling.update
    monkeypatch.setattr(
        RunningScaling, "update", lambda s, X, **how: rows.append(len(X)) or update(s, X, **how)
    )
    return rows


@pytest.mark.parametrize(
    ("estimator", "parameters"), [("autoencoder", {}), ("stacked", {"layer_dims": (8, 4)})]
)
def test_a_training_on_digits_decomposes_its_rows_once(
    decomposed, scaled, tmp_path, monkeypatch, estimator, parameters
):
    monkeypatch.setattr(_row_findings, "spectrum", lambda *_, **__: pytest.fail("decomposed again"))
    config = {
        "source": {"source": "digits"},
        "estimator": estimator,
        "parameters": {"epochs": 1, "random_state": 0, "device": "cpu", **parameters},
        "test_fraction": 0.2,
    }
    _, document = run_training(config, out=tmp_path / "run")
    assert [shape for shape in decomposed if shape[1] == 64] == [(64, 64)]
    assert len(scaled) == 1
    assert "figures/pca_sizes.svg" in {figure["file"] for figure in document["figures"]}
    (found,) = [f for f in document["findings"] if f["code"] == "suggested_latent_dim"]
    assert found["values"]["n_rows"] == document["source"]["n_rows_train"]
