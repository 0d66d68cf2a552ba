"""The autoencoder: values by hand, few rows, invalid rows, use with scikit-learn."""

from __future__ import annotations

import functools
import json
import re
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from isthmus import Autoencoder, StackedAutoencoder, load
from isthmus.artifacts import signed
from isthmus.errors import ArtifactError, DataError, OutputExistsError, UsageError
from isthmus.rows import split_rows

N, D = 80, 6
NAMES = [f"column {k}" for k in range(D)]


def model(**changes):
    settings = {
        "latent_dim": 2,
        "hidden_dims": (8,),
        "activation": "relu",
        "optimizer": "adam",
        "learning_rate": 1e-2,
        "batch_size": 16,
        "epochs": 4,
        "early_stopping": False,
        "device": "cpu",
        "random_state": 0,
    }
    return Autoencoder(**{**settings, **changes})


@pytest.fixture(name="X")
def make_rows(rng):
    """A table of rank 3 with noise, each column in its own unit."""
    table = rng.normal(size=(N, 3)) @ rng.normal(size=(3, D)) + 0.1 * rng.normal(size=(N, D))
    return table * 10.0 ** np.arange(D) + 5


# --- figures by hand ------------------------------------------------------------------------------


def test_score_is_the_share_of_variance_explained(X):
    fitted = model().fit(X)
    X_hat = fitted.reconstruct(X)
    by_hand = 1 - ((X - X_hat) ** 2).sum() / ((X - X.mean(axis=0)) ** 2).sum()
    assert fitted.score(X) == pytest.approx(by_hand, rel=1e-5)
    weighted = r2_score(X, X_hat, multioutput="variance_weighted")
    assert fitted.score(X) == pytest.approx(weighted, rel=1e-5)


def test_score_is_about_the_rows_own_means(X):
    fitted = model(scaling="none", learning_rate=1e-9).fit(X / X.max(axis=0))
    other = X[:9] / X.max(axis=0) + 1
    weighted = r2_score(other, fitted.reconstruct(other), multioutput="variance_weighted")
    assert fitted.score(other) == pytest.approx(weighted, rel=1e-5)


def test_score_of_many_single_precision_rows_loses_no_digits(rng):
    X = (rng.normal(size=(100_000, 2)) + 3000).astype(np.float32)
    fitted = model(latent_dim=1, hidden_dims=(), epochs=1, batch_size=4096).fit(X)
    wide = r2_score(
        X.astype(np.float64),
        fitted.reconstruct(X.astype(np.float64)),
        multioutput="variance_weighted",
    )
    assert fitted.score(X) == pytest.approx(wide, abs=1e-5)


@pytest.mark.parametrize("scaling", ["none", "standard", "minmax", "unit"])
def test_reconstruction_error_is_the_mean_square_in_scaled_units(X, scaling):
    X = X / 10.0 ** np.arange(D)
    fitted = model(scaling=scaling).fit(X)
    scaled = fitted.scaling_.apply(X)
    with torch.inference_mode():
        scaled_hat = fitted.network_(torch.from_numpy(scaled)).numpy()
    errors = fitted.reconstruction_error(X)
    assert errors.shape == (N,) and errors.dtype == np.float64
    assert_allclose(errors, ((scaled - scaled_hat) ** 2).mean(axis=1), rtol=1e-4)


def test_reconstruction_error_is_in_the_unit_of_the_training_loss(X):
    fitted = model(epochs=30).fit(X, validation_data=X)
    last = fitted.history_[-1]["validation_loss"]
    assert fitted.reconstruction_error(X).mean() == pytest.approx(last, rel=1e-4)


def test_reconstructions_are_in_the_units_of_the_rows(X):
    fitted = model(epochs=200).fit(X)
    X_hat = fitted.inverse_transform(fitted.transform(X))
    assert_array_equal(X_hat, fitted.reconstruct(X))
    # Better than the mean in each column, although their units differ by a factor of 100,000.
    assert (r2_score(X, X_hat, multioutput="raw_values") > 0.5).all()


