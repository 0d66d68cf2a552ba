"""Classifiers on a pretrained stack: labels, missing labels, copies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from isthmus import StackedAutoencoderClassifier, load
from isthmus.errors import DataError, UsageError

QUICK = {"pretraining_epochs": 3, "epochs": 10, "random_state": 0, "device": "cpu"}


@pytest.fixture(name="digits", scope="module")
def make_digits():
    X, y = load_digits(return_X_y=True)
    return train_test_split(X, y, random_state=0)


def quick(**changes):
    return StackedAutoencoderClassifier((64, 32), **QUICK | changes)


def test_digits_are_told_apart(digits):
    X, X_test, y, y_test = digits
    assert quick(epochs=60).fit(X, y).score(X_test, y_test) > 0.95


def test_probabilities_add_up_and_predict_takes_the_largest(digits):
    X, X_test, y, _ = digits
    fitted = quick().fit(X, y)
    probabilities = fitted.predict_proba(X_test)
    assert_allclose(probabilities.sum(axis=1), 1)
    assert_array_equal(fitted.predict(X_test), fitted.classes_[probabilities.argmax(axis=1)])
    alone = np.concatenate([fitted.predict_proba(X_test[k : k + 1]) for k in range(5)])
    assert alone.tobytes() == probabilities[:5].tobytes()


def test_rows_without_labels_take_part_in_the_pretraining_alone(digits):
    X, _, y, _ = digits
    some = np.where(np.arange(len(y)) < 200, y, -1)
    fitted = quick().fit(X, some)
    assert_array_equal(fitted.classes_, np.arange(10))
    others = np.r_[y[:200], np.full(len(y) - 200, -1)]
    moved = X.copy()
    moved[200:] = moved[200:][::-1]
    assert quick().fit(X, others).predict_proba(X).tobytes() == fitted.predict_proba(X).tobytes()
    assert quick().fit(moved, some).predict_proba(X).tobytes() != fitted.predict_proba(X).tobytes()
    few = quick().fit(X[:200], y[:200])
    assert len(few.stack_.history_) == len(fitted.stack_.history_)
    assert few.settings_.epochs == fitted.settings_.epochs


def test_minus_one_and_one_alone_are_two_classes(digits):
    X, _, y, _ = digits
    fitted = quick().fit(X, np.where(y < 5, -1, 1))
    assert_array_equal(fitted.classes_, [-1, 1])
    assert fitted.score(X[:50], np.full(50, -1)) == np.mean(fitted.predict(X[:50]) == -1)
    assert quick().fit(X, np.where(y < 5, "-1", "b")).classes_.tolist() == ["-1", "b"]


@pytest.mark.parametrize("kind", [int, float, str, bool, object])
def test_saved_and_loaded_labels_and_probabilities_are_the_same(digits, kind, tmp_path):
    X, _, y, _ = digits
    y = (y > 4).astype(kind) if kind is not object else np.where(y > 4, "yes", "no").astype(object)
    fitted = quick(epochs=2).fit(X, y)
    fitted.save(tmp_path / "model")
    loaded = load(tmp_path / "model")
    assert loaded.predict_proba(X).tobytes() == fitted.predict_proba(X).tobytes()
    assert loaded.predict(X).dtype == fitted.predict(X).dtype
    assert_array_equal(loaded.predict(X), fitted.predict(X))
    assert loaded.stack_.transform(X).tobytes() == fitted.stack_.transform(X).tobytes()


def test_the_stack_stays_as_it_was_pretrained(digits):
    X, _, y, _ = digits
    fitted = quick().fit(X, y)
    again = quick(epochs=1).fit(X, y)
    assert fitted.stack_.transform(X).tobytes() == again.stack_.transform(X).tobytes()


def test_same_seed_same_bytes(digits):
    X, _, y, _ = digits
    first = quick(noisy_labels_training=True)
    assert (
        first.fit(X, y).predict_proba(X).tobytes()
        == clone(first).fit(X, y).predict_proba(X).tobytes()
    )


def test_every_class_keeps_a_row_to_learn_from(digits):
    X, _, _, _ = digits
    y = np.zeros(len(X), int)
    y[:2], y[2:5] = 1, 2
    fitted = quick(validation_fraction=0.9).fit(X, y)
    stays, leaves = fitted._split(y)
    assert set(y[stays]) == {0, 1, 2}
    assert not set(stays) & set(leaves) and len(stays) + len(leaves) == len(y)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            lambda n: np.full(n, -1),
            r"At least one row must be labelled\. Got \d+ rows with the label -1",
        ),
        (lambda n: np.linspace(0, 1, n), r"must be classes\. Got continuous values"),
        (lambda n: np.zeros(n, int), r"at least 2 classes\. Got only one class: .* 0"),
        (lambda n: np.r_[np.full(n - 3, -1), 0, 0, 1], r"at least 2 labelled rows\. Got 1 of .*1"),
    ],
    ids=["none", "continuous", "one class", "one row"],
)
def test_labels_that_nothing_can_learn_from_are_refused_in_one_sentence(digits, labels, message):
    X = digits[0]
    with pytest.raises(DataError, match=message):
        quick().fit(X, labels(len(X)))


def test_parameters_are_checked_like_those_of_the_stack(digits):
    X, _, y, _ = digits
    with pytest.raises(UsageError, match=r"one per layer \(2\)"):
        quick(noise_level=(0.1, 0.2, 0.3)).fit(X, y)
    with pytest.raises(UsageError, match="Did you mean `masking`"):
        quick(noise="maskin").fit(X, y)


@pytest.mark.parametrize(
    "mark",
    [
        lambda y, hidden: np.where(hidden, np.nan, y),
        lambda y, hidden: np.where(hidden, -1, y).astype(float),
        lambda y, hidden: np.where(hidden, "", np.char.add("n", y.astype(str))),
        lambda y, hidden: np.where(hidden, None, np.char.add("n", y.astype(str)).astype(object)),
        lambda y, hidden: np.where(hidden, -1, np.char.add("n", y.astype(str)).astype(object)),
        lambda y, hidden: pd.Series(np.where(hidden, None, y)),
    ],
    ids=["nan", "-1.0", "empty", "None", "-1 among texts", "pandas"],
)
def test_no_label_has_many_forms(digits, mark):
    X, X_test, y, _ = digits
    hidden = np.arange(len(y)) >= 300
    labels = mark(y, hidden)
    fitted = quick(pretraining_epochs=1).fit(X, labels)
    expected = quick(pretraining_epochs=1).fit(X, np.where(hidden, -1, y))
    assert len(fitted.classes_) == 10
    assert fitted.predict_proba(X_test).tobytes() == expected.predict_proba(X_test).tobytes()
    assert fitted.score(X, labels) == pytest.approx(expected.score(X[:300], y[:300]))


@pytest.mark.parametrize("missing", [np.nan, None])
def test_minus_one_beside_one_is_a_class_where_labels_are_missing_too(digits, missing):
    X, _, y, _ = digits
    signs = np.where(y < 5, -1, 1).astype(object)
    signs[::3] = missing
    halves = np.array([None if s is missing else (s + 1) // 2 for s in signs])
    fitted = quick().fit(X, signs if missing is None else signs.astype(float))
    assert_array_equal(fitted.classes_, [-1, 1])
    assert_array_equal(fitted.predict(X), 2 * quick().fit(X, halves).predict(X) - 1)


def test_one_class_beside_missing_labels_is_refused(digits):
    X, _, y, _ = digits
    with pytest.raises(DataError, match="Got only one class"):
        quick().fit(X, np.where(y < 5, np.nan, 1.0))


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_missing_cells_count_as_the_mean_of_their_column(rng, dropout):
    y = np.arange(300) % 2
    X = rng.normal(size=(300, 4)) + 2 * y[:, None]
    X[rng.random(X.shape) < 0.1] = np.nan
    own = StackedAutoencoderClassifier((16, 8), **QUICK | {"epochs": 30}, dropout=dropout)
    assert own.fit(X[:200], y[:200]).score(X[200:], y[200:]) > 0.9
