"""The plain autoencoder."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, ClassVar

import torch
from torch import nn

from ..errors import UsageError
from ..nn import ACTIVATIONS, EncoderDecoder, MLPAutoencoder
from ..objectives import Reconstruction, Shifts
from ..rows import Rows
from ._auto_choices import auto_latent_dim, auto_output, square_picture
from ._base import BaseAutoencoder
from ._custom_network import CustomNetwork, import_path, imported_module, shapes_of
from ._parameter_rules import Rule, boolean, choice, integer, sequence_of

__all__ = ["Autoencoder"]


class Autoencoder(BaseAutoencoder):
    """A fully connected autoencoder with scikit-learn's face.

    Parameters
    ----------
    latent_dim : int or "auto", default="auto"
        Length of a code, between 1 and the number of features. "auto" is a quarter of the
        number of features, rounded up, and at most 32.
    hidden_dims : tuple of int, default=(256, 128)
        Widths of the layers between row and code, outermost first; the decoder mirrors them.
        Empty: one linear layer each way, PCA's own family.
    activation : str, default="silu"
        After every hidden layer: "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus",
        "sigmoid", "tanh" or "identity".
    latent_activation : str, default="identity"
        On the code. A ReLU there, as tutorials have it, lets units of the code die.
    output_activation : str, default="auto"
        On the reconstruction. "auto" is "sigmoid" for dense rows scaled to one range [0, 1],
        "tanh" for [-1, 1] and "identity" for everything else.
    scaling : str, default="auto"
        From raw features to what the network sees: "unit" or "symmetric" (one range for all
        columns, to [0, 1] or [-1, 1]), "minmax", "standard" or "robust" (each column by itself),
        "none", or "auto": "unit" for bytes, sparse rows and columns that share one range, else
        "standard".
    max_shift : int, default=0
        Of pictures: each is moved by up to so many pixels down and across, anew in each epoch,
        while the network trains; its edge fills what becomes free. More pictures than there are:
        with 1 on MNIST, a network that had learned its rows too well errs less on new ones
        (docs/benchmarks.md).
    picture_shape : tuple of int or "auto", default="auto"
        What ``max_shift`` moves: (height, width), or (height, width, channels) of rows that hold
        the channels pixel by pixel. "auto" takes the rows for square pictures.
    optimizer : str, default="auto"
        "muon" (momentum made orthogonal; for the weight matrices), "adam", "adamw" or "sgd".
        "auto" is "muon", which came further in as many steps on three of the four sets
        that the defaults were chosen on, and as far on the fourth.
    learning_rate : float or "auto", default="auto"
        The full rate. "auto" is 0.02 for "muon", 0.001 for "adam" and "adamw", 0.05 for "sgd". In
        fewer than 500 steps "muon" comes further with a rate of 0.03 that falls linearly from the
        first step on and a momentum of 0.9: there these are the "auto" of all four.
    schedule : str, default="auto"
        How the rate falls over the training: "cosine", "linear" or "constant". "auto" is "cosine"
        for "muon", else "constant".
    warmup : float or "auto", default="auto"
        Share of the steps in which the rate grows to its full size. "auto" is 0.1 for "muon",
        else 0.
    momentum : float or "auto", default="auto"
        What a step keeps of those before it: of "muon" and "sgd" in Nesterov's form, of "adam" and
        "adamw" the first constant. "auto" is 0.95 for "muon", else 0.9.
    weight_decay : float, default=0.0
        L2 penalty for "adam" and "sgd", decoupled for "adamw" and "muon".
    batch_size : int or "auto", default="auto"
        Rows a step. "auto" is about a tenth of the rows, a power of two from 32 to 512.
    epochs : int or "auto", default="auto"
        Passes over the rows, at most. "auto" is what gives about 1,200 steps, from 10 to 100.
    early_stopping : bool, default=True
        Stop once ``patience`` epochs brought nothing better on held-out rows, and put back the
        weights of the best epoch.
    patience : int, default=20
        Epochs to wait.
    validation_fraction : float, default=0.1
        Share of the rows held out for that, unless ``fit`` is given some; rounded down, and with
        none held out training runs to its end.
    device : str, default="auto"
        "auto" (a CUDA device if there is one), or a device's name in torch.
    precision : str, default="float32"
        "bfloat16" takes the matrix products of the training in it, by torch.autocast: for wide
        layers on hardware that is made for it; others take longer, the CPU that was measured
        1.8 times as long (docs/benchmarks.md). Weights, optimizer and loss stay in single
        precision, and so do codes and reconstructions.
    compile : bool, default=False
        Whether torch.compile translates the network before it trains, which takes some seconds
        or more. On the layers that were measured an epoch takes longer for it
        (docs/benchmarks.md); large networks of your own may gain.
    random_state : None, int, RandomState or Generator, default=None
        Seed of weights, split and shuffling. An int gives the same bytes on the same machine and
        thread count.
    warm_start : bool, default=False
        Whether ``fit`` goes on from the weights, the scaling and the history that are there.
    encoder : torch.nn.Module, default=None
        A network of your own, together with ``decoder``: from scaled rows ``(n, n_features)`` to
        codes ``(n, k)``. Both are copied. ``latent_dim``, ``hidden_dims`` and the activations
        then play no part.
    decoder : torch.nn.Module, default=None
        From codes ``(n, k)`` to scaled rows ``(n, n_features)``.
    verbose : int, default=0
        1 writes a line an epoch to stderr.
    callbacks : iterable, default=None
        ``isthmus.training.Callback`` objects, or functions of an epoch's record; one that returns
        True stops the training.

    Attributes
    ----------
    network_ : torch.nn.Module
        With ``encode`` and ``decode``, in scaled units.
    scaling_ : isthmus.preprocessing.Scaling
        Between raw features and the network.
    latent_dim_ : int
        Length of a code.
    history_ : list of dict
        One record an epoch: ``epoch``, ``train_loss``, ``validation_loss``, ``learning_rate``,
        ``seconds``.
    settings_ : isthmus.training.Settings
        How it was trained, "auto" resolved.
    best_epoch_ : int
        The epoch whose weights are kept.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Their names, if the rows came with some.
    seed_ : int
        The seed that was used.
    device_ : torch.device
        Where the network is.

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

    _rules: ClassVar[dict[str, Rule]] = BaseAutoencoder._rules | {
        "latent_dim": integer(1) | choice("auto"),
        "hidden_dims": sequence_of(integer(1)),
        "activation": choice(*ACTIVATIONS),
        "latent_activation": choice(*ACTIVATIONS),
        "output_activation": choice("auto", *ACTIVATIONS),
        "max_shift": integer(0),
        "picture_shape": choice("auto") | sequence_of(integer(1)),
        "compile": boolean(),
    }

    def __init__(
        self,
        latent_dim: int | str = "auto",
        hidden_dims: tuple[int, ...] = (256, 128),
        *,
        activation: str = "silu",
        latent_activation: str = "identity",
        output_activation: str = "auto",
        scaling: str = "auto",
        max_shift: int = 0,
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
        encoder: nn.Module | None = None,
        decoder: nn.Module | None = None,
        verbose: int = 0,
        callbacks: Iterable[Any] | None = None,
    ) -> None:
        self.latent_dim = latent_dim
        self.hidden_dims = hidden_dims
        self.activation = activation
        self.latent_activation = latent_activation
        self.output_activation = output_activation
        self.scaling = scaling
        self.max_shift = max_shift
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
        self.encoder = encoder
        self.decoder = decoder
        self.verbose = verbose
        self.callbacks = callbacks

    def _objective(self, rows: Rows) -> Reconstruction:
        trained = self._as_trained(self.network_, compile=self.compile)
        return Reconstruction(trained, shifts=self._shifts(self.n_features_in_))

    def check_rows(self, X: Any, y: Any = None) -> None:
        """Raise what ``fit`` would raise of these rows, without training.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Training rows.
        y : None
            Ignored.
        """
        super().check_rows(X, y)
        problems: list[str] = []
        for check in (self._check_length, self._shifts):
            try:
                check(int(X.shape[1]))
            except UsageError as error:
                problems += error.args
        if problems:
            raise UsageError(*problems)

    def _check_length(self, n_features: int) -> None:
        if self.encoder is not None or isinstance(self.latent_dim, str):
            return
        if self.latent_dim > n_features:
            raise UsageError(
                f"`latent_dim` of Autoencoder must be between 1 and {n_features} (the number of "
                f"features). Got {self.latent_dim}."
            )

    def _shifts(self, n_features: int) -> Shifts | None:
        if not self.max_shift:
            return None
        given = self.picture_shape
        shape = square_picture(n_features) if isinstance(given, str) else tuple(given)
        if shape is None or len(shape) not in (2, 3) or math.prod(shape) != n_features:
            raise UsageError(
                "`max_shift` needs a `picture_shape` of (height, width) or (height, width, "
                f"channels) whose product is the number of features, {n_features}. Got "
                f"{self.picture_shape!r}" + ("." if shape else ", and the rows are not square.")
            )
        return Shifts(shape, self.max_shift)

    def _network_settings(self, X: Any) -> dict[str, Any]:
        n_features = int(X.shape[1])
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
            output = auto_output(self.scaling_, X)
        return {
            "n_features": n_features,
            "latent_dim": int(latent_dim),
            "hidden_dims": [int(width) for width in self.hidden_dims],
            "activation": self.activation,
            "latent_activation": self.latent_activation,
            "output_activation": output,
        }

    def _make_network(
        self, settings: dict[str, Any], generator: torch.Generator | None
    ) -> EncoderDecoder:
        if "encoder" not in settings:
            return MLPAutoencoder(**settings, generator=generator)
        pair = {
            name: imported_module(settings[name], name) if given is None else given
            for name, given in (("encoder", self.encoder), ("decoder", self.decoder))
        }
        return CustomNetwork(**pair)
