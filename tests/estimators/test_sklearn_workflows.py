"""Workflows of scikit-learn: what works for one estimator works in composition too."""

from __future__ import annotations

import pickle

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from joblib.externals.loky import get_reusable_executor
from numpy.testing import assert_allclose
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from isthmus import Autoencoder, AutoencoderOutlierDetector, load

N, D = 60, 6
NAMES = list("abcdef")
FRAMES = [pd.DataFrame, pl.DataFrame]


def autoencoder(**changes):
    settings = {"latent_dim": 2, "hidden_dims": (8,), "epochs": 3, "batch_size": 16}
    return Autoencoder(**{**settings, "device": "cpu", "random_state": 0, **changes})


def detector(**changes):
    settings = {"n_members": 2, "latent_dim": 4, "hidden_dims": (8,), "epochs": 4}
    return AutoencoderOutlierDetector(**{**settings, "device": "cpu", "random_state": 0, **changes})


def both(function):
    """Parametrize over the autoencoder and the detector, each with its method for rows."""
    cases = [(autoencoder, "transform"), (detector, "score_samples")]
    return pytest.mark.parametrize(("make", "method"), cases, ids=["codes", "scores"])(function)


@pytest.fixture(name="X")
def make_rows(rng):
    return rng.normal(size=(N, 3)) @ rng.normal(size=(3, D)) + 0.1 * rng.normal(size=(N, D))


def as_frame(kind, X, names=NAMES):
    return kind(dict(zip(names, np.asarray(X).T, strict=True)))


@pytest.fixture(scope="module", autouse=True)
def _workers():
    """Pass all arrays to other processes as read-only memory maps, and stop them with this file."""
    with joblib.parallel_config("loky", max_nbytes=1):
        yield
    get_reusable_executor().shutdown(wait=True)


# --- pipelines and columns ------------------------------------------------------------------------


def test_a_pipeline_decodes_through_all_its_steps(X):
    pipeline = make_pipeline(StandardScaler(), autoencoder(epochs=60, latent_dim=3)).fit(X * 1000)
    back = pipeline.inverse_transform(pipeline.transform(X * 1000))
    assert np.square(back - X * 1000).sum() < 0.5 * np.square(X * 1000 - 1000 * X.mean(0)).sum()


@both
def test_the_last_step_of_a_pipeline_does_what_it_does_alone(X, make, method):
    pipeline = make_pipeline(StandardScaler(), make()).fit(X)
    scaled = StandardScaler().fit_transform(X)
    alone = getattr(make().fit(scaled), method)(scaled)
    assert getattr(pipeline, method)(X).tobytes() == alone.tobytes()


def test_a_detector_behind_codes_calls_a_planted_row_an_outlier(X):
    X[7] = 50
    pipeline = make_pipeline(autoencoder(scaling="standard"), detector(contamination=1 / N)).fit(X)
    assert np.flatnonzero(pipeline.predict(X) == -1).tolist() == [7]


@pytest.mark.parametrize("kind", FRAMES)
@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_a_column_transformer_takes_columns_by_name_and_names_what_comes_out(X, kind, output):
    columns = ColumnTransformer(
        [("codes", autoencoder(), ["a", "c", "d"]), ("rest", "passthrough", ["f"])]
    ).set_output(transform=output)
    Z = columns.fit_transform(as_frame(kind, X))
    names = ["codes__autoencoder0", "codes__autoencoder1", "rest__f"]
    assert list(Z.columns) == columns.get_feature_names_out().tolist() == names
    assert type(Z).__module__.startswith(output)
    assert columns.named_transformers_["codes"].feature_names_in_.tolist() == ["a", "c", "d"]
    codes = autoencoder().fit_transform(X[:, [0, 2, 3]])
    assert_allclose(np.asarray(Z)[:, :2], codes, rtol=1e-6)


def test_sparse_columns_of_an_encoder_are_encoded_as_dense_ones(rng):
    words = rng.choice(list("xyz"), size=(N, 2))
    codes = [
        make_pipeline(
            OneHotEncoder(sparse_output=sparse), autoencoder(output_activation="identity")
        ).fit_transform(words)
        for sparse in (True, False)
    ]
    assert codes[0].tobytes() == codes[1].tobytes()


@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_a_pipeline_gives_frames_with_the_names_of_the_codes(X, output):
    pipeline = make_pipeline(StandardScaler(), autoencoder()).set_output(transform=output)
    Z = pipeline.fit_transform(as_frame(pd.DataFrame, X))
    assert type(Z).__module__.startswith(output)
    assert list(Z.columns) == pipeline.get_feature_names_out(NAMES).tolist()
    assert list(Z.columns) == ["autoencoder0", "autoencoder1"]


