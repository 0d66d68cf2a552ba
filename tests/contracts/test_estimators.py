"""Every public estimator keeps scikit-learn's contract, and some promises of our own."""

from __future__ import annotations

import pickle
import random
import threading
from typing import Any

import joblib
import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import estimator_html_repr
from sklearn.utils.estimator_checks import parametrize_with_checks

from isthmus import Autoencoder, StackedAutoencoder, StackedAutoencoderClassifier
from isthmus.estimators import ESTIMATORS, load

NAMES = sorted(ESTIMATORS)
QUICK: dict[str, Any] = {"epochs": 3, "batch_size": 16, "device": "cpu", "random_state": 0}


SHAPES: dict[str, dict[str, Any]] = {
    "autoencoder": {"latent_dim": 2, "hidden_dims": (8,)},
    "stacked": {"layer_dims": (8, 2), "pretraining_epochs": 2, "noise": "masking"},
}
CHECKED = [*(cls for _, cls in sorted(ESTIMATORS.items())), StackedAutoencoderClassifier]


def quick(name: str, **changes: Any) -> Any:
    return ESTIMATORS[name](**{**SHAPES[name], **QUICK, **changes})


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture(name="X")
def make_rows(rng):
    return rng.normal(size=(60, 5)) @ rng.normal(size=(5, 7)) + 3.0


@parametrize_with_checks(
    [
        Autoencoder(epochs=3),
        StackedAutoencoder((16, 4), epochs=3, pretraining_epochs=2),
        # This one has to learn something to pass.
        StackedAutoencoderClassifier((16,), pretraining_epochs=2, learning_rate=0.05),
    ]
)
def test_scikit_learns_own_checks_pass(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks([cls() for cls in CHECKED])
def test_scikit_learns_own_checks_pass_with_the_defaults(estimator, check):
    check(estimator)


def test_the_constructor_only_stores(name):
    wrong = {parameter: object() for parameter in ESTIMATORS[name]().get_params()}
    estimator = ESTIMATORS[name](**wrong)
    assert vars(estimator) == wrong


def test_same_seed_same_bytes_of_weights_and_codes(name, X):
    first, second = quick(name).fit(X), quick(name).fit(X)
    for (key, a), b in zip(
        first.network_.state_dict().items(), second.network_.state_dict().values(), strict=True
    ):
        assert a.numpy().tobytes() == b.numpy().tobytes(), key
    assert first.transform(X).tobytes() == second.transform(X).tobytes()


def test_another_seed_gives_other_codes(name, X):
    codes = [quick(name, random_state=seed).fit(X).transform(X) for seed in (0, 1)]
    assert not np.array_equal(*codes)


def test_fitting_again_forgets_the_first_rows(name, X):
    twice = quick(name).fit(X[:, :4] * 100).fit(X)
    assert twice.transform(X).tobytes() == quick(name).fit(X).transform(X).tobytes()
    assert len(twice.history_) == len(quick(name).fit(X).history_)


def copies(estimator: Any, folder: Any) -> dict[str, Any]:
    estimator.save(folder / "model")
    joblib.dump(estimator, folder / "model.joblib")
    return {
        "save and load": load(folder / "model", device="cpu"),
        "pickle": pickle.loads(pickle.dumps(estimator)),
        "joblib": joblib.load(folder / "model.joblib"),
    }


def test_copies_by_any_way_give_the_same_bytes(name, X, tmp_path):
    fitted = quick(name).fit(X)
    Z = fitted.transform(X)
    for way, copied in copies(fitted, tmp_path).items():
        assert type(copied) is type(fitted), way
        assert copied.transform(X).tobytes() == Z.tobytes(), way
        assert copied.inverse_transform(Z).tobytes() == fitted.inverse_transform(Z).tobytes(), way
        assert copied.score(X) == fitted.score(X), way
        assert copied.history_ == fitted.history_, way
        assert copied.get_params() == fitted.get_params(), way


def test_a_loaded_estimator_can_be_saved_again_with_the_same_bytes(name, X, tmp_path):
    quick(name).fit(X).save(tmp_path / "a")
    load(tmp_path / "a", device="cpu").save(tmp_path / "b")
    for file in ("model.json", "model.safetensors"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file


def test_a_clone_is_unfitted_and_learns_the_same(name, X):
    fitted = quick(name).fit(X)
    copied = clone(fitted)
    with pytest.raises(NotFittedError):
        copied.transform(X)
    assert copied.fit(X).transform(X).tobytes() == fitted.transform(X).tobytes()


@pytest.mark.parametrize(
    "method", ["transform", "inverse_transform", "reconstruct", "reconstruction_error", "score"]
)
def test_nothing_is_answered_before_fit(name, X, method):
    with pytest.raises(NotFittedError):
        getattr(quick(name), method)(X)


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
        fitted = quick(name).fit(X)
        codes.append(fitted.transform(X).tobytes())
        fitted.score(X)
        assert _global_states() == before
    assert codes[0] == codes[1]


def _global_states() -> tuple[Any, ...]:
    bits = np.random.get_state(legacy=False)["state"]  # noqa: NPY002 (as above)
    torch_state = torch.get_rng_state().numpy().tobytes()
    return random.getstate(), bits["key"].tobytes(), bits["pos"], torch_state


@pytest.fixture(autouse=True)
def _put_the_global_states_back():
    """For the tests that seed them on purpose, ahead of the leak guard's look."""
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    yield
    random.setstate(states[0])
    np.random.set_state(states[1])  # noqa: NPY002
    torch.set_rng_state(states[2])


def test_threads_and_default_dtype_stay_as_they_are(name, X):
    before = torch.get_num_threads(), torch.get_default_dtype(), threading.active_count()
    quick(name).fit(X).transform(X)
    assert (torch.get_num_threads(), torch.get_default_dtype(), threading.active_count()) == before


def test_rows_are_not_modified_and_may_be_read_only(name, X):
    kept = X.copy()
    X.setflags(write=False)
    quick(name).fit(X).score(X)
    assert_array_equal(X, kept)


def test_sparse_rows_are_read_as_their_dense_twins(name, X):
    X = np.where(X > 3, X, 0)
    twins = [
        quick(name, scaling="unit", output_activation="identity").fit(rows)
        for rows in (X, sparse.csr_array(X), sparse.csc_array(X), sparse.csr_matrix(X))
    ]
    Z = twins[0].transform(X)
    for twin in twins[1:]:
        assert twin.transform(sparse.csr_array(X)).tobytes() == Z.tobytes()
        assert twin.score(sparse.csr_array(X)) == pytest.approx(twins[0].score(X), rel=1e-9)


def test_a_silent_fit_prints_nothing(name, X, capfd):
    quick(name, verbose=0).fit(X).transform(X)
    assert capfd.readouterr() == ("", "")


def test_the_html_repr_names_the_estimator(name):
    assert ESTIMATORS[name].__name__ in estimator_html_repr(quick(name))
