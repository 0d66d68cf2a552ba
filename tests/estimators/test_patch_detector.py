"""Outlier detection in pictures: maps of errors, patches, feature maps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from isthmus import AutoencoderOutlierDetector, PatchOutlierDetector, load
from isthmus.errors import DataError, UsageError
from isthmus.estimators._patches import Patches
from isthmus.runs.kinds._odd_pictures import pca_maps

QUICK: dict[str, Any] = {"n_members": 2, "device": "cpu", "random_state": 0}


def discs(n: int, seed: int, side: int = 48) -> NDArray[np.float32]:
    """Bright discs in rows of random phase on a dark ground, with some noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side]
    pictures = []
    for _ in range(n):
        dy, dx = rng.uniform(0, 12, 2)
        distance = np.hypot((y + dy) % 12 - 6, (x + dx) % 12 - 6)
        pictures.append(np.clip(4.5 - distance, 0, 1) + rng.normal(0, 0.05, (side, side)))
    return np.array(pictures, np.float32)


def scratched(pictures: NDArray[np.float32], seed: int) -> tuple[NDArray[np.float32], Any]:
    """Return pictures with a faint scratch, and their masks."""
    rng = np.random.default_rng(seed)
    found, masks = pictures.copy(), np.zeros(pictures.shape, bool)
    for picture, mask in zip(found, masks, strict=True):
        top, left = rng.integers(4, pictures.shape[1] - 18, 2)
        steps = np.arange(14)
        mask[top + steps, left + steps] = mask[top + steps, left + steps + 1] = True
        picture[mask] += np.where(picture[mask] > 0.5, -0.4, 0.4)
    return found, masks


@pytest.fixture(autouse=True)
def _put_the_global_state_back() -> Iterator[None]:
    """For scikit-learn's own checks, which shuffle with it, before the leak guard checks."""
    state = np.random.get_state()  # noqa: NPY002 (the very state that is guarded)
    yield
    np.random.set_state(state)  # noqa: NPY002 (as above)


@parametrize_with_checks(
    [
        PatchOutlierDetector(
            contamination=0.1,
            n_members=1,
            hidden_dims=(8,),
            latent_dim=4,
            epochs=1,
            device="cpu",
        )
    ]
)
def test_scikit_learns_own_checks_pass(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.fixture(name="fitted", scope="module")
def fit_once() -> tuple[PatchOutlierDetector, NDArray[Any]]:
    X = discs(24, 0)
    return PatchOutlierDetector(**QUICK).fit(X), X


def test_it_finds_scratched_pixels_better_than_pca_of_the_same_patches(fitted: Any) -> None:
    detector, X = fitted
    odd, masks = scratched(discs(8, 1), 2)
    ours = detector.score_maps(odd)
    theirs = pca_maps(detector, X.reshape(len(X), -1))(odd.reshape(len(odd), -1))
    area, of_pca = (roc_auc_score(masks.ravel(), maps.ravel()) for maps in (ours, theirs))
    assert area > max(0.9, of_pca)


def test_scratched_pictures_score_lower_than_new_normal_ones(fitted: Any) -> None:
    detector, _ = fitted
    normal, (odd, _) = discs(8, 1), scratched(discs(8, 1), 2)
    assert detector.score_samples(odd).max() < detector.score_samples(normal).min()
    assert (detector.predict(odd) == -1).all()


def test_the_error_of_a_picture_is_that_of_its_most_anomalous_pixels(fitted: Any) -> None:
    detector, X = fitted
    maps = detector.score_maps(X[:3])
    assert maps.shape == (3, 48, 48) and maps.min() >= 0
    largest = np.sort(maps.reshape(3, -1), axis=1)[:, -24:]  # 1 % of 2,304
    assert_allclose(-detector.score_samples(X[:3]), largest.mean(axis=1), rtol=1e-12)


def test_the_scale_of_maps_is_that_of_the_training_and_is_saved(
    fitted: Any, tmp_path: Path
) -> None:
    detector, X = fitted
    low, high = detector.map_range_
    quantiles = detector.map_quantiles_
    assert (low, high) == (quantiles[0], 2 * quantiles[3]) and (np.diff(quantiles) > 0).all()
    detector.save(tmp_path / "model")
    again = load(tmp_path / "model", device="cpu")
    assert again.map_range_ == (low, high) and again.offset_ == detector.offset_
    assert_array_equal(again.score_maps(X[:2]), detector.score_maps(X[:2]))


def test_shares_sum_to_one_and_expected_pictures_are_near_normal_ones(fitted: Any) -> None:
    detector, X = fitted
    assert_allclose(detector.explain(X[:2]).sum(axis=1), 1)
    expected = detector.expected_rows(X[:2]).reshape(X[:2].shape)
    assert np.square(expected - X[:2]).mean() < 0.25 * X[:2].var()


def test_places_of_feature_maps_are_rows() -> None:
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(3, 12))
    X = (rng.normal(size=(30, 5, 6, 3)) @ mixing).astype(np.float32)
    odd = X[:1].copy()
    odd[0, 2, 4] = rng.normal(size=12) * 3  # as long as the others, but outside of their span
    detector = PatchOutlierDetector(**QUICK).fit(X)
    maps = detector.score_maps(odd)
    assert maps.shape == (1, 5, 6) and np.unravel_index(maps.argmax(), (1, 5, 6)) == (0, 2, 4)
    assert detector.detector_.n_features_in_ == 12 and detector.smoothing_ == 0
    assert detector.score_samples(odd)[0] < detector.score_samples(X).min()


