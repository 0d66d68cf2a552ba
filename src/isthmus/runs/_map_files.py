"""Maps of the errors in pictures as files: overlays with a colour scale, or an array."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .._files import replacing
from .._owned_folders import replacing_folder
from .._row_blocks import as_dense
from ..figures import as_shades, heat_colours, save_figure, scale_bar
from ._fitted_run import FittedRun
from .kinds._pixel_range import value_range

__all__ = ["write_maps"]

_PICTURES = 64  # whose maps are computed at once
_LEAST_SIDE = 192  # pixels of an overlay: smaller pictures are enlarged
_SCALE = "scale.png"
_MOST_OPACITY = 0.8


def write_maps(
    out: Path,
    fitted: FittedRun,
    X: Any,
    positions: NDArray[np.int64],
    names: Sequence[str] | None,
) -> None:
    """Write a map of the errors of each picture.

    Parameters
    ----------
    out : pathlib.Path
        A folder gets a PNG for each picture, the errors in colour over the picture, at the same
        place as in the folder of the source or as row-000012.png, and scale.png, the colours of
        the errors. A .npy file gets one float32 array of shape (n_samples, height, width).
    fitted : FittedRun
        Loaded run.
    X : ndarray of shape (n_samples, n_features)
        Checked rows.
    positions : ndarray of shape (n_samples,)
        Indices of the rows in the source, from 0.
    names : sequence of str or None
        Names of the source's picture files, by position.

    Raises
    ------
    UsageError
        If the detector was not fitted on pictures.
    """
    if out.suffix == ".npy":
        _write_array(out, fitted, X)
        return
    with replacing_folder(out, lambda _: False) as folder:
        _write_pictures(folder, fitted, X, positions, names)


def _write_pictures(
    out: Path,
    fitted: FittedRun,
    X: Any,
    positions: NDArray[np.int64],
    names: Sequence[str] | None,
) -> None:
    estimator = fitted.estimator
    places = _places(positions, names)
    ends = value_range(estimator) or (float(X.min()), float(X.max()))
    for start in range(0, X.shape[0], _PICTURES):
        block = X[start : start + _PICTURES]
        colours = heat_colours(estimator.maps_of(block), *estimator.map_range_)
        pictures = _in_colour(as_dense(block), fitted.picture_shape, ends)
        for place, colour, picture in zip(places[start:], colours, pictures, strict=False):
            path = out / place
            path.parent.mkdir(parents=True, exist_ok=True)
            _overlay(picture, colour).save(path)
    save_figure(scale_bar(*estimator.map_range_), out / _SCALE)


def _write_array(out: Path, fitted: FittedRun, X: Any) -> None:
    """Write all maps as one array, some pictures at a time."""
    with replacing(out) as path, path.open("wb") as file:
        shape = (X.shape[0], *fitted.estimator.map_shape_)
        header: dict[str, Any] = {
            "descr": np.dtype(np.float32).str,
            "fortran_order": False,
            "shape": shape,
        }
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, X.shape[0], _PICTURES):
            maps = fitted.estimator.maps_of(X[start : start + _PICTURES])
            file.write(np.ascontiguousarray(maps, np.float32).data)


def _places(positions: NDArray[np.int64], names: Sequence[str] | None) -> list[Path]:
    """Return the file of each map, relative to the folder."""
    if names is None:
        return [Path(f"row-{position:06d}.png") for position in positions]
    own = [Path(names[position]) for position in positions]
    plain = [path.with_suffix(".png") for path in own]
    if len({str(path).casefold() for path in plain} | {_SCALE}) == len(plain) + 1:
        return plain
    return [path.with_name(f"{path.name}.png") for path in own]  # a.png beside a.jpg


def _in_colour(
    rows: NDArray[Any], shape: tuple[int, ...] | None, ends: tuple[float, float]
) -> NDArray[np.uint8]:
    """Return pictures as (n, height, width, 3) bytes; white ones for feature maps."""
    assert shape is not None
    height, width, channels = (*shape, 1)[:3]
    if channels not in (1, 3):
        return np.full((len(rows), height, width, 3), 255, np.uint8)
    pictures = as_shades(rows.reshape(-1, height, width, channels).astype(np.float64), *ends)
    return pictures if channels == 3 else pictures.repeat(3, axis=3)


def _overlay(picture: NDArray[np.uint8], colour: NDArray[np.uint8]) -> Image.Image:
    """Return a picture below the colours of its errors, with small pictures enlarged."""
    opacity = colour[..., 3:] / 255 * _MOST_OPACITY
    mixed = picture * (1 - opacity) + colour[..., :3] * opacity
    image = Image.fromarray(np.rint(mixed).astype(np.uint8))
    factor = max(1, -(-_LEAST_SIDE // max(image.size)))
    size = image.width * factor, image.height * factor
    return image.resize(size, Image.Resampling.NEAREST)
