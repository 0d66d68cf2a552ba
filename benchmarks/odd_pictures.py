"""Detectors of odd pictures on three textures with drawn defects, beside PCA of the same patches.

Crops of 64 x 64 pixels of scikit-image's brick, gravel and grass: 100 normal ones from the left of
the photograph to learn from; from its right, 20 normal ones, and 15 each with a faint scratch, a
blurred spot and a spot of another texture. Areas in percent: of pictures, and of pixels. With
``--choices``, one change of the detector's parameters at a time. A texture takes about 20 seconds
of CPU for each detector and seed.

    python benchmarks/odd_pictures.py [--seeds 0 1 2] [--choices]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
from _machine import write
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from skimage import data
from sklearn.metrics import average_precision_score, roc_auc_score

from isthmus import AutoencoderOutlierDetector, PatchOutlierDetector
from isthmus.runs.kinds._odd_pictures import pca_maps

OTHER = {"brick": "gravel", "gravel": "grass", "grass": "brick"}
SIDE, LEFT = 64, 330  # pixels of a crop, and of the part of the photograph to learn from
CHOICES: dict[str, dict[str, Any]] = {
    "patches of 4 pixels": {"patch_size": 4},
    "patches of 12 pixels": {"patch_size": 12},
    "no smoothing": {"smoothing": 0.0},
    "networks of the outlier detector": {
        "n_members": 8,
        "noise": (0.2, 0.5, 1.0, 2.0),
        "trim": (0.25, 0.1),
    },
    "largest pixel": {"picture_score": "max"},
    "mean of the pixels": {"picture_score": "mean"},
}


def crops(
    photo: NDArray[Any], n: int, part: tuple[int, int], rng: np.random.Generator
) -> NDArray[np.float32]:
    tops = rng.integers(0, photo.shape[0] - SIDE, n)
    lefts = rng.integers(part[0], part[1] - SIDE, n)
    return np.stack(
        [photo[y : y + SIDE, x : x + SIDE] for y, x in zip(tops, lefts, strict=True)]
    ).astype(np.float32)


def scratch(rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return the mask of a line, two pixels wide."""
    angle, centre = rng.uniform(0, np.pi), rng.uniform(16, 48, 2)
    steps = np.linspace(-13, 13, 256)[:, None] * [np.sin(angle), np.cos(angle)]
    y, x = (centre + steps).astype(int).T
    mask = np.zeros((SIDE, SIDE), bool)
    mask[y, x] = mask[y + 1, x] = True
    return mask


def spot(rng: np.random.Generator) -> NDArray[np.bool_]:
    y, x = np.mgrid[:SIDE, :SIDE]
    centre = rng.uniform(12, 52, 2)
    return np.asarray(np.hypot(y - centre[0], x - centre[1]) < 6)


def texture(name: str, seed: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_]]:
    """Return training pictures, test pictures, and the masks of their defects."""
    rng = np.random.default_rng(seed)
    photo, other = (getattr(data, key)() / 255 for key in (name, OTHER[name]))
    right = (LEFT, photo.shape[1])
    train, normal = crops(photo, 100, (0, LEFT), rng), crops(photo, 20, right, rng)
    odd, foreign = crops(photo, 45, right, rng), crops(other, 15, (0, photo.shape[1]), rng)
    masks = np.stack([scratch(rng) if k < 15 else spot(rng) for k in range(45)])
    scratched = odd[:15] + 0.25 * rng.choice([-1, 1], (15, 1, 1))
    blurred = gaussian_filter(odd[15:30], (0, 3, 3))
    changed = np.concatenate([scratched, blurred, foreign])
    odd = np.clip(np.where(masks, changed, odd), 0, 1)
    test = np.concatenate([normal, odd]).astype(np.float32)
    return train, test, np.concatenate([np.zeros((20, SIDE, SIDE), bool), masks])


def areas(
    errors: NDArray[np.float64], maps: NDArray[np.float64], masks: NDArray[np.bool_]
) -> dict[str, float]:
    is_odd = masks.any(axis=(1, 2))
    pixels, truth = maps.ravel(), masks.ravel()
    found = {
        "roc_auc": roc_auc_score(is_odd, errors),
        "pixel_roc_auc": roc_auc_score(truth, pixels),
        "pixel_average_precision": average_precision_score(truth, pixels),
    }
    return {name: round(100 * float(area), 2) for name, area in found.items()}


def measured(detector: Any, name: str, seed: int, *, with_pca: bool = False) -> dict[str, Any]:
    train, test, masks = texture(name, seed)
    started = time.process_time()
    detector.set_params(random_state=seed, device="cpu").fit(train)
    fitted = time.process_time()
    maps = detector.score_maps(test)
    record: dict[str, Any] = areas(detector.picture_errors(maps), maps, masks)
    record |= {
        "fit_cpu_seconds": round(fitted - started, 1),
        "score_cpu_seconds": round(time.process_time() - fitted, 1),
    }
    if with_pca:
        of_pca = pca_maps(detector, train.reshape(len(train), -1))(test.reshape(len(test), -1))
        record["pca"] = areas(detector.picture_errors(of_pca), of_pca, masks)
    return record


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--choices", action="store_true")
    given = parser.parse_args()
    sets: dict[str, Any] = {}
    for name in OTHER:
        for seed in given.seeds:
            own = {
                "patches": measured(PatchOutlierDetector(), name, seed, with_pca=True),
                "whole": measured(AutoencoderOutlierDetector(), name, seed),
            }
            if given.choices:
                own["choices"] = {
                    choice: measured(PatchOutlierDetector(**parameters), name, seed)
                    for choice, parameters in CHOICES.items()
                }
            sets.setdefault(name, {})[str(seed)] = own
            print(name, seed, own, flush=True)
    write(Path(__file__).with_suffix(".json"), {"seeds": given.seeds, "sets": sets})


if __name__ == "__main__":
    main()
