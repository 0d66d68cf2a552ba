"""Findings about a trained model."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
import torch

from isthmus import (
    Autoencoder,
    AutoencoderOutlierDetector,
    ConvAutoencoder,
    SparseAutoencoder,
    StackedAutoencoder,
    StackedAutoencoderClassifier,
    examine_model,
)
from isthmus.doctor import examine_history
from isthmus.doctor._model_findings import _widths_parameter
from isthmus.evaluation import beside_pca
from isthmus.rows import split_rows
from isthmus.sources import read_source

SMALL = {"hidden_dims": (32,), "device": "cpu", "random_state": 0}


@pytest.fixture(name="X")
def make_rows(rng):
    """Three quantities behind ten columns, and some noise."""
    return rng.normal(size=(400, 3)) @ rng.normal(size=(3, 10)) + 0.3 * rng.normal(size=(400, 10))


VALUES = {
    "identity",
    "masking",
    "auto",
    "mean_absolute_error",
}  # of parameters, which advice quotes too


def found(model, *args, **options):
    findings = {finding.code: finding for finding in examine_model(model, *args, **options)}
    for finding in findings.values():
        told = json.loads(json.dumps(finding.as_dict()))
        assert all(told[key].endswith(".") for key in ("seen", "matters", "advice"))
        named = set(re.findall(r"`(\w+)`", finding.advice)) - VALUES
        assert named <= set(model.get_params()), finding.advice
    return findings


def test_a_healthy_model_has_no_finding(X):
    model = Autoencoder(3, **SMALL).fit(X[:300])
    assert found(model, X[:300], X[300:]) == {}
    assert found(model, X[:300]) == {}


def test_dead_units_of_a_relu_on_the_code_are_found(X):
    model = Autoencoder(4, latent_activation="relu", epochs=3, **SMALL).fit(X)
    with torch.no_grad():
        model.network_.encoder.layers()[-1][0].bias[[0, 3]] = -1e3
    assert found(model, X)["dead_relu_units"].values["units"] == [0, 3]


def test_a_saturated_code_is_found(X):
    model = Autoencoder(2, latent_activation="tanh", epochs=3, **SMALL).fit(X)
    with torch.no_grad():
        model.network_.encoder.layers()[-1][0].weight[1] *= 1e4
    assert found(model, X)["saturated_units"].values["units"] == [1]


def test_a_column_that_nothing_tells_of_is_named(rng):
    X = rng.normal(size=(400, 1)) + 0.3 * rng.normal(size=(400, 10))
    X[:, 4] = rng.normal(size=400)
    model = Autoencoder(1, scaling="standard", **SMALL).fit(X[:300])
    finding = found(model, X[:300], X[300:], names=list("abcdefghij"))["lost_columns"]
    assert finding.values["columns"] == ["`e`"] and finding.values["which"] == "held-out"
    assert finding.severity == "warning"


def test_a_pixel_that_hardly_changes_is_no_lost_column(X, rng):
    pixels = np.column_stack([(X - X.min()) / np.ptp(X), 0.01 * rng.random((400, 3))])
    model = Autoencoder(3, scaling="none", epochs=60, **SMALL).fit(pixels[:300])
    assert "lost_columns" not in found(model, pixels[:300], pixels[300:])


def test_a_model_that_has_not_learned_is_no_better_than_the_mean(X):
    model = Autoencoder(3, epochs=1, learning_rate=1e-6, optimizer="sgd", **SMALL).fit(X[:300])
    findings = found(model, X[:300], X[300:])
    assert findings["no_better_than_mean"].severity == "problem"
    assert "underfitting" in findings and "lost_columns" not in findings


def test_underfitting_is_measured_against_pca(X):
    model = Autoencoder(3, epochs=2, **SMALL).fit(X)
    finding = found(model, X)["underfitting"]
    figures = beside_pca(model, X)
    assert finding.values["ours"] == pytest.approx(figures.model_train.squared_error)
    assert finding.values["pca"] == pytest.approx(figures.pca_train.squared_error)


def test_what_trains_against_noise_need_not_match_pca_on_clean_rows(X):
    options = {"noise": "gaussian", "noise_level": 3.0, "pretraining_epochs": 0, "device": "cpu"}
    model = StackedAutoencoder((32, 3), epochs=5, random_state=0, **options).fit(X)
    assert "underfitting" not in found(model, X)


def test_overfitting(X, rng):
    X = X + 1.5 * rng.normal(size=X.shape)
    options = {"early_stopping": False, "epochs": 300, "latent_dim": 8}
    model = Autoencoder(**options, **SMALL).fit(X[:20])
    values = found(model, X[:20], X[300:])["overfitting"].values
    assert values["train"] > 0.99 and values["held_out"] < 0.9
    assert "overfitting" not in found(model, X[:20])


def test_a_loss_that_is_not_squared_is_judged_less_by_the_squared_error(X):
    options = {"loss": "mean_absolute_error", "pretraining_epochs": 0, "epochs": 1}
    model = StackedAutoencoder((8, 3), device="cpu", random_state=0, **options).fit(X[:300])
    findings = found(model, X[:300], X[300:])
    assert "underfitting" not in findings
    finding = findings["no_better_than_mean"]
    assert finding.severity == "warning" and "(`mean_absolute_error`)" in finding.advice


def test_advice_on_a_stack_names_its_own_parameters(X, rng):
    rows = rng.normal(size=(20, 10))
    options = {"device": "cpu", "random_state": 0, "activation": "relu", "early_stopping": False}
    model = StackedAutoencoder((64, 8), epochs=400, pretraining_epochs=0, **options).fit(rows)
    with torch.no_grad():
        model.network_.encoder.layers()[-1][0].bias[2] = -1e3
    findings = found(model, rows, rng.normal(size=(100, 10)))
    assert "the last `activation`" in findings["dead_relu_units"].advice
    assert any("`layer_dims`" in finding.advice for finding in findings.values())


def test_a_classifier_is_judged_by_its_last_hidden_layer(X):
    model = StackedAutoencoderClassifier(
        (16, 4), activation="relu", epochs=3, pretraining_epochs=1, device="cpu", random_state=0
    ).fit(X, X[:, 0] > 0)
    with torch.no_grad():
        model.network_.layers()[-2][0].bias[2] = -1e3
    assert 2 in found(model, X)["dead_relu_units"].values["units"]


def test_a_detector_is_judged_by_its_losses(X):
    detector = AutoencoderOutlierDetector(n_members=1, epochs=5, random_state=0, device="cpu")
    assert set(found(detector.fit(X), X)) <= {"still_falling"}


def test_a_network_of_the_users_own_is_examined_too(X):
    with torch.random.fork_rng():
        encoder, decoder = torch.nn.Linear(10, 3), torch.nn.Linear(3, 10)
    options = {"epochs": 1, "device": "cpu", "random_state": 0}
    model = Autoencoder(encoder=encoder, decoder=decoder, **options).fit(X)
    with torch.no_grad():
        model.network_.encoder.weight.zero_()
    assert found(model, X)["dead_units"].values["n"] == 3


# --- losses ---------------------------------------------------------------------------------------


def history(validation, train=None, stage=None):
    train = validation if train is None else train
    pairs = zip(train, validation, strict=True)
    return [
        {"epoch": k, "train_loss": t, "validation_loss": v} | ({"stage": stage} if stage else {})
        for k, (t, v) in enumerate(pairs, 1)
    ]


def codes_of(*args, **options):
    return [finding.code for finding in examine_history(*args, **options)]


def test_a_loss_that_was_still_falling_at_the_end():
    falling = history([0.9**k for k in range(20)])
    (finding,) = examine_history(falling)
    assert finding.code == "still_falling"
    assert finding.values["fall"] == pytest.approx(1 - 0.9**2)
    assert (finding.values["n"], finding.values["total"], finding.values["more"]) == (2, 20, 40)
    assert finding.seen.endswith("by 19.0% in the last 2 of 20 epochs.")
    (finding,) = examine_history(falling[:3])
    assert finding.seen.endswith("by 10.0% in the last of 3 epochs.")


def test_a_loss_that_has_levelled_out():
    assert codes_of(history([0.5**k + 1 for k in range(20)])) == []


def test_a_loss_below_zero_that_was_still_falling_is_held_against_its_whole_fall():
    (finding,) = examine_history(history([3.0 - k for k in range(10)]))
    assert finding.code == "still_falling_below_zero"
    assert finding.seen.endswith("11.1% of its whole fall came in the last of 10 epochs.")
    assert codes_of(history([3.0, -5.0, *[-6.0] * 8])) == []
    assert codes_of(history([-6.0] * 10)) == []


def test_where_training_stopped_for_want_of_progress_it_was_not_still_falling():
    falling = history([0.9**k for k in range(20)])
    assert codes_of(falling, epochs=50) == []
    assert codes_of(falling, epochs=20) == ["still_falling"]


def test_without_validation_the_training_loss_is_judged():
    records = history([None] * 10, train=[0.8**k for k in range(10)])
    assert examine_history(records)[0].values["kind"] == "training"


def test_only_the_last_stage_is_judged():
    first = history([0.5**k for k in range(10)], stage="layer 1")
    last = history([1.0] * 10, stage="fine-tuning")
    assert codes_of(first + last) == [] and codes_of(last + first) == ["still_falling"]


def test_a_loss_that_rose_again_unless_the_best_weights_were_put_back():
    records = history([1.0, 0.6, 0.5, 0.6, 0.7, 0.8])
    (finding,) = examine_history(records)
    assert finding.code == "loss_rose"
    assert (finding.values["best"], finding.values["total"]) == (3, 6)
    assert finding.values["rise"] == pytest.approx(0.6)
    assert codes_of(records, restores_best=True) == []


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_few_epochs_tell_nothing(n):
    assert codes_of(history([0.5**k for k in range(n)])) == []


# --- sets that people know ------------------------------------------------------------------------


def test_the_default_on_digits_is_called_healthy():
    X = read_source("digits").X
    stay, leave = split_rows(len(X), 0.2, seed=0, purpose="test")
    model = Autoencoder(random_state=0, device="cpu").fit(X[stay])
    assert found(model, X[stay], X[leave]) == {}


@pytest.mark.parametrize("name", ["6_cardio", "30_satellite"])
def test_the_default_on_a_table_is_called_healthy(anomaly_dir, name):
    X = read_source(anomaly_dir / f"{name}.npz").X
    stay, leave = split_rows(len(X), 0.2, seed=0, purpose="test")
    model = Autoencoder(random_state=0, device="cpu", epochs=20).fit(X[stay])
    findings = found(model, X[stay], X[leave])
    assert {finding.severity for finding in findings.values()} <= {"note"}


@pytest.mark.parametrize(
    ("estimator", "parameter"),
    [
        (Autoencoder(), "`hidden_dims`"),
        (StackedAutoencoder(), "`layer_dims`"),
        (ConvAutoencoder(), "`channels`"),
        (SparseAutoencoder(), "`n_latents`"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_advice_names_the_parameter_that_widens_the_network(estimator, parameter):
    assert _widths_parameter(estimator) == parameter
