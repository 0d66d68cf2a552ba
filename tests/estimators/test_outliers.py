"""The outlier detector: its formula by hand, its contract, and outliers that others miss."""

from __future__ import annotations

import json
import math
import random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.exceptions import NotFittedError
from sklearn.metrics import roc_auc_score
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

from isthmus import AutoencoderOutlierDetector, load
from isthmus.artifacts import signed
from isthmus.errors import ArtifactError, DataError, UsageError

QUICK: dict[str, Any] = {
    "n_members": 2,
    "hidden_dims": (8,),
    "latent_dim": 4,
    "epochs": 2,
    "device": "cpu",
    "random_state": 0,
}


def quick(**changes: Any) -> AutoencoderOutlierDetector:
    return AutoencoderOutlierDetector(**{**QUICK, **changes})


@pytest.fixture(autouse=True)
def _put_the_global_state_back():
    """For scikit-learn's own checks, which shuffle with it, before the leak guard checks."""
    state = np.random.get_state()  # noqa: NPY002 (the very state that is guarded)
    yield
    np.random.set_state(state)  # noqa: NPY002 (as above)


@pytest.fixture(name="X")
def make_rows(rng):
    return rng.normal(size=(60, 5)) @ rng.normal(size=(5, 7)) + 3.0


@parametrize_with_checks([AutoencoderOutlierDetector(**{**QUICK, "random_state": None})])
def test_scikit_learns_own_checks_pass(estimator, check):
    check(estimator)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_scikit_learns_own_checks_pass_with_the_defaults():
    for estimator, check in estimator_checks_generator(AutoencoderOutlierDetector()):
        try:
            check(estimator)
        except pytest.skip.Exception:
            pass
        except Exception as error:
            if type(error).__name__ != "SkipTest":
                raise


def ring_pairs(rng: np.random.Generator) -> tuple[Any, Any]:
    """Points near a circle in each of two planes, and 40 with coordinates of different points.

    Every column of the outliers has the distribution of the others', and no two columns of the
    normal rows are correlated: only the dependency x**2 + y**2 = 1 is broken.
    """
    angles = rng.uniform(0, 2 * np.pi, size=(800, 2))
    X = np.column_stack([np.cos(angles), np.sin(angles)])
    X[:40] = rng.permuted(X, axis=0)[:40]
    return X + 0.03 * rng.normal(size=X.shape), (np.arange(800) < 40).astype(int)


def test_it_finds_broken_dependencies_that_pca_and_isolation_forest_miss(rng):
    X, y = ring_pairs(rng)
    detector = AutoencoderOutlierDetector(n_members=2, trim=(0.1,), epochs=20, random_state=0)
    found = detector.fit(X).score_samples(X)
    pca = PCA(2).fit(X)
    by_pca = np.square(X - pca.inverse_transform(pca.transform(X))).sum(axis=1)
    by_forest = -IsolationForest(random_state=0).fit(X).score_samples(X)
    auroc = roc_auc_score(y, -found)
    assert auroc > 0.9
    assert auroc > roc_auc_score(y, by_pca) + 0.1
    assert auroc > roc_auc_score(y, by_forest) + 0.1


def test_explain_points_at_the_feature_that_was_spoiled(rng):
    X = rng.normal(size=(300, 2)) @ rng.normal(size=(2, 6)) + 0.1 * rng.normal(size=(300, 6))
    fitted = AutoencoderOutlierDetector(random_state=0, n_members=2).fit(X)
    spoiled = X[:6].copy()
    spoiled[np.arange(6), np.arange(6)] += 8 * X.std(axis=0)
    assert_array_equal(fitted.explain(spoiled).argmax(axis=1), np.arange(6))


def errors_by_hand(fitted: AutoencoderOutlierDetector, X: Any) -> Any:
    Z = ((X - X.mean(axis=0)) / X.std(axis=0)).astype(np.float32)
    with torch.inference_mode():
        X_hats = [member(torch.from_numpy(Z)).numpy() for member in fitted.members_]
    *by_networks, by_medians = [
        np.log1p((X_hat - Z).astype(np.float64) ** 2 / scales)
        for X_hat, scales in zip([*X_hats, np.median(Z, axis=0)], fitted.error_scales_, strict=True)
    ]
    return (np.mean(by_networks, axis=0) + 0.25 * by_medians) / 1.25


def test_scores_and_shares_are_the_formula_by_hand(X):
    fitted = quick().fit(X)
    errors = errors_by_hand(fitted, X)
    assert_allclose(fitted.score_samples(X), -errors.mean(axis=1), rtol=1e-5)
    assert_allclose(fitted.explain(X), errors / errors.sum(axis=1, keepdims=True), rtol=1e-4)


