"""Estimators that own their preprocessing: from what people have to the network, and back."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from .._random import resolve_seed
from .._selected_rows import select_rows
from ..errors import DataError
from ..preprocessing import (
    NumericBlock,
    PictureBlock,
    Preprocessor,
    RowFacts,
    Scaling,
    TextBlock,
    as_array,
    facts_of,
    is_table,
    like_table,
)
from ..rows import EncodedRows, as_rows, split_rows
from ._checked_rows import checked_matrix, checked_rows, column_names

__all__ = ["OwnsPreprocessing"]


class OwnsPreprocessing(BaseEstimator):
    """What all estimators share about preprocessing.

    A subclass with blocks of its own overrides ``_make_preprocessor``.

    Attributes
    ----------
    preprocessor_ : isthmus.preprocessing.Preprocessor
        Between what people have and the network.
    """

    preprocessor_: Preprocessor

    def _make_preprocessor(self, facts: RowFacts) -> Preprocessor:
        """Return an unfitted preprocessor for training rows of which some facts are known."""
        scaling = self.scaling
        if facts.kind == "texts":
            max_words = getattr(self, "max_words", 2000)
            return Preprocessor(TextBlock(max_words, scaling, columns=facts.text_columns))
        shape = facts.picture_shape
        given = getattr(self, "picture_shape", "auto")
        if not isinstance(given, str) and _fits(given, facts.n_features):
            shape = tuple(given)
        if shape is None:
            return Preprocessor(NumericBlock(scaling))
        return Preprocessor(PictureBlock(shape, scaling))

    @property
    def scaling_(self) -> Scaling:
        """The affine map from the columns to what the network sees of them; read-only."""
        return self.preprocessor_.scaling

    def fit_preprocessing(
        self,
        X: Any,
        *,
        feature_names: Sequence[str] | None = None,
        picture_shape: Sequence[int] | None = None,
        text_columns: Sequence[str] | None = None,
        owner: str = "X",
    ) -> Preprocessor:
        """Fit the preprocessing that ``fit`` would fit on these rows, and nothing else.

        To look at rows as the network will see them, and to tell what only their source knows;
        ``fit`` then takes the result as ``preprocessor``. The estimator itself stays unfitted.

        Parameters
        ----------
        X : array-like, sparse matrix, table or sequence of texts
            Training rows, as for ``fit``.
        feature_names : sequence of str, default=None
            Names of the columns, where the rows do not have them; tables are later matched by
            these names.
        picture_shape : sequence of int, default=None
            (height, width) or (height, width, channels) of flat rows that are pictures.
        text_columns : sequence of str, default=None
            Of a table: the columns that hold texts, which are joined by a blank and then are the
            rows.
        owner : str, default="X"
            What messages call texts.

        Returns
        -------
        isthmus.preprocessing.Preprocessor
            Fitted on the rows that are not held out for early stopping.

        Raises
        ------
        UsageError
            If a parameter does not suit such rows.
        DataError
            If they cannot be read, or hold missing or infinite values.
        """
        made = self.learn_reading(
            X,
            feature_names=feature_names,
            picture_shape=picture_shape,
            text_columns=text_columns,
            owner=owner,
        )
        X = as_array(X)
        matrix = X if is_table(X) and made.kind != "texts" else made.prepare(X)
        unfitted = clone(self)
        matrix = checked_matrix(unfitted, matrix, made, reset=True)
        _take_names(made, unfitted)
        split = self._validation_split(matrix.shape[0], resolve_seed(self.random_state))
        return made.fit(matrix if split is None else select_rows(matrix, split[0]))

    def learn_reading(
        self,
        X: Any,
        *,
        feature_names: Sequence[str] | None = None,
        picture_shape: Sequence[int] | None = None,
        text_columns: Sequence[str] | None = None,
        owner: str = "X",
    ) -> Preprocessor:
        """Learn how such rows are read, without fitting how they are scaled.

        For rows that are to be looked at before it is known whether they can be learned from.

        Parameters
        ----------
        X, feature_names, picture_shape, text_columns, owner
            As for ``fit_preprocessing``.

        Returns
        -------
        isthmus.preprocessing.Preprocessor
            Its ``prepare`` makes the matrix of rows; ``fit`` it by that matrix.
        """
        X = as_array(X)
        facts = facts_of(X, picture_shape=picture_shape, text_columns=text_columns)
        made = self._make_preprocessor(facts)
        if feature_names is not None and facts.kind != "texts":
            made.feature_names = tuple(map(str, feature_names))
        if facts.kind == "texts":
            made.learn(X, owner=owner)
        return made

    def _readable(self, X: Any, preprocessor: Preprocessor | None) -> tuple[Any, Preprocessor]:
        """Return the matrix of training rows as it comes, and a preprocessor that can read them."""
        if preprocessor is not None:
            return preprocessor.prepare(X), preprocessor
        X = as_array(X)
        made = self._make_preprocessor(facts_of(X))
        return made.learn(X), made

    def _validation_split(
        self, n_rows: int, seed: int
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
        """Return which rows train and which stop the training, or None if none are held out."""
        if not getattr(self, "early_stopping", False):
            return None
        stays, leaves = split_rows(
            n_rows, self.validation_fraction, seed=seed, purpose="validation"
        )
        return (stays, leaves) if len(leaves) else None

    def _read_to_learn(
        self, X: Any, preprocessor: Preprocessor | None, *, y: Any = "no_validation"
    ) -> tuple[Any, Preprocessor]:
        """Return the matrix of training rows, checked, and a preprocessor that can read such rows.

        It is fitted only if the one that was given is.
        """
        X = as_array(X)
        if preprocessor is None:
            made = self._make_preprocessor(facts_of(X))
            matrix = made.learn(X)
        else:
            made = preprocessor if preprocessor.is_fitted else copy.deepcopy(preprocessor)
            # A table that has the very columns is left to scikit-learn, which takes their names.
            is_same = is_table(X) and made.feature_names == tuple(map(str, X.columns))
            matrix = X if is_same else made.prepare(X)
        matrix = checked_matrix(self, matrix, made, reset=True, y=y)
        if made.is_fitted and made.n_features != matrix.shape[1]:
            raise DataError(
                f"`preprocessor` was fitted on rows of {made.n_features} columns. "
                f"X has {matrix.shape[1]}: fit it on such rows."
            )
        _take_names(made, self)
        return matrix, made

    def prepared_rows(self, X: Any) -> Any:
        """Return the matrix of rows, checked: what every method takes in the place of the rows.

        To read texts or tables once that several methods are called on.

        Parameters
        ----------
        X : array-like, sparse matrix, table or sequence of texts
            Rows with the columns of the training; not modified.

        Returns
        -------
        ndarray or CSR array of shape (n_samples, n_features)
            Raw numbers in the order of the training's columns, finite.

        Raises
        ------
        DataError
            If they cannot be read, or hold missing or infinite values.
        """
        check_is_fitted(self)
        return checked_rows(self, X)

    def _rows(self, X: Any, *, keep: bool = False) -> EncodedRows:
        """Return the rows of a matrix as the network sees them."""
        return as_rows(X, self.preprocessor_, device=self.device_, keep=keep)

    def flat_rows(self, X: Any) -> EncodedRows:
        """Return the rows of a matrix as the network sees them, each as one flat row.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, n_features)
            What ``prepared_rows`` returns.

        Returns
        -------
        isthmus.rows.EncodedRows
            On the CPU.
        """
        is_flat = len(self.preprocessor_.encoded_shape) == 1
        return as_rows(X, self.preprocessor_ if is_flat else _Flat(self.preprocessor_))

    def scaled_blocks(self, X: Any) -> Iterator[tuple[slice, NDArray[np.float32]]]:
        """Yield rows as the network sees them, flat, block by block.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, n_features)
            What ``prepared_rows`` returns.

        Yields
        ------
        tuple of slice and ndarray
            Which rows these are; the rows (n, n_encoded), for numbers and pictures in the order
            of the columns.
        """
        for where, block in self._rows(X).blocks():
            yield where, self.preprocessor_.flatten(block.cpu().numpy())

    def unscaled(self, scaled: NDArray[Any]) -> NDArray[np.float64]:
        """Map flat rows, as ``scaled_blocks`` yields them, back to the units of the columns.

        Parameters
        ----------
        scaled : ndarray of shape (n, n_encoded)
            Rows, or reconstructions of them.

        Returns
        -------
        ndarray of shape (n, n_features), float64
        """
        return self.preprocessor_.decode(self.preprocessor_.unflatten(scaled))

    def _named_like(self, X: Any, values: NDArray[Any]) -> Any:
        """Return one number for each column: of a table, as a table with the columns' names."""
        names = self.preprocessor_.feature_names
        return like_table(X, values, names) if is_table(X) and names is not None else values


def _take_names(preprocessor: Preprocessor, estimator: Any) -> None:
    names = column_names(estimator)
    if preprocessor.feature_names is None and names is not None:
        preprocessor.feature_names = tuple(map(str, names))


def _fits(shape: Sequence[int], n_features: int | None) -> bool:
    return len(shape) in (2, 3) and math.prod(shape) == n_features


class _Flat:
    """An encoder whose rows are those of a preprocessor laid out flat."""

    def __init__(self, preprocessor: Preprocessor) -> None:
        self._preprocessor = preprocessor
        self.encoded_shape = (preprocessor.n_encoded,)

    def encode(self, block: NDArray[Any]) -> NDArray[np.float32]:
        flat: NDArray[np.float32] = self._preprocessor.flatten(self._preprocessor.encode(block))
        return flat
