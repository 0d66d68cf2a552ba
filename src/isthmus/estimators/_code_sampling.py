"""New rows from codes: samples, and rows between two rows."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from .._chunks import Chunks
from .._parameter_rules import integer
from .._random import numpy_generator, resolve_seed
from .._selected_rows import select_rows
from ..errors import DataError, UsageError
from ..nn import EncoderDecoder
from ..preprocessing import (
    AS_IS,
    Preprocessor,
    arrow_like,
    columns_table,
    drawn_levels,
    is_table,
    native_table,
)
from ..rows import as_rows
from ._checked_rows import checked_rows, like, map_rows
from ._code_mixture import MOST_CODES, MOST_UNITS, CodeMixture

__all__ = ["CodeSampling"]

_PREFIX = "code_mixture."


class CodeSampling(BaseEstimator):
    """Samples and walks for estimators with an encoder and a decoder.

    ``fit`` keeps a random sample of the training codes, and the mixture is fitted to them when it
    is first needed, by ``sample`` or ``save``. An estimator with a density of its own overrides
    ``sample``; it sets ``_keeps_codes`` to False, as does one whose codes are no such mixture.
    """

    _keeps_codes: ClassVar[bool] = True
    _codes: NDArray[Any] | None = None
    _mixture: CodeMixture | None = None

    preprocessor_: Preprocessor
    network_: EncoderDecoder
    latent_dim_: int
    seed_: int

    def sample(self, n_samples: int = 1, *, random_state: Any = None) -> Any:
        """Draw new rows.

        Codes are drawn from a Gaussian mixture that is fitted to the training codes, and decoded.
        Numbers and pixels are expected values, so they vary less than in real rows; categories are
        drawn with the probabilities that the decoder gives them.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows, at least 1.
        random_state : int, RandomState, Generator or None, default=None
            Determines the rows; None draws others each time.

        Returns
        -------
        ndarray of shape (n_samples, n_features), or table
            In the units of the training rows, float32. For a model of a table, a pandas table (or a
            pyarrow table without pandas) with the columns that can be restored, in their own types;
            columns of whole numbers have whole numbers. For the loss "multinomial", shares of words
            that sum to 1.

        Raises
        ------
        UsageError
            If ``n_samples`` is below 1, no column of the table can be restored, or the model has no
            mixture: it was fitted by ``partial_fit``, or saved by an earlier version.
            ``fit_sampler`` then fits one.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from isthmus import Autoencoder
        >>> ae = Autoencoder(latent_dim=8, epochs=2, random_state=0).fit(load_digits().data)
        >>> ae.sample(3, random_state=0).shape
        (3, 64)
        """
        check_is_fitted(self)
        _check_count("n_samples", n_samples, 1)
        table = self.preprocessor_.table
        if table is not None and not table.restored_names:
            raise UsageError(
                "`sample` requires a column that can be restored. All columns of the training "
                "table were hashed, texts or lists."
            )
        generator = numpy_generator(resolve_seed(random_state), "sample")
        codes = self._fitted_mixture().sample(n_samples, generator)
        decoded = drawn_levels(self._decoded(codes), self.preprocessor_, generator)
        return self._given_rows(self.preprocessor_.decode(decoded))

    def fit_sampler(self, X: Any) -> Any:
        """Fit the mixture that ``sample`` draws from to the codes of other rows.

        ``fit`` does this itself; use this after ``partial_fit``, for a model that was saved by an
        earlier version, or to draw rows like those of ``X``.

        Parameters
        ----------
        X : array-like, sparse matrix, table or sequence of texts
            Rows with the columns of the training data; at most 10,000 of them are used.

        Returns
        -------
        self
        """
        check_is_fitted(self)
        self._keep_codes(checked_rows(self, X), MOST_CODES)
        self._fitted_mixture()
        return self

    def interpolate(self, X: Any, n_steps: int = 10) -> Any:
        """Walk from one row to another in a straight line between their codes.

        Parameters
        ----------
        X : array-like, sparse matrix, table or sequence of texts
            Two rows with the columns of the training data: the start and the end.
        n_steps : int, default=10
            Number of rows, with both ends, at least 2.

        Returns
        -------
        ndarray of shape (n_steps, n_features), or table
            Decoded codes at equal distances, as from ``reconstruct``; the first and last are the
            reconstructions of the two rows. Tables are of the library of ``X``.

        Raises
        ------
        DataError
            If ``X`` has not two rows.
        UsageError
            If ``n_steps`` is below 2.
        """
        check_is_fitted(self)
        _check_count("n_steps", n_steps, 2)
        rows = checked_rows(self, X)
        if rows.shape[0] != 2:
            raise DataError(
                "`X` of interpolate must have two rows, the start and the end of the walk. Got "
                f"{rows.shape[0]}."
            )
        share = np.linspace(0.0, 1.0, n_steps)[:, None]
        ends = self.dense_codes(rows)
        codes = (ends[:1] * (1 - share) + ends[1:] * share).astype(ends.dtype)
        decoded = self._decoded(codes)
        if self._takes_totals:
            ((_, scaled),) = self.scaled_blocks(rows)
            totals = scaled.sum(axis=1, keepdims=True)
            decoded = decoded * (totals[:1] * (1 - share) + totals[1:] * share)
        raw = self.preprocessor_.decode(decoded)
        if is_table(X) and self.preprocessor_.kind in ("numbers", "table"):
            return arrow_like(X, self._arrow_rows(raw))
        if self.preprocessor_.table is not None:
            return native_table(self.preprocessor_.table.table_of(raw))
        return like(X, raw.astype(decoded.dtype))

    # --- codes and their mixture ---

    def _keep_codes(self, X: Any, most: int) -> None:
        """Keep the codes of a random sample of checked rows."""
        self._forget_codes()
        if not self._keeps_codes or self.latent_dim_ > MOST_UNITS:
            return
        generator = numpy_generator(self.seed_, "codes")
        if isinstance(X, Chunks):
            codes = self.checked_codes(X.sample(most, seed=self.seed_)[1])
            self._codes = generator.permutation(codes)
            return
        order = generator.permutation(X.shape[0])[:most]
        codes = self.checked_codes(select_rows(X, np.sort(order)))
        self._codes = codes[np.argsort(np.argsort(order))]  # in random order

    def _forget_codes(self) -> None:
        """Forget the codes, because the encoder changes."""
        self._codes = self._mixture = None

    def _fitted_mixture(self) -> CodeMixture:
        if not self._keeps_codes:
            raise UsageError(
                f"`sample` does not apply to {type(self).__name__}: its codes do not follow a "
                "mixture of Gaussians. Use another estimator."
            )
        if self.latent_dim_ > MOST_UNITS:
            raise UsageError(
                f"`sample` requires a code size of at most {MOST_UNITS:,}. Got "
                f"{self.latent_dim_:,}: train with a smaller one."
            )
        if self._mixture is None and self._codes is not None:
            self._mixture, self._codes = CodeMixture.fit(self._codes, seed=self.seed_), None
        if self._mixture is None:
            raise UsageError(
                f"This {type(self).__name__} has no density of codes to sample from: it was fitted "
                "by `partial_fit`, or saved by an earlier version. Call `fit_sampler` with the "
                "training rows, or train again."
            )
        return self._mixture

    def _mixture_tensors(self) -> dict[str, NDArray[Any]]:
        """Return the mixture's arrays for an artifact; empty without training codes."""
        if self._mixture is None and self._codes is None:
            return {}
        return {_PREFIX + name: a for name, a in self._fitted_mixture().arrays().items()}

    def _restore_mixture(self, tensors: dict[str, NDArray[Any]]) -> None:
        own = {k.removeprefix(_PREFIX): v for k, v in tensors.items() if k.startswith(_PREFIX)}
        self._codes, self._mixture = None, CodeMixture.from_arrays(own) if own else None

    # --- rows ---

    def _decoded(self, codes: NDArray[Any]) -> NDArray[Any]:
        """Return the decoder's outputs for codes, ``(n, *encoded_shape)``."""
        rows = as_rows(codes, AS_IS, device=self.device_)
        shape = self.preprocessor_.encoded_shape
        return map_rows(rows, self.network_.decode, shape, codes.dtype)

    def decoded_matrix(self, codes: NDArray[Any]) -> NDArray[np.float64]:
        """Return decoded codes as a matrix, also for a model of mixed tables.

        Parameters
        ----------
        codes : ndarray of shape (n_samples, latent_dim)
            Finite codes.

        Returns
        -------
        ndarray of shape (n_samples, n_features), float64
            In the units of the columns of the matrix, see ``prepared_rows``.
        """
        return self.preprocessor_.decode(self._decoded(codes))

    def _given_rows(self, raw: NDArray[np.float64]) -> Any:
        """Return decoded rows as the user's kind of rows."""
        made = self.preprocessor_
        if made.table is None and (made.kind != "numbers" or made.feature_names is None):
            return raw.astype(np.float32)
        return native_table(self._arrow_rows(raw))

    def _arrow_rows(self, raw: NDArray[np.float64]) -> Any:
        made = self.preprocessor_
        return columns_table(raw, made) if made.table is None else made.table.table_of(raw)


def _check_count(name: str, value: Any, least: int) -> None:
    if not integer(least).holds(value):
        raise UsageError(f"`{name}` must be an integer of at least {least}. Got {value!r}.")
