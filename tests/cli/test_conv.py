"""Convolutional autoencoders on the command line."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.usefixtures("blank_figures")


@pytest.fixture
def photos(tmp_path):
    rng = np.random.default_rng(0)
    for k in range(40):
        colour = rng.integers(0, 256, 3)
        picture = rng.integers(0, 64, (9, 7, 3)) + colour // 2
        (tmp_path / "photos").mkdir(exist_ok=True)
        Image.fromarray(picture.astype(np.uint8)).save(tmp_path / "photos" / f"{k:02}.png")
    return "photos"


def test_a_folder_of_pictures_goes_through_every_command(cli, photos, tmp_path):
    words = f"train {photos} --latent-dim 3 --channels 4,8 --epochs 1 --flip"
    assert cli(*words.split(), "--seed", "0", "--out", "run").code == 0
    for command in (
        "encode run -o codes.csv",
        "reconstruct run -o again.png",
        "score run -o scores.csv",
        "doctor run",
        "report run",
        "sweep photos --estimator conv --latent-dim 1,2 --epochs 1 --channels 4",
    ):
        assert cli(*command.split()).code == 0, command
    layers = "9x7x3, convolutions 4-8, code 3, beside a linear path, mirrored decoder"
    assert layers in " ".join(cli("info", "run").out.split())
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert report["model"]["linear_path"] is True
    assert "the convolutional autoencoder" in report["verdict"]


def test_a_table_is_refused_unless_its_columns_are_pixels(cli, tmp_path):
    rng = np.random.default_rng(0)
    np.savetxt(tmp_path / "a.csv", rng.random((30, 12)), delimiter=",", header="a,b" + 10 * ",c")
    words = "train a.csv --estimator conv --channels 4 --epochs 1 --out run"
    outcome = cli(*words.split())
    assert outcome.code == 2
    assert "The estimator 'conv' applies to pictures. a contains a table: use another one" in (
        " ".join(outcome.err.split())
    )
    assert cli(*words.split(), "--picture-shape", "4,3").code == 0
