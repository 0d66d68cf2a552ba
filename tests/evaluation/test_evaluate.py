"""`isthmus.evaluate`: metrics by their definitions, comparisons, invalid input."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn.decomposition import PCA
from sklearn.metrics import mean_squared_error, r2_score

import isthmus
from isthmus import Autoencoder, AutoencoderOutlierDetector, evaluate
from isthmus._translation import Message
from isthmus.errors import DataError, UsageError
from isthmus.evaluation import (
    MESSAGES,
    METRICS,
    _evaluate,
    _evaluate_rows,
    coded_message,
    may_be_undertrained,
)
from isthmus.training import Callback

N_TRAIN = 150


@pytest.fixture(name="X", scope="module")
def make_rows():
    """Six columns on a curved sheet, in units that differ by a factor of a thousand."""
    rng = np.random.default_rng(0)
    t = rng.uniform(-2, 2, size=(240, 2))
    columns = [t[:, 0], t[:, 1], np.sin(2 * t[:, 0]), t[:, 0] * t[:, 1], t[:, 1] ** 2, t.sum(1)]
    return (np.column_stack(columns) + 0.1 * rng.normal(size=(240, 6))) * 10.0 ** np.arange(-1, 5)


@pytest.fixture(name="y", scope="module")
def make_labels(X):
    return np.where(X[:, 0] < 0, "left", "right")


@pytest.fixture(scope="module")
def fitted(X):
    settings = {"hidden_dims": (24,), "epochs": 30, "device": "cpu", "random_state": 0}
    return Autoencoder(2, scaling="standard", early_stopping=False, **settings).fit(X[:N_TRAIN])


@pytest.fixture(scope="module")
def document(fitted, X, y):
    return evaluate(
        fitted, X[N_TRAIN:], y[N_TRAIN:], X_train=X[:N_TRAIN], y_train=y[:N_TRAIN], match_pca=True
    )


@pytest.fixture(scope="module")
def pca(fitted, X):
    return PCA(2).fit(fitted.scaling_.apply(X[:N_TRAIN]))


def value(document, metric, model="model"):
    return document["metrics"][metric][model]["value"]


def codes_of(items):
    return [item["code"] for item in items]


def test_errors_are_those_of_the_definition(fitted, document, pca, X):
    held_out = X[N_TRAIN:]
    error = 6 * fitted.reconstruction_error(held_out).mean()
    assert value(document, "squared_error") == pytest.approx(error, rel=1e-5)
    scaled = fitted.scaling_.apply(held_out)
    by_pca = np.square(pca.inverse_transform(pca.transform(scaled)) - scaled).sum(axis=1).mean()
    assert value(document, "squared_error", "pca") == pytest.approx(by_pca, rel=1e-4)
    by_mean = np.square(pca.mean_ - scaled).sum(axis=1).mean()
    assert value(document, "squared_error", "mean") == pytest.approx(by_mean, rel=1e-5)
    assert value(document, "squared_error", "difference") == pytest.approx(error - by_pca, rel=1e-3)
    assert value(document, "gain_over_pca") == pytest.approx(1 - error / by_pca, rel=1e-3)


def test_variance_explained_is_r2_of_the_scaled_rows(fitted, document, X):
    scaled = fitted.scaling_.apply(X[N_TRAIN:])
    restored = fitted.scaling_.apply(fitted.reconstruct(X[N_TRAIN:]))
    expected = r2_score(scaled, restored, multioutput="variance_weighted")
    assert value(document, "variance_explained") == pytest.approx(expected, rel=1e-4)


def test_features_are_told_in_their_own_units(fitted, document, X):
    held_out, restored = X[N_TRAIN:], fitted.reconstruct(X[N_TRAIN:])
    features = document["features"]
    rmse = np.sqrt(mean_squared_error(held_out, restored, multioutput="raw_values"))
    assert_allclose(features["rmse"], rmse, rtol=1e-4)
    shares = r2_score(held_out, restored, multioutput="raw_values")
    assert_allclose(features["variance_explained"], shares, rtol=1e-3, atol=1e-4)
    for own, (low, high) in zip(features["rmse"], features["rmse_intervals"], strict=True):
        assert low < own < high


def test_intervals_hold_the_figures_and_the_difference_is_paired(document):
    error = document["metrics"]["squared_error"]
    for model in ("model", "pca", "mean", "difference"):
        low, high = error[model]["interval"]
        assert low < error[model]["value"] < high
    # Apart, the two would differ by more: rows that are hard are hard for both.
    widths = {m: np.ptp(error[m]["interval"]) for m in ("model", "pca", "difference")}
    assert widths["difference"] < np.hypot(widths["model"], widths["pca"])


def test_the_interval_covers_the_error_on_new_rows(fitted):
    """Of 60 draws of 200 rows each, the 90 % intervals hold the true error of most."""
    rng = np.random.default_rng(5)

    def draw(n):
        return rng.normal(size=(n, 6)) * 10.0 ** np.arange(-1, 5)

    truth = 6 * fitted.reconstruction_error(draw(100_000)).mean()
    held = 0
    for seed in range(60):
        bootstrap_only = {"n_resamples": 400, "max_rows": 10, "confidence": 0.9}
        found = evaluate(fitted, draw(200), random_state=seed, **bootstrap_only)
        low, high = found["metrics"]["squared_error"]["model"]["interval"]
        held += low <= truth <= high
    assert 47 <= held <= 59  # 54 are expected, give or take 2.3


def test_the_components_for_the_same_error_are_those_that_pca_needs(fitted, document, X):
    n = document["pca"]["components_for_same_error"]
    train, held_out = (fitted.scaling_.apply(part) for part in (X[:N_TRAIN], X[N_TRAIN:]))

    def error(n):
        larger = PCA(n).fit(train)
        return np.square(larger.inverse_transform(larger.transform(held_out)) - held_out).mean()

    ours = fitted.reconstruction_error(X[N_TRAIN:]).mean()
    assert n > 2 and error(n) <= ours < error(n - 1)
    assert f"autoencoder at code size 2: {n}." in next(
        note["text"] for note in document["notes"] if note["code"] == "same_error"
    )


def test_codes_are_measured_beside_pcas_and_the_rows(document):
    for metric in ("logistic_accuracy", "knn_accuracy", "kmeans_accuracy", "kmeans_nmi"):
        record = document["metrics"][metric]
        assert all(0 <= record[model]["value"] <= 1 for model in ("model", "pca", "raw"))
        less = record["model"]["value"] - record["raw"]["value"]
        assert record["difference_raw"]["value"] == pytest.approx(less)
    for metric in ("trustworthiness", "continuity"):
        record = document["metrics"][metric]
        assert record["raw"] is None and 0.5 < record["model"]["value"] < 1
    assert value(document, "logistic_accuracy", "raw") > 0.9
    assert document["codes"] == {
        "n_rows": 90,
        "n_labelled": 90,
        "n_train": 150,
        "n_classes": 2,
        "probes": "training",
    }


def test_the_document_is_what_json_holds(document):
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["schema"] == 1
    assert list(document["metrics"]) == [name for name in METRICS if name in document["metrics"]]


def test_the_docstring_names_every_key_and_metric(document):
    doc = isthmus.evaluate.__doc__
    keys = [*document, *document["codes"], *document["pca"], *document["features"], *METRICS]
    assert [key for key in keys if f"``{key}``" not in doc] == []


def test_sentences_are_templates_filled_with_their_values(document):
    for told in (document["verdict"], *document["notes"]):
        assert told["text"] == Message(MESSAGES[told["code"]], **told["values"])


def test_the_same_seed_gives_the_same_document(fitted, X, y):
    one, other = (evaluate(fitted, X, y, max_rows=60, random_state=3) for _ in range(2))
    assert one == other


def test_many_features_lose_their_intervals_and_nothing_else(fitted, X, monkeypatch):
    few = evaluate(fitted, X)
    monkeypatch.setattr(_evaluate_rows, "_FEATURES", 5)
    without = evaluate(fitted, X)
    assert without["features"]["rmse_intervals"] is None
    error, of_few = (d["metrics"]["squared_error"]["model"] for d in (without, few))
    assert error["interval"] == pytest.approx(of_few["interval"], rel=1e-12)


def test_without_the_training_rows_pca_is_fitted_on_these_and_a_note_says_so(fitted, X, y):
    found = evaluate(fitted, X[N_TRAIN:], y[N_TRAIN:])
    assert found["pca"]["fitted_on"] == "evaluated" and found["pca"]["n_rows"] == 90
    assert found["codes"]["probes"] == "cross-validation"
    assert {"pca_on_these_rows", "cross_validated"} <= set(codes_of(found["notes"]))
    assert value(found, "logistic_accuracy", "raw") > 0.8


def test_many_rows_are_sampled_for_codes_and_a_note_says_so(fitted, X, y):
    found = evaluate(fitted, X, y, X_train=X, y_train=y, max_rows=50)
    assert found["metrics"]["trustworthiness"]["n_rows"] == 50
    assert found["metrics"]["squared_error"]["n_rows"] == 240
    assert (found["codes"]["n_labelled"], found["codes"]["n_train"]) == (50, 50)
    assert {"sampled", "sampled_training"} <= set(codes_of(found["notes"]))


def test_sparse_rows_and_data_frames_have_the_figures_of_dense_ones(X):
    import pandas as pd

    frame = pd.DataFrame(X, columns=list("abcdef"))
    fitted = Autoencoder(2, epochs=1, scaling="minmax", random_state=0).fit(frame)
    found = evaluate(fitted, frame)
    assert found["features"]["names"] == list("abcdef")
    dense = Autoencoder(2, epochs=1, scaling="unit", random_state=0).fit(np.abs(X))
    by_sparse = evaluate(dense, sparse.csr_array(np.abs(X)))
    expected = value(evaluate(dense, np.abs(X)), "squared_error")
    assert value(by_sparse, "squared_error") == pytest.approx(expected, rel=1e-5)


# --- verdicts -------------------------------------------------------------------------------------


def record(ours, pca, interval, pca_explained=0.5):
    metrics = {
        "variance_explained": {"pca": {"value": pca_explained}},
        "squared_error": {
            "n_rows": 50,
            "model": {"value": ours},
            "pca": None if pca is None else {"value": pca},
            "difference": {"interval": interval},
        },
    }
    sizes = {"latent_dim": 2, "n_features": 6, "settings": {"confidence": 0.95}}
    return {"metrics": metrics, **sizes}


@pytest.mark.parametrize(
    ("figures", "code"),
    [
        ((1.0, 2.0, [-1.2, -0.8]), "win"),
        ((2.0, 1.0, [0.8, 1.2]), "loss"),
        ((1.0, 1.2, [-0.4, 0.1]), "draw"),
        ((1.0, 1.005, [-0.007, -0.003]), "close"),
        ((1.0, 2.0, None), "no_interval"),
        ((1.0, None, None), "no_pca"),
    ],
)
def test_the_verdict_minds_the_interval(figures, code):
    assert _evaluate._verdict(record(*figures))["code"] == code


@pytest.mark.parametrize(
    ("explained", "is_undertrained", "remark"),
    [
        (0.5, False, "pca_enough"),
        (0.001, False, "pca_explains_little"),
        (0.5, True, "may_be_undertrained"),
    ],
)
def test_the_verdict_calls_pca_good_enough_on_grounds_only(explained, is_undertrained, remark):
    lost = record(2.0, 1.0, [0.8, 1.2], explained)
    verdict = _evaluate._verdict(lost, lambda: is_undertrained)
    assert (verdict["code"], verdict["values"]["remark"]) == ("loss", remark)
    last = MESSAGES[remark].format(pca_explained=explained)
    assert verdict["text"].endswith(f"). {last}")
    again = coded_message(verdict["code"], json.loads(json.dumps(verdict["values"])))
    assert again["text"] == verdict["text"]


def test_a_model_of_two_epochs_may_be_undertrained(X):
    fitted = Autoencoder(2, epochs=2, random_state=0).fit(X)
    assert evaluate(fitted, X)["verdict"]["values"]["remark"] == "may_be_undertrained"


class EndsAt(Callback):
    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_end(self, record):
        return record["epoch"] >= self.epoch


def test_a_model_whose_training_was_interrupted_may_be_undertrained(X):
    interrupted = Autoencoder(2, epochs=400, random_state=0, callbacks=[EndsAt(6)]).fit(X)
    assert may_be_undertrained(interrupted)


def test_a_model_that_pca_beats_on_its_training_rows_may_be_undertrained(X):
    options = {"early_stopping": False, "optimizer": "sgd", "learning_rate": 1e-9}
    fitted = Autoencoder(2, epochs=20, random_state=0, **options).fit(X)
    assert not may_be_undertrained(fitted)  # the loss does not fall at all
    verdict = evaluate(fitted, X, X_train=X)["verdict"]
    assert verdict["values"]["remark"] == "may_be_undertrained"


def test_a_curved_sheet_is_won_and_said_so(document):
    assert document["verdict"]["code"] == "win"
    assert document["verdict"]["text"].startswith(
        "The autoencoder beats PCA at code size 2: its squared error on 90 rows is "
    )


def test_a_code_as_long_as_a_row_is_no_contest(X):
    fitted = Autoencoder(6, epochs=1, random_state=0).fit(X)
    assert evaluate(fitted, X)["verdict"]["code"] == "full_length"


# --- pictures -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def digits():
    from sklearn.datasets import load_digits

    X = load_digits().data.astype(np.uint8)[:300]
    return Autoencoder(8, epochs=5, random_state=0, device="cpu").fit(X[:200]), X[200:]


def test_pictures_have_the_figures_of_scikit_image(digits):
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity

    fitted, X = digits
    found = evaluate(fitted, X, picture_shape=(8, 8))
    pairs = list(zip(X.astype(float), fitted.reconstruct(X).astype(float), strict=True))
    psnr = [peak_signal_noise_ratio(a, b, data_range=16.0) for a, b in pairs]
    assert value(found, "psnr") == pytest.approx(np.mean(psnr), rel=1e-5)
    ssim = [
        structural_similarity(a.reshape(8, 8), b.reshape(8, 8), data_range=16.0, win_size=7)
        for a, b in pairs
    ]
    assert value(found, "ssim") == pytest.approx(np.mean(ssim), rel=1e-5)


@pytest.mark.parametrize("scaling", ["symmetric", "standard"])
def test_the_span_of_pictures_is_that_of_their_values(scaling, digits):
    _, X = digits
    fitted = Autoencoder(8, epochs=1, scaling=scaling, random_state=0).fit(X)
    assert _evaluate_rows.value_span(fitted, X) == 16


def test_coloured_pictures_have_channels(rng):
    X = rng.integers(0, 256, size=(40, 5 * 6 * 3)).astype(np.uint8)
    fitted = Autoencoder(4, epochs=1, random_state=0).fit(X)
    found = evaluate(fitted, X, picture_shape=(5, 6, 3))
    assert 0 < value(found, "ssim") < 1


def test_pictures_too_small_for_a_window_have_no_ssim(rng):
    X = rng.random((40, 10))
    fitted = Autoencoder(4, epochs=1, random_state=0).fit(X)
    found = evaluate(fitted, X, picture_shape=(2, 5))
    assert "psnr" in found["metrics"] and "ssim" not in found["metrics"]
    assert "small_pictures" in codes_of(found["notes"])


def test_a_picture_that_comes_back_exactly_has_a_finite_ratio(digits):
    fitted, _ = digits
    found = evaluate(fitted, np.zeros((12, 64), np.uint8), picture_shape=(8, 8))
    assert 140 < value(found, "psnr", "pca") < 145


@pytest.mark.parametrize("shape", [(8, 9), (64,), (2, 2, 2, 8)])
def test_a_picture_shape_of_other_sizes_is_refused(digits, shape):
    with pytest.raises(UsageError, match=r"with a product of 64\. Got \("):
        evaluate(*digits, picture_shape=shape)


# --- edges and bad input --------------------------------------------------------------------------


def test_a_single_row_has_figures_and_no_intervals(fitted, X, y):
    found = evaluate(fitted, X[-1:], X_train=X[:N_TRAIN])
    error = found["metrics"]["squared_error"]
    assert error["model"]["value"] > 0 and error["model"]["interval"] is None
    assert value(found, "variance_explained") is None
    assert found["verdict"]["code"] == "no_interval"
    assert "few_rows" in codes_of(found["notes"])
    alone = evaluate(fitted, X[-1:])
    assert alone["pca"] is None and alone["verdict"]["code"] == "no_pca"


def test_no_resamples_give_no_intervals(fitted, X):
    found = evaluate(fitted, X, n_resamples=0)
    assert all(m["model"]["interval"] is None for m in found["metrics"].values())


def test_constant_columns_have_no_share_of_variance(fitted, X):
    rows = X[N_TRAIN:].copy()
    rows[:, 2] = rows[0, 2]
    found = evaluate(fitted, rows)
    assert found["features"]["variance_explained"][2] is None
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("n_labels", [0, 89, 91])
def test_labels_that_do_not_match_the_rows_are_refused(fitted, X, y, n_labels):
    with pytest.raises(DataError, match=r"`y` must have one label for each of the 90 rows"):
        evaluate(fitted, X[N_TRAIN:], y[:n_labels])


def test_training_labels_that_do_not_match_are_refused_by_name(fitted, X, y):
    with pytest.raises(DataError, match=r"`y_train` must have one label for each of the 150 rows"):
        evaluate(fitted, X[N_TRAIN:], y[N_TRAIN:], X_train=X[:N_TRAIN], y_train=y)


def test_a_single_class_is_refused(fitted, X):
    with pytest.raises(DataError, match=r"at least two classes.*every labelled row is 'same'"):
        evaluate(fitted, X, ["same"] * 240)


def test_numbers_that_are_no_classes_are_refused(fitted, X):
    with pytest.raises(DataError, match=r"must be classes: integers or texts"):
        evaluate(fitted, X, X[:, 0])
    with pytest.raises(
        DataError, match=r"240 different labels for 240 rows, which are not classes"
    ):
        evaluate(fitted, X, np.arange(240))


def test_no_label_at_all_is_refused(fitted, X):
    with pytest.raises(DataError, match=r"must label some rows\. Got no label for 240 rows"):
        evaluate(fitted, X, np.full(240, -1))


def test_rows_without_a_label_and_rare_classes_are_left_out(fitted, X, y):
    labels = y.astype(object)
    labels[:30] = None
    labels[30] = "rare"
    found = evaluate(fitted, X, labels)
    assert (found["codes"]["n_labelled"], found["codes"]["n_classes"]) == (209, 2)
    assert "classes_left_out" in codes_of(found["notes"])


def test_classes_that_only_one_part_has_are_left_out(fitted, X, y):
    train = np.where(np.arange(N_TRAIN) < 50, "third", y[:N_TRAIN])
    found = evaluate(fitted, X[N_TRAIN:], y[N_TRAIN:], X_train=X[:N_TRAIN], y_train=train)
    assert (found["codes"]["n_train"], found["codes"]["n_classes"]) == (100, 2)
    other = np.where(y[:N_TRAIN] == "left", "third", "fourth")
    found = evaluate(fitted, X[N_TRAIN:], y[N_TRAIN:], X_train=X[:N_TRAIN], y_train=other)
    assert "no_classes" in codes_of(found["notes"])
    assert "logistic_accuracy" not in found["metrics"]


def test_other_columns_and_infinite_values_are_refused(fitted, X):
    with pytest.raises(ValueError, match="6 features"):
        evaluate(fitted, X[:, :5])
    rows = X.copy()
    rows[3, 1] = np.inf
    with pytest.raises(DataError, match="infinite"):
        evaluate(fitted, rows)


def test_missing_cells_do_not_count(fitted, X):
    rows = X.copy()
    rows[:, 1] = np.nan
    document = evaluate(fitted, rows, n_resamples=0)
    assert document["features"]["rmse"][1] == 0
    assert document["features"]["variance_explained"][1] is None
    assert all(share is not None for share in document["features"]["variance_explained"][2:])


def test_an_estimator_that_gives_no_rows_back_is_refused(X):
    detector = AutoencoderOutlierDetector(n_members=1, epochs=1, random_state=0).fit(X)
    with pytest.raises(UsageError, match=r"can be evaluated\. Got AutoencoderOutlierDetector"):
        evaluate(detector, X)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("n_neighbors", 0),
        ("max_rows", 9),
        ("n_resamples", -1),
        ("n_resamples", 10.0),
        ("confidence", 1),
        ("confidence", float("nan")),
    ],
)
def test_a_setting_out_of_its_range_is_refused(fitted, X, setting, value):
    with pytest.raises(UsageError, match=rf"`{setting}` must be .* Got {value}"):
        evaluate(fitted, X, **{setting: value})


def test_codes_that_have_collapsed_are_measured_all_the_same(fitted, X, y, monkeypatch):
    monkeypatch.setattr(Autoencoder, "checked_codes", lambda self, X: np.zeros((len(X), 2)))
    found = evaluate(fitted, X, y, X_train=X, y_train=y)
    assert value(found, "trustworthiness") < 0.7
    assert value(found, "logistic_accuracy") == pytest.approx(max(np.mean(y == n) for n in set(y)))
    assert value(found, "kmeans_nmi") == 0


def test_there_is_no_gain_on_a_pca_that_only_rounding_parts_from_exact(rng):
    X = np.outer(rng.normal(size=60), [1.0, 2.0, 3.0]).astype(np.float32)
    fitted = Autoencoder(1, epochs=2, random_state=0).fit(X)
    assert value(evaluate(fitted, X, n_resamples=0), "gain_over_pca") is None
