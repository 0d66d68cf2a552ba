"""Estimators own their preprocessing: they accept user data, and artifacts contain all of it."""

from __future__ import annotations

import inspect

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

from isthmus import load
from isthmus.doctor import examine_model
from isthmus.errors import DataError, UsageError
from isthmus.estimators import (
    TRAINABLE,
    Autoencoder,
    BaseAutoencoder,
    _reconstructing,
)
from isthmus.estimators._shared_parameters import SHARED
from isthmus.evaluation import compare, evaluate
from isthmus.nn import EncoderDecoder
from isthmus.preprocessing import PictureBlock, Preprocessor, RunningScaling, register_block
from isthmus.rows import split_rows

SETTINGS = {
    "autoencoder": {"latent_dim": 2, "hidden_dims": (6,)},
    "stacked": {"layer_dims": (6, 2), "pretraining_epochs": 1},
    "stacked-classifier": {"layer_dims": (6, 2), "pretraining_epochs": 1},
    "outlier-detector": {"latent_dim": 2, "hidden_dims": (6,), "n_members": 2},
}
QUICK = {"epochs": 2, "device": "cpu", "random_state": 0}
NAMES = ["a", "b", "c", "d"]


def make(name, **changes):
    return TRAINABLE[name](**{**SETTINGS[name], **QUICK, **changes})


def fit(estimator, X, **more):
    """Fit any estimator; classifiers learn odd from even rows."""
    labels = (np.arange(60) % 2,) if "y" in inspect.signature(estimator.fit).parameters else ()
    return estimator.fit(X, *labels, **more)


def ask(estimator, X):
    method = "transform" if hasattr(estimator, "transform") else "score_samples"
    return np.asarray(getattr(estimator, method)(X))


@pytest.fixture(params=sorted(SETTINGS))
def name(request):
    return request.param


@pytest.fixture(name="X")
def make_rows(rng):
    return rng.normal(size=(60, 2)) @ rng.normal(size=(2, 4)) + 3


@pytest.fixture(name="texts")
def make_texts(rng):
    words = ["cat", "dog", "vet", "bank", "loan", "rate"]
    return [" ".join(rng.choice(words, 4)) for _ in range(60)]


@pytest.fixture(name="pictures")
def make_pictures(rng):
    return (rng.random((60, 4, 6, 3)) * 255).astype(np.uint8)


def reloaded(estimator, folder):
    estimator.save(folder / "model")
    return load(folder / "model", device="cpu")


# --- one call for texts, tables and pictures ------------------------------------------------------


def test_texts_go_in_and_come_back_from_the_artifact(name, texts, tmp_path):
    fitted = fit(make(name, max_words=5), texts)
    loaded = reloaded(fitted, tmp_path)
    answer = ask(fitted, texts)
    assert fitted.n_features_in_ == len(fitted.preprocessor_.feature_names) == 5
    for given in (pd.Series(texts), np.array(texts), pl.DataFrame({"body": texts})):
        assert ask(loaded, given).tobytes() == answer.tobytes()
    assert ask(loaded, loaded.prepared_rows(texts)).tobytes() == answer.tobytes()
    with pytest.raises(DataError, match="Texts must be strings"):
        ask(loaded, ["cat", 3])


def test_tables_are_matched_by_name_where_only_the_source_knew_names(name, X, tmp_path):
    estimator = make(name)
    made = estimator.fit_preprocessing(X, feature_names=NAMES)
    fit(estimator, X, preprocessor=made)
    loaded, answer = reloaded(estimator, tmp_path), ask(estimator, X)
    frame = pd.DataFrame(X, columns=NAMES).assign(more=1)[["more", *NAMES[::-1]]]
    for table in (frame, pl.DataFrame(frame), pa.Table.from_pandas(frame)):
        assert ask(loaded, table).tobytes() == answer.tobytes()
    with pytest.raises(DataError, match=r"It lacks the column `d`"):
        ask(loaded, frame.drop(columns="d"))


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame])
def test_tables_that_it_was_fitted_on_keep_scikit_learns_rules(name, X, library, tmp_path):
    frame = library(dict(zip(NAMES, X.T, strict=True)))
    fitted = reloaded(fit(make(name), frame), tmp_path)
    assert list(fitted.feature_names_in_) == NAMES
    assert fitted.preprocessor_.feature_names == tuple(NAMES)
    with pytest.raises(ValueError, match="must be in the same order"):
        ask(fitted, frame[NAMES[::-1]])