def test_the_score_of_rows_without_variance_is_0_or_1(X):
    fitted = model(scaling="standard").fit(X)
    assert fitted.score(X[:1]) == 0
    assert fitted.score(np.repeat(X[:1], 3, axis=0)) == 0


def test_a_nonlinear_code_beats_pca_and_the_mean_on_a_bent_curve():
    rows, held_out = (arc(n, seed) for n, seed in ((400, 0), (200, 1)))
    fitted = model(
        latent_dim=1,
        hidden_dims=(32, 16),
        activation="tanh",
        output_activation="identity",
        scaling="none",
        schedule="cosine",
        batch_size=50,
        epochs=60,
    ).fit(rows)
    pca = PCA(1).fit(rows)
    pca_error = np.square(pca.inverse_transform(pca.transform(held_out)) - held_out).mean()
    mean_error = np.square(held_out - rows.mean(axis=0)).mean()
    error = fitted.reconstruction_error(held_out).mean()
    assert error < 0.1 * pca_error < 0.1 * mean_error
    assert fitted.history_[-1]["train_loss"] < 0.1 * pca_error


def arc(n, seed):
    """Most of a circle, which one number can describe, on a plane in ten dimensions."""
    rng = np.random.default_rng(seed)
    angle = rng.uniform(-2.5, 2.5, n)
    plane = np.linalg.qr(np.random.default_rng(7).normal(size=(10, 2)))[0]
    return np.column_stack([np.cos(angle), np.sin(angle)]) @ plane.T + 0.01 * rng.normal(
        size=(n, 10)
    )


# --- types ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [("f8", "f8"), ("f4", "f4"), ("f2", "f4"), ("i8", "f4"), ("u1", "f4"), ("?", "f4")],
)
def test_single_and_double_stay_and_all_else_becomes_single(given, kept, rng):
    X = rng.integers(0, 2 if given == "?" else 100, size=(30, 4)).astype(given)
    fitted = model().fit(X)
    Z = fitted.transform(X)
    assert Z.dtype == fitted.reconstruct(X).dtype == np.dtype(kept)
    assert fitted.inverse_transform(Z).dtype == np.dtype(kept)
    assert Z.shape == (30, 2)


def test_integer_codes_are_decoded(X):
    assert model().fit(X).inverse_transform([[1, 2], [0, 0]]).dtype == np.float32


def test_memory_maps_are_read(X, tmp_path):
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    fitted = model().fit(mapped)
    assert fitted.transform(mapped).tobytes() == model().fit(X).transform(X).tobytes()


def test_sparse_rows_score_as_their_dense_twins(X):
    X = np.where(X > 5, X, 0).astype(np.float32)
    fitted = model(scaling="standard").fit(X)
    csr = sparse.csr_array(X)
    assert fitted.score(csr) == pytest.approx(fitted.score(X), rel=1e-6)
    assert_array_equal(fitted.reconstruction_error(csr), fitted.reconstruction_error(X))
    assert_array_equal(fitted.transform(csr), fitted.transform(X))


# --- settings -------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [1, 2, 5, 64, 200])
def test_the_automatic_code_is_shorter_than_a_row_where_it_can_be(d, rng):
    fitted = model(latent_dim="auto", epochs=1).fit(rng.normal(size=(20, d)))
    assert 1 <= fitted.latent_dim_ <= max(1, d - 1)
    assert fitted.transform(rng.normal(size=(3, d))).shape == (3, fitted.latent_dim_)


def last_layer(fitted):
    return type(fitted.network_.decoder[-1]).__name__.lstrip("_")


@pytest.mark.parametrize(
    ("scaling", "layer"),
    [
        ("unit", "Sigmoid"),
        ("symmetric", "Tanh"),
        ("minmax", "Linear"),
        ("standard", "Linear"),
        ("none", "Linear"),
    ],
)
def test_the_automatic_output_can_reach_the_data(scaling, layer, X):
    fitted = model(scaling=scaling, output_activation="auto", epochs=1).fit(X / X.max())
    assert last_layer(fitted) == layer


def test_the_seed_draws_weights_that_the_order_of_parameters_does_not_touch(X):
    first, second = (model(epochs=1, learning_rate=1e-12, batch_size=b).fit(X) for b in (8, 64))
    for a, b in zip(first.network_.parameters(), second.network_.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-8)


