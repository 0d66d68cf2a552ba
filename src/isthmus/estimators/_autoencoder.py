"""Fully connected autoencoder."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np
import torch
from torch import nn

from .._parameter_rules import Rule, boolean, choice, integer, sequence_of
from ..errors import UsageError
from ..nn import (
    ACTIVATIONS,
    HIDDEN_ACTIVATIONS,
    EncoderDecoder,
    LinearPathAutoencoder,
    MLPAutoencoder,
    TableAutoencoder,
)
from ..preprocessing import Preprocessor
from ..training import is_one_of_several, train_sharded
from ._auto_choices import auto_latent_dim
from ._base import BaseAutoencoder
from ._custom_network import CustomNetwork, import_path, imported_module, shapes_of
from ._linear_start import obstacle_to_path, start_at_pca
from ._shared_parameters import check_code_size, documented, problems_of, raise_all

__all__ = ["Autoencoder"]

_BY_WEIGHT = ("adam", "adamw", "sgd")  # optimizers


@documented
class Autoencoder(BaseAutoencoder):
    """Fully connected autoencoder.

    Parameters
    ----------
    latent_dim : int or "auto", default="auto"
        Code size, between 1 and the number of features. "auto" is a quarter of the number of
        features, rounded up, at most 32.
    hidden_dims : tuple of int, default=(256, 128)
        Widths of the layers between row and code, outermost first; the decoder mirrors them.
        Empty: one linear layer each way, as in PCA.
    activation : str, default="silu"
        Activation after every hidden layer: "relu", "leaky_relu", "elu", "selu", "gelu", "silu",
        "softplus", "sigmoid", "tanh" or "identity".
    latent_activation : str, default="identity"
        Activation of the code, as for hidden layers, or "softmax". A ReLU there, common in
        tutorials, lets units of the code die.
    output_activation : str, default="auto"
        Activation of the reconstruction. "auto" is the one that the loss requires, if any;
        otherwise "sigmoid" for dense rows scaled to one range [0, 1], "tanh" for [-1, 1] and
        "identity" for everything else.
    encoder : torch.nn.Module, default=None
        Custom network, together with ``decoder``: from scaled rows ``(n, n_features)`` to codes
        ``(n, k)``. Both are copied. ``latent_dim``, ``hidden_dims`` and the activations are then
        ignored.
    decoder : torch.nn.Module, default=None
        From codes ``(n, k)`` to scaled rows ``(n, n_features)``.
    shard_weights : bool, default=False
        Whether processes that train together, as started by torchrun, each hold and update only a
        part of the weights' gradients and optimizer state. This is for networks so wide that they
        would not fit into memory otherwise; it costs time. The optimizer is then "adam" if
        "auto", else "adam", "adamw" or "sgd". It has no effect in one process.

    Attributes
    ----------
    network_ : torch.nn.Module
        Has ``encode`` and ``decode``, in scaled units.
    preprocessor_ : isthmus.preprocessing.Preprocessor
        Preprocessing of the rows: columns, picture shape, words and scaling.
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
        Epoch whose weights are kept; 0 for the initial ones, which count if there is a linear path.
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
    Hinton & Salakhutdinov (2006), Reducing the dimensionality of data with neural networks,
    Science 313.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from isthmus import Autoencoder
    >>> X = load_digits().data
    >>> Autoencoder(latent_dim=8, epochs=2, random_state=0).fit(X).transform(X).shape
    (1797, 8)
    """

    _rules: ClassVar[dict[str, Rule]] = {
        "latent_dim": integer(1) | choice("auto"),
        "hidden_dims": sequence_of(integer(1)),
        "activation": choice(*HIDDEN_ACTIVATIONS),
        "latent_activation": choice(*ACTIVATIONS),
        "output_activation": choice("auto", *ACTIVATIONS),
        "shard_weights": boolean(),
    }

    def __init__(
        self,
        latent_dim: int | str = "auto",
        hidden_dims: tuple[int, ...] = (256, 128),
        *,
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
        compile: bool = False,
        random_state: Any = None,
        warm_start: bool = False,
        encoder: nn.Module | None = None,
        decoder: nn.Module | None = None,
        shard_weights: bool = False,
        verbose: int = 0,
        callbacks: Iterable[Any] | None = None,
    ) -> None:
        self.latent_dim = latent_dim
        self.hidden_dims = hidden_dims
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
        self.compile = compile
        self.random_state = random_state
        self.warm_start = warm_start
        self.encoder = encoder
        self.decoder = decoder
        self.shard_weights = shard_weights
        self.verbose = verbose
        self.callbacks = callbacks

    def _problems(self) -> list[str]:
        problems = super()._problems()
        is_asked = self.linear_path not in ("auto", False)
        if is_asked and (obstacle := self._obstacle_to_path()):
            problems.append(
                f"`linear_path` of Autoencoder requires {obstacle}: change that, or leave "
                "`linear_path` out."
            )
        if self.shard_weights and self.optimizer not in ("auto", *_BY_WEIGHT):
            problems.append(
                "`shard_weights` of Autoencoder requires an optimizer that treats each weight by "
                f"itself: adam, adamw or sgd. Got {self.optimizer!r}: change `optimizer`, or leave "
                "`shard_weights` out."
            )
        return problems

    def _usual_optimizer(self) -> str:
        return "adam" if self.shard_weights else super()._usual_optimizer()

    def _training_loop(self) -> Callable[..., list[dict[str, Any]]]:
        if not self.shard_weights or not is_one_of_several():
            return super()._training_loop()
        is_plain = self.precision == "float32" and not self.compile
        if type(self.network_) is not MLPAutoencoder or not is_plain:
            raise UsageError(
                "`shard_weights` of Autoencoder requires its own network for numbers, without a "
                "linear path, in `precision` float32 and without `compile`. Got another one: "
                "change these, or leave `shard_weights` out."
            )
        if self._optimizer is not None:
            raise UsageError(
                "`shard_weights` of Autoencoder requires `fit`, which starts an optimizer. Got "
                "`partial_fit`: leave `shard_weights` out."
            )
        sharded: Callable[..., list[dict[str, Any]]] = train_sharded
        return sharded

    def _obstacle_to_path(self) -> str | None:
        """Return what a linear path requires and the parameters do not have, or None."""
        if self.encoder is not None or self.decoder is not None:
            return "the built-in network. Got a custom `encoder` or `decoder`"
        return obstacle_to_path(self)

    def _check_features(self, n_features: int, preprocessor: Preprocessor) -> None:
        raise_all(
            [
                *problems_of(self._check_length, n_features),
                *problems_of(super()._check_features, n_features, preprocessor),
            ]
        )

    def _check_length(self, n_features: int) -> None:
        if self.encoder is None:
            check_code_size(self, n_features)

    def _network_settings(self, X: Any) -> dict[str, Any]:
        n_features, layout = self.preprocessor_.n_encoded, self.preprocessor_.layout
        if self.encoder is not None or self.decoder is not None:
            width = shapes_of(self.encoder, self.decoder, n_features)
            paths = {"encoder": import_path(self.encoder), "decoder": import_path(self.decoder)}
            return {"n_features": n_features, "latent_dim": width, **paths}
        self._check_length(n_features)
        latent_dim = self.latent_dim
        if isinstance(latent_dim, str):
            latent_dim = auto_latent_dim(n_features)
        output = self.output_activation
        if output == "auto":
            output = self._output_activation()
        shape: dict[str, Any] = {"n_features": n_features}
        if layout is not None:
            shape = {"sizes": list(layout.sizes), "heights": list(layout.heights)}
        return {
            **shape,
            "latent_dim": int(latent_dim),
            "hidden_dims": [int(width) for width in self.hidden_dims],
            "activation": self.activation,
            "latent_activation": self.latent_activation,
            "output_activation": output,
            # Only if there is one: networks of earlier artifacts have no such setting.
            **({"linear_path": True} if self._has_linear_path() else {}),
        }

    @property
    def linear_path_(self) -> bool:
        """Whether the network has a linear path, with "auto" resolved."""
        return bool(self._settings.get("linear_path", False))

    def _has_linear_path(self) -> bool:
        if self.linear_path != "auto":
            return bool(self.linear_path)
        layout = self.preprocessor_.layout
        if layout is None or not any(layout.heights) or not self.hidden_dims:
            return False
        return self._obstacle_to_path() is None

    def _start(self, X: Any) -> None:
        if not self.linear_path_:
            super()._start(X)
            return
        network, layout = self.network_, self.preprocessor_.layout
        assert isinstance(network, LinearPathAutoencoder | TableAutoencoder)
        heights = np.zeros(self.preprocessor_.n_encoded)
        if layout is not None:
            heights = np.repeat(layout.heights, layout.sizes)
        start_at_pca(
            *network.with_paths(),
            self.flat_rows(X),
            latent_dim=self.latent_dim_,
            output_activation=self._settings["output_activation"],
            heights=heights.tolist(),
            seed=self.seed_,
        )

    def _make_network(
        self, settings: dict[str, Any], generator: torch.Generator | None
    ) -> EncoderDecoder:
        if "sizes" in settings:
            return TableAutoencoder(**settings, generator=generator)
        if "encoder" not in settings:
            rest = {name: value for name, value in settings.items() if name != "linear_path"}
            kind = LinearPathAutoencoder if settings.get("linear_path") else MLPAutoencoder
            return kind(**rest, generator=generator)
        pair = {
            name: imported_module(settings[name], name) if given is None else given
            for name, given in (("encoder", self.encoder), ("decoder", self.decoder))
        }
        return CustomNetwork(**pair)
