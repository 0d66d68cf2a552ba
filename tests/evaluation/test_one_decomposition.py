"""The PCA beside a model is decomposed once in a training, for its figures and for all sizes."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from isthmus.runs import run_training


@pytest.fixture
def decomposed(monkeypatch):
    """Shapes of the matrices that were decomposed."""
    shapes, eigh, fit = [], np.linalg.eigh, PCA.fit
    monkeypatch.setattr(np.linalg, "eigh", lambda A, *a: shapes.append(A.shape) or eigh(A, *a))
    monkeypatch.setattr(PCA, "fit", lambda p, X, y=None: shapes.append(X.shape) or fit(p, X, y))
    return shapes


def test_a_training_on_digits_decomposes_its_rows_once(decomposed, tmp_path):
    config = {
        "source": {"source": "digits"},
        "estimator": "Autoencoder",
        "parameters": {"epochs": 1, "random_state": 0, "device": "cpu"},
        "test_fraction": 0.2,
    }
    _, document = run_training(config, out=tmp_path / "run")
    assert decomposed.count((64, 64)) == 1
    assert [shape for shape in decomposed if shape[1] == 64] == [(64, 64)]
    assert "figures/pca_sizes.svg" in {figure["file"] for figure in document["figures"]}