def test_pictures_go_in_flat_or_as_they_are(name, pictures, tmp_path):
    fitted = fit(make(name), pictures)
    loaded, answer = reloaded(fitted, tmp_path), ask(fitted, pictures)
    assert loaded.preprocessor_.picture_shape == (4, 6, 3)
    flat = pictures.reshape(60, -1)
    for given in (flat, pictures.transpose(0, 3, 1, 2), torch.from_numpy(pictures)):
        assert ask(loaded, given).tobytes() == answer.tobytes()
    # The same bytes as those of the rows that nobody called pictures.
    assert ask(fit(make(name), flat), flat).tobytes() == answer.tobytes()
    with pytest.raises(
        DataError, match="Pictures must have the shape of the training pictures, 4x6x3"
    ):
        ask(loaded, pictures[:, :3])


def test_codes_of_texts_and_tables_do_not_depend_on_the_order_of_rows(texts, X, rng):
    order = rng.permutation(60)
    words = make("autoencoder").fit(texts)
    shuffled = words.transform([texts[k] for k in order])
    assert_array_equal(shuffled, words.transform(texts)[order])
    estimator = make("autoencoder")
    estimator.fit(X, preprocessor=estimator.fit_preprocessing(X, feature_names=NAMES))
    frame = pd.DataFrame(X, columns=NAMES)
    assert_array_equal(estimator.transform(frame.iloc[order]), estimator.transform(frame)[order])


def test_texts_come_in_pieces_with_the_words_of_the_first(texts):
    estimator = make("autoencoder")
    for start in (0, 30):
        estimator.partial_fit(texts[start : start + 30])
    assert set(estimator.preprocessor_.feature_names) == set(" ".join(texts[:30]).split())
    assert estimator.transform(texts).shape == (60, 2)


# --- the preprocessing that a training begins with ------------------------------------------------


def test_preprocessing_that_was_fitted_before_gives_the_same_bytes(name, X, monkeypatch):
    whole = ask(fit(make(name), X), X)
    estimator, fits = make(name), []
    update = RunningScaling.update
    monkeypatch.setattr(
        RunningScaling, "update", lambda *a, **kw: fits.append(1) or update(*a, **kw)
    )
    made = estimator.fit_preprocessing(X)
    assert not hasattr(estimator, "preprocessor_") and not hasattr(estimator, "n_features_in_")
    assert ask(fit(estimator, X, preprocessor=made), X).tobytes() == whole.tobytes()
    assert estimator.preprocessor_ is made or not fits
    assert len(fits) == 1, "one scaling a training"


def test_it_is_fitted_on_the_rows_that_early_stopping_leaves(X):
    made = make("autoencoder", scaling="standard").fit_preprocessing(X)
    stays, leaves = split_rows(60, 0.1, seed=0, purpose="validation")
    assert len(leaves) == 6
    assert_allclose(made.scaling.shift, X[stays].mean(axis=0))
    whole = make("autoencoder", scaling="standard", early_stopping=False).fit_preprocessing(X)
    assert_allclose(whole.scaling.shift, X.mean(axis=0))


def test_preprocessing_of_other_rows_is_refused(X):
    made = make("autoencoder").fit_preprocessing(X)
    with pytest.raises(DataError, match=r"It has 4, X has 3"):
        make("autoencoder").fit(X[:, :3], preprocessor=made)


