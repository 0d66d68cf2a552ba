"""Displays: what they show, scikit-learn's convention, and no trace in the user's settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from isthmus import Autoencoder, AutoencoderImputer, AutoencoderOutlierDetector
from isthmus.displays import (
    CodesDisplay,
    Display,
    ErrorsDisplay,
    HistoryDisplay,
    MeaningsDisplay,
    ReconstructionDisplay,
    SizesDisplay,
)
from isthmus.errors import UsageError

matplotlib.use("agg")  # no window, on any machine

X = np.random.default_rng(0).normal(size=(60, 2)) @ np.random.default_rng(1).normal(size=(2, 12))
QUICK: dict[str, Any] = {"epochs": 3, "hidden_dims": (8,), "random_state": 0, "device": "cpu"}


@pytest.fixture(autouse=True)
def closed_figures() -> Iterator[None]:
    yield
    pyplot.close("all")


@pytest.fixture(scope="module")
def autoencoder() -> Autoencoder:
    return Autoencoder(latent_dim=3, **QUICK).fit(X)


DISPLAYS: dict[str, Callable[..., Display]] = {
    "codes": lambda model, **more: CodesDisplay.from_estimator(model, X, X[:, 0] > 0, **more),
    "errors": lambda model, **more: ErrorsDisplay.from_estimator(model, X, **more),
    "history": HistoryDisplay.from_estimator,
    "meanings": lambda model, **more: MeaningsDisplay.from_estimator(model, X, **more),
    "meanings of pictures": lambda model, **more: MeaningsDisplay.from_estimator(
        model, X, picture_shape=(3, 4), **more
    ),
    "reconstructions": lambda model, **more: ReconstructionDisplay.from_estimator(
        model, X, picture_shape=(3, 4), **more
    ),
    "sizes": lambda model, **more: SizesDisplay.from_estimator(model, X[40:], X_train=X, **more),
}


@pytest.mark.parametrize("show", DISPLAYS.values(), ids=DISPLAYS)
def test_a_display_draws_into_the_given_axes(
    show: Callable[..., Display], autoencoder: Autoencoder
) -> None:
    figure, (axes, other) = pyplot.subplots(1, 2)
    display = show(autoencoder, ax=axes)
    assert (display.ax_, display.figure_) == (axes, figure)
    assert axes.has_data()
    assert not other.has_data()


@pytest.mark.parametrize("show", DISPLAYS.values(), ids=DISPLAYS)
def test_a_display_without_axes_is_shown_by_pyplot_and_changes_no_setting(
    show: Callable[..., Display], autoencoder: Autoencoder
) -> None:
    before = dict(matplotlib.rcParams)
    display = show(autoencoder)
    assert pyplot.gcf() is display.figure_
    assert dict(matplotlib.rcParams) == before


def test_plot_draws_the_same_values_again_in_another_language(autoencoder: Autoencoder) -> None:
    display = ErrorsDisplay.from_estimator(autoencoder, X)
    first = display.ax_
    assert display.plot(language="zh") is display
    assert display.ax_ is not first
    assert (first.get_ylabel(), display.ax_.get_ylabel()) == (
        "rows (log scale)",
        "样本数（对数轴）",  # noqa: RUF001
    )


def test_the_name_of_a_label_column_is_the_title_of_the_legend(autoencoder: Autoencoder) -> None:
    y = pd.Series(X[:, 0] > 0, name="is large").astype(str)
    legend = CodesDisplay.from_estimator(autoencoder, X, y).ax_.get_legend()
    assert legend.get_title().get_text() == "is large"
    assert [text.get_text() for text in legend.get_texts()] == ["False", "True"]


def test_errors_of_a_detector_have_its_threshold_and_its_stages_their_panels() -> None:
    detector = AutoencoderOutlierDetector(n_members=3, **QUICK).fit(X)
    display = ErrorsDisplay.from_estimator(detector, X, is_anomaly=np.arange(60) < 3)
    assert display.threshold == -detector.offset_
    texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert texts[-1].startswith("threshold (")
    history = HistoryDisplay.from_estimator(detector)
    panels = [axes for axes in history.figure_.axes if axes.has_data()]
    assert [axes.get_title(loc="left") for axes in panels] == [
        f"network {k} of 3" for k in (1, 2, 3)
    ]


def test_several_stages_need_a_subplot() -> None:
    history = [{"epoch": k, "train_loss": 1.0, "stage": k} for k in (1, 2)]
    axes = pyplot.figure().add_axes((0.1, 0.1, 0.8, 0.8))
    with pytest.raises(UsageError, match=r"`ax` must be a subplot.*for the 2 stages"):
        HistoryDisplay(history).plot(axes)


def test_sizes_are_those_of_the_same_rows(autoencoder: Autoencoder) -> None:
    display = SizesDisplay.from_estimator(autoencoder, X[40:], X_train=X)
    errors = autoencoder.reconstruction_error(X[40:]) * X.shape[1]
    assert display.error == pytest.approx(errors.mean(), rel=1e-5)
    assert display.latent_dim == 3


def test_rows_that_are_no_pictures_need_a_shape(autoencoder: Autoencoder) -> None:
    with pytest.raises(UsageError, match="`picture_shape` is needed to draw rows as pictures"):
        ReconstructionDisplay.from_estimator(autoencoder, X)


def test_pictures_keep_the_shape_that_the_estimator_was_fitted_on() -> None:
    pictures = np.abs(X).reshape(60, 3, 4)
    model = Autoencoder(latent_dim=2, **QUICK).fit(pictures)
    display = ReconstructionDisplay.from_estimator(model, pictures, n_pictures=4)
    assert display.picture_shape[:2] == (3, 4)
    np.testing.assert_array_equal(display.originals, pictures[:4].reshape(4, 12))


def test_errors_need_an_estimator_that_has_some() -> None:
    with pytest.raises(UsageError, match=r"ErrorsDisplay needs .* Got AutoencoderImputer\."):
        ErrorsDisplay.from_estimator(AutoencoderImputer(), X)


def test_meanings_need_a_shape_that_fits(autoencoder: Autoencoder) -> None:
    with pytest.raises(
        UsageError, match=r"`picture_shape` must have a product of 12, .* Got \(5, 5"
    ):
        MeaningsDisplay.from_estimator(autoencoder, X, picture_shape=(5, 5))
