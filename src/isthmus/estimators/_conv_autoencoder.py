"""Convolutional autoencoder."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, ClassVar

import torch

from .._parameter_rules import Rule, choice, integer, sequence_of
from ..nn import ACTIVATIONS, HIDDEN_ACTIVATIONS, ConvNetwork
from ..objectives import LOSSES
from ..preprocessing import Preprocessor, RowFacts
from ._auto_choices import auto_latent_dim
from ._base import BaseAutoencoder
from ._conv_pictures import conv_problems, picture_preprocessor
from ._linear_start import obstacle_to_path, start_at_pca
from ._shared_parameters import check_code_size, documented, problems_of, raise_all

__all__ = ["ConvAutoencoder"]

# Of Adam as the automatic optimizer; at a constant rate, the last steps would add noise.
_AUTO_RATES = {"learning_rate": 0.002, "schedule": "cosine", "warmup": 0.1}
_MOST_FOR_UNITS = 2**10  # pictures: their mean and spread need not be precise
_OUTPUTS = tuple(name for name in ACTIVATIONS if name != "softmax")


@documented
class ConvAutoencoder(BaseAutoencoder):
    """Convolutional autoencoder of pictures.

    Pictures may have any height, width and number of channels. A row of a plain matrix is a square
    picture if it can be one, grey or in colour, and else a picture of one line; ``picture_shape``
    says otherwise.

    Parameters
    ----------
    latent_dim : int or "auto", default="auto"
        Code size, between 1 and the number of features. "auto" is a quarter of the number of
        features, rounded up, at most 32.
    channels : tuple of int, default=(32, 128)
        Number of channels of each stage. A stage halves height and width, each if it is at least 4
        pixels; after the last one, they are doubled again, by stages of the same widths. Without a
        linear path, the last stage leads to the code, and the decoder mirrors the encoder.
    n_blocks : int, default=1
        Residual blocks of each stage, of two convolutions each.
    activation : str, default="silu"
        Activation before every convolution but the first: "relu", "leaky_relu", "elu", "selu",
        "gelu", "silu", "softplus", "sigmoid", "tanh" or "identity".
    latent_activation : str, default="identity"
        Activation of the code, as for convolutions, or "softmax".
    output_activation : str, default="auto"
        Activation of the reconstruction, as for convolutions. "auto" is the one that the loss
        requires, if any; otherwise "clip" (to [0, 1]) with a linear path and "sigmoid" without for
        dense rows scaled to one range [0, 1], "tanh" for [-1, 1] and "identity" for everything
        else.
    linear_path : bool or "auto", default="auto"
        Whether the solution of PCA, which training does not change, maps between pictures and
        codes. Convolutions then correct the picture before it is encoded and after it is decoded;
        at first, these corrections are almost zero. This requires a linear code and an output that
        is linear, "clip", "sigmoid" or "tanh"; "auto" is True for these (docs/pictures.md).
    optimizer : str, default="auto"
        "adam", "adamw", "sgd" or "muon" (orthogonalised momentum, for linear layers). "auto" is
        "adam", with which the error fell faster beside a linear path.
    learning_rate : float or "auto", default="auto"
        Peak learning rate. "auto" is 0.002 for "auto" as the optimizer, 0.001 for "adam" and
        "adamw", 0.05 for "sgd" and 0.02 for "muon".
    schedule : str, default="auto"
        Decay of the learning rate: "cosine", "linear" or "constant". "auto" is "cosine" for "auto"
        as the optimizer and for "muon", else "constant".
    warmup : float or "auto", default="auto"
        Fraction of the steps in which the learning rate increases to its peak. "auto" is 0.1 for
        "auto" as the optimizer and for "muon", else 0.
    batch_size : int or "auto", default="auto"
        Rows per step. "auto" is about a tenth of the rows, 32 or 64.
    loss : str, default="mean_squared_error"
        Training loss: "mean_squared_error", "mean_absolute_error", "huber", "log_cosh" or
        "binary_cross_entropy" (for rows scaled to [0, 1]).

    Attributes
    ----------
    network_ : isthmus.nn.ConvNetwork
        Has ``encode`` and ``decode``, in scaled units, of pictures (n, channels, height, width).
    preprocessor_ : isthmus.preprocessing.Preprocessor
        Preprocessing of the rows: columns, picture shape and scaling.
    scaling_ : isthmus.preprocessing.Scaling
        Scaling of the preprocessor; read-only.
    latent_dim_ : int
        Code size.
    linear_path_ : bool
        Whether the network has a linear path.
    history_ : list of dict
        One record per epoch: ``epoch``, ``train_loss``, ``validation_loss``, ``learning_rate``,
        ``seconds``.
    settings_ : isthmus.training.Settings
        Training settings, with "auto" resolved.
    best_epoch_ : int
        Epoch whose weights are kept; 0 for the initial ones.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Column names, if the rows have them.
    seed_ : int
        Seed that was used.
    device_ : torch.device
        Device of the network.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from isthmus import ConvAutoencoder
    >>> X = load_digits().images
    >>> ae = ConvAutoencoder(latent_dim=8, channels=(8, 16), epochs=2, random_state=0).fit(X)
    >>> ae.transform(X).shape
    (1797, 8)
    """

    _rules: ClassVar[dict[str, Rule]] = {
        "latent_dim": integer(1) | choice("auto"),
        "channels": sequence_of(integer(1)),
        "n_blocks": integer(0),
        "activation": choice(*HIDDEN_ACTIVATIONS),
        "latent_activation": choice(*ACTIVATIONS),
        "output_activation": choice("auto", *_OUTPUTS),
        "loss": choice(
            "mean_squared_error", "mean_absolute_error", "huber", "log_cosh", "binary_cross_entropy"
        ),
    }

    _auto_optimizer = "adam"
    _largest_auto_batch = 64

    def __init__(
        self,
        latent_dim: int | str = "auto",
        channels: tuple[int, ...] = (32, 128),
        *,
        n_blocks: int = 1,
        activation: str = "silu",
        latent_activation: str = "identity",
        output_activation: str = "auto",
        linear_path: bool | str = "auto",
        loss: str = "mean_squared_error",
        noise: str = "auto",
        noise_level: float = 0.25,
        emphasis: tuple[float, ...] = (1.0, 1.0),
        scaling: str = "auto",
        max_shift: int = 0,
        flip: bool = False,
        picture_shape: tuple[int, ...] | str = "auto",
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
        compile: bool = False,
        random_state: Any = None,
        warm_start: bool = False,
        verbose: int = 0,
        callbacks: Iterable[Any] | None = None,
    ) -> None:
        self.latent_dim = latent_dim
        self.channels = channels
        self.n_blocks = n_blocks
        self.activation = activation
        self.latent_activation = latent_activation
        self.output_activation = output_activation
        self.linear_path = linear_path
        self.loss = loss
        self.noise = noise
        self.noise_level = noise_level
        self.emphasis = emphasis
        self.scaling = scaling
        self.max_shift = max_shift
        self.flip = flip
        self.picture_shape = picture_shape
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
        self.compile = compile
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.callbacks = callbacks

    def _problems(self) -> list[str]:
        problems = [*super()._problems(), *conv_problems(self)]
        is_asked = self.linear_path not in ("auto", False)
        if is_asked and (obstacle := obstacle_to_path(self)):
            problems.append(
                f"`linear_path` of ConvAutoencoder requires {obstacle}: change that, or leave "
                "`linear_path` out."
            )
        return problems

    def _check_features(self, n_features: int, preprocessor: Preprocessor) -> None:
        raise_all(
            [
                *problems_of(check_code_size, self, n_features),
                *problems_of(super()._check_features, n_features, preprocessor),
            ]
        )

    def _make_preprocessor(self, facts: RowFacts) -> Preprocessor:
        return picture_preprocessor(
            facts,
            shape=self.picture_shape,
            scaling=self.scaling,
            owner="ConvAutoencoder",
            instead="an Autoencoder",
        )

    def _network_settings(self, X: Any) -> dict[str, Any]:
        shape = self.preprocessor_.encoded_shape
        check_code_size(self, math.prod(shape))
        latent_dim = self.latent_dim
        if isinstance(latent_dim, str):
            latent_dim = auto_latent_dim(math.prod(shape))
        has_path = bool(self.linear_path)
        if self.linear_path == "auto":
            has_path = obstacle_to_path(self) is None
        return {
            "shape": list(shape),
            "latent_dim": int(latent_dim),
            "channels": [int(width) for width in self.channels],
            "n_blocks": int(self.n_blocks),
            "activation": self.activation,
            "latent_activation": self.latent_activation,
            "output_activation": self._chosen_output(has_path),
            "linear_path": has_path,
        }

    def _chosen_output(self, has_path: bool) -> str:
        if self.output_activation != "auto":
            return self.output_activation
        output = self._output_activation()
        # PCA's reconstructions come through a clip unchanged or nearer to the pictures; a sigmoid
        # would bend them.
        is_bent = output == "sigmoid" and LOSSES[self.loss].output is None
        return "clip" if is_bent and has_path else output

    def _suitable_rates(self, optimizer: str, n_steps: int) -> dict[str, Any]:
        of_optimizer = super()._suitable_rates(optimizer, n_steps)
        return of_optimizer | _AUTO_RATES if self.optimizer == "auto" else of_optimizer

    @property
    def linear_path_(self) -> bool:
        """Whether the network has a linear path, with "auto" resolved."""
        return bool(self._settings["linear_path"])

    def _make_network(
        self, settings: dict[str, Any], generator: torch.Generator | None
    ) -> ConvNetwork:
        return ConvNetwork(**settings, generator=generator)

    def _start(self, X: Any) -> None:
        if not self.linear_path_:
            return
        network, rows = self.network_, self._rows(X)
        assert isinstance(network, ConvNetwork)
        start_at_pca(
            *network.with_paths(),
            rows,
            latent_dim=self.latent_dim_,
            output_activation=self._settings["output_activation"],
            heights=(),
            mirrored=self.flip,
            seed=self.seed_,
        )
        network.standardise(rows.sample(_MOST_FOR_UNITS, seed=self.seed_, purpose="linear path"))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = False
        return tags
