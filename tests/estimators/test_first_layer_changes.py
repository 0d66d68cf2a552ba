"""How far training moved the first layer's weights from their start."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus import Autoencoder, StackedAutoencoderClassifier
from isthmus.estimators import first_layer_changes, resolved_parameters


def test_units_without_gradient_did_not_move(rng) -> None:
    X = rng.normal(size=(40, 6)).astype(np.float32)
    still = Autoencoder(
        latent_dim=2, hidden_dims=(5,), epochs=1, optimizer="sgd", learning_rate=1e-9,
        linear_path=False, device="cpu", random_state=0,
    ).fit(X)  # fmt: skip
    assert first_layer_changes(still) == pytest.approx(np.zeros(5), abs=1e-6)
    moved = Autoencoder(
        latent_dim=2, hidden_dims=(5,), epochs=20, linear_path=False, device="cpu", random_state=0
    ).fit(X)
    assert (first_layer_changes(moved) > 0.1).all()


def test_a_classifier_is_compared_with_the_start_of_its_stack(rng) -> None:
    X = rng.normal(size=(40, 6)).astype(np.float32)
    y = np.arange(40) % 2
    model = StackedAutoencoderClassifier(
        layer_dims=(4,), epochs=2, pretraining_epochs=1, device="cpu", random_state=0
    ).fit(X, y)
    changes = first_layer_changes(model)
    assert changes is not None and changes.shape == (4,)
    assert 0 < changes.max() < 10


def test_auto_is_told_as_what_it_became(rng) -> None:
    X = rng.normal(size=(40, 6))
    found = resolved_parameters(Autoencoder(epochs=1, device="cpu").fit(X))
    assert found["latent_dim"] == 2 and found["batch_size"] == 32
    assert {"optimizer": "muon", "noise": "none"}.items() <= found.items()
    assert "epochs" not in found and "device" not in found
