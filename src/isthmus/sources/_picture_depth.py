"""Pictures of more than 8 bits per channel as 8 bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from .._translation import Message
from ..errors import DataError

__all__ = ["Depths"]

_FEWEST_LEVELS = 32  # of 256; below it, little of the detail is left


class Depths:
    """Conversion to 8 bits per channel, which remembers the greys of 16-bit pictures."""

    def __init__(self) -> None:
        self._low, self._high = 65535, -1

    def eight_bits(self, file: Path, image: Image.Image) -> Image.Image:
        """Return a picture with 8 bits per channel.

        16-bit greys are divided by 257. Floats are multiplied by 255 and must be from 0 to 1, as
        microscopes and image processing write them.

        Parameters
        ----------
        file : Path
            Name of the picture in messages.
        image : PIL.Image.Image
            Picture of any mode.

        Raises
        ------
        DataError
            If its values are neither.
        """
        if not image.mode.startswith(("I", "F")):
            return image
        values = np.asarray(image)
        low, high = values.min(), values.max()
        if image.mode == "F" and low >= 0 and high <= 1:
            return Image.fromarray(np.rint(255 * values).astype(np.uint8))
        if image.mode == "F" or low < 0 or high > 65535:
            raise DataError(
                f"`{file}` must have 8 or 16 bits per channel, or floats from 0 to 1. Got 32 bits "
                f"with values from {low:.6g} to {high:.6g}: save it as 8-bit greyscale."
            )
        self._low, self._high = min(self._low, int(low)), max(self._high, int(high))
        return Image.fromarray((values // 257).astype(np.uint8))

    def notes(self) -> list[str]:
        """Return a note if little is left of the detail of 16-bit pictures."""
        n_levels = self._high // 257 - self._low // 257 + 1
        if self._high < 0 or self._high == self._low or n_levels >= _FEWEST_LEVELS:
            return []
        return [
            Message(
                "16-bit greys from {low:,} to {high:,} become {n} of 256 levels: stretch them to "
                "the whole range to keep their detail.",
                low=self._low,
                high=self._high,
                n=n_levels,
            )
        ]
