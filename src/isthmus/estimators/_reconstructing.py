"""Default training objective of autoencoders: reconstruction."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from torch import Tensor, nn

from ..errors import DataError, UsageError
from ..nn import EncoderDecoder, TrainingPass
from ..objectives import (
    LOSSES,
    CellLosses,
    CellReconstruction,
    Corruption,
    HiddenCells,
    Reconstruction,
    Shifts,
)
from ..preprocessing import ColumnLayout, Preprocessor
from ..rows import Rows
from ..training import Trainable
from ._auto_choices import square_picture
from ._shared_parameters import SHARED

__all__ = ["Reconstructing"]

_LEAST_HIDDEN = 0.02  # of each column, so that missing cells of later rows are no surprise


class Reconstructing(BaseEstimator):
    """Training objective from ``loss``, ``noise``, ``max_shift``, ``precision`` and so on.

    If an estimator lacks one of these parameters, its default is used.
    """

    preprocessor_: Preprocessor
    network_: EncoderDecoder

    def _shared(self, name: str) -> Any:
        """Return a shared parameter, or its default if the estimator lacks it."""
        return getattr(self, name, SHARED[name].default)

    def _objective(self, rows: Rows) -> Trainable:
        """Return the training objective of the whole network."""
        layout, shifts = self._cell_layout, self._shifts()
        if layout is not None:
            return self._cell_reconstruction(self.network_, rows, layout)
        return self._reconstruction(self.network_, self._corruption(rows), shifts)

    @property
    def _cell_layout(self) -> ColumnLayout | None:
        """Layout of rows with missing cells or categories, as the network reconstructs them."""
        return self.preprocessor_.layout

    def _reconstruction(
        self,
        network: EncoderDecoder,
        corruption: Corruption,
        shifts: Shifts | None = None,
        *,
        loss: str | None = None,
    ) -> Reconstruction:
        corrupted, kept = self._shared("emphasis")
        return Reconstruction(
            self._as_trained(network),
            self._shared("loss") if loss is None else loss,
            corruption=corruption,
            emphasis=(float(corrupted), float(kept)),
            shifts=shifts,
        )

    def _cell_reconstruction(
        self, network: EncoderDecoder, rows: Rows, layout: ColumnLayout, layer: int = 0
    ) -> CellReconstruction:
        """Return the objective for rows with missing cells or categories."""
        corrupted, kept = self._shared("emphasis")
        return CellReconstruction(
            self._as_trained(network),
            CellLosses(layout.sizes, layout.heights, layout.entropies, self._shared("loss")),
            hiding=self._hiding(rows, layout, layer),
            emphasis=(float(corrupted), float(kept)),
        )

    def _hiding(self, rows: Rows, layout: ColumnLayout, layer: int) -> HiddenCells | None:
        """Return the corruption of rows with missing cells or categories."""
        noise, level = self._noise(layer)
        if noise == "none" or (noise != "auto" and not level):
            return None
        if noise not in ("auto", "masking", "swap"):
            raise UsageError(
                "`noise` must be 'auto', 'none', 'masking' or 'swap' for rows with missing values "
                f"or categories. Got {noise!r}."
            )
        rates = np.full(len(layout.sizes), level if noise == "masking" else 0.0)
        if noise == "auto":
            rates = _missing_rates(rows, layout)
        return HiddenCells(layout.sizes, rates.tolist(), swap=level if noise == "swap" else 0.0)

    def _as_trained(self, network: EncoderDecoder) -> nn.Module:
        """Return the module whose passes are used in training."""
        precision, compiles = self._shared("precision"), self._shared("compile")
        if precision == "float32" and not compiles:
            return network
        return TrainingPass(network, compile=compiles, precision=precision)

    def _corruption(self, rows: Rows, layer: int = 0) -> Corruption:
        """Return the corruption of a layer's training input; layers count from 0."""
        noise, level = self._noise(layer)
        if noise == "auto":
            return Corruption("none", 0.0)
        if noise != "salt_and_pepper":
            return Corruption(noise, level)
        low, high = bounds_of(rows)
        return Corruption(noise, level, low=low, high=high)

    def _noise(self, layer: int) -> tuple[str, float]:
        """Return the kind and the level of a layer's noise; layers count from 0."""
        level = self._shared("noise_level")
        level = level[layer] if isinstance(level, tuple | list) else level
        return str(self._shared("noise")), float(level)

    def _shifts(self) -> Shifts | None:
        """Return the shifts of the fitted preprocessing's pictures."""
        if self._cell_layout is not None and self._shared("max_shift"):
            raise UsageError(
                "`max_shift` applies to pictures, and the rows have missing values or categories. "
                f"It must be 0 for them. Got {self._shared('max_shift')!r}."
            )
        made = self.preprocessor_
        shape = self._shifted_shape(made.n_features, made.picture_shape)
        if shape is None:
            return None
        is_moved = len(made.encoded_shape) == 3
        return Shifts(
            shape,
            self._shared("max_shift"),
            flip=bool(self._shared("flip")),
            channels_first=is_moved,
        )

    def _shifted_shape(
        self, n_features: int, known: tuple[int, ...] | None
    ) -> tuple[int, ...] | None:
        """Return the shape of the pictures to shift and flip, or None if there is nothing to do."""
        if not self._shared("max_shift") and not self._shared("flip"):
            return None
        given = self._shared("picture_shape")
        if isinstance(given, str):
            shape = square_picture(n_features) if known is None else known
        else:
            shape = tuple(given)
        if shape is None or len(shape) not in (2, 3) or math.prod(shape) != n_features:
            raise UsageError(
                "`max_shift` requires a `picture_shape` of (height, width) or (height, width, "
                f"channels) whose product is the number of features, {n_features}. Got "
                f"{given!r}" + ("." if shape else ", and the rows are not square.")
            )
        _check_stays(self._shared("max_shift"), shape)
        return shape

    def _check_suits(self, rows: Rows, made: Preprocessor) -> None:
        """Raise an error for rows that the loss does not support."""
        name = self._shared("loss")
        loss = LOSSES[name]
        if np.isinf(loss.low):
            return
        low, high = (float(bound) for bound in bounds_of(rows, whole=True))
        # Scaling in single precision may exceed its bounds by rounding.
        if low < loss.low - 1e-6 or high > loss.high + 1e-6:
            bounds = "of at least 0" if np.isinf(loss.high) else f"from 0 to {loss.high:g}"
            raise DataError(
                f"The loss {name!r} requires scaled values {bounds}. Got "
                f"{low:.4g} to {high:.4g} (scaling: {made.scaling.kind}): choose "
                "scaling='minmax' or 'unit', or another loss."
            )

    def _output_activation(self) -> str:
        """Return the output activation for "auto"."""
        asked = LOSSES[self._shared("loss")].output
        if asked and self.preprocessor_.table is not None:
            raise UsageError(
                f"The loss {self._shared('loss')!r} does not apply to tables with categories. Use "
                "a loss without an output activation, such as 'mean_squared_error' or 'huber'."
            )
        return asked or self.preprocessor_.output_activation

    def _reconstructed(self, x: Tensor) -> Tensor:
        """Return the reconstructions of encoded rows, in scaled units."""
        x_hat: Tensor = self.network_(x)
        return x_hat * x.sum(dim=1, keepdim=True) if self._takes_totals else x_hat

    @property
    def _takes_totals(self) -> bool:
        """Whether reconstructions are shares of each row's total."""
        return bool(self._shared("loss") == "multinomial")


