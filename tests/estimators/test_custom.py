"""Custom networks."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
import torch
from sklearn.base import clone
from torch import nn

from isthmus import Autoencoder, load
from isthmus.artifacts import signed
from isthmus.errors import ArtifactError, UsageError


class MyEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(6, 5), nn.Dropout(0.2), nn.Tanh(), nn.Linear(5, 2))

    def forward(self, x):
        return self.layers(x)


class MyDecoder(nn.Module):
    def __init__(self, n_features=6):
        super().__init__()
        self.layer = nn.Linear(2, n_features)

    def forward(self, z):
        return self.layer(z)


class NeedsArguments(MyDecoder):
    def __init__(self, n_features):
        super().__init__(n_features)


@pytest.fixture(name="X")
def make_rows(rng):
    return rng.normal(size=(60, 2)) @ rng.normal(size=(2, 6))


@pytest.fixture
def modules():
    with torch.random.fork_rng():
        return MyEncoder(), MyDecoder()


@pytest.fixture
def importable(monkeypatch):
    # pytest imports test files under names of its own; an artifact needs one that can be found.
    monkeypatch.setitem(sys.modules, MyEncoder.__module__, sys.modules[__name__])


def fitted(X, modules, **parameters):
    encoder, decoder = modules
    settings = {"epochs": 40, "random_state": 0, "optimizer": "adam", "learning_rate": 0.01}
    return Autoencoder(encoder=encoder, decoder=decoder, **settings | parameters).fit(X)


def test_a_pair_of_modules_is_trained_and_the_users_own_are_left_alone(X, modules):
    before = [p.detach().clone() for module in modules for p in module.parameters()]
    ae = fitted(X, modules)
    after = [p for module in modules for p in module.parameters()]
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert ae.latent_dim_ == 2
    assert ae.transform(X).shape == (60, 2)
    assert ae.score(X) > 0.5  # two numbers make these rows; the columns' means explain 0


def test_codes_and_weights_repeat_also_with_dropout(X, modules):
    first, second = fitted(X, modules), fitted(X, modules)
    assert first.transform(X).tobytes() == second.transform(X).tobytes()
    assert first.transform(X).tobytes() == first.transform(X).tobytes()


def test_an_estimator_with_modules_can_be_cloned(X, modules):
    ae = clone(Autoencoder(encoder=modules[0], decoder=modules[1], epochs=1))
    assert ae.fit(X).transform(X).shape == (60, 2)


@pytest.mark.usefixtures("importable")
def test_a_saved_model_finds_its_classes_again(X, modules, tmp_path):
    ae = fitted(X, modules)
    ae.save(tmp_path / "model")
    loaded = load(tmp_path / "model")
    assert loaded.transform(X).tobytes() == ae.transform(X).tobytes()


@pytest.mark.usefixtures("importable")
def test_what_cannot_be_made_without_arguments_is_asked_for(X, tmp_path):
    with torch.random.fork_rng():
        pair = MyEncoder(), NeedsArguments(6)
    ae = fitted(X, pair)
    ae.save(tmp_path / "model")
    with pytest.raises(ArtifactError, match="Pass one of the same shape: load"):
        load(tmp_path / "model")
    loaded = load(tmp_path / "model", encoder=pair[0], decoder=pair[1])
    assert loaded.transform(X).tobytes() == ae.transform(X).tobytes()


def test_an_artifact_makes_nothing_but_modules(X, modules, tmp_path):
    ae = fitted(X, modules)
    ae.save(tmp_path / "model")
    document = tmp_path / "model" / "model.json"
    text = document.read_text().replace(f"{MyEncoder.__module__}:MyEncoder", "os:getcwd")
    document.write_text(json.dumps(signed(json.loads(text))))
    with pytest.raises(ArtifactError, match="os:getcwd, which cannot be created here"):
        load(tmp_path / "model")


@pytest.mark.parametrize(
    ("encoder", "decoder", "says"),
    [
        (nn.Linear(6, 2), None, "must both be torch.nn.Module objects, or both None. Got NoneType"),
        (nn.Linear(6, 2), "linear", "Got str for `decoder`"),
        (nn.Linear(5, 2), nn.Linear(2, 6), r"`encoder` must map float32 rows of shape \(n, 6\)"),
        (nn.Linear(6, 2), nn.Linear(3, 6), r"`decoder` must map .* of shape \(n, 2\) to \(n, 6\)"),
        (nn.Linear(6, 2), nn.Linear(2, 5), r"Got \(2, 5\) for 2 rows"),
        (nn.Flatten(0), nn.Linear(2, 6), r"Got \(12,\) for 2 rows"),
    ],
    ids=["one alone", "no module", "too narrow", "codes do not meet", "rows do not", "flat"],
)
def test_modules_that_do_not_fit_are_told_in_a_sentence(X, encoder, decoder, says):
    with pytest.raises(UsageError, match=says):
        Autoencoder(encoder=encoder, decoder=decoder).fit(X)


def test_the_global_state_of_torch_is_left_alone(X, modules):
    state = torch.get_rng_state()
    fitted(X, modules)
    assert torch.equal(torch.get_rng_state(), state)
    assert np.isfinite(X).all()
