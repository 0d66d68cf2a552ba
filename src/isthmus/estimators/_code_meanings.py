"""What each number of a code means: what it explains, what moves it and what it moves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from .._parameter_rules import integer
from .._random import numpy_generator
from .._selected_rows import select_rows
from ..errors import UsageError
from ..nn import EncoderDecoder
from ..preprocessing import Preprocessor
from ..rows import EncodedRows
from ._checked_rows import checked_rows
from ._code_jacobians import MeanJacobian, of_decoder, of_encoder
from ._meanings_view import CodeMeanings

__all__ = ["HasMeanings"]

_MOST_SHOWN = 64  # units whose traversals are decoded: a figure of more cannot be read
_SPAN = 2.0  # standard deviations to each side


class HasMeanings(BaseEstimator):
    """Meanings of codes for estimators with an encoder and a decoder."""

    preprocessor_: Preprocessor
    network_: EncoderDecoder
    latent_dim_: int
    seed_: int

    def code_meanings(
        self, X: Any, *, n_units: int = 16, n_steps: int = 7, n_rows: int | None = 2000
    ) -> CodeMeanings:
        """Describe what each number of a code (a unit) means.

        The share of variance that a unit explains is the loss of explained variance, in scaled
        units, when the unit is fixed at its mean. Which columns move a unit, and which it moves,
        are exact derivatives of encoder and decoder, averaged over the rows. O(latent_dim) passes
        of the network over the rows, block by block.

        Parameters
        ----------
        X : array-like, sparse matrix, table or sequence of texts
            Rows with the columns of the training data.
        n_units : int, default=16
            Number of units whose traversals are decoded, those that explain most; from 1 to 64, or
            all if there are fewer.
        n_steps : int, default=7
            Number of decoded rows per traversal, from -2 to +2 standard deviations of the unit,
            with all other units at their mean; at least 2.
        n_rows : int, default=2000
            Number of rows to use, drawn at random; None for all.

        Returns
        -------
        CodeMeanings
            A dict of arrays, which a notebook shows as a table: ``variance_explained`` of shape
            (latent_dim,); ``order``, the units by it, from the largest; ``total_explained``;
            ``mean`` and ``sd`` of the units; ``encoder`` and ``decoder`` of shape (latent_dim,
            n_columns), the mean derivatives of units by columns and of columns by units, in scaled
            units; ``encoder_rms`` and ``decoder_rms``, the roots of the mean squares of these
            derivatives; ``column_sd``, of the scaled rows; ``columns``, their names or None;
            ``signed``, whether a column's derivatives have a sign; ``picture_shape`` or None;
            ``shown``, ``steps`` and ``traversals`` of shape (n_units, n_steps, n_features), decoded
            rows in the units of the training rows; ``cells``, for a mixed table, the same as lists
            by column. The encoded values of a category are combined: its derivatives are the roots
            of the sums of squares, without a sign.

        Raises
        ------
        UsageError
            If a number is out of its range.
        """
        check_is_fitted(self)
        _check_numbers(n_units, n_steps, n_rows)
        X = checked_rows(self, X)
        if n_rows is not None and X.shape[0] > n_rows:
            order = numpy_generator(self.seed_, "meanings").permutation(X.shape[0])
            X = select_rows(X, np.sort(order[:n_rows]))
        rows = self._rows(X)
        codes = self.dense_codes(X).astype(np.float64)
        mean, sd = codes.mean(axis=0), codes.std(axis=0)
        variances, spread = self._column_variances(rows)
        lost, total = self._variance_lost(rows, mean, spread)
        order = np.argsort(-lost, kind="stable")
        encoder, decoder = self._mean_jacobians(rows)
        steps = np.linspace(-_SPAN, _SPAN, n_steps)
        shown = order[:n_units]
        return CodeMeanings(
            variance_explained=lost,
            order=order,
            total_explained=total,
            mean=mean,
            sd=sd,
            **_by_column("encoder", encoder, self.preprocessor_),
            **_by_column("decoder", decoder, self.preprocessor_),
            column_sd=np.sqrt(_summed(variances, self.preprocessor_)),
            columns=self.preprocessor_.column_names,
            signed=_are_single(self.preprocessor_),
            picture_shape=self.preprocessor_.picture_shape,
            shown=shown,
            steps=steps,
            **self._traversals(mean, sd, shown, steps),
        )

    def _variance_lost(
        self, rows: EncodedRows, mean: NDArray[np.float64], spread: float
    ) -> tuple[NDArray[np.float64], float]:
        """Return the share of variance that each unit explains, and that of all together."""
        whole, without = 0.0, np.zeros(self.latent_dim_)
        with torch.no_grad():
            for x, z in self._coded(rows):
                flat = self._flat(x)
                whole += self._squared_error(x, flat, z)
                for unit in range(self.latent_dim_):
                    fixed = z.clone()
                    fixed[:, unit] = float(mean[unit])
                    without[unit] += self._squared_error(x, flat, fixed)
        return (without - whole) / spread, 1 - whole / spread

    def _squared_error(self, x: Tensor, flat: NDArray[Any], z: Tensor) -> float:
        restored = self.network_.decode(z)
        if self._takes_totals:
            restored = restored * x.sum(dim=1, keepdim=True)
        return float(np.nansum(np.square(self._flat(restored) - flat)))

    def _mean_jacobians(self, rows: EncodedRows) -> tuple[MeanJacobian, MeanJacobian]:
        """Return the derivatives of codes by rows, and of rows by codes."""
        shape = self.preprocessor_.encoded_shape
        encoder, decoder = (MeanJacobian.zero(self.latent_dim_, shape) for _ in range(2))
        for x, z in self._coded(rows):
            of_encoder(self.network_.encode, x, encoder)
            of_decoder(self.network_.decode, z, decoder)
        return encoder, decoder

    def _coded(self, rows: EncodedRows) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield blocks of encoded rows with their codes."""
        for _, block in rows.blocks():
            with torch.no_grad():
                codes = self.network_.encode(block)
            yield block, codes

    def _column_variances(self, rows: EncodedRows) -> tuple[NDArray[np.float64], float]:
        """Return the variance of each encoded value, and the sum of all squared deviations."""
        total, squares, count = (np.zeros(self.preprocessor_.n_encoded) for _ in range(3))
        for _, block in rows.blocks():
            flat = self._flat(block)
            total += np.nansum(flat, axis=0)
            squares += np.nansum(np.square(flat), axis=0)
            count += (~np.isnan(flat)).sum(axis=0)
        n = np.maximum(count, 1)
        variances = np.maximum(squares / n - np.square(total / n), 0.0)
        return variances, float((variances * n).sum()) or 1.0

    def _flat(self, x: Tensor) -> NDArray[np.float64]:
        return self.preprocessor_.flatten(x.cpu().numpy()).astype(np.float64)

    def _traversals(
        self,
        mean: NDArray[np.float64],
        sd: NDArray[np.float64],
        shown: NDArray[np.intp],
        steps: NDArray[np.float64],
    ) -> dict[str, Any]:
        """Return decoded rows while one unit moves and all others are at their mean."""
        codes = np.tile(mean, (len(shown), len(steps), 1))
        for k, unit in enumerate(shown):
            codes[k, :, unit] += steps * sd[unit]
        decoded = self._decoded(codes.reshape(-1, len(mean)).astype(np.float32))
        raw = self.preprocessor_.decode(decoded)
        table = self.preprocessor_.table
        cells = None
        if table is not None:
            rows = table.table_of(raw)
            cells = {
                name: _in_lines(rows.column(name).to_pylist(), len(steps))
                for name in rows.column_names
            }
        return {"traversals": raw.reshape(len(shown), len(steps), -1), "cells": cells}


