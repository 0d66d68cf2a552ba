"""Imputation of missing cells by an ensemble of denoising networks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted
from torch import nn

from .._parameter_rules import Rule, integer, real
from .._random import resolve_seed, torch_generator
from ..accelerators import train
from ..errors import DataError
from ..imputation import FirstFills, hidden_copies, single_hidden_cells
from ..nn import FillCorrection, QuantileBins
from ..objectives import CellCorrection
from ..preprocessing import ColumnPlan, Preprocessor, RowFacts, filled_rows, is_table
from ..rows import TensorRows
from ..training import History, Settings, as_callbacks
from ._auto_choices import resolve_device
from ._cell_draws import CellDraws
from ._checked_rows import check_varies, checked_rows
from ._incomplete_rows import IncompleteRows
from ._one_process import check_one_process
from ._saved_estimator import SavedEstimator
from ._shared_parameters import documented
from ._tensor_budget import MachineBudget

__all__ = ["AutoencoderImputer"]

_BATCH_SIZE = 256  # rows per network and step
_WEIGHT_DECAY = 0.01
_WARMUP = 0.04
_MOST_TRAINING_ROWS = 50_000
_MOST_BINS = 16
_BINS_IN_ALL = 1000  # so that the first layer of wide tables stays small
_FOLDS = 10
_WIDE = 512  # encoded values of a row


@documented
class AutoencoderImputer(OneToOneFeatureMixin, TransformerMixin, SavedEstimator):
    """Imputer of missing cells: denoising networks that correct a Gaussian's conditional mean.

    Three steps. A Gaussian is fitted to the observed cells by expectation-maximization; its
    conditional mean is the best linear prediction from any set of observed cells. Near rows give a
    second estimate. Then an ensemble of residual perceptrons learns to correct both: further cells
    of the training rows are hidden, at rates from 2 to 60 %, and the networks learn to restore
    them, as denoising autoencoders do. What is filled is the mean of the networks.

    Numbers, booleans, categories and dates are filled; columns of names (hashed), of texts and of
    ids are not, although names and texts help to fill others. Above 64 encoded values the Gaussian
    has a covariance of rank 30, because the time of a full one grows with the cube of the width.
    At most 50,000 rows, chosen at random, are used for training.

    Parameters
    ----------
    n_networks : int, default=4
        Number of networks.
    width : int, default=128
        Width of the hidden layers.
    n_layers : int, default=2
        Number of hidden layers of each network.
    dropout : float, default=0.2
        Fraction of hidden values to set to 0 in training.
    n_neighbors : int, default=24
        Number of near rows, among 1,000 training rows; 0 uses none.
    learning_rate : float, default=0.004
        Peak learning rate of AdamW, with a cosine schedule.
    steps : int, default=800
        Training steps, of 256 rows for each network; rounded up to whole passes over the copies of
        the training rows. Rows of more than 512 encoded values get fewer, in proportion to the
        inverse square of that number: steps take longer there, and improve the first fills less.

    Attributes
    ----------
    network_ : torch.nn.Module
        The ensemble, an ``isthmus.nn.FillCorrection``.
    fills_ : isthmus.imputation.FirstFills
        The Gaussian and the near rows. An artifact therefore holds up to 1,000 training rows.
    preprocessor_ : isthmus.preprocessing.Preprocessor
        Preprocessing of the rows: columns, levels and scaling.
    columns_ : list of str or None
        Names of all columns of the training table; None for an array.
    history_ : list of dict
        One record per pass over the copies of the training rows: ``epoch``, ``train_loss``
        (squared error of hidden cells, in units of the columns' variances), ``learning_rate``,
        ``seconds``.
    settings_ : isthmus.training.Settings
        Training settings.
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
    Autoencoder : Its ``impute`` fills cells by reconstruction, in a single pass.

    References
    ----------
    Vincent et al. (2008), Extracting and composing robust features with denoising autoencoders,
    ICML. Gondara & Wang (2018), MIDA: Multiple imputation using denoising autoencoders, PAKDD.
    Little & Rubin (2019), Statistical analysis with missing data, 3rd edition: the Gaussian.
    Troyanskaya et al. (2001), Missing value estimation methods for DNA microarrays,
    Bioinformatics 17: near rows. Gorishniy et al. (2022), On embeddings for numerical features in
    tabular deep learning, NeurIPS 35.

    Examples
    --------
    >>> import numpy as np
    >>> from isthmus import AutoencoderImputer
    >>> X = np.random.default_rng(0).normal(size=(200, 1)) @ np.ones((1, 3))
    >>> X[0, 0] = np.nan
    >>> filled = AutoencoderImputer(steps=50, random_state=0).fit_transform(X)
    >>> bool(abs(filled[0, 0] - X[0, 1]) < 0.5)
    True
    """

    _rules: ClassVar[dict[str, Rule]] = {
        "n_networks": integer(1),
        "width": integer(1),
        "n_layers": integer(1),
        "dropout": real(0, 1),
        "n_neighbors": integer(0),
        "steps": integer(1),
    }
    scaling: ClassVar[str] = "standard"

    def __init__(
        self,
        *,
        n_networks: int = 4,
        width: int = 128,
        n_layers: int = 2,
        dropout: float = 0.2,
        n_neighbors: int = 24,
        learning_rate: float = 0.004,
        steps: int = 800,
        device: str = "auto",
        random_state: Any = None,
        verbose: int = 0,
        callbacks: Iterable[Any] | None = None,
    ) -> None:
        self.n_networks = n_networks
        self.width = width
        self.n_layers = n_layers
        self.dropout = dropout
        self.n_neighbors = n_neighbors
        self.learning_rate = learning_rate
        self.steps = steps
        self.device = device
        self.random_state = random_state
        self.verbose = verbose
        self.callbacks = callbacks

    def fit(self, X: Any, y: Any = None, *, preprocessor: Preprocessor | None = None) -> Self:
        """Fit the imputer to rows.

        Parameters
        ----------
        X : array-like or table
            Training rows: numbers of shape (n_samples, n_features), NaN where missing, or a
            pandas, polars or pyarrow table with columns of any kind; not modified.
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
            If the rows are pictures, texts or sparse, or do not vary.
        TrainingError
            If a loss is not finite.
        """
        self.check_parameters()
        check_one_process(self)
        _check_is_dense(X)
        matrix, made = self._read_to_learn(X, preprocessor)
        check_varies(matrix)
        self.seed_ = resolve_seed(self.random_state)
        self.device_ = resolve_device(self.device)
        if not made.is_fitted:
            made.fit(matrix)
        self.preprocessor_ = made
        self.columns_ = _names_of(X)
        rows = IncompleteRows.encoded(self._chosen(matrix), made, self.device_)
        self._low, self._high = rows.bounds()
        self._train(rows)
        return self

    def _make_preprocessor(self, facts: RowFacts) -> Preprocessor:
        if facts.kind not in ("numbers", "table"):
            raise DataError(
                "AutoencoderImputer requires an array with rows and columns, or a table. Got "
                f"{facts.kind}."
            )
        if facts.plan is not None:
            facts = replace(facts, plan=tuple(map(_with_constants, facts.plan)))
        return super()._make_preprocessor(facts)

    def _chosen(self, matrix: NDArray[Any]) -> NDArray[Any]:
        """Return the rows to train on."""
        if len(matrix) <= _MOST_TRAINING_ROWS:
            return matrix
        drawn = torch.randperm(len(matrix), generator=torch_generator(self.seed_, "training rows"))
        chosen: NDArray[Any] = matrix[np.sort(drawn[:_MOST_TRAINING_ROWS].numpy())]
        return chosen

    def _train(self, rows: IncompleteRows) -> None:
        x, observed, sizes = rows.x, rows.observed, rows.sizes
        self.fills_ = FirstFills.fitted(
            x,
            rows.seen,
            n_neighbors=self.n_neighbors,
            generator=torch_generator(self.seed_, "first fills"),
        )
        n_folds = max(_FOLDS, self.n_networks)
        n_steps = self._n_steps(x.shape[1])
        batches = hidden_copies(
            x,
            observed,
            sizes,
            self.fills_,
            n_folds=n_folds,
            n_rows=n_steps * _BATCH_SIZE * self.n_networks,
            generator=torch_generator(self.seed_, "hidden cells"),
        )
        bins = QuantileBins.fitted(
            x.cpu(), rows.seen.cpu() > 0, max(1, min(_MOST_BINS, _BINS_IN_ALL // x.shape[1]))
        )
        self.network_ = self._make_network(sizes, bins, torch_generator(self.seed_, "weights"))
        pool = TensorRows(*batches)
        self.settings_ = self._training_settings(len(pool), n_steps)
        records = train(
            CellCorrection(self.network_, sizes, self._weights(sizes)).to(self.device_),
            pool,
            self.settings_,
            seed=self.seed_,
            callbacks=as_callbacks(self.callbacks, verbose=bool(self.verbose)),
        )
        self.history_ = History(records)
        single = single_hidden_cells(
            x,
            observed,
            sizes,
            self.fills_,
            n_folds=n_folds,
            generator=torch_generator(self.seed_, "draws"),
        )
        self._draws = CellDraws.fitted(self.network_, TensorRows(*single), sizes)

    def _weights(self, sizes: Sequence[int]) -> list[float]:
        """Return the weight of each column: its standard deviation relative to its range.

        Rare extreme values would otherwise dominate the squared errors.
        """
        extent = (self._high - self._low)[np.cumsum([0, *sizes[:-1]])]
        weights = np.divide(1.0, extent, out=np.zeros(len(sizes)), where=extent > 0)
        weights /= max(float(weights.mean()), np.finfo(float).tiny)
        return [float(weight) for weight in weights]

    def _make_network(
        self, sizes: Sequence[int], bins: QuantileBins, generator: torch.Generator | None
    ) -> FillCorrection:
        with MachineBudget(type(self).__name__):
            network = FillCorrection(
                sizes,
                bins,
                n_networks=self.n_networks,
                width=self.width,
                n_layers=self.n_layers,
                dropout=self.dropout,
                generator=generator,
            )
        return network.to(self.device_).eval()

    def _n_steps(self, n_encoded: int) -> int:
        return max(1, round(self.steps * min(1.0, (_WIDE / n_encoded) ** 2)))

    def _training_settings(self, n_rows: int, n_steps: int) -> Settings:
        batch_size = min(_BATCH_SIZE * self.n_networks, n_rows)
        return Settings(
            epochs=math.ceil(n_steps / math.ceil(n_rows / batch_size)),
            batch_size=batch_size,
            optimizer="adamw",
            learning_rate=float(self.learning_rate),
            schedule="cosine",
            warmup=_WARMUP,
            weight_decay=_WEIGHT_DECAY,
        )

    def transform(self, X: Any) -> Any:
        """Fill the missing cells of rows.

        Parameters
        ----------
        X : array-like or table
            Rows with the columns of the training data; not modified.

        Returns
        -------
        ndarray or table
            The rows in the same library and types. Observed cells are unchanged to the bit, and a
            row's values do not depend on the other rows. Filled numbers lie within the range of
            the training rows; categories are the most likely level.
        """
        check_is_fitted(self)
        matrix = self._checked(X)
        return filled_rows(X, matrix, self._decoded(self._restored(matrix)[0]), self.preprocessor_)

    def sample(self, X: Any, n_draws: int = 5) -> list[Any]:
        """Draw several values for each missing cell, for multiple imputation.

        A draw is the prediction of one network of the ensemble, in turn, plus noise: an error
        of a number is drawn from that column's errors on cells hidden on purpose, in training rows
        that the network was not trained on; a level of a category is drawn with the networks'
        probabilities. Cells are drawn independently given the observed cells of the row, and the
        size of the errors depends on the column only.

        Parameters
        ----------
        X : array-like or table
            Rows with the columns of the training data; not modified.
        n_draws : int, default=5
            Number of draws.

        Returns
        -------
        list of ndarray or of table
            Each as returned by ``transform``; the same for the same ``random_state`` and rows.

        Raises
        ------
        DataError
            If the rows differ in columns from the training rows.
        """
        check_is_fitted(self)
        matrix = self._checked(X)
        predictions = self._restored(matrix, each=True)
        return [
            filled_rows(X, matrix, self._decoded(drawn), self.preprocessor_)
            for drawn in self._draws.draw(predictions, self._heights, n_draws, self.seed_)
        ]

    def _checked(self, X: Any) -> Any:
        _check_is_dense(X)
        return checked_rows(self, X)

    def _restored(self, matrix: NDArray[Any], *, each: bool = False) -> NDArray[np.float32]:
        """Return the encoded values of all cells, (1 or n_networks, n, n_encoded)."""
        n_networks = self.n_networks if each else 1
        out = np.empty((n_networks, len(matrix), self.preprocessor_.n_encoded), np.float32)
        for where, block in IncompleteRows.blocks(matrix, self.preprocessor_, self.device_):
            with torch.inference_mode():
                first = self.fills_.fill(block.x, block.seen)
                restored = self.network_(block.x, block.observed, *first)
                restored = restored if each else restored.mean(dim=0, keepdim=True)
            out[:, where] = restored[:, : where.stop - where.start].cpu().numpy()
        return out

    def _decoded(self, encoded: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return encoded values in the units of the matrix."""
        encoded = np.clip(encoded, self._low, self._high)
        table = self.preprocessor_.table
        if table is not None:
            encoded[:, table.pooled_values] = -np.inf
        decoded: NDArray[np.float64] = self.preprocessor_.decode(encoded)
        if table is None:  # a mixed table has no column without any value
            decoded[:, np.isnan(self._low)] = np.nan
        return decoded

    @property
    def _heights(self) -> tuple[tuple[int, float], ...]:
        """Size and height of each column; a height of 0 for numbers."""
        layout = self.preprocessor_.layout
        if self.preprocessor_.table is None or layout is None:
            return ((1, 0.0),) * self.preprocessor_.n_encoded
        return tuple(zip(layout.sizes, layout.heights, strict=True))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Return the names of the columns that ``transform`` returns.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names for rows without names; must be those of the training rows if these have any.

        Returns
        -------
        ndarray of str
        """
        check_is_fitted(self)
        if self.preprocessor_.table is not None and self.columns_ is not None:
            return np.array(self.columns_, dtype=object)
        names: NDArray[Any] = super().get_feature_names_out(input_features)
        return names

    def _modules(self) -> dict[str, nn.Module]:
        return {"network": self.network_}

    def _facts(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        first = {f"fills.{k}": v.cpu().numpy() for k, v in self.fills_.tensors().items()}
        bounds = {"low": self._low, "high": self._high}
        facts = {"n_bins": self.network_.bins.n_bins, "columns": self.columns_}
        return facts, first | bounds | self._draws.tensors()

    def _rebuild(self, document: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> None:
        self.columns_ = document["columns"]
        self._low, self._high = tensors["low"], tensors["high"]
        self._draws = CellDraws.from_tensors(tensors)
        first = {
            name.removeprefix("fills."): torch.from_numpy(tensor).to(self.device_)
            for name, tensor in tensors.items()
            if name.startswith("fills.")
        }
        self.fills_ = FirstFills.from_tensors(first, self.n_neighbors)
        sizes = [size for size, _ in self._heights]
        self.network_ = self._make_network(sizes, QuantileBins(document["n_bins"]), None)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _check_is_dense(X: Any) -> None:
    if sparse.issparse(X):
        raise DataError(
            "AutoencoderImputer requires dense rows: the zeros of sparse ones are values. Got a "
            "sparse matrix: convert it with `.toarray()`."
        )


def _with_constants(plan: ColumnPlan) -> ColumnPlan:
    """Return the plan of a column; one of a single value is used, so that its gaps are filled."""
    if plan.kind != "constant":
        return plan
    is_date = plan.type.startswith(("timestamp", "date", "time"))
    return replace(plan, kind="date" if is_date else "categorical", note="")


def _names_of(X: Any) -> list[str] | None:
    return list(map(str, getattr(X, "column_names", X.columns))) if is_table(X) else None