def test_splits_within_a_training_do_not_copy_a_memory_map(name, rng, tmp_path, monkeypatch):
    X = (rng.random((60, 24)) * 255).astype(np.uint8)
    np.save(tmp_path / "X.npy", X)
    mapped, whole = np.load(tmp_path / "X.npy", mmap_mode="r"), ask(fit(make(name), X), X)
    for owner in ("_owned_preprocessing", "_stacked_classifier"):
        module = inspect.getmodule(BaseAutoencoder).__name__.replace("_base", owner)
        select = __import__(module, fromlist=["select_rows"]).select_rows

        def selected(rows, indices, select=select):
            found = select(rows, indices)
            assert not isinstance(found, np.ndarray), "a copy"
            return found

        monkeypatch.setattr(f"{module}.select_rows", selected)
    assert ask(fit(make(name), mapped), mapped).tobytes() == whole.tobytes()


# --- explain, doctor, evaluation ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["autoencoder", "stacked", "outlier-detector"])
def test_explain_speaks_in_the_columns_names(name, X):
    frame = pd.DataFrame(X, columns=NAMES, index=np.arange(100, 160))
    fitted = fit(make(name), frame)
    shares = fitted.explain(frame)
    assert list(shares.columns) == NAMES and list(shares.index) == list(frame.index)
    assert_allclose(shares.sum(axis=1), 1)
    estimator = make(name)
    fit(estimator, X, preprocessor=estimator.fit_preprocessing(X, feature_names=NAMES))
    told = estimator.explain(pl.DataFrame(frame.reset_index(drop=True))[NAMES[::-1]])
    assert told.columns == NAMES
    assert_array_equal(told.to_numpy(), estimator.explain(X))
    assert_array_equal(shares.to_numpy(), estimator.explain(X))


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, None])
def test_doctor_and_evaluation_take_what_the_estimator_takes(X, texts, library):
    rows = texts if library is None else library(dict(zip(NAMES, X.T, strict=True)))
    fitted, other = (make("autoencoder", latent_dim=k).fit(rows) for k in (2, 1))
    matrix = fitted.prepared_rows(rows)
    plain = Autoencoder(**{**fitted.get_params(), "random_state": 0}).fit(matrix)
    found = [finding.code for finding in examine_model(fitted, rows, rows)]
    assert found == [finding.code for finding in examine_model(plain, matrix, matrix)]
    document = evaluate(fitted, rows, X_train=rows, n_resamples=10)
    assert document["features"]["names"] == list(fitted.preprocessor_.feature_names)
    assert document["metrics"] == evaluate(plain, matrix, X_train=matrix, n_resamples=10)["metrics"]
    compared = compare({"two": fitted, "one": other}, rows, X_train=rows, n_resamples=10)
    assert [model["name"] for model in compared["models"]] == ["two", "one"]


def test_the_doctor_takes_a_classifiers_table(X):
    frame = pd.DataFrame(X, columns=NAMES)
    fitted = fit(make("stacked-classifier"), frame)
    plain = fit(make("stacked-classifier"), X)
    codes = [finding.code for finding in examine_model(fitted, frame)]
    assert codes == [finding.code for finding in examine_model(plain, X)]


# --- one parameter set ----------------------------------------------------------------------------


def test_shared_parameters_are_declared_once(name):
    signature = inspect.signature(TRAINABLE[name]).parameters
    shared = [parameter for parameter in signature if parameter in SHARED]
    assert {"scaling", "max_shift", "picture_shape", "max_words", "precision", "compile"} <= set(
        shared
    )
    differ = {
        parameter
        for parameter in shared
        if signature[parameter].default != SHARED[parameter].default
    }
    # Those that the docstring of the class describes by itself.
    assert differ <= {"noise", "scaling", "early_stopping"}
    text = TRAINABLE[name].__doc__
    assert all(f"\n{parameter} : " in text for parameter in signature)


