"""Every public estimator follows scikit-learn's contract, and some promises of Isthmus."""

from __future__ import annotations

import pickle
import random
import threading
from typing import Any

import joblib
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import OutlierMixin, clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.utils import estimator_html_repr
from sklearn.utils.estimator_checks import parametrize_with_checks

from isthmus import (
    Autoencoder,
    AutoencoderImputer,
    ConvAutoencoder,
    SparseAutoencoder,
    StackedAutoencoder,
    StackedAutoencoderClassifier,
    VariationalAutoencoder,
)
from isthmus.errors import UsageError
from isthmus.estimators import TRAINABLE, load

NAMES = sorted(TRAINABLE)
QUICK: dict[str, Any] = {"epochs": 3, "batch_size": 16, "device": "cpu", "random_state": 0}


SHAPES: dict[str, dict[str, Any]] = {
    "autoencoder": {"latent_dim": 2, "hidden_dims": (8,)},
    "conv": {"latent_dim": 2, "channels": (4, 8)},
    "sparse": {"n_latents": 12, "k": 3},
    "stacked": {"layer_dims": (8, 2), "pretraining_epochs": 2, "noise": "masking"},
    "stacked-classifier": {"layer_dims": (8, 2), "pretraining_epochs": 2, "noise": "masking"},
    "outlier-detector": {"latent_dim": 2, "hidden_dims": (8,), "n_members": 2},
    "patch-detector": {"latent_dim": 2, "hidden_dims": (8,), "n_members": 2},
    "vae": {"latent_dim": 2, "hidden_dims": (8,)},
}
METHODS = (
    "transform",
    "reconstruct",
    "reconstruction_error",
    "explain",
    "predict_proba",
    "predict",
    "score_samples",
)
# Detectors have files of their own for scikit-learn's checks.
CHECKED = [cls for _, cls in sorted(TRAINABLE.items()) if not issubclass(cls, OutlierMixin)]


def quick(name: str, **changes: Any) -> Any:
    return TRAINABLE[name](**{**SHAPES[name], **QUICK, **changes})


def fit(estimator: Any, X: Any) -> Any:
    """Fit on rows, a classifier also on labels that depend on them."""
    if not is_classifier(estimator):
        return estimator.fit(X)
    first = X[:, [0]].toarray().ravel() if sparse.issparse(X) else X[:, 0]
    return estimator.fit(X, (first > np.median(first)).astype(int))


def dense(values: Any) -> Any:
    """Return an array, also of sparse codes."""
    return values.toarray() if sparse.issparse(values) else np.asarray(values)


def answers(estimator: Any, X: Any) -> dict[str, bytes]:
    """Return the bytes of all outputs of an estimator for rows."""
    found = {
        method: dense(getattr(estimator, method)(X)).tobytes()
        for method in METHODS
        if hasattr(estimator, method)
    }
    if hasattr(estimator, "inverse_transform"):
        Z = estimator.transform(X)
        found["inverse_transform"] = estimator.inverse_transform(Z).tobytes()
    assert len(found) >= 2
    return found


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture(name="X")
def make_rows(rng):
    return rng.normal(size=(60, 5)) @ rng.normal(size=(5, 7)) + 3.0


