"""Pictures and arrays as people have them, each trained on by one command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.usefixtures("blank_figures")

rng = np.random.default_rng(3)


def write_picture(path: Path | str, values: Any = None) -> None:
    """Write a picture, of noise by default."""
    noise = rng.integers(0, 255, (8, 8), np.uint8) if values is None else values
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(noise).save(path)


def report() -> dict[str, Any]:
    return dict(json.loads(Path("run/report.json").read_text()))


def test_c_windows_t_1_ends_with_a_report(cli: Any, train: Any) -> None:
    waves = np.sin(np.arange(60) / 5 + rng.uniform(0, 6, (40, 1)))
    np.save("windows.npy", waves.astype(np.float32)[:, :, None])
    assert train("windows.npy", "--out", "run", "-q").code == 0
    assert report()["source"]["n_features"] == 60
    assert cli("report", "run").code == 0


def test_r_four_channels_are_256_columns(train: Any) -> None:
    np.save("rows.npy", rng.normal(size=(30, 8, 8, 4)).astype(np.float32))
    assert train("rows.npy", "--out", "run", "-q").code == 0
    assert report()["source"]["n_features"] == 256


def test_r_float_tiff_is_learned(train: Any) -> None:
    for k in range(10):
        write_picture(f"set/{k}.tif", rng.random((8, 8)).astype(np.float32))
    assert train("set", "--out", "run", "-q").code == 0
    assert report()["source"]["n_features"] == 64


def test_r_broken_pictures_are_all_named_at_once_or_skipped(train: Any) -> None:
    for k in range(10):
        write_picture(f"set/{k:02d}.png")
    Path("set/03_broken.png").write_bytes(b"")
    Path("set/08_broken.png").write_text("<html>404</html>")
    sentence = train("set").sentence
    assert "`03_broken.png`, `08_broken.png`" in sentence
    assert "--skip-bad" in sentence
    assert train("set", "--skip-bad", "--out", "run", "-q").code == 0
    source = report()["source"]
    assert source["n_rows_train"] + source["n_rows_held_out"] == 10


def test_w_train_test_folders_are_kept_apart_and_masks_left_out(train: Any) -> None:
    for k in range(10):
        write_picture(f"set/train/good/{k}.png")
    for k in range(3):
        write_picture(f"set/test/good/{k}.png")
        write_picture(f"set/test/crack/{k}.png")
        write_picture(f"set/ground_truth/crack/{k}_mask.png")
    assert train("set/", "--out", "run", "-q").code == 0
    source = report()["source"]
    assert (source["n_rows_train"], source["n_rows_held_out"]) == (10, 6)
    assert "3 pictures in folders of masks are masks, not rows." in source["notes"]


@pytest.mark.parametrize("names", [(-1.0, 1.0), (0.0, 1.0)])
def test_w_classifier_minus1_nan_ignores_rows_without_a_label(names: tuple[float, float]) -> None:
    from isthmus import StackedAutoencoderClassifier

    X = np.random.default_rng(0).normal(size=(600, 8))
    y = np.where(X[:, 0] > 0, names[1], names[0])
    hidden = np.random.default_rng(1).random(600) < 0.6
    model = StackedAutoencoderClassifier(random_state=0).fit(X, np.where(hidden, np.nan, y))
    assert model.classes_.tolist() == list(names)
    assert np.mean(model.predict(X) == y) > 0.9


def test_r_python_frame_of_texts_categories_and_dates_is_learned() -> None:
    pd = pytest.importorskip("pandas", reason="the case is a pandas data frame")
    from isthmus import Autoencoder

    draw = np.random.default_rng(0)
    base = pd.DataFrame(draw.normal(size=(60, 3)), columns=list("abc"))
    columns = {
        "text": draw.choice(["red", "blue"], 60),
        "category": pd.Categorical(draw.choice(["red", "blue"], 60)),
        "date": pd.date_range("2024-01-01", periods=60),
    }
    for name, column in columns.items():
        model = Autoencoder(epochs=1, hidden_dims=(8,)).fit(base.assign(**{name: column}))
        assert model.column_names == ("a", "b", "c", name)
