"""`partial_fit` of outlier detectors and stacks."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.metrics import roc_auc_score

from isthmus import AutoencoderOutlierDetector, StackedAutoencoder, load

SMALL = {"n_members": 2, "latent_dim": 3, "hidden_dims": (8,), "batch_size": 32, "random_state": 0}


def rows(n=400, seed=0):
    """Rows near a plane, and a tenth that break it."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, 2)) @ np.array([[1, 1, 0, 2], [0, 1, 1, -1.0]])
    X += 0.05 * random.normal(size=X.shape)
    is_outlier = np.arange(n) % 10 == 0
    X[is_outlier] = random.permuted(X[is_outlier], axis=0)
    return X, is_outlier


def test_chunks_teach_a_detector_to_find_outliers():
    X, is_outlier = rows(600)
    detector = AutoencoderOutlierDetector(**SMALL)
    for _ in range(4):
        for chunk in np.split(X, 4):
            detector.partial_fit(chunk)
    auc = roc_auc_score(is_outlier, -detector.score_samples(X))
    distance = np.square((X - X.mean(axis=0)) / X.std(axis=0)).mean(axis=1)
    assert auc > max(0.8, roc_auc_score(is_outlier, distance) + 0.1)
    assert [record["epoch"] for record in detector.history_[::2]] == list(range(1, 17))
    assert {record["stage"] for record in detector.history_} == {"network 1 of 2", "network 2 of 2"}


def test_chunks_continue_a_fit_and_survive_saving(tmp_path):
    X, _ = rows()
    detector = AutoencoderOutlierDetector(**SMALL, epochs=2).fit(X)
    scaled = detector.scaling_.scaled(X)
    before = detector.score_samples(X)
    detector.partial_fit(X[:100])
    assert_array_equal(detector.scaling_.scaled(X), scaled)
    assert (detector.score_samples(X) != before).any()
    detector.save(tmp_path / "model")
    copies = load(tmp_path / "model"), pickle.loads(pickle.dumps(detector))
    for copy in copies:
        assert_array_equal(copy.score_samples(X), detector.score_samples(X))
        copy.partial_fit(X[100:200])


def test_the_threshold_is_that_of_the_latest_rows(monkeypatch):
    monkeypatch.setattr("isthmus.estimators._detector_chunks._MOST_RECENT", 150)
    X, _ = rows()
    detector = AutoencoderOutlierDetector(0.1, **SMALL)
    for chunk in np.split(X, 4):
        detector.partial_fit(chunk)
    latest = detector.score_samples(X[-150:])
    assert detector.offset_ == pytest.approx(np.percentile(latest, 10))


def test_chunks_may_be_sparse_and_must_have_the_same_columns():
    X, _ = rows()
    X[np.abs(X) < 0.5] = 0
    detector = AutoencoderOutlierDetector(**SMALL, scaling="unit")
    for chunk in np.split(X, 4):
        detector.partial_fit(sparse.csr_array(chunk))
    assert detector.score_samples(sparse.csr_array(X)).shape == (400,)
    with pytest.raises(ValueError, match="X has 3 features"):
        detector.partial_fit(X[:, :3])


def test_chunks_teach_a_stack_as_a_whole():
    X, _ = rows()
    stack = StackedAutoencoder((3, 2), batch_size=32, random_state=0)
    for _ in range(5):
        for chunk in np.split(X, 4):
            stack.partial_fit(chunk)
    assert stack.transform(X).shape == (400, 2)
    assert stack.score(X) > 0.5
    assert "stage" not in stack.history_[0]
