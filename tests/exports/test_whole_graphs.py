"""Graphs compute what estimators compute, before any exporter has seen them."""

from __future__ import annotations

import importlib

import numpy as np
import pandas as pd
import pytest
import torch

import isthmus
from isthmus import errors

_whole_graph = importlib.import_module("isthmus.exports._whole_graph")
_interpolation = importlib.import_module("isthmus.exports._interpolation")

TINY = {"epochs": 1, "random_state": 0, "device": "cpu"}
SMALL = {**TINY, "hidden_dims": (6,)}


def mixed_table(n=60):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "size": rng.choice(["low", "medium", "high"], n),
            "wealth": rng.lognormal(size=n),
            "town": rng.choice(["Ulm", "Bonn", "Kiel"], n),
            "seen": pd.date_range("1968-01-01", periods=n, freq="37h"),
            "far": rng.normal(size=n) + 1e6,
        }
    )
    table.loc[::7, "wealth"] = np.nan
    table.loc[::11, "town"] = None
    table.loc[5, "seen"] = None
    return table


def numbers(n=60):
    rng = np.random.default_rng(1)
    return np.column_stack([rng.lognormal(size=n), rng.normal(size=n) + 1e6, np.full(n, 3.0)])


def with_gaps():
    X = numbers()
    X[::5, 1] = np.nan
    return X


def bytes_of_pictures(*shape):
    return (np.random.default_rng(2).random((30, *shape)) * 255).astype(np.uint8)


REFERENCES = {
    "encoder": lambda model, rows: model.transform(rows),
    "decoder": lambda model, codes: model.decoded_matrix(codes),
    "reconstruction": lambda model, rows: model.reconstruct(rows),
    "score": lambda model, rows: model.score_samples(rows),
    "probabilities": lambda model, rows: model.predict_proba(rows),
}


def largest_difference(model, rows, part):
    matrix = np.asarray(model.prepared_rows(rows))
    given = np.asarray(model.transform(matrix)) if part == "decoder" else matrix
    graph = _whole_graph.whole_graph(model, part, model.graph_parts()[part])
    got = graph(torch.from_numpy(given).to(graph.input_dtype)).numpy()
    expected = np.asarray(REFERENCES[part](model, given))
    assert got.shape == expected.shape
    assert (np.isnan(got) == np.isnan(expected)).all()
    return np.nanmax(np.abs(got - expected) / np.maximum(1, np.abs(expected)))


CASES = {
    "numbers": lambda: (isthmus.Autoencoder(2, **SMALL), numbers()),
    "gaps": lambda: (isthmus.Autoencoder(2, scaling="squash", **SMALL), with_gaps()),
    "ranks": lambda: (isthmus.Autoencoder(2, scaling="rank_gauss", **SMALL), with_gaps()),
    "shares": lambda: (
        isthmus.Autoencoder(2, loss="multinomial", scaling="none", **SMALL),
        abs(numbers()),
    ),
    "table": lambda: (isthmus.Autoencoder(2, **SMALL), mixed_table()),
    "tied": lambda: (
        isthmus.StackedAutoencoder((6, 2), tied_weights="always", pretraining_epochs=1, **TINY),
        bytes_of_pictures(4, 4),
    ),
    "sparse": lambda: (isthmus.SparseAutoencoder(16, k=3, sparse_output=False, **TINY), numbers()),
    "colours": lambda: (
        isthmus.ConvAutoencoder(3, channels=(4,), **TINY),
        bytes_of_pictures(5, 6, 3),
    ),
    "deep pictures": lambda: (
        isthmus.ConvAutoencoder(3, channels=(4, 4), linear_path=False, **TINY),
        bytes_of_pictures(6, 6),
    ),
    "variational": lambda: (isthmus.VariationalAutoencoder(2, **SMALL), mixed_table()),
    "variational pictures": lambda: (
        isthmus.VariationalAutoencoder(2, network="conv", channels=(4,), **TINY),
        bytes_of_pictures(6, 6),
    ),
    "detector": lambda: (isthmus.AutoencoderOutlierDetector(n_members=2, **SMALL), numbers()),
    "detector of gaps": lambda: (
        isthmus.AutoencoderOutlierDetector(n_members=2, **SMALL),
        with_gaps(),
    ),
    "detector of categories": lambda: (
        isthmus.AutoencoderOutlierDetector(n_members=1, **SMALL),
        mixed_table()[["size", "town"]],
    ),
    "detector of tables": lambda: (
        isthmus.AutoencoderOutlierDetector(n_members=2, **SMALL),
        mixed_table(),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_every_part_computes_what_the_estimator_computes(name):
    model, rows = CASES[name]()
    model.fit(rows)
    for part in model.graph_parts():
        assert largest_difference(model, rows, part) < 2e-6, part


def test_a_missing_cell_that_training_had_not_counts_as_for_the_estimator():
    rows = numbers()
    model = isthmus.Autoencoder(2, **SMALL).fit(rows)
    detector = isthmus.AutoencoderOutlierDetector(n_members=2, **SMALL).fit(rows)
    rows[3] = np.nan
    rows[::4, 0] = np.nan
    assert largest_difference(model, rows, "encoder") < 2e-6
    assert largest_difference(detector, rows, "score") < 2e-6


def test_a_classifier_has_probabilities_and_features():
    X = numbers()
    y = np.where(X[:, 0] > 1, "rich", "poor")
    model = isthmus.StackedAutoencoderClassifier((6, 4), pretraining_epochs=1, **TINY).fit(X, y)
    assert list(model.graph_parts()) == ["probabilities", "encoder"]
    assert largest_difference(model, X, "probabilities") < 2e-6
    assert largest_difference(model, X, "encoder") < 2e-6


def test_a_curve_is_numpys_interpolation():
    rng = np.random.default_rng(0)
    curves = [(np.sort(rng.normal(size=n)), np.sort(rng.normal(size=n))) for n in (1, 2, 3, 17, 64)]
    x = rng.normal(size=(200, len(curves))) * 2
    x[0], x[1], x[2] = np.nan, np.inf, -np.inf
    for k, (knots, _) in enumerate(curves):
        x[3 : 3 + len(knots), k] = knots
    got = _interpolation.Interpolation(curves)(torch.from_numpy(x)).numpy()
    expected = [np.interp(x[3:, k], *curve) for k, curve in enumerate(curves)]
    np.testing.assert_allclose(got[3:], np.column_stack(expected), atol=1e-12)
    assert np.isnan(got[0]).all()
    assert (got[1] == [values[-1] for _, values in curves]).all()
    assert (got[2] == [values[0] for _, values in curves]).all()


def test_a_block_of_another_package_is_refused():
    model = isthmus.Autoencoder(2, **SMALL).fit(numbers())
    block = model.preprocessor_.blocks[0]
    block.name = "theirs"
    with pytest.raises(
        errors.UsageError, match=r"must consist of blocks of Isthmus\. Got 'theirs'"
    ):
        _whole_graph.whole_graph(model, "encoder", model.graph_parts()["encoder"])
