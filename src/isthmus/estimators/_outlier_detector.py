"""Outlier detection by the reconstruction errors of several denoising autoencoders."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import OutlierMixin
from sklearn.utils.validation import check_is_fitted
from torch import nn

from .._random import derived_seed, numpy_generator, resolve_seed, torch_generator
from ..accelerators import train
from ..nn import ACTIVATIONS, MLPAutoencoder
from ..objectives import Shifted, TrimmedDenoising
from ..preprocessing import Preprocessor
from ..training import Settings, as_callbacks, defaults_of
from ._auto_choices import auto_batch_size, resolve_device
from ._checked_rows import check_varies, checked_rows, column_names
from ._parameter_rules import Rule, choice, integer, real, sequence_of, some
from ._reconstructing import Reconstructing
from ._saved_estimator import SavedEstimator
from ._shared_parameters import documented

__all__ = ["AutoencoderOutlierDetector"]

_STEPS = 150  # more of them bring the networks closer to copying outliers too
_SCALE_TRIM = 0.1  # share of the largest errors that do not count in a feature's error scale
_SCALE_FLOOR = 0.1  # of the mean scale: a feature that is nearly constant must not decide alone
_SCALE_VALUES = 2**20  # error scales are learned from rows of at most this many values
_CENTRE_WEIGHT = 0.25  # of the networks' own mean: a hedge for rows that are merely far away
_FENCE = 1.5  # Tukey's


def _mean_of_most(squares: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return each column's mean without its largest values; reorders them in place."""
    kept = math.ceil(len(squares) * (1 - _SCALE_TRIM))
    squares.partition(kept - 1, axis=0)
    mean: NDArray[np.float64] = squares[:kept].mean(axis=0, dtype=np.float64)
    return mean