def _check_numbers(n_units: Any, n_steps: Any, n_rows: Any) -> None:
    if not integer(1).holds(n_units) or n_units > _MOST_SHOWN:
        raise UsageError(
            f"`n_units` of code_meanings must be an integer from 1 to {_MOST_SHOWN}, as a figure "
            f"of more units cannot be read. Got {n_units!r}."
        )
    for name, value in (("n_steps", n_steps), ("n_rows", n_rows)):
        if not integer(2).holds(value) and (value is not None or name == "n_steps"):
            raise UsageError(
                f"`{name}` of code_meanings must be an integer of at least 2. Got {value!r}."
            )


def _by_column(name: str, jacobian: MeanJacobian, made: Preprocessor) -> dict[str, NDArray[Any]]:
    """Return the mean and the root mean square of derivatives for each column."""
    n = max(1, jacobian.n_rows)
    mean, squares = (made.flatten(part / n) for part in (jacobian.total, jacobian.squares))
    rms = np.sqrt(_summed(squares, made))
    if made.layout is not None:
        mean = np.where(_are_single(made), _summed(mean, made), rms)
    return {name: mean, f"{name}_rms": rms}


def _summed(values: NDArray[Any], made: Preprocessor) -> NDArray[Any]:
    """Return the sum over the encoded values of each column."""
    return values if made.layout is None else made.layout.summed(values)


def _are_single(made: Preprocessor) -> NDArray[np.bool_]:
    """Return which columns have one encoded value, whose derivatives have a sign."""
    sizes = (1,) * made.n_encoded if made.layout is None else made.layout.sizes
    found: NDArray[np.bool_] = np.array(sizes) == 1
    return found


def _in_lines(values: list[Any], n: int) -> list[list[Any]]:
    return [values[start : start + n] for start in range(0, len(values), n)]