def test_an_error_scale_is_the_mean_without_the_largest_tenth_and_no_less_than_its_floor(X):
    X[:, 2] = 1.0
    fitted = quick(n_members=1).fit(X)
    spread = X.std(axis=0)
    spread[2] = 1.0
    Z = torch.from_numpy(((X - X.mean(axis=0)) / spread).astype(np.float32))
    with torch.inference_mode():
        X_hats = [fitted.members_[0](Z).numpy(), np.median(Z, axis=0)]
    for X_hat, scales in zip(X_hats, fitted.error_scales_, strict=True):
        squares = np.sort((X_hat - Z.numpy()) ** 2, axis=0)
        means = squares[: math.ceil(0.9 * 60)].mean(axis=0)
        assert_allclose(scales, np.maximum(means, 0.1 * means.mean()), rtol=1e-4)


def test_shares_are_not_negative_and_add_up_to_one(X):
    shares = quick().fit(X).explain(X * 3)
    assert shares.shape == X.shape
    assert (shares >= 0).all()
    assert_allclose(shares.sum(axis=1), 1.0)


def test_predict_and_decision_function_follow_the_offset(X):
    fitted = quick(contamination=0.1).fit(X)
    decision = fitted.decision_function(X)
    assert_allclose(decision, fitted.score_samples(X) - fitted.offset_)
    assert_array_equal(fitted.predict(X), np.where(decision >= 0, 1, -1))
    assert (fitted.predict(X) == -1).sum() == 6
    assert_array_equal(quick(contamination=0.1).fit_predict(X), fitted.predict(X))


def test_the_automatic_line_is_tukeys_fence(X):
    fitted = quick().fit(X)
    lower, upper = np.percentile(fitted.score_samples(X), (25, 75))
    assert fitted.offset_ == pytest.approx(lower - 1.5 * (upper - lower))


def test_members_take_noise_in_turn_and_trim_after_each_turn(X, monkeypatch):
    seen = []
    from isthmus.estimators import _outlier_detector as _outliers

    real = _outliers.TrimmedDenoising

    def watched(network: Any, noise: float, trim: float) -> Any:
        seen.append((noise, trim))
        return real(network, noise, trim)

    monkeypatch.setattr(_outliers, "TrimmedDenoising", watched)
    quick(n_members=5, noise=(0.5, 1.0), trim=(0.0, 0.2)).fit(X)
    assert seen == [(0.5, 0.0), (1.0, 0.0), (0.5, 0.2), (1.0, 0.2), (0.5, 0.0)]


def test_same_seed_same_bytes_another_seed_other_scores(X):
    first, second, other = (quick(random_state=s).fit(X).score_samples(X) for s in (0, 0, 1))
    assert first.tobytes() == second.tobytes()
    assert not np.array_equal(first, other)


def test_a_rows_score_does_not_depend_on_the_rows_beside_it(rng):
    X = rng.normal(size=(1500, 7))
    fitted = quick().fit(X)
    scores, shares = fitted.score_samples(X), fitted.explain(X)
    order = rng.permutation(1500)
    assert fitted.score_samples(X[order]).tobytes() == scores[order].tobytes()
    for k in (0, 63, 700, 1023, 1024, 1499):
        assert fitted.score_samples(X[k : k + 1]).tobytes() == scores[k : k + 1].tobytes()
        assert fitted.explain(X[k : k + 1]).tobytes() == shares[k : k + 1].tobytes()


def test_the_global_random_states_are_not_moved(X):
    before = global_states()
    quick(random_state=None).fit(X).score_samples(X)
    assert global_states() == before


def global_states() -> tuple[Any, ...]:
    bits = np.random.get_state(legacy=False)["state"]  # noqa: NPY002 (as above)
    torch_state = torch.get_rng_state().numpy().tobytes()
    return random.getstate(), bits["key"].tobytes(), bits["pos"], torch_state


