"""Rules of parameters, and all problems in one error."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus import Autoencoder, AutoencoderOutlierDetector, StackedAutoencoder
from isthmus._parameter_rules import (
    boolean,
    check_parameters,
    choice,
    integer,
    real,
    sequence_of,
)
from isthmus.errors import TrainingError, UsageError


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        (integer(1), [1, np.int64(3)], [0, -1, 1.0, True, "1", None, 10**400]),
        (real(0, open_low=True), [1e-9, 3, np.float32(2)], [0, np.inf, np.nan, True, "1", 10**400]),
        (real(0, 1), [0, 0.5], [1, -0.1, np.nan]),
        (real(0, 1, open_high=False), [0, 1], [1.1]),
        (choice("a", "b"), ["a", "b"], ["c", None, ["a"], np.array(["a"])]),
        (boolean(), [True, False, np.True_], [0, 1, "yes", None]),
        (sequence_of(integer(1)), [(), (1, 2), [3]], [5, (0,), "12", (1, "2"), None]),
        (integer(1) | choice("auto"), [4, "auto"], [0, "automatic"]),
    ],
)
def test_a_rule_tells_good_values_from_bad(rule, good, bad):
    assert [v for v in good if not rule.holds(v)] == []
    assert [v for v in bad if rule.holds(v)] == []


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (integer(1), "an integer of at least 1"),
        (real(0, open_low=True), "a number above 0"),
        (real(0), "a number of at least 0"),
        (real(0, 1), "a number of at least 0 and below 1"),
        (real(0, 1, open_high=False), "a number from 0 to 1"),
        (choice("a", "b"), "one of 'a', 'b'"),
        (integer(1) | choice("auto"), "an integer of at least 1 or 'auto'"),
        (
            sequence_of(integer(1)),
            "a tuple such as (256, 128) with each item an integer of at least 1",
        ),
        (
            sequence_of(real(0)),
            "a tuple such as (0.25, 0.1) with each item a number of at least 0",
        ),
        (
            sequence_of(choice("a", "b")),
            "a tuple such as ('a', 'b') with each item one of 'a', 'b'",
        ),
    ],
)
def test_a_rule_is_told_in_words(rule, text):
    assert rule.text == text


def test_a_problem_is_subject_rule_and_what_was_got():
    with pytest.raises(UsageError) as caught:
        check_parameters("Autoencoder", {"epochs": 0}, {"epochs": integer(1)})
    expected = "`epochs` of Autoencoder must be an integer of at least 1. Got 0."
    assert str(caught.value) == expected


def test_all_problems_are_told_at_once_with_near_names():
    estimator = Autoencoder(activation="rely", epochs=-1, hidden_dims=(8, 0), scaling="standart")
    with pytest.raises(UsageError) as caught:
        estimator.fit(np.eye(4))
    told = str(caught.value)
    for name in ("activation", "epochs", "hidden_dims", "scaling"):
        assert f"`{name}` of Autoencoder must be " in told
    assert "Got 'rely'. Did you mean `relu`?" in told
    assert "Got 'standart'. Did you mean `standard`?" in told
    assert "`latent_dim`" not in told


@pytest.mark.parametrize("make", [Autoencoder, AutoencoderOutlierDetector, StackedAutoencoder])
def test_a_softmax_is_for_codes_and_outputs_only(make):
    with pytest.raises(
        UsageError, match=r"`activation` of \w+ must be one of .*'softmax'"
    ) as caught:
        make(activation="softmax").check_parameters()
    assert "'softmax'" not in str(caught.value).partition("Got")[0]
    Autoencoder(latent_activation="softmax", output_activation="softmax").check_parameters()


def test_the_defaults_break_no_rule():
    Autoencoder().check_parameters()


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "muon", "sgd"])
@pytest.mark.parametrize(
    "changes", [{"learning_rate": 9e31}, {"learning_rate": 9e31, "weight_decay": 999}], ids=str
)
def test_the_largest_rates_that_are_allowed_diverge_in_one_sentence(optimizer, changes, rng):
    X = rng.normal(size=(50, 5))
    estimator = Autoencoder(2, optimizer=optimizer, epochs=5, random_state=0, **changes)
    with pytest.raises(
        TrainingError, match=r"^Training diverged: the loss is .*Lower `learning_rate`"
    ):
        estimator.fit(X)


@pytest.mark.parametrize("changes", [{"learning_rate": 1e38}, {"weight_decay": 1e6}], ids=str)
def test_larger_ones_are_refused(changes):
    with pytest.raises(UsageError, match=r"must be a number .* and below"):
        Autoencoder(**changes).check_parameters()


@pytest.mark.parametrize("name", ["learning_rate", "epochs", "weight_decay", "batch_size"])
@pytest.mark.parametrize("n_digits", [401, 6001])
def test_an_integer_of_hundreds_of_digits_is_too_large_for_a_parameter(name, n_digits):
    message = rf"^`{name}` of Autoencoder must be .* Got an integer of {n_digits} digits, which is"
    with pytest.raises(UsageError, match=message):
        Autoencoder(**{name: 10 ** (n_digits - 1)}).fit(np.eye(4))


def test_a_tuple_of_very_long_integers_is_refused():
    with pytest.raises(UsageError, match=r"Got a tuple of very long integers\.$"):
        Autoencoder(hidden_dims=(10**6000,)).fit(np.eye(4))
