"""Encoded rows with missing cells, as tensors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..preprocessing import Preprocessor

__all__ = ["IncompleteRows"]

_ROWS_A_TIME = 256


@dataclass(frozen=True)
class IncompleteRows:
    """Encoded rows with missing cells.

    Attributes
    ----------
    x : Tensor of shape (n, n_encoded)
        Encoded rows, 0 where missing.
    observed : Tensor of shape (n, n_columns), bool
        Which cells are observed.
    sizes : tuple of int
        Number of encoded values of each column.
    """

    x: Tensor
    observed: Tensor
    sizes: tuple[int, ...]

    @classmethod
    def encoded(cls, matrix: NDArray[Any], made: Preprocessor, device: torch.device) -> Self:
        """Encode the rows of a matrix.

        Parameters
        ----------
        matrix : ndarray of shape (n, n_features)
            As returned by ``prepared_rows``.
        made : Preprocessor
            Fitted.
        device : torch.device
            Device of the tensors.
        """
        encoded = made.encode(matrix)
        n_numbers = matrix.shape[1] if made.table is None else len(made.table.numeric)
        if matrix.dtype.kind == "f":
            # A column without missing cells in training would be encoded as its mean.
            encoded[:, :n_numbers][np.isnan(matrix[:, :n_numbers])] = np.nan
        layout = made.layout
        sizes = (1,) * encoded.shape[1] if layout is None else layout.sizes
        starts = np.cumsum([0, *sizes[:-1]])
        observed = ~np.isnan(encoded[:, starts])
        x = np.nan_to_num(encoded, copy=False, nan=0.0)
        return cls(torch.from_numpy(x).to(device), torch.from_numpy(observed).to(device), sizes)

    @classmethod
    def blocks(
        cls, matrix: NDArray[Any], made: Preprocessor, device: torch.device
    ) -> Iterator[tuple[slice, Self]]:
        """Yield the rows of a matrix in blocks of one size, the last one padded.

        Matrix products round differently for other numbers of rows: with blocks of one size, no
        result depends on the rows beside it.

        Parameters
        ----------
        matrix : ndarray of shape (n, n_features)
            As returned by ``prepared_rows``.
        made : Preprocessor
            Fitted.
        device : torch.device
            Device of the tensors.
        """
        for start in range(0, len(matrix), _ROWS_A_TIME):
            own = matrix[start : start + _ROWS_A_TIME]
            rows = cls.encoded(own, made, device)
            n_lacking = _ROWS_A_TIME - len(own)
            if n_lacking:
                x, observed = (
                    torch.cat([part, part[:1].expand(n_lacking, -1)])
                    for part in (rows.x, rows.observed)
                )
                rows = cls(x, observed, rows.sizes)
            yield slice(start, start + len(own)), rows

    @cached_property
    def seen(self) -> Tensor:
        """1 for observed encoded values, else 0; (n, n_encoded)."""
        counts = torch.tensor(self.sizes, device=self.x.device)
        return self.observed.repeat_interleave(counts, dim=1).to(self.x.dtype)

    def bounds(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the lowest and highest observed value of each column, NaN if there is none."""
        is_missing = self.seen == 0
        low = self.x.masked_fill(is_missing, torch.inf).amin(dim=0)
        high = self.x.masked_fill(is_missing, -torch.inf).amax(dim=0)
        none = torch.isinf(low)
        return tuple(bound.masked_fill(none, torch.nan).cpu().numpy() for bound in (low, high))  # type: ignore[return-value]
