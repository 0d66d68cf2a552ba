"""Pictures of more than 8 bits per channel: 16-bit greys and floats, at their full depth."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .._translation import Message
from ..errors import DataError

__all__ = ["Depths", "is_deep"]

_WHITE_OF_16_BITS = 65535


def is_deep(image: Image.Image) -> bool:
    """Return whether a picture has greys of more than 8 bits.

    Parameters
    ----------
    image : PIL.Image.Image
        Need not be loaded.

    Returns
    -------
    bool
    """
    return image.mode.startswith(("I", "F"))


class Depths:
    """Conversion of pictures to one depth, which remembers their values.

    Parameters
    ----------
    deep : bool
        Whether to keep more than 8 bits. Greys are then floats in the units of the deep files;
        8-bit greys beside them are stretched to the same white, 65,535 or, beside floats, 1.
        Otherwise 16-bit greys are divided by 257, and floats, which must be from 0 to 1, are
        multiplied by 255.
    """

    def __init__(self, *, deep: bool) -> None:
        self._is_deep = deep
        self._low, self._high = np.inf, -np.inf
        self._kinds: dict[str, object] = {}  # first file with floats, with integers

    def converted(self, file: object, image: Image.Image) -> Image.Image:
        """Return a picture with 8 bits per channel, or, if deep ones are kept, of mode "F".

        Parameters
        ----------
        file : path
            Name of the picture in messages.
        image : PIL.Image.Image
            Picture of any mode.

        Raises
        ------
        DataError
            If a value is not finite; if floats are beside 16-bit greys; or if values do not fit
            into 8 bits where these are wanted.
        """
        if not is_deep(image):
            return image
        values = np.asarray(image)
        if not np.isfinite(values).all():
            raise DataError(f"`{file}` must have finite values. Got NaN or infinite pixels.")
        if not self._is_deep:
            return _eight_bits(file, values)
        self._low = min(self._low, float(values.min()))
        self._high = max(self._high, float(values.max()))
        self._kinds.setdefault(values.dtype.kind, file)
        if "f" in self._kinds and len(self._kinds) > 1:
            first, other = self._kinds.values()
            raise DataError(
                f"Pictures must all have integers or all have floats. `{first}` and `{other}` "
                "differ: convert them, or put them into different folders."
            )
        return Image.fromarray(values.astype(np.float32))

    def finished(self, X: NDArray[Any], shallow: NDArray[np.bool_]) -> None:
        """Stretch the rows of 8-bit pictures to the white of the deep ones, in place.

        Parameters
        ----------
        X : ndarray of shape (n_pictures, n_features)
            All rows.
        shallow : ndarray of shape (n_pictures,), bool
            Which are of 8-bit pictures.
        """
        if self._is_deep and shallow.any():
            white = 1 if "f" in self._kinds else _WHITE_OF_16_BITS
            X[shallow] *= white / 255

    def notes(self) -> list[str]:
        """Return a note on pictures that are kept at full depth."""
        if self._high < self._low:
            return []
        return [
            Message(
                "Pictures of more than 8 bits are kept at full depth, with values from {low:.6g} "
                "to {high:.6g}.",
                low=self._low,
                high=self._high,
            )
        ]


def _eight_bits(file: object, values: NDArray[Any]) -> Image.Image:
    low, high = values.min(), values.max()
    if values.dtype.kind == "f" and low >= 0 and high <= 1:
        return Image.fromarray(np.rint(255 * values).astype(np.uint8))
    if values.dtype.kind == "f" or low < 0 or high > _WHITE_OF_16_BITS:
        raise DataError(
            f"`{file}` must have 8 or 16 bits, or floats from 0 to 1, beside pictures in colour. "
            f"Got values from {low:.6g} to {high:.6g}: save it with 8 bits."
        )
    return Image.fromarray((values // 257).astype(np.uint8))
