"""Base class of estimators that own their preprocessing."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from .._chunks import Chunks
from .._random import derived_seed, resolve_seed
from .._selected_rows import select_rows
from ..errors import DataError
from ..preprocessing import (
    ColumnPlan,
    NumericBlock,
    PictureBlock,
    Preprocessor,
    RowFacts,
    Scaling,
    TextBlock,
    as_array,
    columns_losing_digits,
    facts_of,
    is_table,
    like_table,
)
from ..rows import EncodedRows, as_rows, split_rows
from ..sources import listed
from ._checked_rows import checked_matrix, checked_rows, column_names

__all__ = ["OwnsPreprocessing"]


class OwnsPreprocessing(BaseEstimator):
    """Preprocessing that all estimators share.

    A subclass with custom blocks overrides ``_make_preprocessor``.

    Attributes
    ----------
    preprocessor_ : isthmus.preprocessing.Preprocessor
        Conversion of user data to network inputs and back.
    """

    preprocessor_: Preprocessor

    def _make_preprocessor(self, facts: RowFacts) -> Preprocessor:
        """Return an unfitted preprocessor for training rows with the given properties."""
        scaling = self.scaling
        if facts.plan is not None:
            return Preprocessor.of_table(facts.plan, scaling)
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
        """Affine map from the columns to scaled units; read-only."""
        return self.preprocessor_.scaling

    def fit_preprocessing(
        self,
        X: Any,
        *,
        feature_names: Sequence[str] | None = None,
        picture_shape: Sequence[int] | None = None,
        text_columns: Sequence[str] | None = None,
        plan: Sequence[ColumnPlan] | None = None,
        owner: str = "X",
    ) -> Preprocessor:
        """Fit only the preprocessing that ``fit`` would fit to these rows.

        Use it to inspect rows as the network sees them, or to add metadata of their source; then
        pass the result to ``fit`` as ``preprocessor``. The estimator itself stays unfitted.

        Parameters
        ----------
        X : array-like, sparse matrix, table or sequence of texts
            Training rows, as for ``fit``.
        feature_names : sequence of str, default=None
            Column names, if the rows do not have them; tables are later matched by these names.
        picture_shape : sequence of int, default=None
            (height, width) or (height, width, channels), if flat rows are pictures.
        text_columns : sequence of str, default=None
            Text columns of a table, joined with a space, to use as the rows.
        plan : sequence of ColumnPlan, default=None
            What becomes of each column of a table; None decides by
            ``isthmus.preprocessing.plan_columns``.
        owner : str, default="X"
            Name of the texts in messages.

        Returns
        -------
        isthmus.preprocessing.Preprocessor
            Fitted on the rows that are not held out for early stopping.

        Raises
        ------
        UsageError
            If a parameter does not suit such rows.
        DataError
            If the rows cannot be read, or contain missing or infinite values.
        """
        made = self.learn_reading(
            X,
            feature_names=feature_names,
            picture_shape=picture_shape,
            text_columns=text_columns,
            plan=plan,
            owner=owner,
        )
        X = as_array(X)
        is_left = is_table(X) and made.kind == "numbers" and made.feature_names is None
        return self.fit_encoding(X if is_left else made.prepare(X), made)

    def fit_encoding(self, X: Any, preprocessor: Preprocessor) -> Preprocessor:
        """Fit the encoding of a preprocessor that can read the rows; the estimator stays unfitted.

        With ``learn_reading``, it does what ``fit_preprocessing`` does, but the matrix of the rows
        is at hand: a large table is read as a matrix only once.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, n_features)
            Matrix of the training rows, as returned by ``preprocessor.prepare``.
        preprocessor : isthmus.preprocessing.Preprocessor
            Return value of ``learn_reading``.

        Returns
        -------
        isthmus.preprocessing.Preprocessor
            The same, fitted on the rows that are not held out for early stopping.

        Raises
        ------
        UsageError
            If a parameter does not suit such rows.
        DataError
            If the rows contain infinite values, or missing ones that are not allowed.
        """
        unfitted = clone(self)
        matrix = checked_matrix(unfitted, X, preprocessor, reset=True)
        _take_names(preprocessor, unfitted)
        stays, _ = self._without_held_out(matrix, resolve_seed(self.random_state))
        return preprocessor.fit(stays)

    def learn_reading(
        self,
        X: Any,
        *,
        feature_names: Sequence[str] | None = None,
        picture_shape: Sequence[int] | None = None,
        text_columns: Sequence[str] | None = None,
        plan: Sequence[ColumnPlan] | None = None,
        owner: str = "X",
    ) -> Preprocessor:
        """Fit the reading of rows (columns, words), without fitting their scaling.

        For inspecting rows before it is known whether they can be used for training.

        Parameters
        ----------
        X, feature_names, picture_shape, text_columns, plan, owner
            As for ``fit_preprocessing``.

        Returns
        -------
        isthmus.preprocessing.Preprocessor
            Its ``prepare`` returns the matrix of rows; ``fit`` it to that matrix.
        """
        X = as_array(X)
        facts = facts_of(X, picture_shape=picture_shape, text_columns=text_columns, plan=plan)
        made = self._unfitted_preprocessor(facts)
        if facts.kind in ("texts", "table"):
            made.learn_reading(X, owner=owner)
        elif feature_names is not None:
            made.feature_names = tuple(map(str, feature_names))
        return made

    def _unfitted_preprocessor(self, facts: RowFacts) -> Preprocessor:
        made = self._make_preprocessor(facts)
        if facts.columns is not None:
            made.feature_names = facts.columns
        return made

    def _readable(self, X: Any, preprocessor: Preprocessor | None) -> tuple[Any, Preprocessor]:
        """Return the unchecked matrix of training rows, and a preprocessor that can read them."""
        if preprocessor is not None:
            return preprocessor.prepare(X), preprocessor
        X = as_array(X)
        made = self._unfitted_preprocessor(facts_of(X))
        X = made.learn(X)
        if is_table(X):  # of numbers, whose names scikit-learn reads
            unfitted = clone(self)
            X = checked_matrix(unfitted, X, made, reset=True)
            _take_names(made, unfitted)
        return X, made

    def _validation_split(
        self, n_rows: int, seed: int
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
        """Return the indices of training and held-out rows, or None if none are held out."""
        if not getattr(self, "early_stopping", False):
            return None
        stays, leaves = split_rows(
            n_rows, self.validation_fraction, seed=seed, purpose="validation"
        )
        return (stays, leaves) if len(leaves) else None

    def _without_held_out(self, X: Any, seed: int) -> tuple[Any, Any]:
        """Return the rows to train on, and those held out for early stopping, None if none are."""
        if isinstance(X, Chunks) and getattr(self, "early_stopping", False):
            stays, leaves = X.split(self.validation_fraction, seed=derived_seed(seed, "validation"))
            return stays, leaves.sample()[1]
        split = self._validation_split(X.shape[0], seed)
        return (X, None) if split is None else tuple(select_rows(X, part) for part in split)

    def _read_to_learn(
        self, X: Any, preprocessor: Preprocessor | None, *, y: Any = "no_validation"
    ) -> tuple[Any, Preprocessor]:
        """Return the checked matrix of training rows, and a preprocessor that can read them.

        The preprocessor is fitted only if the one passed in is.
        """
        X = as_array(X)
        if preprocessor is None:
            made = self._unfitted_preprocessor(facts_of(X))
            _warn_of_lost_digits(X, made)
            matrix = made.learn(X)
        else:
            made = preprocessor if preprocessor.is_fitted else copy.deepcopy(preprocessor)
            # A table with exactly these columns is left to scikit-learn, which stores their names.
            is_same = (
                made.table is None
                and is_table(X)
                and made.feature_names == tuple(map(str, X.columns))
            )
            matrix = X if is_same else made.prepare(X)
        matrix = checked_matrix(self, matrix, made, reset=True, y=y)
        if made.is_fitted and made.n_features != matrix.shape[1]:
            raise DataError(
                f"`preprocessor` must be fitted on rows with as many columns as X. It has "
                f"{made.n_features}, X has {matrix.shape[1]}: fit it on such rows."
            )
        _take_names(made, self)
        return matrix, made

    def prepared_rows(self, X: Any) -> Any:
        """Return the checked matrix of rows, which every method accepts instead of the rows.

        Use it to read texts or tables only once before calling several methods.

        Parameters
        ----------
        X : array-like, sparse matrix, table or sequence of texts
            Rows with the columns of the training data; not modified.

        Returns
        -------
        ndarray or CSR array of shape (n_samples, n_features)
            Raw numbers in the order of the training columns, finite.

        Raises
        ------
        DataError
            If the rows cannot be read, or contain missing or infinite values.
        """
        check_is_fitted(self)
        return checked_rows(self, X)

    def _rows(self, X: Any, *, keep: bool = False) -> EncodedRows:
        """Return the encoded rows of a matrix."""
        return as_rows(X, self.preprocessor_, device=self.device_, keep=keep)

    def flat_rows(self, X: Any) -> EncodedRows:
        """Return the encoded rows of a matrix, each as one flat row.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, n_features)
            As returned by ``prepared_rows``.

        Returns
        -------
        isthmus.rows.EncodedRows
            On the CPU.
        """
        is_flat = len(self.preprocessor_.encoded_shape) == 1
        return as_rows(X, self.preprocessor_ if is_flat else _Flat(self.preprocessor_))

    def scaled_blocks(self, X: Any) -> Iterator[tuple[slice, NDArray[np.float32]]]:
        """Yield encoded rows, flat, block by block.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, n_features)
            As returned by ``prepared_rows``.

        Yields
        ------
        tuple of slice and ndarray
            Slice of the rows; encoded rows (n, n_encoded), for numbers and pictures in the order
            of the columns.
        """
        for where, block in self._rows(X).blocks():
            yield where, self.preprocessor_.flatten(block.cpu().numpy())

    def unscaled(self, scaled: NDArray[Any]) -> NDArray[np.float64]:
        """Map flat encoded rows back to the units of the columns.

        Parameters
        ----------
        scaled : ndarray of shape (n, n_encoded)
            Encoded rows, or their reconstructions.

        Returns
        -------
        ndarray of shape (n, n_features), float64
        """
        return self.preprocessor_.decode(self.preprocessor_.unflatten(scaled))

    def _may_miss(self, X: Any) -> bool:
        """Return whether rows may have missing values that are not NaN once they are encoded."""
        made = self.preprocessor_
        is_numbers = made.kind == "numbers" and made.n_features == made.n_encoded
        return made.layout is None and is_numbers and X.dtype.kind == "f" and not sparse.issparse(X)

    def _named_like(self, X: Any, values: NDArray[Any]) -> Any:
        """Return one number per column; for a table, as a table with the columns' names."""
        names, table = self.column_names, self.preprocessor_.table
        if names is None or not is_table(X):
            return values
        if table is None:
            return like_table(X, values, names)
        place = {name: k for k, name in enumerate(names)}  # numbers first
        return like_table(X, values[:, [place[name] for name in table.columns]], table.columns)

    @property
    def column_names(self) -> tuple[str, ...] | None:
        """Names of the columns that errors are measured on: for a mixed table, its columns."""
        return self.preprocessor_.column_names

    @property
    def column_scales(self) -> NDArray[np.float64]:
        """Unit of each column's scaled values, in its own unit; NaN for columns without one."""
        table = self.preprocessor_.table
        return self.scaling_.units if table is None else table.column_scales

    @property
    def column_starts(self) -> NDArray[np.intp] | None:
        """Position of each column's first encoded value; None for one value per column."""
        layout = self.preprocessor_.layout
        return None if layout is None else layout.starts

    def column_errors(self, scaled: NDArray[Any], scaled_hat: NDArray[Any]) -> NDArray[np.float64]:
        """Return the squared error of each cell.

        Parameters
        ----------
        scaled, scaled_hat : ndarray of shape (n, n_encoded)
            Rows and their reconstructions, in scaled units.

        Returns
        -------
        ndarray of shape (n, n_columns), float64
            In squared scaled units, summed over the encoded values of a column of a mixed table;
            NaN for missing cells.
        """
        layout = self.preprocessor_.layout
        if layout is None:
            errors: NDArray[np.float64]
            errors = np.square(np.subtract(scaled_hat, scaled, dtype=np.float64))
            return errors
        return layout.column_errors(scaled, scaled_hat)


def _warn_of_lost_digits(X: Any, made: Preprocessor) -> None:
    names = columns_losing_digits(X)
    if made.table is not None:
        names = [name for name in names if name in made.table.numeric]
    if names:
        warnings.warn(
            f"Whole numbers beyond 2^53 lose digits in {listed(names)}. Convert them to text if "
            "they identify rows or categories.",
            stacklevel=4,
        )


def _take_names(preprocessor: Preprocessor, estimator: Any) -> None:
    names = column_names(estimator)
    if preprocessor.feature_names is None and names is not None:
        preprocessor.feature_names = tuple(map(str, names))


def _fits(shape: Sequence[int], n_features: int | None) -> bool:
    return len(shape) in (2, 3) and math.prod(shape) == n_features


class _Flat:
    """Encoder that flattens the rows of a preprocessor."""

    def __init__(self, preprocessor: Preprocessor) -> None:
        self._preprocessor = preprocessor
        self.encoded_shape = (preprocessor.n_encoded,)

    def encode(self, block: NDArray[Any]) -> NDArray[np.float32]:
        flat: NDArray[np.float32] = self._preprocessor.flatten(self._preprocessor.encode(block))
        return flat
