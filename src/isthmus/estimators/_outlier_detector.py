"""Outlier detection by the reconstruction errors of an ensemble of denoising autoencoders."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import OutlierMixin
from sklearn.utils.validation import check_is_fitted
from torch import nn

from .._parameter_rules import Rule, choice, integer, real, sequence_of, some
from .._random import derived_seed, numpy_generator, resolve_seed
from ..accelerators import train
from ..nn import HIDDEN_ACTIVATIONS, EncoderDecoder, MLPAutoencoder, TableAutoencoder
from ..objectives import (
    CellLosses,
    HiddenCells,
    Shifted,
    TrimmedCellDenoising,
    TrimmedDenoising,
)
from ..preprocessing import ColumnLayout, Preprocessor, arrow_like, is_table
from ..training import History, Settings, Trainable, as_callbacks, defaults_of
from ._auto_choices import auto_batch_size, resolve_device
from ._checked_rows import check_varies, checked_rows, mean_of_observed
from ._detector_chunks import LearnsChunks
from ._error_maps import HasErrorMaps
from ._error_terms import ErrorTerms
from ._one_process import check_one_process
from ._reconstructing import Reconstructing
from ._saved_estimator import SavedEstimator
from ._score_part import PartScore
from ._score_threshold import HasThreshold
from ._shared_parameters import documented
from ._tensor_budget import MachineBudget

__all__ = ["AutoencoderOutlierDetector"]

_STEPS = 150  # with more steps the networks come closer to copying outliers too
_VALUES = 2_000_000  # encoded, of a batch
_LEAST_BATCH = 32
_SCALE_TRIM = 0.1  # fraction of largest errors excluded from a feature's error scale
_SCALE_FLOOR = 0.1  # of the mean scale: a nearly constant feature must not dominate
_SCALE_VALUES = 2**20  # error scales are fitted on rows of at most this many values
_CENTRE_WEIGHT = 0.25  # relative to the networks' mean: a hedge for rows that are only far away
_CENTRE_WEIGHT_OF_TABLES = 0.1  # more hides broken dependencies between categories
_HIDDEN = 0.25  # of the cells of tables in training, so that a level is not only copied


def _trimmed_column_means(squares: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return each column's mean without its largest values and missing ones; reorders them."""
    n_observed = len(squares) - np.isnan(squares).sum(axis=0)
    if (n_observed < len(squares)).any():
        squares.sort(axis=0)  # missing values last
        own = np.ceil(n_observed * (1 - _SCALE_TRIM))
        is_kept = np.arange(len(squares))[:, None] < own
        total = np.where(is_kept, squares, 0.0).sum(axis=0, dtype=np.float64)
        trimmed: NDArray[np.float64] = total / np.maximum(own, 1)
        return trimmed
    kept = math.ceil(len(squares) * (1 - _SCALE_TRIM))
    squares.partition(kept - 1, axis=0)
    mean: NDArray[np.float64] = squares[:kept].mean(axis=0, dtype=np.float64)
    return mean


