"""Pictures: order, labels, sizes, colours, and errors."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isthmus.errors import DataError, UsageError
from isthmus.sources._picture_files import parse_image_size
from isthmus.sources._picture_folders import parts_of
from isthmus.sources._read_source import read_source


def save(folder, name, values, **options):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    image = values if isinstance(values, Image.Image) else Image.fromarray(values)
    image.save(path, **options)
    return path


def grey(value, shape=(2, 3)):
    return np.full(shape, value, np.uint8)


def test_a_folder_of_grey_pictures_is_rows_of_bytes(tmp_path):
    values = np.arange(6, dtype=np.uint8).reshape(2, 3)
    save(tmp_path / "my pictures", "a.png", values)
    data = read_source(tmp_path / "my pictures")
    assert (data.name, data.kind, data.picture_shape) == ("my-pictures", "pictures", (2, 3))
    assert (data.X.dtype, data.X.tolist()) == (np.uint8, [[0, 1, 2, 3, 4, 5]])
    assert (data.y, data.label_name, data.feature_names) == (None, None, None)


def test_one_picture_in_colour_makes_three_channels(tmp_path):
    save(tmp_path, "a.png", grey(7))
    save(tmp_path, "b.png", np.arange(18, dtype=np.uint8).reshape(2, 3, 3))
    data = read_source(tmp_path)
    assert data.picture_shape == (2, 3, 3)
    assert data.X.tolist() == [[7] * 18, list(range(18))]


def test_grey_pictures_have_three_channels_on_request(tmp_path):
    save(tmp_path, "a.png", grey(7))
    save(tmp_path, "b.png", Image.fromarray(np.full((2, 3), 9 * 257, np.uint16)))
    data = read_source(tmp_path, colour=True)
    assert (data.picture_shape, data.X.tolist()) == ((2, 3, 3), [[7] * 18, [9] * 18])
    assert read_source(tmp_path / "a.png", colour=False).picture_shape == (2, 3)


def test_files_come_in_natural_order_and_hidden_ones_do_not(tmp_path):
    for value, name in enumerate(["10.png", "2.png", "1.PNG", "b/3.png", ".hidden.png"]):
        save(tmp_path, name, Image.fromarray(grey(value)), format="PNG")
    save(tmp_path, ".thumbs/1.png", grey(9))
    (tmp_path / "notes.txt").write_text("no picture")
    data = read_source(tmp_path)
    assert data.row_names == ("1.PNG", "2.png", "10.png", "b/3.png")
    assert data.X[:, 0].tolist() == [2, 1, 0, 3]
    assert data.y is None
    assert data.notes == ("Not every picture is in a subfolder, so there are no labels.",)


def test_sub_folders_are_labels(tmp_path):
    for name in ("dog/1.png", "cat/2020/1.png", "cat/2.png"):
        save(tmp_path, name, grey(0))
    data = read_source(tmp_path)
    assert data.row_names == ("cat/2.png", "cat/2020/1.png", "dog/1.png")
    assert (data.label_name, data.y.tolist()) == ("folder", ["cat", "cat", "dog"])


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp", "gif", "webp", "tif", "pgm", "ppm"])
def test_each_format_is_read(tmp_path, suffix):
    values = grey(128, (8, 8))
    save(tmp_path, f"a.{suffix}", np.dstack([values] * 3) if suffix == "ppm" else values)
    np.testing.assert_allclose(read_source(tmp_path).X.astype(int), 128, atol=2)


def test_pictures_of_several_sizes_need_a_size(tmp_path):
    save(tmp_path, "a.png", grey(0))
    save(tmp_path, "b.png", grey(0))
    save(tmp_path, "c.png", grey(0, (4, 5)))
    message = r"--image-size.* Got 2x3 \(2 pictures\), 4x5 \(1 picture\), height x width"
    with pytest.raises(DataError, match=message):
        read_source(tmp_path)
    assert read_source(tmp_path, image_size=(3, 4)).picture_shape == (3, 4)


def test_resizing_averages_instead_of_dropping_pixels(tmp_path):
    stripes = np.zeros((32, 32), np.uint8)
    stripes[:, ::2] = 200
    save(tmp_path, "a.png", stripes)
    X = read_source(tmp_path, image_size=4).X
    np.testing.assert_allclose(X.astype(int), 100, atol=8)


@pytest.mark.parametrize(
    ("value", "size"),
    [(32, (32, 32)), ("32", (32, 32)), ("32x48", (32, 48)), ((3, 4), (3, 4)), ("8 X 9", (8, 9))],
)
def test_sizes_are_height_and_width(value, size):
    assert parse_image_size(value) == size


@pytest.mark.parametrize(
    "value", [0, -1, "x", "", "3x", "3x4x5", "big", 2.5, (1, 2, 3), 9999, True]
)
def test_what_is_no_size_is_refused(tmp_path, value):
    save(tmp_path, "a.png", grey(0))
    with pytest.raises(UsageError, match=r"`image_size` must be a number of pixels, or height and"):
        read_source(tmp_path, image_size=value)


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
@pytest.mark.parametrize("image_size", [None, "3x2"])
def test_pictures_stand_upright(tmp_path, suffix, image_size):
    values = grey(0, (16, 24))
    values[:, :12] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter, clockwise: left comes on top
    save(tmp_path, f"a.{suffix}", values, exif=exif)
    data = read_source(tmp_path, image_size=image_size and "24x16")
    assert data.picture_shape == (24, 16)
    picture = data.X.reshape(24, 16)
    assert picture[:11].min() > 240
    assert picture[13:].max() < 15


def test_sixteen_bit_greys_keep_their_depth(tmp_path):
    save(tmp_path, "a.png", np.array([[33000, 33001, 36685]], np.uint16))
    save(tmp_path, "b.tif", np.array([[0, 2570, 65535]], np.uint16))
    data = read_source(tmp_path)
    assert data.X.dtype == np.float32
    assert data.X.tolist() == [[33000, 33001, 36685], [0, 2570, 65535]]
    assert data.notes == (
        "Pictures of more than 8 bits are kept at full depth, with values from 0 to 65535.",
    )


@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_thirty_two_bits_keep_their_depth(tmp_path, dtype):
    save(tmp_path, "a.tif", np.array([[-7, 1, 1 << 20]], dtype))
    assert read_source(tmp_path).X.tolist() == [[-7, 1, 1 << 20]]


def test_eight_bit_greys_beside_deeper_ones_have_the_same_white(tmp_path):
    save(tmp_path, "a.tif", np.array([[0, 65535]], np.uint16))
    save(tmp_path, "b.png", np.array([[51, 255]], np.uint8))
    assert read_source(tmp_path).X.tolist() == [[0, 65535], [13107, 65535]]
    save(tmp_path, "a.tif", np.array([[0, 0.25]], np.float32))
    assert read_source(tmp_path).X[1] == pytest.approx([0.2, 1])


def test_deep_greys_beside_colour_become_eight_bits(tmp_path):
    save(tmp_path, "a.png", np.array([[256, 512, 65535]], np.uint16))
    save(tmp_path, "b.png", np.full((1, 3, 3), (1, 2, 3), np.uint8))
    assert read_source(tmp_path).X[0].tolist() == [0, 0, 0, 1, 1, 1, 255, 255, 255]
    save(tmp_path, "c.tif", np.array([[0, 1, 2]], np.float32))
    with pytest.raises(DataError, match=r"c.tif` must have 8 or 16 bits, or floats from 0 to 1, b"):
        read_source(tmp_path)


def test_deep_pictures_are_resized_at_their_depth(tmp_path):
    save(tmp_path, "a.tif", np.full((4, 4), 33001, np.uint16))
    assert read_source(tmp_path, image_size=2).X.tolist() == [[33001] * 4]


def test_floats_beside_integers_and_pixels_without_value_are_refused(tmp_path):
    save(tmp_path, "a.tif", np.array([[0, 1]], np.uint16))
    save(tmp_path, "b.tif", np.array([[0, 1]], np.float32))
    with pytest.raises(DataError, match=r"Pictures must all have integers or all have floats. `"):
        read_source(tmp_path)
    save(tmp_path, "a.tif", np.array([[0, np.nan]], np.float32))
    with pytest.raises(DataError, match=r"a.tif` must have finite values. Got NaN or infinite"):
        read_source(tmp_path)


def test_black_and_white_is_grey(tmp_path):
    save(tmp_path, "a.png", Image.fromarray(grey(255)).convert("1"))
    assert read_source(tmp_path).X.tolist() == [[255] * 6]


def palette(colours):
    image = Image.fromarray(np.array([[0, 1]], np.uint8), mode=None).convert("P")
    image.putpalette(colours)
    return image


def test_palettes_give_their_colours(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        save(tmp_path / "grey", "a.png", palette([10, 10, 10, 20, 20, 20]))
        save(tmp_path / "colour", "a.png", palette([10, 11, 12, 20, 20, 20]))
    assert read_source(tmp_path / "grey").X.tolist() == [[10, 20]]
    assert read_source(tmp_path / "colour").X.tolist() == [[10, 11, 12, 20, 20, 20]]


def test_transparent_parts_lie_on_white(tmp_path):
    save(tmp_path / "l", "a.png", np.array([[[0, 0], [50, 255]]], np.uint8))
    save(tmp_path / "rgb", "a.png", np.array([[[1, 2, 3, 0], [1, 2, 3, 255]]], np.uint8))
    assert read_source(tmp_path / "l").X.tolist() == [[255, 50]]
    assert read_source(tmp_path / "rgb").X.tolist() == [[255, 255, 255, 1, 2, 3]]


def test_of_an_animation_the_first_frame_is_taken_with_a_note(tmp_path):
    frames = [Image.fromarray(grey(v, (4, 4))) for v in (50, 200)]
    save(tmp_path, "a.gif", frames[0], save_all=True, append_images=frames[1:])
    data = read_source(tmp_path)
    assert set(data.X[0].tolist()) == {50}
    assert data.notes == ("Read only the first frame of `a.gif`.",)


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(30)])
def test_an_unreadable_picture_is_named(tmp_path, content):
    save(tmp_path, "a.png", grey(0))
    (tmp_path / "b.png").write_bytes(content)
    with pytest.raises(
        DataError, match=r"b.png` cannot be read as a picture.*. Repair or remove it"
    ):
        read_source(tmp_path)


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_a_truncated_picture_is_named(tmp_path, suffix):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8)
    path = save(tmp_path, f"b.{suffix}", noise)
    path.write_bytes(path.read_bytes()[:-900])
    with pytest.raises(DataError, match=rf"b.{suffix}` cannot be read as a picture"):
        read_source(tmp_path)


@pytest.mark.parametrize("limit", [300, 500])
def test_a_huge_picture_is_an_error_before_it_is_unpacked(tmp_path, monkeypatch, limit):
    save(tmp_path, "a.png", grey(0, (30, 30)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    with pytest.raises(
        DataError, match=r"a.png` must not have more than .* pixels\. Make it smaller"
    ):
        read_source(tmp_path)


def test_a_folder_without_pictures_and_tables_is_an_error(tmp_path):
    nothing = r"contains no pictures \(files that end in \.bmp, \.gif.*\) and no tables\.$"
    with pytest.raises(DataError, match=rf"` is an empty folder: it {nothing}"):
        read_source(tmp_path)
    (tmp_path / "readme.md").write_text("text")
    with pytest.raises(DataError, match=rf"` {nothing}"):
        read_source(tmp_path)


def test_one_picture_is_one_row(tmp_path):
    data = read_source(save(tmp_path, "my photo.png", grey(3)))
    assert (data.name, data.X.tolist(), data.row_names) == (
        "my-photo", [[3] * 6], ("my photo.png",),
    )  # fmt: skip


def test_other_formats_under_these_names_are_not_tried(tmp_path):
    (tmp_path / "a.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n")
    with pytest.raises(DataError, match=r"a.png` cannot be read as a picture\. Repair"):
        read_source(tmp_path)


def test_figures_of_a_run_inside_the_folder_are_no_rows(tmp_path):
    save(tmp_path, "0.png", grey(10))
    run = tmp_path / "runs" / "pictures-1"
    (run / "figures").mkdir(parents=True)
    for name in ("config.yaml", "metrics.jsonl"):
        (run / name).write_text("")
    save(run / "figures", "map.png", grey(20, (9, 9)))
    assert read_source(tmp_path).X.shape == (1, 6)


def test_several_unreadable_pictures_are_named_at_once_or_skipped(tmp_path):
    for name in "acde":
        save(tmp_path, f"{name}.png", grey(0))
    (tmp_path / "b.png").write_bytes(b"")
    (tmp_path / "f.png").write_bytes(b"<html>")
    with pytest.raises(DataError, match=r"`b.png`, `f.png` of .* cannot be read as pictures"):
        read_source(tmp_path)
    data = read_source(tmp_path, skip_bad=True)
    assert data.row_names == ("a.png", "c.png", "d.png", "e.png")
    assert data.notes == ("Skipped 2 files that cannot be read as pictures: `b.png`, `f.png`.",)


def test_a_truncated_picture_is_skipped_with_its_row(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (3, 64, 64)).astype(np.uint8)
    for name, values in zip("abc", noise, strict=True):
        save(tmp_path, f"{name}.png", values)
    content = (tmp_path / "b.png").read_bytes()
    (tmp_path / "b.png").write_bytes(content[:-900])
    data = read_source(tmp_path, skip_bad=True)
    assert data.row_names == ("a.png", "c.png")
    np.testing.assert_array_equal(data.X, noise[[0, 2]].reshape(2, -1))


def test_a_folder_of_nothing_but_broken_pictures_is_an_error(tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"a.png` cannot be read as a picture"):
        read_source(tmp_path, skip_bad=True)


def test_floats_are_kept(tmp_path):
    save(tmp_path, "a.tif", np.array([[0, 0.25, 1]], np.float32))
    data = read_source(tmp_path)
    assert (data.X.tolist(), data.picture_shape) == ([[0, 0.25, 1]], (1, 3))


def test_pictures_in_a_test_folder_are_held_out_and_masks_left_out(tmp_path):
    for k, name in enumerate(
        ("train/good/1", "train/good/2", "test/good/1", "test/crack/1", "ground_truth/crack/1_mask")
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        save(tmp_path, f"{name}.png", grey(k))
    data = read_source(tmp_path)
    assert (data.X[:, 0].tolist(), data.y.tolist()) == ([0, 1], ["good", "good"])
    assert (data.X_test[:, 0].tolist(), data.y_test.tolist()) == ([3, 2], ["crack", "good"])
    assert data.notes == ("1 picture in folders of masks is a mask, not a row.",)
    assert len(data.row_names) == 4


def test_other_folders_beside_train_and_test_are_labels(tmp_path):
    for k, name in enumerate(("train/1", "test/1", "other/1")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        save(tmp_path, f"{name}.png", grey(k))
    data = read_source(tmp_path)
    assert (data.X_test, data.y.tolist()) == (None, ["other", "test", "train"])


@pytest.mark.parametrize(
    ("folders", "names"),
    [
        (("train", "val", "test"), "`train`, `test`, `val`"),
        (("Train", "valid"), "`train`, `valid`"),
        (("cats", "val"), None),
        (("train", "rails"), None),
    ],
)
def test_folders_called_like_parts_are_said_to_be_labels(folders, names):
    found = parts_of([Path(folder, "1.png") for folder in folders])
    note = (
        f"Took the folders {names} as labels, and all pictures as training pictures: pictures are "
        "held out only if the folders are `train`, `test` alone."
    )
    assert (found.n_train, found.notes) == (len(folders), [note] if names else [])
