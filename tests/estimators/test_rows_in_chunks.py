"""Every estimator learns from rows in chunks."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from isthmus import (
    Autoencoder,
    AutoencoderOutlierDetector,
    SparseAutoencoder,
    StackedAutoencoder,
    VariationalAutoencoder,
)
from isthmus._chunks import ChunkedRows, ChunkedTable

X = (np.random.default_rng(0).normal(size=(400, 2)) @ np.ones((2, 8)) + 5).astype(np.float32)
X += np.random.default_rng(1).normal(size=X.shape).astype(np.float32)


def chunked():
    return ChunkedRows([150, 100, 150], read, n_features=8, dtype=np.float32)


def read(k):
    return X[[0, 150, 250][k] : [150, 250, 400][k]]


def test_a_table_in_chunks_is_planned_and_learned_as_the_table_is():
    table = pa.table({"a": X[:, 0], "b": X[:, 1], "c": ["x", "y", "z", "y"] * 100})
    chunked = ChunkedTable(
        [150, 250], lambda k: table.slice(150 * k, [150, 250][k]), schema=table.schema
    )
    fitted = Autoencoder(latent_dim=2, epochs=1, random_state=0).fit(chunked)
    assert fitted.preprocessor_.table.level_names == {"c": ("y", "x", "z")}
    np.testing.assert_array_equal(fitted.transform(chunked), fitted.transform(table))


@pytest.mark.parametrize(
    "estimator",
    [
        Autoencoder(latent_dim=2, epochs=1, early_stopping=False, random_state=0),
        Autoencoder(latent_dim=2, epochs=1, scaling="robust", random_state=0),
        Autoencoder(
            latent_dim=2, epochs=1, scaling="rank_gauss", early_stopping=True, random_state=0
        ),
        StackedAutoencoder(
            layer_dims=(4, 2), pretraining_epochs=1, epochs=1, early_stopping=False, random_state=0
        ),
        SparseAutoencoder(n_latents=16, k=4, epochs=1, early_stopping=False, random_state=0),
        VariationalAutoencoder(latent_dim=2, epochs=1, early_stopping=False, random_state=0),
        AutoencoderOutlierDetector(latent_dim=2, epochs=1, random_state=0),
    ],
    ids=lambda estimator: f"{type(estimator).__name__} {estimator.scaling}",
)
def test_rows_in_chunks_give_a_model_with_the_scaling_of_the_array(estimator):
    stops = getattr(estimator, "early_stopping", False)
    fitted = estimator.fit(chunked())
    kept = fitted.scaling_
    if kept.kind == "standard" and not stops:
        np.testing.assert_allclose(kept.shift, X.mean(axis=0), rtol=1e-5)
        np.testing.assert_allclose(kept.scale, X.std(axis=0), rtol=1e-5)
    method = fitted.score_samples if hasattr(fitted, "score_samples") else fitted.transform
    found, expected = method(chunked()), method(X)
    found, expected = (v.toarray() if hasattr(v, "toarray") else v for v in (found, expected))
    np.testing.assert_array_equal(found, expected)
