"""Runs on pictures of 16 bits or floats: scaled from the training's range, restored in it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from isthmus.runs import open_run, run_training


def write_pictures(folder, low, high, dtype, n=24):
    folder.mkdir()
    rng = np.random.default_rng(0)
    across, down = np.meshgrid(np.linspace(0, 1, 8), np.linspace(0, 1, 6))
    for k in range(n):
        share = (across * rng.random() + down * rng.random()) / 2
        picture = (low + (high - low) * share).astype(dtype)
        Image.fromarray(picture).save(folder / f"{k:02}.tif")


@pytest.mark.parametrize(
    ("low", "high", "dtype"), [(33000, 36700, np.uint16), (-0.3, 0.002, np.float32)]
)
def test_a_narrow_range_is_scaled_kept_and_restored(tmp_path, low, high, dtype):
    write_pictures(tmp_path / "pictures", low, high, dtype)
    config = {
        "source": {"source": str(tmp_path / "pictures")},
        "estimator": "autoencoder",
        "parameters": {
            "epochs": 300,
            "latent_dim": 2,
            "hidden_dims": (16,),
            "early_stopping": False,
            "device": "cpu",
        },
        "test_fraction": 0.2,
        "labels_per_class": None,
    }
    folder, _ = run_training(config, out=tmp_path / "run")
    fitted = open_run(folder)
    X = fitted.read(None, label=None).X
    scaling = fitted.estimator.scaling_
    assert scaling.kind == "unit" and X.dtype == np.float32
    assert scaling.shift[0] == pytest.approx(low, abs=0.1 * (high - low))
    assert scaling.scale[0] < high - low
    restored = fitted.estimator.reconstruct(X)
    error = np.square(restored - X).mean()
    assert error < 0.5 * X.var(axis=0).mean()
    assert len(np.unique(np.round(restored, 6))) > 256
