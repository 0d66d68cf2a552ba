"""The optimizer's state survives `save` and `load` if that is asked for."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from isthmus import Autoencoder, load

CHUNKS = np.random.default_rng(0).random((2, 64, 6), dtype=np.float32)


def started(**kwargs):
    model = Autoencoder(2, hidden_dims=(5,), scaling="none", device="cpu", random_state=0, **kwargs)
    return model.partial_fit(CHUNKS[0])


def weights(model):
    return torch.cat([w.flatten() for w in model.network_.state_dict().values()])


@pytest.mark.parametrize("optimizer", ["muon", "adam", "sgd"])
def test_a_loaded_model_goes_on_with_its_momenta(tmp_path, optimizer):
    expected = started(optimizer=optimizer).partial_fit(CHUNKS[1])
    started(optimizer=optimizer, warm_start=True).save(tmp_path / "kept")
    kept = load(tmp_path / "kept", device="cpu").partial_fit(CHUNKS[1])
    assert torch.equal(weights(kept), weights(expected))
    started(optimizer=optimizer).save(tmp_path / "left")
    left = load(tmp_path / "left", device="cpu").partial_fit(CHUNKS[1])
    assert not torch.equal(weights(left), weights(expected))
    assert "optimizer" not in json.loads((tmp_path / "left/model.json").read_text())
