"""Columns of pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError, did_you_mean
from ._block import register_block
from ._numeric_block import NumericBlock

__all__ = ["LAYOUTS", "PictureBlock"]

LAYOUTS = ("flat", "channels_first")


@register_block("picture")
class PictureBlock(NumericBlock):
    """Scaled pictures, flat for perceptrons or as (C, H, W) for convolutions.

    Parameters
    ----------
    shape : sequence of int
        (height, width), or (height, width, channels) of rows with the channels of each pixel next
        to each other.
    scaling : str, default="auto"
        One of ``SCALINGS``; see ``fit_scaling``. "auto" is "unit": pixels share one range, also if
        that of the training pictures is narrow.
    layout : str, default="flat"
        Layout of network inputs: "flat", rows of height * width * channels numbers in the order of
        the matrix, or "channels_first", (channels, height, width), with one channel for grey
        pictures.

    Raises
    ------
    UsageError
        If the layout is unknown, or the shape is not that of a picture.
    """

    kind: ClassVar[str] = "pictures"
    takes_missing: ClassVar[bool] = False

    def __init__(
        self, shape: Sequence[int], scaling: str = "auto", *, layout: str = "flat"
    ) -> None:
        super().__init__("unit" if scaling == "auto" else scaling)
        if layout not in LAYOUTS:
            raise UsageError(
                f"`layout` must be one of {', '.join(LAYOUTS)}. Got {layout!r}."
                + did_you_mean(str(layout), LAYOUTS)
            )
        if len(shape) not in (2, 3):
            raise UsageError(
                f"`shape` must be (height, width) or (height, width, channels). Got {tuple(shape)}."
            )
        self._shape = tuple(map(int, shape))
        self._layout = layout

    @property
    def picture_shape(self) -> tuple[int, ...]:
        """Shape of a picture in the matrix."""
        return self._shape

    def fit(self, X: Any, *, names: Sequence[str] | None = None) -> Self:
        """Fit the scaling; see ``Block.fit``."""
        self._check_width(int(X.shape[1]))
        return super().fit(X, names=names)

    def _check_width(self, n_columns: int) -> None:
        if math.prod(self._shape) != n_columns:
            raise UsageError(
                "`picture_shape` must be (height, width) or (height, width, channels) whose "
                f"product is the number of features, {n_columns}. Got {self._shape}."
            )

    def _shape_of(self, n_columns: int) -> tuple[int, ...]:
        if self._layout == "flat":
            return (n_columns,)
        height, width, channels = (*self._shape, 1)[:3]
        return channels, height, width

    @property
    def _is_moved(self) -> bool:
        """Whether encoded numbers are in another order than the columns."""
        return self._layout == "channels_first" and len(self._shape) == 3 and self._shape[2] > 1

    def encode(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Scale pictures and apply the layout; see ``Block.encode``."""
        return self.unflatten(self.scaling.apply(X))

    def flatten(self, encoded: NDArray[Any]) -> NDArray[Any]:
        """Flatten pictures to the order of the columns; see ``Block.flatten``."""
        if not self._is_moved:
            return super().flatten(encoded)
        channels_last = encoded.reshape(len(encoded), *self.encoded_shape).transpose(0, 2, 3, 1)
        return channels_last.reshape(len(encoded), -1)

    def unflatten(self, flat: NDArray[Any]) -> NDArray[Any]:
        """Undo ``flatten``; see ``Block.unflatten``."""
        if not self._is_moved:
            return super().unflatten(flat)
        pictures = flat.reshape(len(flat), *self._shape).transpose(0, 3, 1, 2)
        return np.ascontiguousarray(pictures)

    def single(self) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
        """Return the shift and the inverse scale, or None if channels are moved."""
        return None if self._is_moved else super().single()

    def facts(self) -> dict[str, Any]:
        """Return the shape, the layout and the kind of scaling; see ``Block.facts``."""
        return {"shape": list(self._shape), "layout": self._layout, **super().facts()}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> Self:
        """Return a fitted block; see ``Block.from_facts``."""
        block = cls(facts["shape"], facts["scaling"], layout=facts["layout"])
        block._check_width(facts["n_columns"])
        block._restore(facts, tensors)
        return block