@documented
class AutoencoderOutlierDetector(
    OutlierMixin, HasThreshold, LearnsChunks, HasErrorMaps, Reconstructing, SavedEstimator
):
    """Outlier detector: an ensemble of denoising autoencoders.

    Several small networks are trained to remove noise from rows, each at its own level of noise,
    and each excluding the worst-reconstructed fraction of every batch from its loss. Far from the
    training rows, a network pulls towards them, so its error measures how far a row is from where
    the data are dense: along the strong directions for much noise, along the weak ones (broken
    dependencies between features) for little. One more member, with a quarter of the networks'
    weight, reconstructs every row as the column medians. With ``r`` the residual of a feature in a
    member, and ``s`` that feature's error scale there, a row's error is the weighted mean of
    ``log(1 + r**2 / s)``: one extreme value counts, but does not dominate.

    In tables with categories or missing cells, the networks also learn without a quarter of the
    cells, hidden at random. A category is reconstructed as probabilities of its levels, with the
    cross-entropy as loss, divided by the entropy of the levels; instead of ``r**2``, its error is
    the surprise ``-log(p)`` at its level, in the same unit. The last member reconstructs it as the
    shares of its levels, and has a tenth of the networks' weight. Missing cells do not count.

    Fit it on all rows, including outliers; no labels are used.

    Parameters
    ----------
    contamination : float or "auto", default="auto"
        Share of the training rows to call outliers, in (0, 0.5]. "auto" uses Tukey's fence of
        their scores: 1.5 interquartile ranges below the lower quartile.
    n_members : int, default=8
        Number of networks. Network k uses level k of ``noise``, starting over after the last; each
        pass through the levels uses the next value of ``trim``.
    noise : tuple of float or float, default=(0.2, 0.5, 1.0, 2.0)
        Standard deviations of the noise in training, in units of the scaling.
    trim : tuple of float or float, default=(0.25, 0.1)
        Fraction of each batch, in [0, 1), to leave out of the loss: the rows with the largest
        errors.
    latent_dim : int, default=64
        Code size. It may exceed the number of features: the noise, not a narrow code, keeps a
        network from copying.
    hidden_dims : tuple of int, default=(128,)
        Widths of the layers between row and code, outermost first; the decoder mirrors them.
    activation : str, default="silu"
        Activation after every layer except the last; see ``Autoencoder``.
    scaling : str, default="standard"
        From raw features to scaled units: "standard", "robust", "squash", "rank_gauss",
        "minmax", "unit", "symmetric", "none" or "auto"; see ``Autoencoder``.
    learning_rate : float or "auto", default="auto"
        Peak learning rate of Muon, with a cosine schedule. "auto" is 0.02.
    batch_size : int or "auto", default="auto"
        Rows per step. "auto" is about a twentieth of the rows, a power of two from 32 to 512, with
        at most 2 million encoded values.
    epochs : int or "auto", default="auto"
        Passes over the rows, for each network. "auto" gives about 150 steps.

    Attributes
    ----------
    members_ : list of torch.nn.Module
        Networks with ``encode`` and ``decode``, in scaled units.
    centre_ : ndarray of shape (n_encoded,), float32
        Medians of the columns as they are encoded, in units of the scaling; of a category, the
        shares of its levels times the encoded value of a level.
    error_scales_ : ndarray of shape (n_members + 1, n_terms), float64
        Mean error of each feature over the training rows, without the largest tenth; at least a
        tenth of the member's mean. In squared units of the scaling; the last line is that of the
        medians. In tables, one value for each category and each number that a column becomes.
    map_quantiles_ : ndarray of shape (5,), float64, or None
        Median, 90 %, 99 % and 99.9 % quantiles and maximum of the errors of the pixels of training
        pictures; None for rows that are not pictures.
    offset_ : float
        Rows with ``score_samples`` below this are called outliers.
    preprocessor_ : isthmus.preprocessing.Preprocessor
        Preprocessing of the rows: columns, picture shape, words and scaling.
    scaling_ : isthmus.preprocessing.Scaling
        Scaling of the preprocessor; read-only.
    history_ : list of dict
        One record per epoch of each network: ``stage`` ("network 1 of 8"), ``epoch``,
        ``train_loss`` (squared units of the scaling, or entropies, over the rows that count),
        ``learning_rate``, ``seconds``.
    settings_ : isthmus.training.Settings
        Training settings, with "auto" resolved.
    n_features_in_ : int
        Number of columns; for a mixed table, of the table.
    feature_names_in_ : ndarray of str
        Column names, if the rows have them; for a mixed table, of all its columns.
    seed_ : int
        Seed that was used.
    device_ : torch.device
        Device of the networks.

    See Also
    --------
    Autoencoder : Codes and reconstructions; its ``reconstruction_error`` is that of one network.

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
        "activation": choice(*HIDDEN_ACTIVATIONS),
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
        """Fit the detector to rows.

        Parameters
        ----------
        X : array-like, sparse matrix, table or sequence of texts
            Training rows, including outliers: numbers in any unit of shape (n_samples,
            n_features), pictures, or texts; not modified.
        y : None
            Ignored; for scikit-learn's API.
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
            If the rows contain infinite values, or do not vary.
        TrainingError
            If a loss is not finite.
        """
        self.check_parameters()
        check_one_process(self)
        X, made = self._read_to_learn(X, preprocessor)
        check_varies(X)
        self.seed_ = resolve_seed(self.random_state)
        self.device_ = resolve_device(self.device)
        if not made.is_fitted:
            made.fit(X)
        self.preprocessor_ = made
        self._train_members(X)
        some = self._some_rows(X)
        self._learn_scales(some)
        self._learn_quantiles(some)
        self.offset_ = self._learned_offset(self._scores(X))
        return self

    def _train_members(self, X: Any) -> None:
        callbacks = as_callbacks(self.callbacks, verbose=bool(self.verbose))
        self.settings_ = self._training_settings(X.shape[0])
        rows = self._rows(X, keep=True)
        self.members_: list[EncoderDecoder] = []
        self._optimizers, self._recent = None, None
        self.history_ = History()
        for k in range(self.n_members):
            network = self._new_member(k)
            self.history_ += train(
                self._objective_of(k, network),
                rows,
                self.settings_,
                seed=derived_seed(self.seed_, "member", k),
                callbacks=callbacks,
                stage=f"network {k + 1} of {self.n_members}",
            )
            self.members_.append(network)

    def _objective_of(self, k: int, network: EncoderDecoder) -> Trainable:
        """Return the objective of a member, with its levels of noise and trim."""
        noise, trim = (tuple(np.atleast_1d(levels)) for levels in (self.noise, self.trim))
        turn, place = divmod(k, len(noise))
        return self._objectives()(self._as_trained(network), noise[place], trim[turn % len(trim)])

    def _objectives(self) -> Callable[[nn.Module, float, float], Trainable]:
        """Return the function from a network, its noise and its trim to its objective."""
        layout, shifts = self.preprocessor_.layout, self._shifts()
        if layout is not None:
            losses = CellLosses(layout.sizes, layout.heights, layout.entropies)
            hiding = HiddenCells(layout.sizes, [_HIDDEN] * len(layout.sizes))
            return lambda network, noise, trim: TrimmedCellDenoising(
                network, losses.to(self.device_), noise, trim, hiding
            )
        if shifts is not None:
            return lambda *given: Shifted(TrimmedDenoising(*given), shifts)
        return TrimmedDenoising

    def _training_settings(self, n_rows: int) -> Settings:
        batch_size, epochs = self.batch_size, self.epochs
        wide = self.preprocessor_.n_encoded * auto_batch_size(n_rows) > _VALUES
        if batch_size == "auto":
            batch_size = auto_batch_size(n_rows)
            while batch_size > _LEAST_BATCH and batch_size * self.preprocessor_.n_encoded > _VALUES:
                batch_size //= 2
        if epochs == "auto":
            n_epochs = _STEPS / math.ceil(n_rows / int(batch_size))
            # A step on wide rows is expensive: rather fewer than more. After one epoch the networks
            # have not learned more than means.
            epochs = max(2, math.floor(n_epochs)) if wide else math.ceil(n_epochs)
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

    def _make_network(self, generator: torch.Generator | None) -> EncoderDecoder:
        made = self.preprocessor_
        kind: Callable[..., EncoderDecoder] = functools.partial(MLPAutoencoder, made.n_encoded)
        if made.layout is not None:
            sizes, heights = made.layout.sizes, made.layout.heights
            kind = functools.partial(TableAutoencoder, sizes, heights)
        with MachineBudget(type(self).__name__):
            network = kind(
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
        """Set each column's centre, and the mean of each term of the error over most rows."""
        scaled = np.concatenate([block.cpu().numpy() for _, block in self._rows(X).blocks()])
        self.centre_ = _column_centres(scaled, self.preprocessor_.layout)
        blocks = [[term.astype(np.float32) for term in own] for _, own in self._terms(X)]
        terms = [np.concatenate(own) for own in zip(*blocks, strict=True)]
        scales = np.stack([_trimmed_column_means(own) for own in terms])
        floor = np.maximum(_SCALE_FLOOR * scales.mean(axis=1, keepdims=True), 1e-12)
        self.error_scales_ = np.maximum(scales, floor)

    def score_samples(self, X: Any) -> NDArray[np.float64]:
        """Normality score of each row.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training data.

        Returns
        -------
        ndarray of shape (n_samples,), float64
            Unitless, at most 0: the higher, the more normal. The negative of the row's error; it
            does not depend on the other rows. Missing cells do not count; NaN for a row of nothing
            else.
        """
        check_is_fitted(self)
        return self._scores(checked_rows(self, X))

    def explain(self, X: Any) -> Any:
        """Share of each feature in its row's error, which shows why a row is anomalous.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training data.

        Returns
        -------
        ndarray or table of shape (n_samples, n_features), float64
            Shares from 0 to 1; those of a row sum to 1. If a value breaks a dependency, the
            features that it depends on get a part of the share. A missing cell has the share 0,
            and a row without observed cells has only NaN. For a table whose columns are matched by
            name, a table of the same library with these names, in the order of the training table.
        """
        check_is_fitted(self)
        given, X = X, checked_rows(self, X)
        layout = self.preprocessor_.layout
        shares = np.empty(X.shape if layout is None else (X.shape[0], len(layout.sizes)))
        for where, errors in self._errors(X):
            errors = np.nan_to_num(errors, nan=0.0)
            total = errors.sum(axis=1, keepdims=True)
            even = np.full_like(errors, 1 / errors.shape[1])
            shares[where] = np.divide(errors, total, out=even, where=total > 0)
        shares[self.preprocessor_.has_nothing_observed(X)] = np.nan
        return self._named_like(given, shares)

    def expected_rows(self, X: Any) -> Any:
        """Return what the detector expects instead of each row.

        Parameters
        ----------
        X : array-like, sparse matrix or table of shape (n_samples, n_features)
            Rows with the columns of the training data.

        Returns
        -------
        ndarray of shape (n_samples, n_features), float64, or table
            Mean of the members' reconstructions, with their weights in the score, in the units of
            the columns of the matrix, see ``prepared_rows``; of a category the most likely level.
            For a mixed table, a table of the same library with the columns that can be restored.
        """
        check_is_fitted(self)
        rows, table, weight = checked_rows(self, X), self.preprocessor_.table, self._centre_weight
        expected = np.empty(rows.shape)
        centre = torch.tensor(self.centre_, device=self.device_)
        for where, block in self._rows(rows).blocks(padded=True):
            with torch.inference_mode():
                total = sum(member(block) for member in self.members_)
                mean = (total / self.n_members + weight * centre) / (1 + weight)
            scaled = mean[: where.stop - where.start].cpu().numpy()
            expected[where] = self.unscaled(scaled)
        if table is not None and is_table(X):
            return arrow_like(X, table.table_of(expected))
        return expected

    @property
    def _centre_weight(self) -> float:
        """Weight of the reconstruction by the centre, relative to the networks' mean."""
        has_cells = self.preprocessor_.layout is not None
        return _CENTRE_WEIGHT_OF_TABLES if has_cells else _CENTRE_WEIGHT

    def _scores(self, X: Any) -> NDArray[np.float64]:
        scores = np.empty(X.shape[0])
        for where, errors in self._errors(X):
            scores[where] = -mean_of_observed(errors)
        return scores

    def _errors(self, X: Any) -> Iterator[tuple[slice, NDArray[np.float64]]]:
        """Yield blocks of rows with each column's mean error over the members; NaN if missing."""
        by_column = ErrorTerms(self.preprocessor_.layout).by_column
        weights = [1.0] * self.n_members + [self._centre_weight * self.n_members]
        for where, terms in self._terms(X):
            errors = np.zeros(terms[0].shape)
            for weight, term, scale in zip(weights, terms, self.error_scales_, strict=True):
                errors += weight * np.log1p(term / scale)
            yield where, by_column(errors / sum(weights))

    def cell_errors(self, X: Any) -> NDArray[np.float64]:
        """Return the error of each value of rows; their mean is the row's error.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, n_features)
            Checked rows.

        Returns
        -------
        ndarray of shape (n_samples, n_columns), float64
            Unitless and at least 0; NaN for missing cells.
        """
        return np.concatenate([errors for _, errors in self._errors(X)])

    def _error_pictures(
        self, X: Any, errors: Callable[[Any], NDArray[np.float64]] | None = None
    ) -> Iterator[tuple[slice, NDArray[np.float64]]]:
        shape = (*(self.preprocessor_.picture_shape or ()), 1)[:3]
        if errors is not None:
            yield slice(0, X.shape[0]), errors(X).reshape(-1, *shape)
            return
        for where, cells in self._errors(X):
            yield where, cells.reshape(-1, *shape)

    def _terms(self, X: Any) -> Iterator[tuple[slice, list[NDArray[np.float64]]]]:
        """Yield blocks of rows with the terms of each member's error, and of the centre's."""
        own, may_miss = ErrorTerms(self.preprocessor_.layout), self._may_miss(X)
        for where, block in self._rows(X).blocks(padded=True):
            n = where.stop - where.start
            with torch.inference_mode():  # must not stay on at a yield
                x_hats = [member(block)[:n].cpu().numpy() for member in self.members_]
            x = block[:n].cpu().numpy()
            if may_miss and (missing := np.isnan(X[where])).any():
                x = np.where(missing, np.float32(np.nan), x)
            yield where, [own.of(x, x_hat) for x_hat in [*x_hats, self.centre_]]

    def graph_parts(self) -> dict[str, nn.Module]:
        """Return the parts of the fitted detector that a graph can hold; see ``isthmus.exports``.

        Returns
        -------
        dict of str to torch.nn.Module
            "score", from encoded rows, NaN where missing, to ``score_samples``.
        """
        check_is_fitted(self)
        score = PartScore(
            self.members_,
            self.centre_,
            self.error_scales_,
            centre_weight=self._centre_weight,
            layout=self.preprocessor_.layout,
        )
        return {"score": score}

    def _modules(self) -> dict[str, nn.Module]:
        return {f"member{k}": network for k, network in enumerate(self.members_)}

    def _facts(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        learned: dict[str, NDArray[Any]]
        learned = {"centre": self.centre_, "error_scales": self.error_scales_}
        if self.map_quantiles_ is not None:
            learned["map_quantiles"] = self.map_quantiles_
        return {"offset": self.offset_}, learned

    def _rebuild(self, document: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> None:
        self.offset_ = float(document["offset"])
        self.centre_, self.error_scales_ = tensors["centre"], tensors["error_scales"]
        self.map_quantiles_ = tensors.get("map_quantiles")  # none of versions up to 0.8
        self.members_ = [self._make_network(None) for _ in range(self.n_members)]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = True
        return tags


def _column_centres(
    scaled: NDArray[np.float32], layout: ColumnLayout | None
) -> NDArray[np.float32]:
    """Return the median of each number, and the shares of a category's levels."""
    # A column without any value has a median of 0, its encoded mean.
    scaled = np.where(np.isnan(scaled).all(axis=0), np.float32(0.0), scaled)
    median = np.nanmedian if np.isnan(scaled).any() else np.median  # which is faster
    centres = median(scaled, axis=0).astype(np.float32)
    if layout is not None:
        is_level = np.repeat(np.array(layout.heights) > 0, layout.sizes)
        centres[is_level] = np.nanmean(scaled[:, is_level], axis=0, dtype=np.float64)
    return centres