# --- searches, validation, other processes --------------------------------------------------------


def test_a_grid_search_in_two_processes_finds_what_one_finds(X):
    pipeline = Pipeline([("scaler", StandardScaler()), ("codes", autoencoder(epochs=30))])
    grid = {"codes__latent_dim": [1, 3], "codes__activation": ["silu", "tanh"]}
    searches = [GridSearchCV(pipeline, grid, cv=2, n_jobs=n_jobs).fit(X) for n_jobs in (1, 2)]
    scores = [search.cv_results_["mean_test_score"] for search in searches]
    assert_allclose(scores[1], scores[0], rtol=1e-4)
    assert searches[1].best_params_["codes__latent_dim"] == 3
    assert searches[1].best_estimator_["codes"].latent_dim_ == 3


def test_a_randomized_search_in_two_processes_gives_a_model_that_can_be_saved(X, tmp_path):
    drawn = {"latent_dim": np.arange(1, 4), "learning_rate": loguniform(1e-3, 1e-1)}
    search = RandomizedSearchCV(
        autoencoder(), drawn, n_iter=4, cv=2, n_jobs=2, random_state=0, error_score="raise"
    ).fit(X)
    assert len({params["learning_rate"] for params in search.cv_results_["params"]}) == 4
    best = search.best_estimator_
    assert isinstance(best.latent_dim, np.integer)  # as it was drawn
    best.save(tmp_path / "model")
    assert load(tmp_path / "model", device="cpu").transform(X).tobytes() == (
        search.transform(X).tobytes()
    )


def test_cross_validation_in_two_processes_gives_the_scores_of_one(X):
    kept = X.copy()
    scores = [
        cross_val_score(autoencoder(), X, cv=3, n_jobs=n_jobs, error_score="raise")
        for n_jobs in (1, 2)
    ]
    assert_allclose(scores[1], scores[0], rtol=1e-4)
    assert X.tobytes() == kept.tobytes()


@both
def test_another_process_gives_the_same_bytes(X, make, method):
    fitted = make().fit(X)
    here = getattr(fitted, method)(X)
    there = joblib.Parallel(n_jobs=2)(
        joblib.delayed(getattr(fitted, method))(rows) for rows in (X[:20], X[20:])
    )
    assert np.concatenate(there).tobytes() == here.tobytes()


def test_detectors_are_searched_by_the_area_under_their_curve(X):
    y = np.ones(N)
    y[::10], X[::10] = -1, X[::10] + 9
    grid = {"noise": [(0.2,), (0.5, 1.0)]}
    search = GridSearchCV(detector(epochs=20), grid, cv=3, scoring="roc_auc").fit(X, y)
    assert search.best_score_ > 0.95
    y[::10] = 1
    y[::7] = -1  # labels that rows know nothing of
    assert cross_val_score(detector(), X, y, cv=3, scoring="roc_auc").mean() < 0.9


# --- copies ---------------------------------------------------------------------------------------


def test_a_cloned_pipeline_has_new_steps_that_know_nothing_and_learn_the_same(X):
    pipeline = make_pipeline(StandardScaler(), autoencoder()).fit(X)
    copied = clone(pipeline)
    with pytest.raises(NotFittedError):
        copied[-1].transform(X)
    assert copied[-1] is not pipeline[-1]
    assert copied.fit_transform(X).tobytes() == pipeline.transform(X).tobytes()


@both
@pytest.mark.parametrize("way", ["pickle", "joblib", "joblib, compressed", "joblib, mapped"])
def test_a_dumped_pipeline_gives_the_same_bytes(X, tmp_path, make, method, way):
    pipeline = make_pipeline(StandardScaler(), make()).fit(X)
    file = tmp_path / "pipeline.joblib"
    if way == "pickle":
        copied = pickle.loads(pickle.dumps(pipeline))
    else:
        joblib.dump(pipeline, file, compress=3 * way.endswith("compressed"))
        copied = joblib.load(file, mmap_mode="r" if way.endswith("mapped") else None)
    assert getattr(copied, method)(X).tobytes() == getattr(pipeline, method)(X).tobytes()


def test_a_pickle_still_gives_frames(X):
    fitted = autoencoder().set_output(transform="pandas").fit(as_frame(pd.DataFrame, X))
    Z = pickle.loads(pickle.dumps(fitted)).transform(as_frame(pd.DataFrame, X))
    assert list(Z.columns) == ["autoencoder0", "autoencoder1"]