def test_no_random_state_gives_other_codes_each_time_and_tells_the_seed(X):
    first = model(random_state=None).fit(X)
    assert first.seed_ != model(random_state=None).fit(X).seed_
    again = model(random_state=first.seed_).fit(X)
    assert again.transform(X).tobytes() == first.transform(X).tobytes()


@pytest.mark.parametrize("name", ["gpu", "cuda:99", "cpux", ""])
def test_an_unknown_device_is_refused(name, X):
    message = rf"^`device` must be 'auto' or a device .* Got {re.escape(repr(name))}\.$"
    with pytest.raises(UsageError, match=message):
        model(device=name).fit(X)


def test_it_learns_on_each_device(X, device):
    fitted = model(device=device, epochs=50).fit(X)
    assert fitted.device_.type == device
    assert fitted.reconstruction_error(X).mean() < 0.5


# --- validation and callbacks ---------------------------------------------------------------------


@pytest.mark.parametrize("unit", [1.0, 1e-6, 1e-9])
@pytest.mark.parametrize("value", [2.0, 1e12])
def test_a_constant_column_has_no_say_in_the_score_whatever_its_unit(unit, value, rng, tmp_path):
    Y = rng.normal(size=(100, 3)) @ rng.normal(size=(3, 8)) * unit
    Y[:, 3] = value * unit
    fitted = Autoencoder(3, epochs=60, random_state=0, device="cpu").fit(Y)
    assert fitted.score(Y) > 0.95
    assert (fitted.reconstruct(Y)[:, 3] == Y[0, 3]).all()
    fitted.save(tmp_path / "model")
    assert_array_equal(load(tmp_path / "model").reconstruct(Y), fitted.reconstruct(Y))


@pytest.mark.parametrize("make", [Autoencoder, functools.partial(StackedAutoencoder, (5, 2))])
def test_in_bfloat16_it_learns_about_as_well_and_codes_stay_single(make, X, device, tmp_path):
    plain, mixed = (
        make(epochs=20, random_state=0, device=device, precision=precision).fit(X)
        for precision in ("float32", "bfloat16")
    )
    codes = mixed.transform(X)
    assert codes.dtype == plain.transform(X).dtype
    assert not np.array_equal(codes, plain.transform(X))
    assert mixed.score(X) == pytest.approx(plain.score(X), abs=0.03)
    mixed.save(tmp_path / "model")
    assert load(tmp_path / "model").precision == "bfloat16"


def test_validation_data_is_what_is_measured(X):
    fitted = model().fit(X, validation_data=X[:7] * 3)
    expected = fitted.reconstruction_error(X[:7] * 3).mean()
    assert fitted.history_[-1]["validation_loss"] == pytest.approx(expected, rel=1e-5)


def test_validation_data_takes_no_rows_from_training(X):
    plain = model().fit(X)
    watched = model(early_stopping=True, patience=99).fit(X, validation_data=X[:9])
    assert [r["train_loss"] for r in watched.history_] == [r["train_loss"] for r in plain.history_]


def test_without_validation_data_a_share_is_held_out_from_all_that_is_learned(X):
    fitted = model(early_stopping=True, validation_fraction=0.25, scaling="standard").fit(X)
    stays, leaves = split_rows(N, 0.25, seed=0, purpose="validation")
    assert_allclose(fitted.scaling_.shift, X[stays].mean(axis=0))
    best = min(r["validation_loss"] for r in fitted.history_)
    assert fitted.reconstruction_error(X[leaves]).mean() == pytest.approx(best, rel=1e-4)


def test_early_stopping_keeps_the_best_epoch(X):
    fitted = model(
        early_stopping=True, patience=2, epochs=300, learning_rate=0.05, hidden_dims=(64,)
    ).fit(X[:30], validation_data=X[30:])
    losses = [record["validation_loss"] for record in fitted.history_]
    assert len(losses) < 300
    assert fitted.best_epoch_ == len(losses) - 2 == 1 + int(np.argmin(losses))
    assert fitted.reconstruction_error(X[30:]).mean() == pytest.approx(min(losses), rel=1e-4)


