"""Detectors of odd pictures: folders with test pictures and masks, feature maps, and heat maps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.usefixtures("blank_figures")

SIDE = 24
QUICK = ("--estimator", "patch-detector", "--n-members", "1", "--epochs", "1", "-q")
rng = np.random.default_rng(0)


def save(path: str, values: Any) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(values, np.uint8)).save(path)


def stripes() -> Any:
    x = np.arange(SIDE) + rng.uniform(0, 6)
    return 128 + 60 * np.sin(2 * np.pi * x / 6) + rng.normal(0, 6, (SIDE, SIDE))


@pytest.fixture(name="folder")
def make_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    for k in range(12):
        save(f"set/train/good/{k}.png", stripes())
    for k in range(3):
        save(f"set/test/good/{k}.png", stripes())
        for kind, rows in (("scratch", slice(4, 6)), ("blot", slice(9, 14))):
            odd, mask = stripes(), np.zeros((SIDE, SIDE))
            mask[rows, 6:15] = 255
            odd[mask > 0] = 250
            save(f"set/test/{kind}/{k}.png", odd)
            save(f"set/ground_truth/{kind}/{k}_mask.png", mask)
    return "set"


def test_it_learns_from_train_and_is_judged_on_test_by_picture_and_by_pixel(
    cli: Any, folder: str
) -> None:
    outcome = cli("train", folder, "--out", "run", *QUICK)
    assert outcome.code == 0, outcome.err
    report = json.loads(Path("run/report.json").read_text())
    ours, pca = (report["results"][name] for name in ("PatchOutlierDetector", "PCA"))
    assert "ROC AUC with folder other than good as the anomalies (n = 6): " in report["verdict"]
    assert f"ROC AUC of pixels: {ours['pixel_roc_auc']:.3f} (PCA: " in report["verdict"]
    assert ours["roc_auc"] > 0.9 and ours["pixel_roc_auc"] > 0.8
    assert {"average_precision", "pixel_average_precision"} <= {*ours} & {*pca}
    assert [table["title"] for table in report["tables"]] == ["Agreement with the masks"]
    figure = next(f for f in report["figures"] if f["draws"] == "heat_maps")
    assert "masks" in figure["arguments"] and (Path("run") / figure["file"]).is_file()

    assert cli("score", "run", "set/test", "-o", "s.csv", "--maps", "maps").code == 0
    with Image.open("maps/scratch/1.png") as overlay:
        assert overlay.size == (8 * SIDE, 8 * SIDE)
    assert Path("maps/scale.png").is_file()
    assert len([*Path("maps").rglob("*.png")]) == 10
    where = cli("score", "run", "set", "--part", "test", "-o", "s.csv", "--maps", "m.npy")
    assert where.err.splitlines()[-1] == "Wrote 9 maps to m.npy."
    assert np.load("m.npy").shape == (9, SIDE, SIDE)
    again = cli("score", "run", "set", "-o", "s.csv", "--maps", "maps")
    assert again.code == 2 and "The folder of maps must be empty or new. maps is" in again.sentence
    assert cli("report", "run", "--lang", "zh").code == 0

    document = cli("evaluate", "run", "--json", "--n-resamples", 20).document
    assert document["metrics"]["roc_auc"]["model"]["value"] == pytest.approx(ours["roc_auc"])


def test_a_wrong_mask_is_refused_before_training(cli: Any, folder: str) -> None:
    save("set/ground_truth/blot/1_mask.png", np.full((5, 5), 255))
    outcome = cli("train", folder, "--out", "run", *QUICK)
    assert outcome.code == 3
    assert "must have the size of its picture, 24x24 (height x width). Got 5x5" in outcome.sentence
    assert not Path("run").exists()


def test_feature_maps_are_rows_of_places(cli: Any, tmp_path: Path) -> None:
    maps = rng.normal(size=(30, 4, 5, 3)) @ rng.normal(size=(3, 8))
    test = maps[:8] + 0.1
    test[4:, 1, 2] = 3 * rng.normal(size=(4, 8))
    labels = {"y": np.zeros(30, int), "y_test": np.repeat([0, 1], 4)}
    np.savez(tmp_path / "features.npz", X=maps, X_test=test, **labels)
    assert cli("train", "features.npz", "--out", "run", *QUICK).code == 0
    report = json.loads(Path("run/report.json").read_text())
    assert {"roc_auc", "average_precision"} <= {*report["results"]["PCA"]}
    assert "y other than 0 as the anomalies (n = 4)" in report["verdict"]
    outcome = cli("score", "run", "features.npz", "-o", "s.csv", "--maps", "maps")
    assert outcome.code == 0, outcome.err
    assert Path("maps/row-000037.png").is_file()


def test_maps_are_refused_where_there_are_none(cli: Any, digits_run: Path) -> None:
    outcome = cli("score", digits_run, "-o", "s.csv", "--maps", "maps")
    assert outcome.code == 2
    assert "outlier-detector or patch-detector can map errors in pictures" in outcome.sentence
    outcome = cli("score", digits_run, "-o", "s.csv", "--maps", "maps.png")
    assert outcome.code == 2
    assert outcome.sentence.startswith("--maps must be a folder, for a picture of each map, or")
