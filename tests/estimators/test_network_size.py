"""Networks that are too large for the machine's memory."""

from __future__ import annotations

import re

import numpy as np
import pytest

from isthmus import (
    Autoencoder,
    AutoencoderImputer,
    AutoencoderOutlierDetector,
    ConvAutoencoder,
    SparseAutoencoder,
    StackedAutoencoder,
    VariationalAutoencoder,
)
from isthmus.errors import UsageError
from isthmus.estimators import _tensor_budget

WIDE = (10**6, 10**6)
X = np.random.default_rng(0).normal(size=(40, 16))


@pytest.mark.parametrize(
    "estimator",
    [
        Autoencoder(latent_dim=1, hidden_dims=WIDE),
        VariationalAutoencoder(latent_dim=1, hidden_dims=WIDE),
        SparseAutoencoder(n_latents=10**11),
        StackedAutoencoder(layer_dims=WIDE),
        AutoencoderOutlierDetector(latent_dim=1, hidden_dims=WIDE),
        AutoencoderImputer(width=10**6, n_layers=3),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_a_network_larger_than_memory_is_refused_before_it_takes_any(estimator):
    message = rf"^The weights of {type(estimator).__name__} must fit into half of the memory"
    with pytest.raises(UsageError, match=message) as caught:
        estimator.fit(X)
    (told,) = re.findall(r"Got at least ([\d,]+) weights", str(caught.value))
    assert int(told.replace(",", "")) >= 10**12


def test_a_network_of_convolutions_is_refused_too():
    with pytest.raises(UsageError, match=r"^The weights of ConvAutoencoder must fit"):
        ConvAutoencoder(channels=(10**6, 10**6)).fit(X.reshape(40, 4, 4))


def test_the_limit_is_half_of_the_memory(monkeypatch):
    estimator = Autoencoder(latent_dim=1, hidden_dims=(), epochs=1)
    n_bytes = 4 * (16 + 1 + 16 + 16)
    monkeypatch.setattr(_tensor_budget, "machine_memory", lambda: 2 * n_bytes)
    estimator.fit(X)
    monkeypatch.setattr(_tensor_budget, "machine_memory", lambda: 2 * n_bytes - 2)
    with pytest.raises(UsageError, match="Got at least 49 weights"):
        estimator.fit(X)