@pytest.mark.parametrize("shared", ["max_shift", "compile", "precision", "max_words"])
def test_every_estimator_checks_the_shared_rules(name, shared):
    with pytest.raises(UsageError, match=rf"^`{shared}` of {TRAINABLE[name].__name__} must be"):
        make(name, **{shared: -1}).check_parameters()


def test_loss_noise_and_emphasis_shape_an_autoencoders_training(X, monkeypatch):
    made, reconstruction = [], _reconstructing.Reconstruction

    def noting(network, loss, **kwargs):
        made.append((loss, kwargs["emphasis"], kwargs["corruption"].is_on))
        return reconstruction(network, loss, **kwargs)

    monkeypatch.setattr(_reconstructing, "Reconstruction", noting)
    noisy = {"noise": "masking", "noise_level": 0.3, "emphasis": (1.0, 0.5)}
    losses = [
        make("autoencoder", loss="huber", **settings).fit(X).history_[0]["train_loss"]
        for settings in (noisy, noisy | {"noise_level": 0.1}, {})
    ]
    assert made == [("huber", (1.0, 0.5), True)] * 2 + [("huber", (1.0, 1.0), False)]
    assert len(set(losses)) == 3


def test_the_loss_decides_the_output_of_an_autoencoder_too(pictures):
    flat = pictures.reshape(60, -1)
    fitted = make("autoencoder", loss="multinomial", scaling="unit").fit(flat)
    assert fitted._settings["output_activation"] == "softmax"
    totals = fitted.reconstruct(flat).sum(axis=1)
    assert_allclose(totals, flat.sum(axis=1, dtype=float), rtol=1e-3)
    with pytest.raises(DataError, match="'binary_cross_entropy' requires scaled values"):
        make("autoencoder", loss="binary_cross_entropy", scaling="standard").fit(flat)


@pytest.mark.parametrize(
    "changes", [{"noise": "masking", "noise_level": 2.0}, {"emphasis": (1.0,)}]
)
def test_problems_of_noise_name_the_estimator(changes):
    with pytest.raises(UsageError, match="of Autoencoder must be"):
        make("autoencoder", **changes).check_parameters()


def test_shifts_take_the_shape_that_the_rows_or_the_source_tell(name, rng):
    # 48 numbers are a square picture in colour, 4x4x3: nothing but the shape can tell.
    pictures = rng.random((60, 6, 8)).astype(np.float32)
    flat = pictures.reshape(60, -1)
    own = ask(fit(make(name, max_shift=1, picture_shape=(6, 8)), flat), flat)
    estimator = make(name, max_shift=1)
    told = estimator.fit_preprocessing(flat, picture_shape=(6, 8))
    estimator.check_rows(flat, preprocessor=told)
    assert ask(fit(estimator, flat, preprocessor=told), flat).tobytes() == own.tobytes()
    assert ask(fit(make(name, max_shift=1), pictures), pictures).tobytes() == own.tobytes()
    assert ask(fit(make(name, max_shift=1), flat), flat).tobytes() != own.tobytes()
    assert ask(fit(make(name), flat), flat).tobytes() != own.tobytes()


def test_mixed_precision_trains_every_estimator(name, X):
    answers = [ask(fit(make(name, precision=p), X), X) for p in ("float32", "bfloat16")]
    assert np.isfinite(answers[1]).all()
    assert not np.array_equal(*answers), "single precision again"
    assert_allclose(answers[1], answers[0], rtol=0.5, atol=0.5)


# --- an estimator of somebody else's --------------------------------------------------------------


@register_block("halved pictures of a test")
class Halved(PictureBlock):
    """Pictures whose values are halved once more."""

    def encode(self, X):
        return super().encode(X) / 2

    def decode(self, encoded):
        return super().decode(2 * encoded)

    def single(self):
        return None