def _check_stays(max_shift: int, shape: tuple[int, ...]) -> None:
    """Raise an error if a shift would move a whole picture out of its frame."""
    height, width = shape[:2]
    if max_shift >= min(height, width):
        raise UsageError(
            f"`max_shift` must be smaller than the sides of the pictures, {height}x{width}. "
            f"Got {max_shift}."
        )


def bounds_of(rows: Rows, *, whole: bool = False) -> tuple[Tensor, Tensor]:
    """Return each feature's lowest and highest encoded value, or those over all features.

    Parameters
    ----------
    rows : Rows
        Rows; read once.
    whole : bool, default=False
        Whether to return the two values over all features.

    Returns
    -------
    tuple of two Tensors
    """
    pairs = [
        (block.nan_to_num(torch.inf).amin(dim=0), block.nan_to_num(-torch.inf).amax(dim=0))
        for _, block in rows.blocks()
    ]
    low = torch.stack([pair[0] for pair in pairs]).amin(dim=0)
    high = torch.stack([pair[1] for pair in pairs]).amax(dim=0)
    return (low.min(), high.max()) if whole else (low, high)


def _missing_rates(rows: Rows, layout: ColumnLayout) -> NDArray[np.float64]:
    """Return the fraction of missing cells of each column, at least a small one for all."""
    n_missing = np.zeros(len(layout.sizes))
    for _, block in rows.blocks():
        n_missing += layout.missing(block.cpu().numpy()).sum(axis=0)
    rates: NDArray[np.float64] = np.maximum(n_missing / len(rows), _LEAST_HIDDEN)
    return rates