def test_without_early_stopping_the_last_epoch_is_the_one_kept(X):
    assert model().fit(X, validation_data=X).best_epoch_ == 4


def test_validation_data_of_other_columns_is_refused(X):
    with pytest.raises(ValueError, match="5 features, but Autoencoder is expecting 6"):
        model().fit(X, validation_data=X[:, :5])


@pytest.mark.parametrize("early_stopping", [True, False])
def test_a_callback_can_stop_the_first_epoch(X, early_stopping):
    seen = []

    def stop(record):
        seen.append(record["epoch"])
        return True

    fitted = model(callbacks=[stop], early_stopping=early_stopping).fit(X)
    assert seen == [1] and len(fitted.history_) == 1
    assert np.isfinite(fitted.transform(X)).all()


def test_verbose_writes_a_line_an_epoch_to_stderr(X, capsys):
    model(verbose=1).fit(X, validation_data=X)
    out, err = capsys.readouterr()
    assert out == ""
    line = r"Epoch \[\d/4\], Train Loss: \d\.\d{4}, Validation Loss: \d\.\d{4}"
    assert len(re.findall(rf"^{line}$", err, re.MULTILINE)) == 4


# --- few and odd rows -----------------------------------------------------------------------------


def test_one_row_is_refused(X):
    with pytest.raises(
        DataError, match=r"at least 2 training rows\. Got 1 sample \(row\): add rows"
    ):
        model().fit(X[:1])


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_array])
def test_rows_that_are_all_the_same_are_refused(X, make):
    with pytest.raises(DataError, match=r"^All 5 rows are equal, so there is nothing to train on"):
        model().fit(make(np.repeat(X[:1], 5, axis=0)))


@pytest.mark.parametrize("n", [2, 3, 5])
@pytest.mark.parametrize("early_stopping", [True, False])
def test_few_rows_work(X, n, early_stopping):
    # Fewer than a batch, and than the code is long.
    fitted = model(latent_dim=6, early_stopping=early_stopping, validation_fraction=0.4).fit(X[:n])
    assert fitted.transform(X[:n]).shape == (n, 6)
    assert np.isfinite(fitted.transform(X[:1])).all()
    assert np.isfinite(fitted.score(X[:n]))


def test_one_column_works(X):
    assert model(latent_dim=1).fit(X[:, :1]).reconstruct(X[:, :1]).shape == (N, 1)


@pytest.mark.parametrize("scaling", ["auto", "standard", "robust", "minmax"])
def test_constant_and_duplicate_columns_work(X, scaling):
    X = np.column_stack([X, X[:, 0], np.full(N, 7.0), np.zeros(N)])
    fitted = model(scaling=scaling, epochs=100).fit(X)
    X_hat = fitted.reconstruct(X)
    assert_allclose(X_hat[:, -2:].mean(axis=0), [7, 0], atol=0.3)
    assert fitted.score(X) > 0.5


@pytest.mark.parametrize("method", ["fit", "transform", "score", "reconstruction_error"])
def test_infinite_values_are_told_by_column(X, method):
    frame = pd.DataFrame(X, columns=NAMES)
    fitted = model(epochs=1).fit(frame)
    frame.iloc[[1, 4], 3] = np.inf
    with pytest.raises(DataError, match=r"infinite .* in column 'column 3' \(2 values\)"):
        getattr(fitted, method)(frame)


def test_the_columns_named_are_those_of_these_rows_not_of_an_earlier_fit(X):
    fitted = model(epochs=1).fit(pd.DataFrame(X, columns=NAMES))
    X[0, 2] = np.inf
    with pytest.raises(DataError, match=r"in column 2 \(1 value\)"):
        fitted.fit(X)


def test_missing_validation_values_are_told(X):
    held_out = X[:5].copy()
    held_out[0, 0] = np.inf
    with pytest.raises(DataError, match=r"infinite value \(inf\) in column 0 \(1 value\)"):
        model().fit(X, validation_data=held_out)