def test_a_detector_of_whole_pictures_maps_its_errors_too(tmp_path: Path) -> None:
    X = discs(20, 0, side=12)
    detector = AutoencoderOutlierDetector(**QUICK, epochs=2).fit(X)
    maps = detector.score_maps(X)
    assert maps.shape == (20, 12, 12)
    assert_allclose(-detector.score_samples(X), maps.mean(axis=(1, 2)))
    detector.save(tmp_path / "model")
    assert load(tmp_path / "model", device="cpu").map_range_ == detector.map_range_
    smooth = detector.score_maps(X, smoothing=2.0)
    assert smooth.max() < maps.max() and smooth.mean() == pytest.approx(maps.mean(), rel=0.1)
    with pytest.raises(UsageError, match=r"`smoothing` must be .* of at least 0\. Got -1\.0\."):
        detector.score_maps(X, smoothing=-1.0)


def test_rows_that_are_no_pictures_have_no_maps() -> None:
    X = np.random.default_rng(0).normal(size=(20, 3))
    detector = AutoencoderOutlierDetector(**QUICK, epochs=1).fit(X)
    with pytest.raises(UsageError, match=r"Maps require pictures\. This AutoencoderOutlierDet"):
        detector.score_maps(X)


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"patch_size": 9}, r"`patch_size` must be at most the sides of the pictures, 8x8\. Got 9"),
        (
            {"patch_size": 2, "patch_stride": 3},
            r"`patch_stride` must be at most `patch_size`, 2, .* Got 3\.",
        ),
        ({"picture_score": "mode"}, "`picture_score` of PatchOutlierDetector must be"),
        ({"smoothing": -1.0}, "`smoothing` of PatchOutlierDetector must be"),
    ],
)
def test_parameters_that_do_not_suit_are_refused(parameters: Any, sentence: str) -> None:
    X = np.random.default_rng(0).normal(size=(6, 8, 8))
    with pytest.raises(UsageError, match=sentence):
        PatchOutlierDetector(**parameters).fit(X)


def test_patches_that_do_not_suit_are_refused_before_training() -> None:
    X = np.random.default_rng(0).normal(size=(6, 8, 8))
    with pytest.raises(UsageError, match="`patch_size` must be at most the sides"):
        PatchOutlierDetector(patch_size=9).check_rows(X)


def test_texts_are_refused() -> None:
    with pytest.raises(DataError, match="PatchOutlierDetector requires pictures, or an array"):
        PatchOutlierDetector().fit(["one text", "another text"])


@pytest.mark.parametrize(("size", "stride"), [(3, 2), (4, 4), (8, 1), (1, 1)])
def test_patches_join_to_the_pictures_they_are_from(size: int, stride: int) -> None:
    X = np.random.default_rng(0).normal(size=(2, 7, 5, 2))
    patches = Patches((7, 5, 2), size, stride)
    rows = patches.rows(X.reshape(2, -1))
    assert rows.shape[1] == patches.n_features == min(size, 7) * min(size, 5) * 2
    assert_allclose(patches.joined(rows), X)


def test_drawn_patches_are_patches_of_the_pictures() -> None:
    X = np.arange(2 * 36, dtype=np.float64).reshape(2, 36)
    drawn = Patches((6, 6), 2, 2).drawn(X, 10, np.random.default_rng(0))
    assert drawn.shape == (10, 4)
    assert_array_equal(drawn - drawn[:, :1], np.tile([0, 1, 6, 7], (10, 1)))
    assert Patches((6, 6), 2, 2).drawn(X, 1, np.random.default_rng(0)).shape == (1, 4)