def test_save_and_load_give_the_same_bytes(X, tmp_path):
    fitted = quick(contamination=0.1).fit(X)
    fitted.save(tmp_path / "a", about={"source": "here"})
    loaded = load(tmp_path / "a", device="cpu")
    assert type(loaded) is AutoencoderOutlierDetector
    assert loaded.get_params() == fitted.get_params()
    assert loaded.history_ == fitted.history_
    assert loaded.score_samples(X).tobytes() == fitted.score_samples(X).tobytes()
    assert loaded.explain(X).tobytes() == fitted.explain(X).tobytes()
    assert_array_equal(loaded.predict(X), fitted.predict(X))
    loaded.save(tmp_path / "b", about={"source": "here"})
    for file in ("model.json", "model.safetensors"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_an_artifact_without_its_offset_is_refused(X, tmp_path):
    quick().fit(X).save(tmp_path / "a")
    path = tmp_path / "a" / "model.json"
    document = json.loads(path.read_text())
    del document["offset"]
    path.write_text(json.dumps(signed(document)))
    with pytest.raises(ArtifactError, match=r"model\.json is damaged \(it has no `offset`"):
        load(tmp_path / "a", device="cpu")


def test_sparse_rows_are_scored_as_their_dense_twins(X):
    X = np.where(X > 3, X, 0)
    dense, twin = quick(scaling="unit").fit(X), quick(scaling="unit").fit(sparse.csr_array(X))
    assert twin.score_samples(sparse.csr_array(X)).tobytes() == dense.score_samples(X).tobytes()


@pytest.mark.parametrize("shape", [(2, 3), (3, 1), (50, 1), (5, 40)])
def test_few_rows_and_a_single_feature_work(rng, shape):
    X = rng.normal(size=shape)
    fitted = quick().fit(X)
    assert np.isfinite(fitted.score_samples(X)).all()
    assert_allclose(fitted.explain(X).sum(axis=1), 1.0)


def test_a_constant_column_works_and_a_change_in_it_is_seen(X):
    X[:, 0] = 5.0
    fitted = AutoencoderOutlierDetector(random_state=0, n_members=1).fit(X)
    changed = X[:1].copy()
    changed[0, 0] = 25.0
    assert fitted.explain(changed).argmax() == 0
    assert fitted.score_samples(changed) < fitted.score_samples(X[:1])


def test_one_row_and_equal_rows_are_refused(X):
    with pytest.raises(DataError, match="requires at least 2 training rows"):
        quick().fit(X[:1])
    with pytest.raises(DataError, match="All 10 rows are equal"):
        quick().fit(np.ones((10, 3)))


@pytest.mark.parametrize("value", [-np.inf, np.inf])
def test_infinite_values_are_refused(X, value):
    fitted = quick().fit(X)
    X[3, 2] = value
    for method in (quick().fit, fitted.score_samples, fitted.explain):
        with pytest.raises(DataError, match=r"X must hold finite numbers only.*column 2"):
            method(X)


def test_all_parameters_that_break_their_rule_are_told_at_once(X):
    with pytest.raises(UsageError) as caught:
        quick(contamination=0.6, noise=(), trim=(1.0,), activation="rleu").fit(X)
    message = str(caught.value)
    for name in ("contamination", "noise", "trim", "activation"):
        assert f"`{name}` of AutoencoderOutlierDetector must be" in message


@pytest.mark.parametrize("method", ["score_samples", "decision_function", "predict", "explain"])
def test_nothing_is_answered_before_fit(X, method):
    with pytest.raises(NotFittedError):
        getattr(quick(), method)(X)


def test_history_tells_the_member_and_callbacks_see_its_epochs(X, capfd):
    epochs = []
    fitted = quick(callbacks=[lambda record: epochs.append(record["epoch"])]).fit(X)
    stages = [(r["stage"], r["epoch"]) for r in fitted.history_]
    first, second = "network 1 of 2", "network 2 of 2"
    assert stages == [(first, 1), (first, 2), (second, 1), (second, 2)]
    assert epochs == [1, 2, 1, 2]
    assert capfd.readouterr() == ("", "")


def test_a_clone_learns_the_same_and_rows_stay_as_they_are(X):
    kept = X.copy()
    X.setflags(write=False)
    fitted = quick().fit(X)
    assert clone(fitted).fit(X).score_samples(X).tobytes() == fitted.score_samples(X).tobytes()
    assert_array_equal(X, kept)


def test_one_level_may_be_a_number(X):
    several = quick(noise=(0.5,), trim=(0.2,)).fit(X)
    one = quick(noise=0.5, trim=0.2).fit(X)
    assert_array_equal(one.score_samples(X), several.score_samples(X))


def test_expected_rows_are_the_members_mean_in_the_units_of_the_columns(X):
    detector = quick().fit(X)
    scaled = torch.from_numpy(detector.scaling_.apply(X))
    with torch.inference_mode():
        members = [member(scaled).numpy() for member in detector.members_]
    mean = (sum(members) / 2 + 0.25 * detector.centre_) / 1.25
    assert_allclose(detector.expected_rows(X), detector.scaling_.invert(mean), rtol=1e-4)
    missing = X.copy()
    missing[0, 0] = np.nan
    assert np.isfinite(detector.expected_rows(missing)).all()


@pytest.mark.parametrize(
    ("n_columns", "batch_size", "epochs"), [(100, 512, 10), (3_900, 512, 10), (19_743, 64, 2)]
)
def test_batches_of_very_wide_rows_are_smaller(n_columns, batch_size, epochs):
    detector = AutoencoderOutlierDetector()
    detector.preprocessor_ = SimpleNamespace(n_encoded=n_columns)
    settings = detector._training_settings(7_599)
    assert (settings.batch_size, settings.epochs) == (batch_size, epochs)
