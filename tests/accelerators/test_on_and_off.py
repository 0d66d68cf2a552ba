"""Estimators with and without accelerators: equal up to rounding, or the same bytes."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy import sparse
from torch import nn

from isthmus import (
    Autoencoder,
    AutoencoderOutlierDetector,
    StackedAutoencoder,
    StackedAutoencoderClassifier,
    VariationalAutoencoder,
)
from isthmus.accelerators import switched_off

SETTINGS = {"epochs": 4, "batch_size": 16, "random_state": 0, "device": "cpu"}
X = np.random.default_rng(0).random((90, 9))
BYTES = (255 * X).astype(np.uint8)
SPARSE = sparse.csr_array(np.where(X > 0.8, X, 0))
LABELS = (X[:, 0] > 0.5).astype(int)

plain = functools.partial(Autoencoder, 3, (6,))
stacked = functools.partial(StackedAutoencoder, (6, 3), pretraining_epochs=3, optimizer="adam")


def custom(**kwargs):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        encoder = nn.Sequential(nn.Linear(9, 4), nn.Dropout(0.2), nn.ReLU())
        decoder = nn.Linear(4, 9)
    return Autoencoder(encoder=encoder, decoder=decoder, **kwargs)


CASES = {
    "muon": (plain, X),
    "linear path": (functools.partial(plain, linear_path=True), X),
    "adam": (functools.partial(plain, optimizer="adam", weight_decay=0.01), X),
    "adamw": (functools.partial(plain, optimizer="adamw", weight_decay=0.01), X),
    "sgd": (functools.partial(plain, optimizer="sgd"), X),
    "bytes": (plain, BYTES),
    "standardised bytes": (functools.partial(plain, scaling="standard"), BYTES),
    "sparse": (plain, SPARSE),
    "shifts": (functools.partial(plain, max_shift=1), X),
    "bfloat16": (functools.partial(plain, precision="bfloat16", optimizer="adam"), X),
    "variational": (functools.partial(VariationalAutoencoder, 3, (6,)), X),
    "variational bfloat16": (
        functools.partial(VariationalAutoencoder, 3, (6,), precision="bfloat16", optimizer="adam"),
        X,
    ),
    "custom": (custom, X),
    "stack": (stacked, X),
    "masking": (functools.partial(stacked, noise="masking", emphasis=(1.0, 0.3)), X),
    "salt and pepper": (functools.partial(stacked, noise="salt_and_pepper", loss="huber"), X),
    "gaussian": (functools.partial(stacked, noise="gaussian", loss="log_cosh"), X),
    "tied": (
        functools.partial(
            stacked, tied_weights="always", loss="binary_cross_entropy", scaling="minmax"
        ),
        X,
    ),
    "chain": (functools.partial(stacked, stacking="chain", loss="mean_absolute_error"), X),
    "multinomial": (functools.partial(stacked, loss="multinomial", scaling="none"), SPARSE),
    "detector": (functools.partial(AutoencoderOutlierDetector, n_members=2), X),
    "classifier": (
        functools.partial(
            StackedAutoencoderClassifier, (6,), optimizer="adam", noisy_labels_training=True
        ),
        X,
    ),
}


def fitted_losses_and_outputs(case):
    make, rows = CASES[case]
    estimator = make(**SETTINGS)
    fitted = estimator.fit(rows, LABELS) if case == "classifier" else estimator.fit(rows)
    output = fitted.score_samples(rows) if case == "detector" else fitted.transform(rows)
    return [record["train_loss"] for record in fitted.history_], output


# Of Muon, which makes much of little, and of a product in bfloat16 that is rounded another way.
TOLERANCES = dict.fromkeys(CASES, 1e-4) | dict.fromkeys(
    (
        "muon",
        "linear path",
        "bytes",
        "standardised bytes",
        "sparse",
        "shifts",
        "variational",
        "variational bfloat16",
        "custom",
        "detector",
    ),
    2e-3,
)
TOLERANCES["bfloat16"] = 2e-3


@pytest.mark.parametrize("case", CASES)
def test_without_accelerators_a_fit_differs_by_rounding_alone(case):
    losses, outputs = fitted_losses_and_outputs(case)
    with switched_off():
        losses_off, outputs_off = fitted_losses_and_outputs(case)
    assert_allclose(losses, losses_off, rtol=TOLERANCES[case])
    largest = np.abs(outputs).max()
    assert_allclose(outputs, outputs_off, rtol=0, atol=30 * TOLERANCES[case] * largest)


@pytest.mark.parametrize(
    "case",
    ["muon", "linear path", "bytes", "masking", "chain", "detector", "classifier", "variational"],
)
def test_recording_steps_changes_no_byte(case):
    losses, outputs = fitted_losses_and_outputs(case)
    with switched_off("cuda-graphs"):
        losses_off, outputs_off = fitted_losses_and_outputs(case)
    assert losses == losses_off
    assert outputs.tobytes() == outputs_off.tobytes()


@pytest.mark.parametrize("optimizer", ["adam", "muon", "sgd"])
def test_partial_fit_keeps_momenta_either_way(optimizer, accelerators):
    settings = SETTINGS | {"optimizer": optimizer, "learning_rate": 0.01}
    momenta, fresh = (plain(**settings) for _ in range(2))
    for start in range(0, 90, 30):
        momenta.partial_fit(X[start : start + 30])
        fresh.partial_fit(X[start : start + 30])
        fresh._optimizer = None  # what an estimator without momenta would do
    ours, theirs = (model.network_.encoder[0].weight for model in (momenta, fresh))
    assert not torch.allclose(ours, theirs, atol=1e-4)
