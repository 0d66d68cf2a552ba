"""Probes and clusters on codes with a known answer."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from isthmus.metrics._probes import Labelled, clusters, probe

KINDS = pytest.mark.parametrize("kind", ["logistic", "knn"])


@pytest.fixture(name="blobs")
def make_blobs(rng):
    classes = np.arange(90) % 3
    return np.eye(3)[classes] * 20 + rng.normal(size=(90, 3)), classes


@KINDS
def test_classes_apart_are_named_rightly_either_way(blobs, kind):
    Z, classes = blobs
    taught = Labelled(Z[:40], classes[:40], Z[40:], classes[40:])
    for rows in (Labelled(Z, classes), taught):
        assert probe(kind, rows, n_neighbors=5, seed=0).all()


@KINDS
def test_labels_without_a_bearing_are_named_by_chance(rng, kind):
    """A probe trained on the rows it predicts would do better."""
    Z, classes = rng.normal(size=(900, 2)), rng.integers(0, 2, 900)
    assert 0.44 < probe(kind, Labelled(Z, classes), n_neighbors=1, seed=0).mean() < 0.56


@KINDS
def test_two_rows_a_class_suffice(kind):
    Z, classes = np.array([[0.0], [0.1], [9.0], [9.1]]), np.array([0, 0, 1, 1])
    assert probe(kind, Labelled(Z, classes), n_neighbors=1, seed=0).all()


def test_clusters_are_matched_with_classes_whatever_their_numbers(blobs):
    Z, classes = blobs
    found = clusters(Labelled(Z, classes + 4), seed=0)
    assert found.is_right.all()
    assert found.mutual_information == found.rand_index == pytest.approx(1)


def test_clusters_of_mixed_classes_by_hand():
    """Two clusters of six rows, each with two of the other class."""
    Z = np.repeat([[0.0], [9.0]], 6, axis=0)
    classes = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0])
    found = clusters(Labelled(Z, classes), seed=0)
    assert found.is_right.tolist() == [True] * 4 + [False] * 2 + [True] * 4 + [False] * 2
    split = np.repeat([0, 1], 6)
    assert found.mutual_information == pytest.approx(normalized_mutual_info_score(classes, split))
    assert found.rand_index == pytest.approx(adjusted_rand_score(classes, split))