@documented
class AutoencoderOutlierDetector(OutlierMixin, Reconstructing, SavedEstimator):
    """Find rows that denoising autoencoders, trained on the others, do not give back.

    Several small networks learn to remove noise from rows, each at its own level of noise and
    each leaving the worst-reconstructed share of every batch out of its loss. Far from the rows
    it has learned, a network pulls towards them, so that its error tells how far a row lies from
    where the data are dense: across the strong directions for much noise, across the weak ones
    (broken dependencies between features) for little. One more member, with a quarter of the
    networks' weight, gives every row back as the medians of the columns. With ``r`` the residual
    of a feature in a member, and ``s`` that feature's error scale there, a row's error is the
    weighted mean of ``log(1 + r**2 / s)``: one wild value weighs, but does not decide.

    Fit on all rows, outliers among them; no labels are used.

    Parameters
    ----------
    contamination : float or "auto", default="auto"
        Share of the training rows to call outliers, in (0, 0.5]. "auto" draws the line at Tukey's
        fence of their scores: 1.5 inter-quartile ranges below the lower quartile.
    n_members : int, default=8
        Networks. They take the levels of ``noise`` in turn, and the shares of ``trim`` after each
        full turn.
    noise : tuple of float or float, default=(0.2, 0.5, 1.0, 2.0)
        Standard deviations of the noise that training adds, in units of the scaling.
    trim : tuple of float or float, default=(0.25, 0.1)
        Shares of a batch, in [0, 1), whose errors are the largest and do not count in the loss.
    latent_dim : int, default=64
        Length of a code. It may exceed the number of features: the noise, not a narrow code,
        keeps a network from copying.
    hidden_dims : tuple of int, default=(128,)
        Widths of the layers between row and code, outermost first; the decoder mirrors them.
    activation : str, default="silu"
        After every layer but the last; see ``Autoencoder``.
    scaling : str, default="standard"
        From raw features to what the networks see: "standard", "robust", "minmax", "unit",
        "symmetric", "none" or "auto"; see ``Autoencoder``.
    learning_rate : float or "auto", default="auto"
        Muon's full rate; it falls by a cosine. "auto" is 0.02.
    batch_size : int or "auto", default="auto"
        Rows a step. "auto" is about a twentieth of the rows, a power of two from 32 to 512.
    epochs : int or "auto", default="auto"
        Passes over the rows, for each network. "auto" is what gives 150 steps.

    Attributes
    ----------
    members_ : list of torch.nn.Module
        The networks, with ``encode`` and ``decode``, in scaled units.
    centre_ : ndarray of shape (n_features,), float32
        The columns' medians, in units of the scaling.
    error_scales_ : ndarray of shape (n_members + 1, n_features), float64
        Mean squared residual of each feature over the training rows, without the largest tenth;
        at least a tenth of the member's mean. In squared units of the scaling; the last line is
        that of the medians.
    offset_ : float
        Rows whose ``score_samples`` is below it are called outliers.
    preprocessor_ : isthmus.preprocessing.Preprocessor
        Between what people have and the networks: columns, picture shape, words and scaling.
    scaling_ : isthmus.preprocessing.Scaling
        Between raw features and the networks.
    history_ : list of dict
        One record an epoch of each network: ``stage`` ("network 1 of 8"), ``epoch``,
        ``train_loss`` (squared units of the scaling, over the rows that count),
        ``learning_rate``, ``seconds``.
    settings_ : isthmus.training.Settings
        How they were trained, "auto" resolved.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Their names, if the rows came with some.
    seed_ : int
        The seed that was used.
    device_ : torch.device
        Where the networks are.

    See Also
    --------
    Autoencoder : Codes and reconstructions; its ``reconstruction_error`` is one network's error.

    References
    ----------
    Vincent et al. (2010), Stacked denoising autoencoders, JMLR 11. Alain & Bengio (2014), What
    regularized auto-encoders learn from the data-generating distribution, JMLR 15: the residual
    is the gradient of the log density. Chen et al. (2017), Outlier detection with autoencoder
    ensembles, SDM. Rousseeuw & Van Driessen (1999), A fast algorithm for the minimum covariance
    determinant estimator, Technometrics 41: rows that fit badly are left out, again and again.

    Examples
    --------
    >>> import numpy as np
    >>> from isthmus import AutoencoderOutlierDetector
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> X[0] = 9
    >>> detector = AutoencoderOutlierDetector(random_state=0).fit(X)
    >>> int(detector.score_samples(X).argmin())
    0
    """

    _rules: ClassVar[dict[str, Rule]] = {
        "contamination": real(0, 0.5, open_low=True, open_high=False) | choice("auto"),
        "n_members": integer(1),
        "noise": real(0) | some(real(0)),
        "trim": real(0, 1) | some(real(0, 1)),
        "latent_dim": integer(1),
        "hidden_dims": sequence_of(integer(1)),
        "activation": choice(*ACTIVATIONS),
    }

    def __init__(
        self,
        contamination: float | str = "auto",
        *,
        n_members: int = 8,
        noise: tuple[float, ...] | float = (0.2, 0.5, 1.0, 2.0),
        trim: tuple[float, ...] | float = (0.25, 0.1),
        latent_dim: int = 64,
        hidden_dims: tuple[int, ...] = (128,),
        activation: str = "silu",
        scaling: str = "standard",
        max_shift: int = 0,
        picture_shape: tuple[int, ...] | str = "auto",
        max_words: int = 2000,
        learning_rate: float | str = "auto",
        batch_size: int | str = "auto",
        epochs: int | str = "auto",
        device: str = "auto",
        precision: str = "float32",
        compile: bool = False,
        random_state: Any = None,
        verbose: int = 0,
        callbacks: Iterable[Any] | None = None,
    ) -> None:
        self.contamination = contamination
        self.n_members = n_members
        self.noise = noise
        self.trim = trim
        self.latent_dim = latent_dim
        self.hidden_dims = hidden_dims
        self.activation = activation
        self.scaling = scaling
        self.max_shift = max_shift
        self.picture_shape = picture_shape
        self.max_words = max_words
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.epochs = epochs
        self.device = device
        self.precision = precision
        self.compile = compile
        self.random_state = random_state
        self.verbose = verbose
        self.callbacks = callbacks

    def fit(self, X: Any, y: Any = None, *, preprocessor: Preprocessor | None = None) -> Self:
        """Learn what most rows look like.

        Parameters
        ----------
        X : array-like, sparse matrix, table or sequence of texts
            Training rows, outliers among them: numbers in any unit of shape (n_samples,
            n_features), pictures, or texts; not modified.
        y : None
            Ignored; here for scikit-learn.
        preprocessor : isthmus.preprocessing.Preprocessor, default=None
            What ``fit_preprocessing`` returned for these rows. None fits one.

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
            If a loss is no longer a number.
        """
        self.check_parameters()
        X, made = self._read_to_learn(X, preprocessor)
        check_varies(X)
        self.seed_ = resolve_seed(self.random_state)
        self.device_ = resolve_device(self.device)
        if not made.is_fitted:
            made.fit(X, names=column_names(self))
        self.preprocessor_ = made
        self._train_members(X)
        self._learn_scales(self._some_rows(X))
        self.offset_ = self._learned_offset(self._scores(X))
        return self

    def _train_members(self, X: Any) -> None:
        callbacks = as_callbacks(self.callbacks, verbose=bool(self.verbose))
        self.settings_ = self._training_settings(X.shape[0])
        rows, shifts = self._rows(X, keep=True), self._shifts()
        noise, trim = (tuple(np.atleast_1d(levels)) for levels in (self.noise, self.trim))
        self.members_: list[MLPAutoencoder] = []
        self.history_: list[dict[str, Any]] = []
        for k in range(self.n_members):
            seed = derived_seed(self.seed_, "member", k)
            network = self._make_network(X.shape[1], torch_generator(seed, "weights"))
            turn, place = divmod(k, len(noise))
            trained = self._as_trained(network)
            objective: TrimmedDenoising | Shifted
            objective = TrimmedDenoising(trained, noise[place], trim[turn % len(trim)])
            if shifts:
                objective = Shifted(objective, shifts)
            self.history_ += train(
                objective,
                rows,
                self.settings_,
                seed=seed,
                callbacks=callbacks,
                stage=f"network {k + 1} of {self.n_members}",
            )
            self.members_.append(network)

    def _training_settings(self, n_rows: int) -> Settings:
        batch_size = auto_batch_size(n_rows) if self.batch_size == "auto" else self.batch_size
        epochs = self.epochs
        if epochs == "auto":
            epochs = math.ceil(_STEPS / math.ceil(n_rows / int(batch_size)))
        suits = defaults_of("muon")
        if self.learning_rate != "auto":
            suits["learning_rate"] = self.learning_rate
        return Settings(
            epochs=int(epochs),
            batch_size=int(batch_size),
            optimizer="muon",
            weight_decay=0.0,
            **suits,
        )

    def _make_network(self, n_features: int, generator: torch.Generator | None) -> MLPAutoencoder:
        network = MLPAutoencoder(
            n_features,
            self.latent_dim,
            self.hidden_dims,
            activation=self.activation,
            latent_activation=self.activation,
            generator=generator,
        )
        return network.to(self.device_)

    def _some_rows(self, X: Any) -> Any:
        n_rows = max(1000, _SCALE_VALUES // X.shape[1])
        if n_rows >= X.shape[0]:
            return X
        chosen = numpy_generator(self.seed_, "scales").permutation(X.shape[0])[:n_rows]
        return X[np.sort(chosen)]

    def _learn_scales(self, X: Any) -> None:
        """Set each feature's median, and its mean squared residual over most rows."""
        rows = self._rows(X)
        scaled = np.concatenate([block.cpu().numpy() for _, block in rows.blocks()])
        self.centre_ = np.median(scaled, axis=0)
        squares = [np.empty_like(scaled) for _ in range(self.n_members + 1)]
        for where, residuals in self._residuals(X):
            for square, residual in zip(squares, residuals, strict=True):
                square[where] = np.square(residual)
        scales = np.stack([_mean_of_most(square) for square in squares])
        floor = np.maximum(_SCALE_FLOOR * scales.mean(axis=1, keepdims=True), 1e-12)
        self.error_scales_ = np.maximum(scales, floor)

    def _learned_offset(self, scores: NDArray[np.float64]) -> float:
        if not isinstance(self.contamination, str):
            return float(np.percentile(scores, 100 * self.contamination))
        lower, upper = np.percentile(scores, (25, 75))
        return float(lower - _FENCE * (upper - lower))

    def score_samples(self, X: Any) -> NDArray[np.float64]:
        """How normal each row is.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training.

        Returns
        -------
        ndarray of shape (n_samples,), float64
            Unitless, at most 0: the higher, the more normal. Minus the row's error; it does not
            depend on the rows beside it.
        """
        check_is_fitted(self)
        return self._scores(checked_rows(self, X))

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """How far each row is on the normal side of the line: ``score_samples(X) - offset_``.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training.

        Returns
        -------
        ndarray of shape (n_samples,), float64
            Below 0 for outliers.
        """
        decision: NDArray[np.float64] = self.score_samples(X) - self.offset_
        return decision

    def predict(self, X: Any) -> NDArray[np.int64]:
        """Call each row normal or an outlier.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training.

        Returns
        -------
        ndarray of shape (n_samples,), int64
            1 for normal rows, -1 for outliers.
        """
        called: NDArray[np.int64] = np.where(self.decision_function(X) >= 0, 1, -1)
        return called

    def explain(self, X: Any) -> Any:
        """Each feature's share of a row's error: what makes the row strange.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training.

        Returns
        -------
        ndarray or table of shape (n_samples, n_features), float64
            Shares from 0 to 1; each row's add up to 1. Where a value breaks a dependency, the
            features that it depends on take a part of the blame. For a table whose columns are
            known by name, a table of the same library with these names.
        """
        check_is_fitted(self)
        given, X = X, checked_rows(self, X)
        shares = np.empty(X.shape)
        for where, errors in self._errors(X):
            total = errors.sum(axis=1, keepdims=True)
            even = np.full_like(errors, 1 / errors.shape[1])
            shares[where] = np.divide(errors, total, out=even, where=total > 0)
        return self._named_like(given, shares)

    def _scores(self, X: Any) -> NDArray[np.float64]:
        scores = np.empty(X.shape[0])
        for where, errors in self._errors(X):
            scores[where] = -errors.mean(axis=1)
        return scores

    def _errors(self, X: Any) -> Iterator[tuple[slice, NDArray[np.float64]]]:
        """Yield blocks of rows with each feature's mean error over the members."""
        weights = [1.0] * self.n_members + [_CENTRE_WEIGHT * self.n_members]
        for where, residuals in self._residuals(X):
            errors = np.zeros(residuals[0].shape)
            for weight, residual, scale in zip(weights, residuals, self.error_scales_, strict=True):
                errors += weight * np.log1p(np.square(residual, dtype=np.float64) / scale)
            yield where, errors / sum(weights)

    def _residuals(self, X: Any) -> Iterator[tuple[slice, list[NDArray[np.float32]]]]:
        """Yield blocks of rows with each member's residuals, in units of the scaling."""
        centre = torch.tensor(self.centre_, device=self.device_)
        for where, block in self._rows(X).blocks(padded=True):
            n = where.stop - where.start
            with torch.inference_mode():  # which no yield may leave on
                reconstructed = [*(member(block) for member in self.members_), centre]
                residuals = [(x_hat - block)[:n].cpu().numpy() for x_hat in reconstructed]
            yield where, residuals

    def _modules(self) -> dict[str, nn.Module]:
        return {f"member{k}": network for k, network in enumerate(self.members_)}

    def _facts(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        learned = {"centre": self.centre_, "error_scales": self.error_scales_}
        return {"offset": self.offset_}, learned

    def _rebuild(self, document: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> None:
        self.offset_ = float(document["offset"])
        self.centre_, self.error_scales_ = tensors["centre"], tensors["error_scales"]
        self.members_ = [
            self._make_network(self.n_features_in_, None) for _ in range(self.n_members)
        ]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
