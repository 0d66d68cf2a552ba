"""scikit-learn's face over rows, network and loop, shared by every estimator."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_array, check_is_fitted
from torch import Tensor, nn

from .._finite import check_finite
from .._memory import FRESH, Memory
from .._random import resolve_seed, torch_generator
from .._selected_rows import select_rows
from ..accelerators import inference, new_optimizer, new_workspace, train
from ..errors import DataError
from ..nn import PRECISIONS, EncoderDecoder, MLPPair, TrainingPass
from ..objectives import Reconstruction
from ..preprocessing import AS_IS, SCALINGS, RunningScaling, fit_scaling
from ..rows import DenseRows, SparseRows, as_rows, split_rows
from ..training import (
    OPTIMIZERS,
    SCHEDULES,
    Optimizer,
    Settings,
    as_callbacks,
    best_epoch,
    defaults_of,
)
from ._auto_choices import auto_batch_size, auto_epochs, is_mostly_zero, resolve_device
from ._checked_rows import as_array, check_varies, checked_rows, column_names, like, map_rows
from ._custom_network import own_draws
from ._parameter_rules import Rule, boolean, choice, integer, real
from ._saved_estimator import SavedEstimator, plain_value

__all__ = ["BaseAutoencoder"]

_Rows = DenseRows | SparseRows


class BaseAutoencoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, SavedEstimator):
    """What all autoencoders share: checks, scaling, fitting, codes, errors, saving.

    A subclass stores its parameters, names their rules and builds its network.
    """

    _rules: ClassVar[dict[str, Rule]] = {
        "scaling": choice(*SCALINGS),
        "optimizer": choice("auto", *OPTIMIZERS),
        "learning_rate": real(0, 1e32, open_low=True) | choice("auto"),
        "schedule": choice("auto", *SCHEDULES),
        "warmup": real(0, 1) | choice("auto"),
        "momentum": real(0, 1) | choice("auto"),
        "weight_decay": real(0, 1e3),
        "batch_size": integer(1) | choice("auto"),
        "epochs": integer(1) | choice("auto"),
        "early_stopping": boolean(),
        "patience": integer(1),
        "validation_fraction": real(0, 1),
        "precision": choice(*PRECISIONS),
        "verbose": integer(0) | boolean(),
        "warm_start": boolean(),
    }

    @abstractmethod
    def _network_settings(self, X: Any) -> dict[str, Any]:
        """Return the keyword arguments of the network, resolved for these rows."""

    @abstractmethod
    def _make_network(
        self, settings: dict[str, Any], generator: torch.Generator | None
    ) -> EncoderDecoder:
        """Build the network; without a generator its weights are left as allocated."""

    def fit(self, X: Any, y: Any = None, *, validation_data: Any = None) -> Self:
        """Learn a code from rows.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Training rows in any unit; not modified.
        y : None
            Ignored; here for scikit-learn.
        validation_data : array-like of shape (n_held_out, n_features), default=None
            Rows whose loss is measured after each epoch. None and ``early_stopping`` hold out
            ``validation_fraction`` of ``X`` instead.

        Returns
        -------
        self

        Raises
        ------
        UsageError
            If a parameter breaks its rule; all that do are told at once.
        DataError
            If the rows hold missing or infinite values, or nothing that varies.
        TrainingError
            If the loss is no longer a number.
        """
        self.check_parameters()
        goes_on = self.warm_start and hasattr(self, "network_")
        X = checked_rows(self, X, reset=not goes_on)
        check_varies(X)
        if not goes_on:
            self.seed_ = resolve_seed(self.random_state)
            self.history_: list[dict[str, Any]] = []
        self._running: RunningScaling | None = None
        self._optimizer: Optimizer | None = None
        held_out = None
        if validation_data is not None:
            held_out = checked_rows(self, validation_data, reset=False)
        elif self.early_stopping:
            stays, leaves = split_rows(
                X.shape[0], self.validation_fraction, seed=self.seed_, purpose="validation"
            )
            if len(leaves):
                X, held_out = select_rows(X, stays), select_rows(X, leaves)
        if not goes_on:
            self.scaling_ = fit_scaling(X, self.scaling, names=column_names(self))
            self._begin(X)
        memory = new_workspace()
        validation = None if held_out is None else self._kept(held_out, memory)
        self._train(self._kept(X, memory), validation, self._training_settings(X.shape[0]))
        return self

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Make one pass over rows that come in pieces.

        The optimizer's momenta go on from piece to piece, at its constant full rate. The scaling
        follows all rows so far, so that early pieces were learned in slightly other units: this,
        and that no rows are held out, is what differs from ``fit``. After ``fit`` the scaling
        stays. ``epochs``, ``schedule``, ``warmup`` and early stopping play no part.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The next rows, at least one; the first piece decides what "auto" parameters are.
        y : None
            Ignored; here for scikit-learn.

        Returns
        -------
        self

        Raises
        ------
        UsageError
            If a parameter breaks its rule, or ``scaling`` needs all rows at once.
        DataError
            If the rows hold missing or infinite values, or other columns than before.
        """
        self.check_parameters()
        is_first = not hasattr(self, "network_")
        X = checked_rows(self, X, reset=is_first)
        if is_first:
            self.seed_ = resolve_seed(self.random_state)
            self.history_ = []
            self._running, self._optimizer = RunningScaling(self.scaling), None
        if self._running is not None:
            self.scaling_ = self._running.update(X, names=column_names(self))
        if is_first:
            self._begin(X)
            self.settings_ = self._training_settings(X.shape[0])
        once = replace(self.settings_, epochs=1, schedule="constant", warmup=0.0, patience=None)
        rows = self._kept(X, new_workspace())
        objective = self._objective(rows)
        if self._optimizer is None:
            self._optimizer = new_optimizer(objective, once)
        self._run(objective, rows, None, once)
        return self

    def _begin(self, X: Any) -> None:
        self.device_ = resolve_device(self.device)
        self._build(self._network_settings(X), torch_generator(self.seed_, "weights"))
        if isinstance(self.network_, MLPPair) and is_mostly_zero(X, self.scaling_):
            self.network_.start_from_zero()

    def _build(self, settings: dict[str, Any], generator: torch.Generator | None) -> None:
        self._settings = settings
        self.latent_dim_ = int(settings["latent_dim"])
        self._n_features_out = self.latent_dim_
        network = self._make_network(settings, generator)
        self.network_: EncoderDecoder = network.to(self.device_).eval()

    def _train(self, rows: _Rows, held_out: _Rows | None, settings: Settings) -> None:
        """Train the network on scaled rows."""
        self._run(self._objective(rows), rows, held_out, settings)

    @abstractmethod
    def _objective(self, rows: _Rows) -> Reconstruction:
        """Return what the whole network is trained to do."""

    def _as_trained(self, network: EncoderDecoder, *, compile: bool = False) -> nn.Module:
        """Return what the training runs in the network's stead."""
        if not compile and self.precision == "float32":
            return network
        return TrainingPass(network, compile=compile, precision=self.precision)

    def _kept(self, X: Any, memory: Memory) -> _Rows:
        return as_rows(X, self.scaling_, device=self.device_, memory=memory, keep=True)

    def _run(
        self,
        objective: Reconstruction,
        rows: _Rows,
        held_out: _Rows | None,
        settings: Settings,
        *,
        stage: str | None = None,
    ) -> None:
        """Run the loop once, and take its records into the history."""
        self.settings_ = settings
        first_epoch = len(self.history_) + 1
        with own_draws(self.seed_, first_epoch, self.device_) as generators:
            records = train(
                objective,
                rows,
                settings,
                seed=self.seed_,
                validation=held_out,
                callbacks=as_callbacks(self.callbacks, verbose=bool(self.verbose)),
                first_epoch=first_epoch,
                optimizer=self._optimizer,
                stage=stage,
                generators=generators,
            )
        self.history_ = [*self.history_, *records]
        self.best_epoch_ = best_epoch(records, settings)

    def _training_settings(self, n_rows: int) -> Settings:
        """Resolve what is "auto" for this number of rows."""
        optimizer = "muon" if self.optimizer == "auto" else self.optimizer
        batch_size = auto_batch_size(n_rows) if self.batch_size == "auto" else self.batch_size
        steps = math.ceil(n_rows / batch_size)
        epochs = auto_epochs(steps) if self.epochs == "auto" else self.epochs
        suits = defaults_of(optimizer, epochs * steps)

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
        )

    def transform(self, X: Any) -> NDArray[Any]:
        """Encode rows.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training.

        Returns
        -------
        ndarray of shape (n_samples, latent_dim)
            Codes, unitless; float64 for float64 rows, else float32. A row's code does not depend
            on the rows beside it.
        """
        check_is_fitted(self)
        given: NDArray[Any] = like(X, self.checked_codes(checked_rows(self, X, reset=False)))
        return given

    def inverse_transform(self, X: Any) -> NDArray[Any]:
        """Decode codes.

        Parameters
        ----------
        X : array-like of shape (n_samples, latent_dim)
            Codes.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            Reconstructions in the units of the training rows; float64 for float64 codes, else
            float32.
        """
        check_is_fitted(self)
        Z = check_array(as_array(X), dtype="numeric", ensure_all_finite=False, input_name="codes")
        if Z.shape[1] != self.latent_dim_:
            raise DataError(
                f"Codes of this {type(self).__name__} have {self.latent_dim_} columns "
                f"(latent_dim). Got {Z.shape[1]}."
            )
        check_finite(Z, owner="codes")
        decoded = map_rows(
            as_rows(Z, AS_IS, device=self.device_),
            inference(self.network_).decode,
            self.n_features_in_,
            Z.dtype,
        )
        given: NDArray[Any] = like(X, self.scaling_.invert(decoded).astype(decoded.dtype))
        return given

    def reconstruct(self, X: Any) -> NDArray[Any]:
        """Encode rows and decode them again.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            In the units of ``X``.
        """
        return self.inverse_transform(self.transform(X))

    def reconstruction_error(self, X: Any) -> NDArray[np.float64]:
        """Mean squared error of each row, over its features: the larger, the stranger the row.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training.

        Returns
        -------
        ndarray of shape (n_samples,), float64
            In squared units of the scaling, those of the training loss: with standardised columns
            each counts alike, whatever its own unit.
        """
        check_is_fitted(self)
        X = checked_rows(self, X, reset=False)
        errors = np.empty(X.shape[0])
        for where, scaled, scaled_hat in self.scaled_reconstructions(X):
            errors[where] = np.square(scaled_hat - scaled).mean(axis=1)
        return errors

    def explain(self, X: Any) -> NDArray[np.float64]:
        """Each feature's share of its row's error: which features made the row strange.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training.

        Returns
        -------
        ndarray of shape (n_samples, n_features), float64
            Unitless; the shares of a row add up to 1, or are all 0 if it has no error at all.
        """
        check_is_fitted(self)
        X = checked_rows(self, X, reset=False)
        shares = np.empty(X.shape)
        for where, scaled, scaled_hat in self.scaled_reconstructions(X):
            errors = np.square(scaled_hat.astype(np.float64) - scaled)
            total = errors.sum(axis=1, keepdims=True)
            shares[where] = np.divide(errors, total, out=np.zeros_like(errors), where=total > 0)
        return shares

    def score(self, X: Any, y: Any = None) -> float:
        """Share of variance explained: ``1 - SSE / SST``, in the units of ``X``.

        SSE is the summed squared error of the reconstructions, SST that of the columns' means of
        ``X`` itself: scikit-learn's ``r2_score`` with ``multioutput="variance_weighted"``, and
        for PCA its explained variance ratio. Higher is better, so that searches may use it.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training.
        y : None
            Ignored; here for scikit-learn.

        Returns
        -------
        float
            In (-inf, 1]. Rows without variance give 1 if they are matched exactly, else 0.
        """
        check_is_fitted(self)
        X = checked_rows(self, X, reset=False)
        mean = np.asarray(X.mean(axis=0, dtype=np.float64)).ravel()
        size = 0.0
        residual, total = 0.0, 0.0
        for where, _, scaled_hat in self.scaled_reconstructions(X):
            raw = X[where].toarray() if sparse.issparse(X) else np.asarray(X[where])
            residual += float(np.square(self.scaling_.invert(scaled_hat) - raw).sum())
            total += float(np.square(raw - mean).sum())
            size += float(np.square(raw.astype(np.float64)).sum())
        # What rounding leaves of equal rows is no variance.
        if total <= 1e-28 * size:
            return 1.0 if residual == 0 else 0.0
        return 1 - residual / total

    def first_layer_weight(self) -> NDArray[np.float32] | None:
        """Return what the units of the first layer look for.

        Returns
        -------
        ndarray of shape (n_units, n_features), float32, or None
            In the network's units; None for a network of the user's own.
        """
        check_is_fitted(self)
        if not isinstance(self.network_, MLPPair):
            return None
        first, _ = self.network_.layers()[0]
        weight: NDArray[np.float32] = first.weight.detach().cpu().numpy()
        return weight

    def _modules(self) -> dict[str, nn.Module]:
        return {"network": self.network_}

    def _facts(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        return {"network": self._settings, "best_epoch": self.best_epoch_}, {}

    def _rebuild(self, document: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> None:
        self.best_epoch_ = document["best_epoch"]
        self._running, self._optimizer = None, None
        self._build(document["network"], None)

    def _rows(self, X: Any, memory: Memory = FRESH) -> _Rows:
        return as_rows(X, self.scaling_, device=self.device_, memory=memory)

    def checked_codes(self, X: Any) -> NDArray[Any]:
        """Encode rows that were checked before, and lost their columns' names by it.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, n_features)
            Rows with the columns of the training.

        Returns
        -------
        ndarray of shape (n_samples, latent_dim)
            As of ``transform``.
        """
        rows = self._rows(X, new_workspace())
        return map_rows(rows, inference(self.network_).encode, self.latent_dim_, X.dtype)

    def scaled_reconstructions(
        self, X: Any
    ) -> Iterator[tuple[slice, NDArray[np.float32], NDArray[np.float32]]]:
        """Yield rows and reconstructions block by block, both as the network sees them.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, n_features)
            Rows with the columns of the training.

        Yields
        ------
        tuple of slice, ndarray and ndarray
            Which rows these are; the rows (n, n_features), scaled; their reconstructions.
        """
        for where, block in self._rows(X).blocks(padded=True):
            n = where.stop - where.start
            # Not around the loop: the mode is the thread's, and a caller may leave a generator for
            # another one between two blocks.
            with torch.inference_mode():
                restored = self._given_back(block)[:n].cpu().numpy()
            yield where, block[:n].cpu().numpy(), restored

    def _given_back(self, x: Tensor) -> Tensor:
        """Return what the network makes of scaled rows, in their own units."""
        x_hat: Tensor = inference(self.network_)(x)
        return x_hat

    def __getstate__(self) -> dict[str, Any]:
        # An optimizer's vectors would come back as copies that no parameter is a view of.
        return {**super().__getstate__(), "_optimizer": None}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
