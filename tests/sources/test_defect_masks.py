"""Masks of defects beside test pictures, as in sets for anomaly detection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from isthmus.errors import DataError
from isthmus.sources import Dataset, read_source


def save(path: Path, values: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(values, np.uint8)).save(path)


MARKED = np.zeros((4, 6), np.uint8)
MARKED[1, 2] = 255


@pytest.fixture(name="folder")
def make_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "set"
    for k in range(3):
        save(folder / f"train/good/{k}.png", np.full((4, 6), k))
    save(folder / "test/good/0.png", np.full((4, 6), 9))
    save(folder / "test/crack/0.png", np.full((4, 6), 8))
    save(folder / "ground_truth/crack/0_mask.png", MARKED)
    return folder


def masks_of(folder: Path, **options: Any) -> Any:
    dataset: Dataset = read_source(folder, **options)
    return dataset.masks.read()


def test_masks_belong_to_test_pictures_and_normal_ones_have_none(folder: Path) -> None:
    dataset = read_source(folder)
    assert dataset.y_test is not None and dataset.y_test.tolist() == ["crack", "good"]
    masks = dataset.masks.read()
    assert masks.dtype == bool
    assert [mask.tolist() for mask in masks] == [(MARKED > 0).tolist(), [[False] * 6] * 4]


def test_a_mask_may_have_the_name_of_its_picture_and_any_one_shade(folder: Path) -> None:
    (folder / "ground_truth/crack/0_mask.png").unlink()
    save(folder / "ground_truth/crack/0.bmp", MARKED // 255)
    assert masks_of(folder)[0].sum() == 1


def test_masks_of_resized_pictures_are_resized(folder: Path) -> None:
    assert masks_of(folder, image_size="8x12")[0].sum() == 4


def test_masks_of_normal_pictures_may_be_black(folder: Path) -> None:
    save(folder / "ground_truth/good/0_mask.png", MARKED * 0)
    assert [int(mask.sum()) for mask in masks_of(folder)] == [1, 0]


def test_masks_of_skipped_pictures_are_left_out(folder: Path) -> None:
    (folder / "test/crack/1.png").write_text("no picture")
    save(folder / "ground_truth/crack/1_mask.png", MARKED)
    assert [int(mask.sum()) for mask in masks_of(folder, skip_bad=True)] == [1, 0]


def test_folders_without_masks_or_test_pictures_have_none(tmp_path: Path) -> None:
    save(tmp_path / "a/good/0.png", MARKED)
    save(tmp_path / "a/good/1.png", MARKED + 1)
    assert read_source(tmp_path / "a").masks is None


def wrong_size(folder: Path) -> None:
    save(folder / "ground_truth/crack/0_mask.png", MARKED.T)


def alone(folder: Path) -> None:
    save(folder / "ground_truth/crack/7_mask.png", MARKED)


def missing(folder: Path) -> None:
    save(folder / "test/crack/1.png", np.full((4, 6), 5))


def empty(folder: Path) -> None:
    save(folder / "ground_truth/crack/0_mask.png", MARKED * 0)


def shaded(folder: Path) -> None:
    save(folder / "ground_truth/crack/0_mask.png", np.arange(24).reshape(4, 6))


def broken(folder: Path) -> None:
    (folder / "ground_truth/crack/0_mask.png").write_text("no picture")


def no_test(folder: Path) -> None:
    for file in [*(folder / "test").rglob("*.png")]:
        file.unlink()


def marked_normal(folder: Path) -> None:
    save(folder / "ground_truth/good/0_mask.png", MARKED)


def validation(folder: Path) -> None:
    save(folder / "validation/good/0.png", np.full((4, 6), 5))


def preview(folder: Path) -> None:
    save(folder / "Preview.png", np.full((4, 6), 5))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (wrong_size, r"must have the size of its picture, 4x6 \(height x width\)\. Got 6x4: save"),
        (
            alone,
            r"must belong to a picture of the folder test\. Got none for `ground_truth/crack/7",
        ),
        (missing, r"must have a mask in ground_truth, .* Got none for `test/crack/1\.png`: add it"),
        (empty, r"must mark at least one pixel, since its picture has a defect\. It is black"),
        (shaded, r"there of one shade\. Got 24 shades, 0 to 23: threshold it"),
        (broken, r"0_mask\.png` cannot be read as a picture\. Repair or remove it\."),
        (no_test, r"must have the folder test, with the pictures of the masks\. Got 1 masks?"),
        (marked_normal, r"good/0_mask\.png` must be black, since its picture is in a fol"),
        (validation, r"must have no other pictures\. Got `validation`: move it into"),
        (preview, r"must have no other pictures\. Got `Preview\.png`: move it"),
    ],
)
def test_masks_that_do_not_fit_are_refused(folder: Path, spoil: Any, sentence: str) -> None:
    spoil(folder)
    with pytest.raises(DataError, match=sentence):
        masks_of(folder)