class KlLoss(nn.Module):
    """The squared error, and the distance of the mean code from the standard normal one."""

    def __init__(self, network):
        super().__init__()
        self.network, self.shapes = network, []

    def training_loss(self, batch, generator):
        self.shapes.append(tuple(batch.shape[1:]))
        z = self.network.encode(batch)
        z = z + 0.1 * torch.randn(z.shape, generator=generator)
        error = (self.network.decode(z) - batch).square().mean()
        divergence = 0.01 * z.square().mean()
        return error + divergence, {"error": error.detach(), "divergence": divergence.detach()}

    def validation_loss(self, batch, generator):
        return (self.network(batch) - batch).square().mean(), {}


class Convolutional(BaseAutoencoder):
    def __init__(self, scaling="unit", epochs=2, batch_size=16, device="cpu", random_state=0):
        self.scaling, self.epochs, self.batch_size = scaling, epochs, batch_size
        self.device, self.random_state = device, random_state

    optimizer, learning_rate, schedule, warmup, momentum = "adam", 0.01, "auto", "auto", "auto"
    weight_decay, early_stopping, patience, validation_fraction = 0.0, True, 5, 0.1
    verbose, warm_start, callbacks = 0, False, None

    def _make_preprocessor(self, facts):
        return Preprocessor(Halved(facts.picture_shape, self.scaling, layout="channels_first"))

    def _network_settings(self, X):
        return {"latent_dim": 3, "shape": list(self.preprocessor_.encoded_shape)}

    def _make_network(self, settings, generator):
        c, h, w = settings["shape"]
        with torch.random.fork_rng(devices=[]):
            encoder = nn.Sequential(
                nn.Conv2d(c, 2, 3, padding=1), nn.Flatten(), nn.Linear(2 * h * w, 3)
            )
            decoder = nn.Sequential(nn.Linear(3, c * h * w), nn.Unflatten(1, (c, h, w)))
        with torch.no_grad():
            for weight in (*encoder.parameters(), *decoder.parameters()):
                weight.normal_(0, 0.1, generator=generator) if generator else weight.zero_()
        return EncoderDecoder(encoder, decoder)

    def _objective(self, rows):
        self.objective_ = KlLoss(self.network_)
        return self.objective_


def test_a_network_on_pictures_with_a_block_and_an_objective_of_its_own(pictures, tmp_path):
    fitted = Convolutional().fit(pictures)
    assert set(fitted.objective_.shapes) == {(3, 4, 6)}
    codes = fitted.transform(pictures)
    assert codes.shape == (60, 3)
    restored = fitted.inverse_transform(codes)
    assert restored.shape == (60, 72)
    by_hand = fitted.network_(
        torch.from_numpy(fitted.preprocessor_.encode(pictures.reshape(60, -1)))
    )
    shift, scale = fitted.scaling_.shift, fitted.scaling_.scale
    as_stored = 2 * by_hand.detach().numpy().transpose(0, 2, 3, 1).reshape(60, -1)
    assert_allclose(restored, as_stored * scale + shift, rtol=1e-4, atol=1e-3)
    scaled = np.concatenate([block for _, block in fitted.scaled_blocks(pictures.reshape(60, -1))])
    assert_allclose(fitted.unscaled(scaled), pictures.reshape(60, -1), atol=1e-3)
    errors = fitted.reconstruction_error(pictures)
    halves = (pictures.reshape(60, -1) - shift) / scale / 2
    assert_allclose(errors, np.square(as_stored / 2 - halves).mean(axis=1), rtol=1e-4)
    assert fitted.score(pictures) <= 1 and fitted.explain(pictures).shape == (60, 72)
    assert Convolutional().fit(pictures).transform(pictures).tobytes() == codes.tobytes()
    fitted.save(tmp_path / "model")


def test_a_table_of_numbers_can_be_checked_before_it_is_fitted():
    rows = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [2.0, 4.0, 5.0]})
    Autoencoder(2).check_rows(rows)
    with pytest.raises(UsageError, match="between 1 and 2"):
        Autoencoder(3).check_rows(rows)
