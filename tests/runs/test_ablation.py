"""Ablation of pretraining: as many passes with it as without, and a fair sentence."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits

from isthmus import Autoencoder, StackedAutoencoder, StackedAutoencoderClassifier
from isthmus.errors import UsageError
from isthmus.runs import ablate_pretraining
from isthmus.runs._parts import Parts
from isthmus.runs.kinds import _ablation

QUICK = {"pretraining_epochs": 3, "epochs": 4, "early_stopping": False, "device": "cpu"}


@pytest.fixture(name="parts", scope="module")
def make_parts():
    X, y = load_digits(return_X_y=True)
    return Parts(X[:600], y[:600], X[600:900], y[600:900], "the next 300 rows", np.arange(900))


@pytest.mark.parametrize("stacking", ["greedy", "chain"])
def test_both_get_as_many_passes_and_start_from_the_same_weights(parts, stacking, monkeypatch):
    fitted = []
    fit = StackedAutoencoder.fit

    def noting(self, X, y=None, **kwargs):
        fitted.append(self)
        return fit(self, X, y, **kwargs)

    monkeypatch.setattr(StackedAutoencoder, "fit", noting)
    stack = StackedAutoencoder((16, 4), stacking, **QUICK)
    outcome = ablate_pretraining(stack, parts, seeds=(0, 1))
    assert outcome["with"]["passes"] == outcome["without"]["passes"] == [10, 10]
    assert [s.random_state for s in fitted] == [0, 0, 1, 1]
    stages = [{r["stage"] for r in s.history_} for s in fitted]
    assert stages == [{"layer 1", "layer 2", "fine-tuning"}, {"fine-tuning"}] * 2
    assert stack.random_state is None and not hasattr(stack, "network_")
    for name, one in (("with", fitted[0]), ("without", fitted[1])):
        errors = one.reconstruction_error(parts.X_held_out) * parts.X.shape[1]
        assert outcome[name]["squared_error"][0] == pytest.approx(errors.mean())
        assert 0.2 < outcome[name]["probe_accuracy"][0] <= 1


def test_a_classifier_is_compared_by_its_wrong_labels(parts):
    classifier = StackedAutoencoderClassifier((32,), **QUICK)
    outcome = ablate_pretraining(classifier, parts, seeds=(0,))
    assert outcome["with"].keys() == {"passes", "seconds", "error_rate"}
    assert "the error rate" in outcome["sentence"]


def test_rows_without_a_label_are_no_mistakes(parts):
    y = np.where(np.arange(600) % 2, parts.y, -1)
    nothing_held_out = Parts(parts.X, y, parts.X[:0], y[:0], "none", parts.numbers)
    classifier = StackedAutoencoderClassifier((32,), **QUICK | {"epochs": 30})
    rate = ablate_pretraining(classifier, nothing_held_out, seeds=(0,))["with"]["error_rate"][0]
    assert rate < 0.5, "half the rows have no label"


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        ([0.8, 0.9], [1.0, 1.0], "Pretraining lowers the error by 15%: 0.85 vs. 1 without it"),
        ([1.2, 1.1], [1.0, 1.0], "Pretraining raises the error by 15%: 1.15 vs. 1 without it"),
        ([0.8, 1.1], [1.0, 1.0], "Pretraining makes no clear difference"),
        ([0.999, 0.999], [1.0, 1.0], "Pretraining makes no clear difference"),
    ],
)
def test_the_sentence_is_honest(ours, theirs, said):
    listed = {
        "with": {"squared_error": ours, "seconds": [2.0, 2.0]},
        "without": {"squared_error": theirs, "seconds": [1.0, 1.0]},
    }
    assert _ablation._sentence(listed).startswith(said)


@pytest.mark.parametrize(
    "estimator",
    [
        Autoencoder(),
        StackedAutoencoder(stacking="joint"),
        StackedAutoencoder(fine_tune=False),
        StackedAutoencoder(pretraining_epochs=0),
    ],
    ids=["plain", "joint", "layers only", "no layers"],
)
def test_what_is_not_pretrained_has_nothing_to_compare(estimator, parts):
    with pytest.raises(UsageError, match="with pretraining and fine-tuning"):
        ablate_pretraining(estimator, parts)


def test_without_labels_there_is_no_probe(parts):
    plain = Parts(parts.X, None, parts.X_held_out, None, "", parts.numbers)
    outcome = ablate_pretraining(StackedAutoencoder((8, 4), **QUICK), plain, seeds=(0,))
    assert "probe_accuracy" not in outcome["with"]
    assert np.isfinite(outcome["with"]["squared_error"]).all()