# --- notebooks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [autoencoder, detector])
def test_a_notebook_shows_the_estimator_and_whether_it_is_fitted(X, make):
    estimator = make()
    name = type(estimator).__name__
    before = estimator._repr_html_()
    after = make_pipeline(StandardScaler(), estimator.fit(X))._repr_html_()
    assert name in before and "Not fitted" in before
    assert name in after and "StandardScaler" in after and "Not fitted" not in after


@pytest.mark.parametrize("make", [autoencoder, detector])
def test_its_text_has_what_was_chosen_and_no_default(make):
    text = " ".join(repr(make()).split())
    assert "hidden_dims=(8,)" in text and "random_state=0" in text
    assert "callbacks" not in text and "scaling" not in text


# --- rows: memory maps, types, names --------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["f4", "f8", "i2", "u1"])
def test_read_only_memory_maps_do_for_every_method(X, tmp_path, dtype):
    rows = np.clip(30 * X + 100, 0, 255).astype(dtype)
    np.save(tmp_path / "rows.npy", rows)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    assert not mapped.flags.writeable
    a, b = (autoencoder().fit(given, validation_data=given) for given in (rows, mapped))
    for method in ("transform", "reconstruct", "reconstruction_error", "explain"):
        assert getattr(a, method)(rows).tobytes() == getattr(b, method)(mapped).tobytes(), method
    assert a.score(rows) == b.score(mapped)
    a.partial_fit(rows)
    b.partial_fit(mapped)
    assert a.transform(rows).tobytes() == b.transform(mapped).tobytes()
    scores = [detector().fit(given).score_samples(given) for given in (rows, mapped)]
    assert scores[0].tobytes() == scores[1].tobytes()
    assert (tmp_path / "rows.npy").read_bytes()[-rows.nbytes :] == rows.tobytes()


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("kind", FRAMES)
def test_codes_have_the_precision_of_a_frame_also_in_frames(X, dtype, kind):
    frame = as_frame(kind, X.astype(dtype))
    fitted = autoencoder().fit(frame)
    assert fitted.transform(frame).dtype == np.dtype(dtype)
    assert fitted.inverse_transform(fitted.transform(frame)).dtype == np.dtype(dtype)
    for output in ("pandas", "polars"):
        Z = fitted.set_output(transform=output).transform(frame)
        assert np.asarray(Z).dtype == np.dtype(dtype)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_precision_is_kept_from_end_to_end_of_a_pipeline(X, dtype):
    pipeline = make_pipeline(StandardScaler(), autoencoder()).fit(X.astype(dtype))
    Z = pipeline.transform(X.astype(dtype))
    assert Z.dtype == pipeline.inverse_transform(Z).dtype == np.dtype(dtype)


@both
@pytest.mark.parametrize("kind", FRAMES)
def test_columns_in_another_order_or_of_other_names_are_refused(X, tmp_path, kind, make, method):
    fitted = make().fit(as_frame(kind, X))
    assert fitted.feature_names_in_.tolist() == NAMES
    fitted.save(tmp_path / "model")
    for estimator in (fitted, load(tmp_path / "model", device="cpu")):
        ask = getattr(estimator, method)
        with pytest.raises(ValueError, match="must be in the same order as they were in fit"):
            ask(as_frame(kind, X, list("fedcba")))
        with pytest.raises(
            ValueError, match=r"unseen at fit time:\n- size\n.*yet now missing:\n- c"
        ):
            ask(as_frame(kind, X, ["a", "b", "size", "d", "e", "f"]))
        with pytest.raises(ValueError, match=r"yet now missing:\n- f"):
            ask(as_frame(kind, X[:, :5], NAMES[:5]))
        assert ask(as_frame(kind, X)).shape[0] == N


def test_other_names_are_refused_where_training_goes_on_and_of_validation_rows(X):
    fitted = autoencoder().fit(as_frame(pd.DataFrame, X))
    wrong = as_frame(pd.DataFrame, X, list("fedcba"))
    before = fitted.transform(as_frame(pd.DataFrame, X)).tobytes()
    with pytest.raises(ValueError, match="must be in the same order"):
        fitted.partial_fit(wrong)
    assert fitted.transform(as_frame(pd.DataFrame, X)).tobytes() == before
    with pytest.raises(ValueError, match="must be in the same order"):
        autoencoder().fit(as_frame(pd.DataFrame, X), validation_data=wrong)