@parametrize_with_checks(
    [
        Autoencoder(epochs=3),
        ConvAutoencoder(channels=(4,), epochs=3),
        SparseAutoencoder(24, 4, epochs=3),
        StackedAutoencoder((16, 4), epochs=3, pretraining_epochs=2),
        # This one has to learn something to pass.
        StackedAutoencoderClassifier((16,), pretraining_epochs=2, epochs=15, learning_rate=0.05),
        VariationalAutoencoder(epochs=3),
        VariationalAutoencoder(network="conv", channels=(4,), epochs=3),
        AutoencoderImputer(steps=20, n_networks=2, device="cpu"),
    ]
)
def test_scikit_learns_own_checks_pass(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks([cls() for cls in CHECKED])
def test_scikit_learns_own_checks_pass_with_the_defaults(estimator, check):
    check(estimator)


def test_the_constructor_only_stores(name):
    wrong = {parameter: object() for parameter in TRAINABLE[name]().get_params()}
    estimator = TRAINABLE[name](**wrong)
    assert vars(estimator) == wrong


def weights(estimator: Any) -> dict[str, bytes]:
    return {
        f"{owner}.{key}": tensor.numpy().tobytes()
        for owner, module in estimator._modules().items()
        for key, tensor in module.state_dict().items()
    }


def test_same_seed_same_bytes_of_weights_and_answers(name, X):
    first, second = fit(quick(name), X), fit(quick(name), X)
    assert weights(first) == weights(second) != {}
    assert answers(first, X) == answers(second, X)


def test_another_seed_gives_other_answers(name, X):
    first, second = (answers(fit(quick(name, random_state=seed), X), X) for seed in (0, 1))
    assert first != second


def test_fitting_again_forgets_the_first_rows(name, X):
    twice = fit(fit(quick(name), X[:, :4] * 100), X)
    once = fit(quick(name), X)
    assert answers(twice, X) == answers(once, X)
    assert len(twice.history_) == len(once.history_)


def test_what_is_said_of_a_row_does_not_depend_on_those_beside_it(name, X):
    fitted = fit(quick(name), X)
    for method in METHODS:
        if not hasattr(fitted, method):
            continue
        whole = dense(getattr(fitted, method)(X))
        parts = [dense(getattr(fitted, method)(X[k : k + 7])) for k in range(0, len(X), 7)]
        assert np.concatenate(parts).tobytes() == whole.tobytes(), method


def copies(estimator: Any, folder: Any) -> dict[str, Any]:
    estimator.save(folder / "model")
    joblib.dump(estimator, folder / "model.joblib")
    return {
        "save and load": load(folder / "model", device="cpu"),
        "pickle": pickle.loads(pickle.dumps(estimator)),
        "joblib": joblib.load(folder / "model.joblib"),
    }


def test_codes_have_neighbours_meanings_and_lines_between_them(name, X):
    if not hasattr(TRAINABLE[name], "interpolate"):
        pytest.skip("has no decoder")
    estimator = fit(quick(name), X)
    walk = estimator.interpolate(X[:2], 4)
    assert_allclose(walk[[0, -1]], dense(estimator.reconstruct(X[:2])), rtol=1e-4, atol=1e-4)
    assert estimator.similar(X, [3], n_neighbors=2)[1].shape == (1, 2)
    assert estimator.duplicates(np.repeat(X[:2], 2, axis=0))
    n_units = dense(estimator.transform(X)).shape[1]
    assert sorted(estimator.code_meanings(X)["order"]) == list(range(n_units))
    if name == "sparse":
        with pytest.raises(UsageError, match="`sample` does not apply to SparseAutoencoder"):
            estimator.sample(2)
    else:
        assert estimator.sample(5, random_state=0).shape == (5, X.shape[1])


def test_copies_by_any_way_give_the_same_bytes(name, X, tmp_path):
    fitted = fit(quick(name), X)
    said = answers(fitted, X)
    for way, copied in copies(fitted, tmp_path).items():
        assert type(copied) is type(fitted), way
        assert answers(copied, X) == said, way
        assert copied.history_ == fitted.history_, way
        assert copied.get_params() == fitted.get_params(), way


def test_a_loaded_estimator_can_be_saved_again_with_the_same_bytes(name, X, tmp_path):
    fit(quick(name), X).save(tmp_path / "a")
    load(tmp_path / "a", device="cpu").save(tmp_path / "b")
    for file in ("model.json", "model.safetensors"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file


def test_a_clone_is_unfitted_and_learns_the_same(name, X):
    fitted = fit(quick(name), X)
    copied = clone(fitted)
    with pytest.raises(NotFittedError):
        answers(copied, X)
    assert answers(fit(copied, X), X) == answers(fitted, X)


@pytest.mark.parametrize("method", [*METHODS, "inverse_transform", "score"])
def test_nothing_is_answered_before_fit(name, X, method):
    estimator = quick(name)
    if not hasattr(estimator, method):
        pytest.skip(f"{name} has no {method}")
    labels = [np.zeros(len(X))] if method == "score" and is_classifier(estimator) else []
    with pytest.raises(NotFittedError):
        getattr(estimator, method)(X, *labels)


def test_an_unfitted_estimator_is_not_saved(name, tmp_path):
    with pytest.raises(NotFittedError):
        quick(name).save(tmp_path / "model")
    assert not any(tmp_path.iterdir())


def test_the_global_random_states_are_neither_read_nor_moved(name, X):
    codes = []
    for seed in (1, 2):
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002 (the very state that is guarded)
        torch.manual_seed(seed)
        before = _global_states()
        codes.append(answers(fit(quick(name), X), X))
        assert _global_states() == before
    assert codes[0] == codes[1]


def _global_states() -> tuple[Any, ...]:
    bits = np.random.get_state(legacy=False)["state"]  # noqa: NPY002 (as above)
    torch_state = torch.get_rng_state().numpy().tobytes()
    return random.getstate(), bits["key"].tobytes(), bits["pos"], torch_state


@pytest.fixture(autouse=True)
def _put_the_global_states_back():
    """For the tests that seed them on purpose, before the leak guard checks."""
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    yield
    random.setstate(states[0])
    np.random.set_state(states[1])  # noqa: NPY002
    torch.set_rng_state(states[2])


def test_threads_and_default_dtype_stay_as_they_are(name, X):
    before = torch.get_num_threads(), torch.get_default_dtype(), threading.active_count()
    answers(fit(quick(name), X), X)
    assert (torch.get_num_threads(), torch.get_default_dtype(), threading.active_count()) == before


def test_rows_are_not_modified_and_may_be_read_only(name, X):
    kept = X.copy()
    X.setflags(write=False)
    answers(fit(quick(name), X), X)
    assert_array_equal(X, kept)


def test_sparse_rows_are_read_as_their_dense_twins(name, X):
    X = np.where(X > 3, X, 0)
    twins = [
        fit(quick(name, scaling="none"), rows)
        for rows in (X, sparse.csr_array(X), sparse.csc_array(X), sparse.csr_matrix(X))
    ]
    said = answers(twins[0], X)
    for twin in twins[1:]:
        told = answers(twin, sparse.csr_array(X))
        assert told["transform" if "transform" in told else "score_samples"] in said.values()


def test_a_silent_fit_prints_nothing(name, X, capfd):
    answers(fit(quick(name, verbose=0), X), X)
    assert capfd.readouterr() == ("", "")


def test_the_html_repr_names_the_estimator(name):
    assert TRAINABLE[name].__name__ in estimator_html_repr(quick(name))
