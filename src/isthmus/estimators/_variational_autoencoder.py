"""Variational autoencoder."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted
from torch import Generator

from .._parameter_rules import Rule, choice, integer, real, sequence_of
from .._random import numpy_generator, resolve_seed
from ..errors import UsageError
from ..nn import HIDDEN_ACTIVATIONS, VariationalConv, VariationalMLP, VariationalNetwork
from ..objectives import EvidenceBound, Likelihood
from ..preprocessing import Preprocessor, RowFacts, drawn_levels
from ..rows import EncodedRows, Rows
from ..training import Settings, Trainable
from ._auto_choices import auto_latent_dim
from ._base import BaseAutoencoder
from ._checked_rows import checked_rows
from ._conv_pictures import conv_problems, picture_preprocessor
from ._posterior_samples import evidence_bounds, importance_bounds
from ._shared_parameters import documented
from ._suited_likelihoods import are_binary, check_bernoulli, check_categorical
from ._unit_divergences import ACTIVE_VARIANCE, unit_divergences

__all__ = ["VariationalAutoencoder"]


@documented
class VariationalAutoencoder(BaseAutoencoder):
    """Variational autoencoder of fully connected or convolutional layers, with the prior N(0, I).

    The encoder maps a row to a Gaussian, the posterior of its code, and the decoder maps a code to
    the likelihood of a row. Training maximises the evidence lower bound. ``transform`` returns the
    means of the posteriors and ``inverse_transform`` the means of the likelihood, so neither is
    random.

    Parameters
    ----------
    latent_dim : int or "auto", default="auto"
        Code size. "auto" is a quarter of the number of features, rounded up, at most 32. Units
        that the rows do not need follow the prior: see ``kl_per_unit_``.
    hidden_dims : tuple of int, default=(256, 128)
        Widths of the layers between row and code, outermost first; the decoder mirrors them. Only
        for the network "perceptron".
    network : str, default="perceptron"
        "perceptron" (fully connected layers, for all rows) or "conv" (convolutions, for pictures).
        A row of a plain matrix is then a square picture if it can be one, and else a picture of one
        line; ``picture_shape`` says otherwise.
    channels : tuple of int, default=(16, 32, 64)
        Number of channels of each stage of "conv" between picture and code; the decoder mirrors
        them. A stage halves height and width, each if it is at least 4 pixels.
    n_blocks : int, default=0
        Residual blocks of each stage of "conv", of two convolutions each.
    activation : str, default="silu"
        Activation of the hidden layers: "relu", "leaky_relu", "elu", "selu", "gelu", "silu",
        "softplus", "sigmoid", "tanh" or "identity".
    beta : float, default=1.0
        Weight of the divergence of the posteriors from the prior. 1 is the evidence lower bound;
        less gives better reconstructions, more gives fewer units that are used.
    beta_warmup : float, default=0.1
        Fraction of the training steps in which ``beta`` rises linearly from 0.
    free_bits : float, default=0.0
        Divergence of each unit that costs nothing in training, in nats: a remedy for units that
        all follow the prior.
    likelihood : str, default="auto"
        Likelihood of the scaled values: "bernoulli" (from 0 to 1), "gaussian", or "categorical" for
        tables of categorical columns only. "auto" is "bernoulli" if all values are 0 or 1, else
        "gaussian". In all tables the categorical columns are categorical, whatever the likelihood
        of the others.
    variance : str, default="shared"
        Variance of "gaussian": "shared" is one for all values, "per_feature" one for each. It is
        the mean squared error of the training rows, its most likely value.

    Attributes
    ----------
    network_ : isthmus.nn.VariationalNetwork
        Has ``posterior``, ``encode`` and ``decode``, in scaled units.
    likelihood_ : str
        Likelihood, with "auto" resolved.
    kl_per_unit_ : ndarray of shape (latent_dim,)
        Divergence of each unit's posterior from the prior in nats, a mean over the training rows
        (of more than 10,000, that many).
    active_units_ : ndarray of shape (latent_dim,), bool
        Whether the variance of a unit's codes over these rows is above 0.01. The other units carry
        almost no information.
    preprocessor_ : isthmus.preprocessing.Preprocessor
        Preprocessing of the rows: columns, picture shape, words and scaling.
    scaling_ : isthmus.preprocessing.Scaling
        Scaling of the preprocessor; read-only.
    latent_dim_ : int
        Code size.
    history_ : list of dict
        One record per epoch: ``epoch``, ``train_loss``, ``validation_loss``, ``learning_rate``,
        ``seconds``, and the parts of the losses: ``reconstruction``, ``kl``,
        ``validation_reconstruction`` and ``validation_kl``, all in nats per row.
    settings_ : isthmus.training.Settings
        Training settings, with "auto" resolved.
    best_epoch_ : int
        Epoch whose weights are kept.
    n_features_in_ : int
        Number of columns; for a mixed table, of the table.
    feature_names_in_ : ndarray of str
        Column names, if the rows have them; for a mixed table, of all its columns.
    seed_ : int
        Seed that was used.
    device_ : torch.device
        Device of the network.

    References
    ----------
    Kingma & Welling (2014), Auto-encoding variational Bayes, ICLR. Rezende, Mohamed & Wierstra
    (2014), Stochastic backpropagation and approximate inference in deep generative models, ICML.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from isthmus import VariationalAutoencoder
    >>> X = load_digits().data
    >>> vae = VariationalAutoencoder(latent_dim=4, epochs=2, random_state=0).fit(X)
    >>> vae.sample(3, random_state=0).shape
    (3, 64)
    """

    # Not a parameter: the value that tells apart objectives that are not a squared error.
    loss = "evidence_bound"
    _keeps_codes: ClassVar[bool] = False  # `sample` draws from the prior

    _rules: ClassVar[dict[str, Rule]] = {
        "latent_dim": integer(1) | choice("auto"),
        "hidden_dims": sequence_of(integer(1)),
        "network": choice("perceptron", "conv"),
        "channels": sequence_of(integer(1)),
        "n_blocks": integer(0),
        "activation": choice(*HIDDEN_ACTIVATIONS),
        "beta": real(0),
        "beta_warmup": real(0, 1),
        "free_bits": real(0),
        "likelihood": choice("auto", "bernoulli", "gaussian", "categorical"),
        "variance": choice("shared", "per_feature"),
    }

    def __init__(
        self,
        latent_dim: int | str = "auto",
        hidden_dims: tuple[int, ...] = (256, 128),
        *,
        network: str = "perceptron",
        channels: tuple[int, ...] = (16, 32, 64),
        n_blocks: int = 0,
        activation: str = "silu",
        beta: float = 1.0,
        beta_warmup: float = 0.1,
        free_bits: float = 0.0,
        likelihood: str = "auto",
        variance: str = "shared",
        scaling: str = "auto",
        max_shift: int = 0,
        flip: bool = False,
        picture_shape: tuple[int, ...] | str = "auto",
        max_words: int = 2000,
        optimizer: str = "auto",
        learning_rate: float | str = "auto",
        schedule: str = "auto",
        warmup: float | str = "auto",
        momentum: float | str = "auto",
        weight_decay: float = 0.0,
        batch_size: int | str = "auto",
        epochs: int | str = "auto",
        early_stopping: bool = True,
        patience: int = 20,
        validation_fraction: float = 0.1,
        device: str = "auto",
        precision: str = "float32",
        random_state: Any = None,
        warm_start: bool = False,
        verbose: int = 0,
        callbacks: Iterable[Any] | None = None,
    ) -> None:
        self.latent_dim = latent_dim
        self.hidden_dims = hidden_dims
        self.network = network
        self.channels = channels
        self.n_blocks = n_blocks
        self.activation = activation
        self.beta = beta
        self.beta_warmup = beta_warmup
        self.free_bits = free_bits
        self.likelihood = likelihood
        self.variance = variance
        self.scaling = scaling
        self.max_shift = max_shift
        self.flip = flip
        self.picture_shape = picture_shape
        self.max_words = max_words
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.warmup = warmup
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.epochs = epochs
        self.early_stopping = early_stopping
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.device = device
        self.precision = precision
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.callbacks = callbacks

    @property
    def likelihood_(self) -> str:
        """Likelihood, with "auto" resolved."""
        return str(self._settings["likelihood"])

    def elbo(self, X: Any, *, n_samples: int = 1, random_state: Any = None) -> NDArray[np.float64]:
        """Evidence lower bound of each row.

        Parameters
        ----------
        X : array-like, sparse matrix, table or sequence of texts
            Rows with the columns of the training data.
        n_samples : int, default=1
            Samples of the posterior to average over, at least 1.
        random_state : None, int, RandomState or Generator, default=None
            Seed of the samples; None is the seed of the model. The samples of a row depend on the
            seed and on its own values, not on the other rows.

        Returns
        -------
        ndarray of shape (n_samples,), float64
            In nats, of the scaled row: for a continuous likelihood it depends on the scaling. The
            weight of the divergence is 1, whatever ``beta``.

        Raises
        ------
        UsageError
            If ``n_samples`` is below 1.
        """
        return self._bounds(evidence_bounds, X, n_samples, random_state)

    def log_likelihood(
        self, X: Any, *, n_samples: int = 500, random_state: Any = None
    ) -> NDArray[np.float64]:
        """Importance-sampled estimate of the log-likelihood of each row.

        On average it is a lower bound that rises to the log-likelihood with the number of samples;
        published figures use up to 5,000. The time is proportional to the number of samples, the
        memory is not.

        Parameters
        ----------
        X : array-like, sparse matrix, table or sequence of texts
            Rows with the columns of the training data.
        n_samples : int, default=500
            Samples of the posterior, at least 1.
        random_state : None, int, RandomState or Generator, default=None
            As for ``elbo``.

        Returns
        -------
        ndarray of shape (n_samples,), float64
            In nats, of the scaled row, as for ``elbo``.

        Raises
        ------
        UsageError
            If ``n_samples`` is below 1.

        References
        ----------
        Burda, Grosse & Salakhutdinov (2016), Importance weighted autoencoders, ICLR.
        """
        return self._bounds(importance_bounds, X, n_samples, random_state)

    def _bounds(
        self, function: Any, X: Any, n_samples: int, random_state: Any
    ) -> NDArray[np.float64]:
        check_is_fitted(self)
        _check_count(n_samples)
        seed = self.seed_ if random_state is None else resolve_seed(random_state)
        rows, own = self._rows(checked_rows(self, X)), self._made_likelihood()
        bounds: NDArray[np.float64] = function(
            self.network_, own, rows, n_samples=int(n_samples), seed=seed
        )
        return bounds

    def sample(self, n_samples: int = 1, *, random_state: Any = None) -> Any:
        """Decode random codes from the prior.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows, at least 1.
        random_state : None, int, RandomState or Generator, default=None
            Seed of the codes; None draws one.

        Returns
        -------
        ndarray of shape (n_samples, n_features), or table
            In the units of the training rows. Numbers are means of the likelihood, without its
            noise; categories are drawn with the probabilities that the decoder gives them.

        Raises
        ------
        UsageError
            If ``n_samples`` is below 1.
        """
        check_is_fitted(self)
        _check_count(n_samples)
        draws = numpy_generator(resolve_seed(random_state), "sample")
        codes = draws.standard_normal((int(n_samples), self.latent_dim_), dtype=np.float32)
        decoded = drawn_levels(self._decoded(codes), self.preprocessor_, draws)
        return self._given_rows(self.preprocessor_.decode(decoded))

    @property
    def _is_conv(self) -> bool:
        return bool(self.network == "conv")

    def _problems(self) -> list[str]:
        return [*super()._problems(), *(conv_problems(self) if self._is_conv else [])]

    def _make_preprocessor(self, facts: RowFacts) -> Preprocessor:
        if not self._is_conv:
            return super()._make_preprocessor(facts)
        return picture_preprocessor(
            facts,
            shape=self.picture_shape,
            scaling=self.scaling,
            owner="VariationalAutoencoder with the network 'conv'",
            instead="network='perceptron'",
        )

    def _check_features(self, n_features: int, preprocessor: Preprocessor) -> None:
        super()._check_features(n_features, preprocessor)
        if self.likelihood == "categorical":
            check_categorical(preprocessor)

    def _network_settings(self, X: Any) -> dict[str, Any]:
        made = self.preprocessor_
        if self.likelihood == "categorical":
            check_categorical(made)
        likelihood = self._numbers_likelihood(X)
        n_values, latent_dim = made.n_encoded, self.latent_dim
        if isinstance(latent_dim, str):
            latent_dim = auto_latent_dim(n_values)
        n_variances = (1 if self.variance == "shared" else n_values) * (likelihood == "gaussian")
        return {
            **(self._conv_sizes() if self._is_conv else self._perceptron_sizes()),
            "likelihood": self.likelihood if self.likelihood == "categorical" else likelihood,
            "latent_dim": int(latent_dim),
            "activation": self.activation,
            "output_activation": "sigmoid" if likelihood == "bernoulli" else made.output_activation,
            "n_variances": n_variances,
        }

    def _perceptron_sizes(self) -> dict[str, Any]:
        layout = self.preprocessor_.layout
        shape: dict[str, Any] = {"n_features": self.preprocessor_.n_encoded}
        if layout is not None:
            shape = {"sizes": list(layout.sizes), "heights": list(layout.heights)}
        return {**shape, "hidden_dims": [int(width) for width in self.hidden_dims]}

    def _conv_sizes(self) -> dict[str, Any]:
        return {
            "shape": list(self.preprocessor_.encoded_shape),
            "channels": [int(width) for width in self.channels],
            "n_blocks": int(self.n_blocks),
        }

    def _numbers_likelihood(self, X: Any) -> str:
        """Return the likelihood of values that are no categories."""
        if self.likelihood != "auto":
            return "gaussian" if self.likelihood == "categorical" else self.likelihood
        layout = self.preprocessor_.layout
        has_categories = layout is not None and any(layout.heights)
        return "bernoulli" if not has_categories and are_binary(self._rows(X)) else "gaussian"

    def _make_network(
        self, settings: dict[str, Any], generator: Generator | None
    ) -> VariationalNetwork:
        rest = {name: value for name, value in settings.items() if name != "likelihood"}
        # Of the settings, not of the parameters: a fitted network stays what it is.
        make = VariationalConv if "channels" in rest else VariationalMLP
        return make(**rest, generator=generator)

    def _made_likelihood(self) -> Likelihood:
        settings = self._settings
        name = "gaussian" if settings["n_variances"] else "bernoulli"
        cells = settings.get("sizes", ()), settings.get("heights", ())
        return Likelihood(name, *cells).to(self.device_)

    def _objective(self, rows: Rows) -> Trainable:
        return EvidenceBound(
            self.network_,
            self._made_likelihood(),
            beta=float(self.beta),
            free_bits=float(self.free_bits),
            shifts=self._shifts(),
            is_mixed=self.precision == "bfloat16",
        ).to(self.device_)

    def _run(
        self,
        objective: Any,
        rows: EncodedRows,
        held_out: EncodedRows | None,
        settings: Settings,
        *,
        stage: str | None = None,
    ) -> None:
        # Not for chunks, which have an optimizer already, nor for a network that was trained.
        if self._optimizer is None and not self.history_:
            n_steps = settings.epochs * math.ceil(len(rows) / settings.batch_size)
            objective.n_warmup_steps = math.ceil(self.beta_warmup * n_steps)
        super()._run(objective, rows, held_out, settings, stage=stage)
        network: Any = self.network_
        assert isinstance(network, VariationalNetwork)
        self.kl_per_unit_, variances = unit_divergences(network, rows)
        self.active_units_ = variances > ACTIVE_VARIANCE

    def _has_bounds(self) -> bool:
        return self.likelihood == "bernoulli"

    def _check_suits(self, rows: Rows, made: Preprocessor) -> None:
        if self.likelihood == "bernoulli":
            check_bernoulli(rows, made)

    def _output_activation(self) -> str:
        return self.preprocessor_.output_activation

    def _facts(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        facts, arrays = super()._facts()
        arrays["units.kl"] = self.kl_per_unit_
        arrays["units.active"] = self.active_units_.astype(np.uint8)
        return facts, arrays

    def _rebuild(self, document: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> None:
        super()._rebuild(document, tensors)
        self.kl_per_unit_ = tensors["units.kl"]
        self.active_units_ = tensors["units.active"].astype(bool)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = not self._is_conv
        return tags


def _check_count(n_samples: Any) -> None:
    is_whole = isinstance(n_samples, int | np.integer) and not isinstance(n_samples, bool)
    if not is_whole or n_samples < 1:
        raise UsageError(f"`n_samples` must be an integer of at least 1. Got {n_samples!r}.")
