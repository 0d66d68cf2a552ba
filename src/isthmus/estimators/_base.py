"""Base class of all autoencoders: scikit-learn's API over rows, network and training."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_array, check_is_fitted
from torch import nn

from .._finite import check_finite, has_missing
from .._parameter_rules import plain_value
from .._random import resolve_seed, torch_generator
from .._row_blocks import as_dense, row_blocks
from .._selected_rows import is_lazy
from ..accelerators import new_optimizer, train
from ..errors import DataError
from ..nn import EncoderDecoder
from ..objectives import LOSSES
from ..preprocessing import (
    Preprocessor,
    arrow_like,
    as_array,
    facts_of,
    filled_rows,
    is_table,
    native_table,
)
from ..rows import EncodedRows, as_rows
from ..training import (
    Callback,
    History,
    Optimizer,
    Plan,
    Settings,
    Trainable,
    as_callbacks,
    current_ranks,
    defaults_of,
    joined_tensors,
    load_optimizer_state,
    optimizer_state,
    shared_seed,
    split_tensors,
)
from ._auto_choices import auto_batch_size, auto_epochs, is_mostly_zero, resolve_device
from ._checked_rows import (
    check_varies,
    checked_rows,
    like,
    map_rows,
    mean_of_observed,
)
from ._code_meanings import HasMeanings
from ._code_mixture import MOST_CODES
from ._code_sampling import CodeSampling
from ._custom_network import own_draws
from ._graph_parts import PartDecoder, PartEncoder, PartReconstruction
from ._reconstructing import Reconstructing
from ._saved_estimator import SavedEstimator
from ._shared_parameters import SHARED, check_denoising, raise_all
from ._similar_rows import FindsSimilar
from ._tensor_budget import MachineBudget

__all__ = ["BaseAutoencoder"]

_LEAST_CODES = 1_000  # kept to fit the density of codes to, even after few epochs


class BaseAutoencoder(
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    CodeSampling,
    HasMeanings,
    FindsSimilar,
    Reconstructing,
    SavedEstimator,
):
    """Base class of autoencoders: checks, preprocessing, fitting, codes, errors and saving.

    A subclass stores its parameters, defines the rules of those that are not shared, and builds its
    network in ``_network_settings`` and ``_make_network``. Further hooks have defaults:
    ``_make_preprocessor`` (custom blocks), ``_objective`` (any ``isthmus.training.Trainable`` on
    ``network_``) and ``_start`` (changes to initial weights). The network's ``encode`` maps
    batches of the preprocessor's ``encoded_shape`` to codes (n, latent_dim), and ``decode`` maps
    codes back.
    """

    _auto_optimizer: ClassVar[str] = "muon"
    _largest_auto_batch: ClassVar[int] = 512
    _saved_optimizer: dict[str, Any] | None = None  # of a loaded model, until it trains again

    def check_parameters(self) -> None:
        """Raise ``UsageError`` with all invalid parameters."""
        super().check_parameters()
        raise_all(self._problems())

    def _problems(self) -> list[str]:
        """Return the problems that depend on several parameters."""
        return check_denoising(self)

    def check_rows(
        self, X: Any, y: Any = None, *, preprocessor: Preprocessor | None = None
    ) -> None:
        """Raise the errors that ``fit`` would raise for these rows, without training.

        Parameters
        ----------
        X : array-like, sparse matrix, table or sequence of texts
            Training rows, finite.
        y : None
            Ignored.
        preprocessor : isthmus.preprocessing.Preprocessor, default=None
            Return value of ``fit_preprocessing`` for these rows.
        """
        X, made = self._readable(X, preprocessor)
        self._check_matrix(X)
        self._check_features(int(X.shape[1]), made)
        if self._has_bounds():
            # The preprocessor passed in may be fitted with another scaling.
            own = self._unfitted_preprocessor(facts_of(X)).fit(X)
            own.feature_names = own.feature_names or made.feature_names
            self._check_suits(as_rows(X, own), own)

    def _has_bounds(self) -> bool:
        """Return whether the training objective requires scaled values in a range."""
        return bool(np.isfinite(LOSSES[self._shared("loss")].low))

    def _check_features(self, n_features: int, preprocessor: Preprocessor) -> None:
        """Raise ``UsageError`` if a parameter does not suit rows of this width."""
        self._shifted_shape(n_features, preprocessor.picture_shape)

    @abstractmethod
    def _network_settings(self, X: Any) -> dict[str, Any]:
        """Return the keyword arguments of the network, resolved for these rows."""

    @abstractmethod
    def _make_network(
        self, settings: dict[str, Any], generator: torch.Generator | None
    ) -> EncoderDecoder:
        """Build the network; without a generator its weights are uninitialised."""

    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        validation_data: Any = None,
        preprocessor: Preprocessor | None = None,
    ) -> Self:
        """Fit the autoencoder to rows.

        Parameters
        ----------
        X : array-like, sparse matrix, table or sequence of texts
            Training rows: numbers in any unit of shape (n_samples, n_features), pictures of shape
            (n_samples, height, width) with or without channels, or a list, array or Series of
            texts; not modified. Rows larger than memory: a torch Dataset with a length, a
            DataLoader or another iterable of batches of rows, which is read once into a temporary
            file, or the rows of ``isthmus.sources.read_source(..., stream=True)``.
        y : None
            Ignored; for scikit-learn's API.
        validation_data : like ``X``, default=None
            Rows to compute the loss on after each epoch. If None, ``early_stopping`` holds out
            ``validation_fraction`` of ``X`` instead.
        preprocessor : isthmus.preprocessing.Preprocessor, default=None
            Return value of ``fit_preprocessing`` for these rows. None fits one.

        Returns
        -------
        self

        Raises
        ------
        UsageError
            If parameters are invalid; the message lists all of them.
        DataError
            If the rows contain missing or infinite values, or do not vary.
        TrainingError
            If the loss is not finite.
        """
        self.check_parameters()
        goes_on = self.warm_start and hasattr(self, "network_")
        if goes_on:
            X = checked_rows(self, X)
        else:
            X, made = self._read_to_learn(X, preprocessor)
        check_varies(X)
        if not goes_on:
            self.preprocessor_ = made
            self.seed_ = shared_seed(resolve_seed(self.random_state))
            self.history_ = History()
        self._optimizer: Optimizer | None = None
        self._saved_optimizer = None
        if validation_data is not None:
            held_out = checked_rows(self, validation_data)
        else:
            X, held_out = self._without_held_out(X, self.seed_)
        if not goes_on:
            if not made.is_fitted:
                made.fit(X)
            self._begin(X)
        validation = None if held_out is None else self._rows(held_out, keep=True)
        self._train(self._rows(X, keep=True), validation, self._training_settings(X.shape[0]))
        # One pass of the encoder over a tenth of the rows trained on is 3 % of the time at most.
        trained = X.shape[0] * max(1, len(self.history_))
        self._keep_codes(X, max(_LEAST_CODES, min(MOST_CODES, trained // 10)))
        return self

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Train for one pass over a chunk of rows.

        The optimizer keeps its momenta from chunk to chunk, at its constant peak learning rate. The
        scaling is updated with every chunk, so earlier chunks were scaled slightly differently; no
        rows are held out. After ``fit`` the scaling is not updated. The vocabulary of texts is that
        of the first chunk. ``epochs``, ``schedule``, ``warmup`` and early stopping are ignored.
        With ``warm_start``, ``save`` stores the momenta too, for further chunks after ``load``.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Next rows, at least one; the first chunk resolves "auto" parameters.
        y : None
            Ignored; for scikit-learn's API.

        Returns
        -------
        self

        Raises
        ------
        UsageError
            If parameters are invalid, or ``scaling`` requires all rows at once.
        DataError
            If the rows contain missing or infinite values, or other columns than before.
        """
        self.check_parameters()
        is_first = not hasattr(self, "network_")
        if is_first:
            X, self.preprocessor_ = self._read_to_learn(X, None)
            self.seed_ = shared_seed(resolve_seed(self.random_state))
            self.history_ = History()
            self._optimizer = None
        else:
            X = checked_rows(self, X)
        self.preprocessor_.partial_fit(X)
        if is_first:
            self._begin(X)
            self.settings_ = self._training_settings(X.shape[0])
        self._forget_codes()
        once = replace(self.settings_, epochs=1, schedule="constant", warmup=0.0, patience=None)
        rows = self._rows(X, keep=True)
        objective = self._objective(rows)
        if self._optimizer is None:
            self._optimizer = new_optimizer(objective, once)
            if self._saved_optimizer is not None:
                load_optimizer_state(self._optimizer, self._saved_optimizer)
                self._saved_optimizer = None
        self._run(objective, rows, None, once)
        return self

    def _begin(self, X: Any) -> None:
        self.device_ = resolve_device(self.device)
        self._build(self._network_settings(X), torch_generator(self.seed_, "weights"))
        self._start(X)

    def _start(self, X: Any) -> None:
        """Adapt initial weights to the matrix of training rows."""
        start_from_zero = getattr(self.network_, "start_from_zero", None)
        if start_from_zero is not None and is_mostly_zero(X, self.scaling_):
            start_from_zero()

    def _build(self, settings: dict[str, Any], generator: torch.Generator | None) -> None:
        self._settings = settings
        self.latent_dim_ = int(settings["latent_dim"])
        self._n_features_out = self.latent_dim_
        # Layers that draw their weights from torch's global generator depend on the seed too.
        with own_draws(self.seed_, 0, torch.device("cpu")), MachineBudget(type(self).__name__):
            network = self._make_network(settings, generator)
        self.network_: EncoderDecoder = network.to(self.device_).eval()

    def _train(self, rows: EncodedRows, held_out: EncodedRows | None, settings: Settings) -> None:
        """Train the network on encoded rows."""
        self._check_suits(rows, self.preprocessor_)
        self._run(self._objective(rows), rows, held_out, settings)

    def _run(
        self,
        objective: Trainable,
        rows: EncodedRows,
        held_out: EncodedRows | None,
        settings: Settings,
        *,
        stage: str | None = None,
    ) -> None:
        """Run the training loop once, and append its records to the history."""
        self.settings_ = settings
        first_epoch = len(self.history_) + 1
        kept = _KeptEpoch()
        train_with = self._training_loop()
        with own_draws(self.seed_, first_epoch, self.device_) as generators:
            records = train_with(
                objective,
                rows,
                settings,
                seed=self.seed_,
                validation=held_out,
                callbacks=[kept, *as_callbacks(self.callbacks, verbose=bool(self.verbose))],
                first_epoch=first_epoch,
                optimizer=self._optimizer,
                stage=stage,
                generators=generators,
                ranks=current_ranks(),
            )
        self.history_ = History([*self.history_, *records])
        self.best_epoch_ = kept.epoch

    def _training_loop(self) -> Callable[..., list[dict[str, Any]]]:
        """Return the function that trains the network."""
        return train

    def _training_settings(self, n_rows: int) -> Settings:
        """Return the training settings, with "auto" resolved for this number of rows."""
        optimizer = self._usual_optimizer() if self.optimizer == "auto" else self.optimizer
        batch_size = self.batch_size
        if batch_size == "auto":
            batch_size = min(auto_batch_size(n_rows), self._largest_auto_batch)
        steps = math.ceil(n_rows / batch_size)
        epochs = auto_epochs(steps) if self.epochs == "auto" else self.epochs
        suits = self._suitable_rates(optimizer, epochs * steps)

        def chosen(name: str) -> Any:
            value = getattr(self, name)
            return suits[name] if value == "auto" else plain_value(value)

        return Settings(
            epochs=epochs,
            batch_size=batch_size,
            optimizer=optimizer,
            learning_rate=chosen("learning_rate"),
            schedule=chosen("schedule"),
            warmup=chosen("warmup"),
            momentum=chosen("momentum"),
            weight_decay=self.weight_decay,
            patience=self.patience if self.early_stopping else None,
            # The start of a linear path is PCA's solution, which a training may only worsen.
            keeps_start=getattr(self, "linear_path_", False),
        )

    def _usual_optimizer(self) -> str:
        """Return what "auto" is for the optimizer."""
        return self._auto_optimizer

    def _suitable_rates(self, optimizer: str, n_steps: int) -> dict[str, Any]:
        """Return what "auto" is for learning rate, schedule, warm-up and momentum."""
        return defaults_of(optimizer, n_steps)

    @property
    def n_active_(self) -> int:
        """Number of values of a code that may differ from zero: PCA is compared at this size."""
        return self.latent_dim_

    def transform(self, X: Any) -> NDArray[Any]:
        """Encode rows.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training data.

        Returns
        -------
        ndarray of shape (n_samples, latent_dim)
            Codes, unitless; float64 for float64 rows, else float32. A row's code does not depend
            on the other rows.
        """
        check_is_fitted(self)
        given: NDArray[Any] = like(X, self.checked_codes(checked_rows(self, X)))
        return given

    def inverse_transform(self, X: Any) -> Any:
        """Decode codes.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, latent_dim)
            Codes.

        Returns
        -------
        ndarray of shape (n_samples, n_features), or table
            Reconstructions in the units of the training rows; float64 for float64 codes, else
            float32. For a model of mixed tables, a pandas table (or a pyarrow table without
            pandas) with the columns that can be restored, in their own types.
        """
        check_is_fitted(self)
        Z = check_array(
            as_array(X),
            accept_sparse="csr",
            dtype="numeric",
            ensure_all_finite=False,
            input_name="codes",
        )
        if Z.shape[1] != self.latent_dim_:
            raise DataError(
                f"`X` must have {self.latent_dim_} columns, the code size of this "
                f"{type(self).__name__}. Got {Z.shape[1]}."
            )
        check_finite(Z, owner="codes")
        decoded = self._decoded(Z)
        raw = self.preprocessor_.decode(decoded)
        if self.preprocessor_.table is not None:
            return native_table(self.preprocessor_.table.table_of(raw))
        given: NDArray[Any] = like(X, raw.astype(decoded.dtype))
        return given

    def reconstruct(self, X: Any) -> Any:
        """Encode and decode rows.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training data.

        Returns
        -------
        ndarray of shape (n_samples, n_features), or table
            In the units of ``X``; for a table, a table of the same library, of a mixed one with
            the columns that can be restored, in their own types. For the loss "multinomial" the
            total of each row is taken from ``X``, not from the code, as Salakhutdinov & Hinton
            (2009) do with the length of a text.
        """
        check_is_fitted(self)
        table = self.preprocessor_.table
        if is_table(X) and self.preprocessor_.kind in ("numbers", "table"):
            matrix = self._reconstructed_matrix(checked_rows(self, X))
            if table is not None:
                return arrow_like(X, table.table_of(matrix))
            return self._named_like(X, matrix)
        if table is None and not self._takes_totals:
            return self.inverse_transform(self.checked_codes(checked_rows(self, X)))
        return like(X, self._reconstructed_matrix(checked_rows(self, X)))

    def _reconstructed_matrix(self, rows: Any) -> NDArray[Any]:
        """Return the reconstructions of checked rows, in the units of their columns."""
        out = np.empty(rows.shape, np.float64 if rows.dtype == np.float64 else np.float32)
        for where, _, scaled_hat in self.scaled_reconstructions(rows):
            out[where] = self.unscaled(scaled_hat)
        return out

    def impute(self, X: Any) -> Any:
        """Fill missing cells by their reconstruction.

        Parameters
        ----------
        X : array-like or table
            Rows with the columns of the training data; not modified.

        Returns
        -------
        ndarray or table
            The rows in the same library and types; observed cells are unchanged to the bit.
            Columns of names (hashed) and of texts are not filled, nor are those left out.

        See Also
        --------
        AutoencoderImputer : Made for this purpose, and more precise.
        """
        check_is_fitted(self)
        matrix = checked_rows(self, X)
        if sparse.issparse(matrix):
            return X
        made = self.preprocessor_
        pooled = [] if made.table is None else made.table.pooled_values
        decoded = np.empty(matrix.shape, np.float64)
        for where, _, scaled_hat in self.scaled_reconstructions(matrix):
            scaled_hat[:, pooled] = -np.inf  # stands for several levels, so it names none
            decoded[where] = self.unscaled(scaled_hat)
        return filled_rows(X, matrix, decoded, made)

    def reconstruction_error(self, X: Any) -> NDArray[np.float64]:
        """Mean squared error of each row over its features; larger for more anomalous rows.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training data.

        Returns
        -------
        ndarray of shape (n_samples,), float64
            In squared units of the scaling, as the training loss: standardised columns have equal
            weight, whatever their units. Missing cells do not count; NaN for a row of nothing else.
        """
        check_is_fitted(self)
        X = checked_rows(self, X)
        errors = np.empty(X.shape[0])
        for where, scaled, scaled_hat in self.scaled_reconstructions(X):
            errors[where] = mean_of_observed(self.column_errors(scaled, scaled_hat))
        return errors

    def explain(self, X: Any) -> Any:
        """Share of each feature in its row's error, which shows why a row is anomalous.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training data.

        Returns
        -------
        ndarray or table of shape (n_samples, n_features), float64
            Unitless; the shares of a row sum to 1, or are all 0 if its error is 0. A missing cell
            has the share 0, and a row without observed cells has only NaN. A mixed table has one
            share for each of its columns. For a table whose columns are matched by name, a table
            of the same library with these names, in the order of the training table; the columns
            of an array are named by ``column_names``, if there are any.
        """
        check_is_fitted(self)
        given, X = X, checked_rows(self, X)
        layout = self.preprocessor_.layout
        shares = np.empty(X.shape if layout is None else (X.shape[0], len(layout.sizes)))
        for where, scaled, scaled_hat in self.scaled_reconstructions(X):
            errors = np.nan_to_num(self.column_errors(scaled, scaled_hat), nan=0.0)
            total = errors.sum(axis=1, keepdims=True)
            shares[where] = np.divide(errors, total, out=np.zeros_like(errors), where=total > 0)
        shares[self.preprocessor_.has_nothing_observed(X)] = np.nan
        return self._named_like(given, shares)

    def score(self, X: Any, y: Any = None) -> float:
        """Share of variance explained: ``1 - SSE / SST``, in the units of ``X``.

        SSE is the summed squared error of the reconstructions, SST that of the column means of
        ``X`` itself: scikit-learn's ``r2_score`` with ``multioutput="variance_weighted"``, and
        for PCA its explained variance ratio. Higher is better, as searches require.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training data.
        y : None
            Ignored; for scikit-learn's API.

        Returns
        -------
        float
            In (-inf, 1]. Rows without variance give 1 for an exact reconstruction, else 0. For
            rows with missing values or categories, the same of the observed cells in scaled
            units, in which the columns of a table have equal weight; also for the scalings
            "squash" and "rank_gauss", whose purpose is that far cells count less.
        """
        check_is_fitted(self)
        X = checked_rows(self, X)
        is_curved = self.scaling_.curve is not None
        has_cells = self.preprocessor_.layout is not None or (self._may_miss(X) and has_missing(X))
        if is_curved or has_cells:
            return self._share_explained(X)
        mean = _column_means(X)
        size = 0.0
        residual, total = 0.0, 0.0
        for where, _, scaled_hat in self.scaled_reconstructions(X):
            raw = as_dense(X[where])
            residual += float(np.square(self.unscaled(scaled_hat) - raw).sum())
            total += float(np.square(raw - mean).sum())
            size += float(np.square(raw.astype(np.float64)).sum())
        # Rounding errors of equal rows are not variance.
        if total <= 1e-28 * size:
            return 1.0 if residual == 0 else 0.0
        return 1 - residual / total

    def _share_explained(self, X: Any) -> float:
        """Return the share of the observed cells' variance explained, in scaled units."""
        total, count = (np.zeros(self.preprocessor_.n_encoded) for _ in range(2))
        for _, scaled, _ in self.scaled_reconstructions(X):
            total += np.nansum(scaled, axis=0, dtype=np.float64)
            count += (~np.isnan(scaled)).sum(axis=0)
        mean = total / np.maximum(count, 1)
        residual, spread = 0.0, 0.0
        for _, scaled, scaled_hat in self.scaled_reconstructions(X):
            residual += float(np.nansum(self.column_errors(scaled, scaled_hat)))
            spread += float(np.nansum(np.square(scaled - mean)))
        if not spread:
            return 1.0 if not residual else 0.0
        return 1 - residual / spread

    def first_layer_weight(self) -> NDArray[np.float32] | None:
        """Return the weights of the first layer.

        Returns
        -------
        ndarray of shape (n_units, n_features), float32, or None
            In scaled units; None for a custom network.
        """
        check_is_fitted(self)
        layers = getattr(self.network_, "layers", None)
        if layers is None or self.preprocessor_.layout is not None:
            return None
        first, _ = layers()[0]
        weight: NDArray[np.float32] = first.weight.detach().cpu().numpy()
        return weight

    def graph_parts(self) -> dict[str, nn.Module]:
        """Return the parts of the fitted estimator that a graph can hold; see ``isthmus.exports``.

        Returns
        -------
        dict of str to torch.nn.Module
            Modules that share the estimator's weights, from and to encoded rows, without
            preprocessing: "encoder", "decoder" and "reconstruction". The first is the default.
        """
        check_is_fitted(self)
        return {
            "encoder": PartEncoder(self.network_),
            "decoder": PartDecoder(self.network_),
            "reconstruction": PartReconstruction(self.network_, takes_totals=self._takes_totals),
        }

    def _modules(self) -> dict[str, nn.Module]:
        return {"network": self.network_}

    def _facts(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        facts = {"network": self._settings, "best_epoch": self.best_epoch_}
        tensors = self._mixture_tensors()
        if self.warm_start and self._optimizer is not None:
            facts["optimizer"], momenta = split_tensors(
                optimizer_state(self._optimizer), "optimizer"
            )
            tensors |= {name: tensor.cpu().numpy() for name, tensor in momenta.items()}
        return facts, tensors

    def _rebuild(self, document: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> None:
        self.best_epoch_ = document["best_epoch"]
        self._optimizer = None
        if "optimizer" in document:
            momenta = {k: torch.from_numpy(tensor) for k, tensor in tensors.items()}
            self._saved_optimizer = joined_tensors(document["optimizer"], momenta)
        self._build(document["network"], None)
        self._restore_mixture(tensors)

    def checked_codes(self, X: Any) -> NDArray[Any]:
        """Encode rows that are already checked, and so have no column names.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, n_features)
            Rows with the columns of the training data.

        Returns
        -------
        ndarray of shape (n_samples, latent_dim)
            As returned by ``transform``.
        """
        rows = self._rows(X)
        return map_rows(rows, self.network_.encode, (self.latent_dim_,), X.dtype)

    def dense_codes(self, X: Any) -> NDArray[Any]:
        """Encode rows like ``checked_codes``, always to a dense array.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, n_features)
            Rows with the columns of the training data.

        Returns
        -------
        ndarray of shape (n_samples, latent_dim)
        """
        return as_dense(self.checked_codes(X))

    def scaled_reconstructions(
        self, X: Any
    ) -> Iterator[tuple[slice, NDArray[np.float32], NDArray[np.float32]]]:
        """Yield rows and reconstructions block by block, both in scaled units.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, n_features)
            Rows with the columns of the training data.

        Yields
        ------
        tuple of slice, ndarray and ndarray
            Slice of the rows; scaled rows (n, n_encoded), flat, NaN where missing; their
            reconstructions.
        """
        flatten = self.preprocessor_.flatten
        may_miss, rows = self._may_miss(X), self._rows(X)
        for where, block in rows.blocks(padded=True):
            n = where.stop - where.start
            # Not around the loop: inference mode is per thread, and a caller may switch to another
            # generator between two blocks.
            with torch.inference_mode():
                restored = self._reconstructed(block)[:n].cpu().numpy()
            scaled = flatten(block[:n].cpu().numpy())
            if may_miss and (missing := np.isnan(rows.raw(where))).any():
                scaled = np.where(missing, np.float32(np.nan), scaled)
            yield where, scaled, flatten(restored)

    def __getstate__(self) -> dict[str, Any]:
        # An optimizer's vectors would be restored as copies that no parameter is a view of.
        return {**super().__getstate__(), "_optimizer": None}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


class _KeptEpoch(Callback):
    """Epoch of the weights that a training leaves."""

    def on_restore(self, plan: Plan) -> bool | None:
        """Take the state of the training."""
        self._state = plan.state
        return None

    @property
    def epoch(self) -> int:
        """The epoch, once the training has ended."""
        assert self._state is not None
        return self._state.kept_epoch


def _column_means(X: Any) -> NDArray[np.float64]:
    if not is_lazy(X):
        return np.asarray(X.mean(axis=0, dtype=np.float64)).ravel()
    total = np.zeros(X.shape[1])
    for block in row_blocks(X):
        total += block.sum(axis=0, dtype=np.float64)
    return total / len(X)


# Use the default if a subclass lacks one of these parameters.
for _name, _parameter in SHARED.items():
    setattr(BaseAutoencoder, _name, _parameter.default)