@pytest.mark.parametrize("latent_dim", [7, 100])
def test_a_code_longer_than_a_row_is_refused(X, latent_dim):
    message = (
        r"^`latent_dim` of Autoencoder must be between 1 and 6 \(the number of features\)\. "
        rf"Got {latent_dim}\.$"
    )
    with pytest.raises(UsageError, match=message):
        model(latent_dim=latent_dim).fit(X)


def test_codes_of_another_length_are_refused(X):
    with pytest.raises(DataError, match=r"2 columns, the code size of this Autoencoder\. Got 3\.$"):
        model().fit(X).inverse_transform(np.ones((1, 3)))


def test_codes_that_are_no_numbers_are_refused(X):
    with pytest.raises(DataError, match=r"^codes must hold finite numbers only\."):
        model().fit(X).inverse_transform([[np.nan, 1]])


def test_a_row_far_out_of_range_warns_of_nothing(X):
    fitted = model(scaling="standard").fit(X / X.max(axis=0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isfinite(fitted.transform(np.full((1, D), 1e30))).all()


# --- company of scikit-learn ----------------------------------------------------------------------


def test_codes_have_names(X):
    fitted = model().fit(X)
    assert fitted.get_feature_names_out().tolist() == ["autoencoder0", "autoencoder1"]


def test_pandas_frames_come_out_named_and_indexed(X):
    frame = pd.DataFrame(X, columns=NAMES, index=range(100, 100 + N))
    Z = model().set_output(transform="pandas").fit_transform(frame)
    assert list(Z.columns) == ["autoencoder0", "autoencoder1"]
    assert Z.index.equals(frame.index)


def test_polars_frames_come_out_named(X):
    frame = pl.DataFrame(X, schema=NAMES)
    fitted = model().set_output(transform="polars").fit(frame)
    Z = fitted.transform(frame)
    assert isinstance(Z, pl.DataFrame) and Z.columns == ["autoencoder0", "autoencoder1"]
    assert_allclose(fitted.reconstruct(frame), model().fit(X).reconstruct(X), rtol=1e-4)


def test_column_names_are_remembered_and_checked(X):
    frame = pd.DataFrame(X, columns=NAMES)
    fitted = model().fit(frame)
    assert fitted.feature_names_in_.tolist() == NAMES
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.transform(frame[NAMES[::-1]])


def test_a_grid_search_in_a_pipeline_prefers_the_longer_code(X):
    pipeline = make_pipeline(StandardScaler(), model(epochs=60, scaling="none"))
    search = GridSearchCV(pipeline, {"autoencoder__latent_dim": [1, 3]}, cv=3, n_jobs=1).fit(X)
    assert search.best_params_ == {"autoencoder__latent_dim": 3}
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_codes_feed_a_classifier(X):
    y = X[:, 0] > np.median(X[:, 0])
    pipeline = make_pipeline(model(epochs=60, latent_dim=3), LogisticRegression())
    assert cross_val_score(pipeline, X, y, cv=3).mean() > 0.7


def test_cross_validation_scores_held_out_rows(X):
    scores = cross_val_score(model(epochs=60, latent_dim=3), X, cv=3)
    assert scores.shape == (3,) and (scores <= 1).all() and (scores > 0).all()


def test_it_encodes_some_columns_of_a_table(X):
    columns = ColumnTransformer([("codes", model(), [0, 1, 2, 3])], remainder="passthrough")
    assert columns.fit_transform(X).shape == (N, 4)


def test_its_tags_tell_a_transformer_of_sparse_rows_without_target():
    tags = model().__sklearn_tags__()
    assert tags.input_tags.sparse and tags.transformer_tags is not None
    assert not tags.target_tags.required


# --- saving ---------------------------------------------------------------------------------------


def test_a_saved_model_keeps_facts_names_and_history(X, tmp_path):
    fitted = model().fit(pd.DataFrame(X, columns=NAMES))
    fitted.save(tmp_path / "model", about={"source": "digits"})
    document = json.loads((tmp_path / "model" / "model.json").read_text())
    assert document["about"] == {"source": "digits"}
    assert document["estimator"] == "Autoencoder"
    loaded = load(tmp_path / "model", device="cpu")
    assert loaded.feature_names_in_.tolist() == NAMES
    assert (loaded.seed_, loaded.best_epoch_) == (fitted.seed_, fitted.best_epoch_)
    assert loaded.get_params() == fitted.get_params()


@pytest.mark.parametrize(
    "odd",
    [
        {"hidden_dims": (np.int64(8),)},
        {"hidden_dims": [8, 4]},
        {"latent_dim": np.int64(2), "learning_rate": np.float32(0.01)},
        {"random_state": np.random.RandomState(0)},
        {"random_state": None},
        {"callbacks": [lambda record: None]},
        {"early_stopping": np.True_},
    ],
    ids=lambda odd: "+".join(odd),
)
def test_a_model_with_any_accepted_parameters_can_be_saved(X, tmp_path, odd):
    fitted = model(**odd).fit(X)
    fitted.save(tmp_path / "model")
    loaded = load(tmp_path / "model", device="cpu")
    assert loaded.transform(X).tobytes() == fitted.transform(X).tobytes()
    loaded.check_parameters()


def test_saving_replaces_a_model_and_nothing_else(X, tmp_path):
    fitted = model(epochs=1).fit(X)
    for _ in range(2):
        fitted.save(tmp_path / "model")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("thesis")
    with pytest.raises(OutputExistsError, match=r"must not contain other files, but .* does"):
        fitted.save(tmp_path / "mine")


def test_a_model_can_be_loaded_after_its_classes_parameter_device_is_gone(X, tmp_path):
    model().fit(X).save(tmp_path / "model")
    file = tmp_path / "model" / "model.json"
    document = json.loads(file.read_text())
    document["parameters"]["device"] = "cuda:7"
    file.write_text(json.dumps(signed(document)))
    assert load(tmp_path / "model", device="cpu").device_.type == "cpu"


def test_a_device_that_is_not_there_is_no_fault_of_the_model(X, tmp_path):
    model().fit(X).save(tmp_path / "model")
    with pytest.raises(UsageError, match="`device` must be 'auto' or a device"):
        load(tmp_path / "model", device="gpu")


def damage(folder, change):
    file = folder / "model.json"
    document = json.loads(file.read_text())
    change(document)
    file.write_text(json.dumps(signed(document)))


def test_an_estimator_that_is_not_known_is_told(X, tmp_path):
    model(epochs=1).fit(X).save(tmp_path / "model")
    damage(tmp_path / "model", lambda d: d.update(estimator="Unheard"))
    with pytest.raises(ArtifactError, match="The estimator 'Unheard' of this model is unknown"):
        load(tmp_path / "model")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d: d.pop("n_features_in"), "n_features_in"),
        (lambda d: d["parameters"].update(depth=3), "`depth` is no parameter of Autoencoder"),
        (lambda d: d["network"].update(latent_dim=3), "tensors do not fit what it describes"),
        (lambda d: d["network"].update(activation="no"), "activation"),
        (lambda d: d.update(parameters=None), "a value in it has another type"),
    ],
)
def test_a_damaged_document_is_told(X, tmp_path, change, told):
    model(epochs=1).fit(X).save(tmp_path / "model")
    damage(tmp_path / "model", change)
    with pytest.raises(ArtifactError, match=rf"(?s)is not a complete model: .*{told}"):
        load(tmp_path / "model", device="cpu")


def test_mostly_empty_rows_are_never_reconstructed_far_worse_than_by_their_mean(rng):
    # Random output weights would give every one of the 3,000 columns noise of its own.
    X = sparse.csr_array(rng.random((400, 3000)) * (rng.random((400, 3000)) < 0.002))
    fitted = Autoencoder(8, (32,), epochs=1, batch_size=64, random_state=0).fit(X)
    assert fitted.score(X) > -0.05


def test_reconstructions_in_turn_leave_no_mode_of_torch_behind(rng):
    """Inference mode is per thread: left on, it would change the next training."""
    X = rng.normal(size=(20, 3))
    models = [Autoencoder(2, epochs=1, random_state=seed).fit(X) for seed in range(2)]
    for _ in zip(*(model.scaled_reconstructions(X) for model in models), strict=True):
        assert not torch.is_inference_mode_enabled()
    assert not torch.is_inference_mode_enabled()
