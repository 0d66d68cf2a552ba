"""Stacked autoencoders: trained layer by layer, end to end, or as a chain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from ..accelerators import inference, new_workspace
from ..errors import DataError, UsageError
from ..nn import ACTIVATIONS, EncoderDecoder, StackedNetwork
from ..objectives import LOSSES, NOISES, Corruption, Reconstruction
from ..preprocessing import AS_IS, Scaling, fit_scaling
from ..rows import DenseRows, Rows, SparseRows, as_rows, temporary_matrix
from ..training import Settings
from ._auto_choices import auto_output
from ._base import BaseAutoencoder
from ._checked_rows import checked_rows, fill_rows, like, map_rows
from ._parameter_rules import Rule, boolean, choice, integer, real, sequence_of, some

__all__ = ["StackedAutoencoder"]

FINE_TUNING = "fine-tuning"

_Rows = DenseRows | SparseRows


class StackedAutoencoder(BaseAutoencoder):
    """Autoencoders on top of one another, each learning from the codes of the one below.

    Greedy training takes the layers one by one: layer k's autoencoder learns to give back the
    clean codes of layer k-1, from a corrupted version of them where there is noise. Then the stack
    is unrolled, all encoders and then all decoders, and trained further as one network.

    Parameters
    ----------
    layer_dims : tuple of int, default=(256, 128)
        Widths of the hidden layers, from the rows on; the last is the length of a code.
    stacking : str, default="greedy"
        "greedy": layer by layer, then as one. "joint": the same network as one from the start.
        "chain": each autoencoder takes the reconstruction of the one before it, not its code; the
        autoencoders are trained one by one, then the chain as one, and the code is the last
        one's.
    activation : str or tuple of str, default="auto"
        After each hidden layer, the code included; a tuple gives one for each. "auto" is "silu",
        and "identity" on the code.
    output_activation : str, default="auto"
        On the reconstruction. "auto" is what the loss asks for, if it does; else "sigmoid" for
        dense rows scaled to one range [0, 1], "tanh" for [-1, 1] and "identity" for everything
        else. Inner layers are reconstructed by their own activation.
    loss : str, default="mean_squared_error"
        "mean_squared_error", "mean_absolute_error", "huber", "log_cosh", "binary_cross_entropy"
        (for rows scaled to [0, 1]) or "multinomial" (for counts and other weights of words; what
        a code decodes to are then shares that add up to 1, while ``reconstruct`` and all errors
        take the shares of each row's own total). Inner layers whose activation does not suit it
        are trained by the squared error.
    noise : str, default="none"
        What corrupts the input of each layer's training: "masking" (to 0), "gaussian" or
        "salt_and_pepper" (to the lowest or highest value of the feature).
    noise_level : float or tuple of float, default=0.25
        The share of the numbers that are corrupted, or the standard deviation for "gaussian"; a
        tuple gives one for each layer. Fine-tuning corrupts the rows at the first level.
    emphasis : tuple of float, default=(1.0, 1.0)
        How much corrupted and how much untouched numbers count in the loss; (1.0, 0.0) trains on
        the corrupted ones alone.
    tied_weights : str, default="never"
        Whether each decoder's weight is its encoder's, transposed and the same tensor: "never",
        "pretraining" (until the stack is unrolled) or "always".
    fine_tune : bool, default=True
        Whether the whole stack is trained as one after its layers.
    pretraining_epochs : int or "auto", default="auto"
        Passes over the rows for each layer, at most; 0 leaves the layers as they were drawn.
        "auto" is what "auto" is for ``epochs``.
    scaling : str, default="auto"
        From raw features to what the network sees; see ``Autoencoder``.
    optimizer : str, default="auto"
        "muon", "adam", "adamw" or "sgd"; "auto" is "muon".
    learning_rate : float or "auto", default="auto"
        The full rate, of each layer's training and of the fine-tuning. "auto" is 0.02 for "muon",
        0.001 for "adam" and "adamw", 0.05 for "sgd"; for fewer than 500 steps, see
        ``Autoencoder``.
    schedule : str, default="auto"
        How the rate falls over each training: "cosine", "linear" or "constant". "auto" is "cosine"
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
        Passes over the rows for the stack as one, at most. "auto" is what gives about 1,200
        steps, from 10 to 100.
    early_stopping : bool, default=True
        Stop each training once ``patience`` epochs brought nothing better on held-out rows, and
        put back the weights of its best epoch.
    patience : int, default=20
        Epochs to wait.
    validation_fraction : float, default=0.1
        Share of the rows held out for that, unless ``fit`` is given some.
    device : str, default="auto"
        "auto" (a CUDA device if there is one), or a device's name in torch.
    precision : str, default="float32"
        What the matrix products of the training take, "bfloat16" for wide layers on hardware that
        has it; see ``Autoencoder``.
    random_state : None, int, RandomState or Generator, default=None
        Seed of weights, noise, split and shuffling. An int gives the same bytes on the same
        machine and thread count.
    warm_start : bool, default=False
        Whether ``fit`` goes on from what is there: with the stack as one, without its layers.
    verbose : int, default=0
        1 writes a line an epoch to stderr.
    callbacks : iterable, default=None
        ``isthmus.training.Callback`` objects, or functions of an epoch's record; one that returns
        True stops the training of the stage at hand.

    Attributes
    ----------
    network_ : torch.nn.Module
        With ``encode`` and ``decode``, in scaled units.
    scaling_ : isthmus.preprocessing.Scaling
        Between raw features and the network.
    latent_dim_ : int
        Length of a code.
    history_ : list of dict
        One record an epoch: ``stage`` ("layer 1", "layer 2", ..., "fine-tuning"; only where
        there are several), ``epoch`` (counted on over the stages), ``train_loss``,
        ``validation_loss``, ``learning_rate``, ``seconds``. Layers' losses are in units of what
        they reconstruct.
    settings_ : isthmus.training.Settings
        How the last stage was trained, "auto" resolved.
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
    Bengio et al. (2007), Greedy layer-wise training of deep networks, NIPS 19. Vincent et al.
    (2010), Stacked denoising autoencoders, JMLR 11. For words: Hinton & Salakhutdinov (2006),
    Reducing the dimensionality of data with neural networks, Science 313; Salakhutdinov & Hinton
    (2009), Semantic hashing, International Journal of Approximate Reasoning 50.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from isthmus import StackedAutoencoder
    >>> X = load_digits().data
    >>> stack = StackedAutoencoder((32, 8), pretraining_epochs=2, epochs=2, random_state=0).fit(X)
    >>> stack.encode(X, layer=1).shape, stack.transform(X).shape
    ((1797, 32), (1797, 8))
    """

    _rules: ClassVar[dict[str, Rule]] = BaseAutoencoder._rules | {
        "layer_dims": some(integer(1)),
        "stacking": choice("greedy", "joint", "chain"),
        "activation": choice("auto", *ACTIVATIONS) | some(choice(*ACTIVATIONS)),
        "output_activation": choice("auto", *ACTIVATIONS),
        "loss": choice(*LOSSES),
        "noise": choice(*NOISES),
        "noise_level": real(0) | some(real(0)),
        "emphasis": sequence_of(real(0)),
        "tied_weights": choice("never", "pretraining", "always"),
        "fine_tune": boolean(),
        "pretraining_epochs": integer(0) | choice("auto"),
    }

    def __init__(
        self,
        layer_dims: tuple[int, ...] = (256, 128),
        stacking: str = "greedy",
        *,
        activation: str | tuple[str, ...] = "auto",
        output_activation: str = "auto",
        loss: str = "mean_squared_error",
        noise: str = "none",
        noise_level: float | tuple[float, ...] = 0.25,
        emphasis: tuple[float, ...] = (1.0, 1.0),
        tied_weights: str = "never",
        fine_tune: bool = True,
        pretraining_epochs: int | str = "auto",
        scaling: str = "auto",
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
        self.layer_dims = layer_dims
        self.stacking = stacking
        self.activation = activation
        self.output_activation = output_activation
        self.loss = loss
        self.noise = noise
        self.noise_level = noise_level
        self.emphasis = emphasis
        self.tied_weights = tied_weights
        self.fine_tune = fine_tune
        self.pretraining_epochs = pretraining_epochs
        self.scaling = scaling
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

    def check_parameters(self) -> None:
        """Raise ``UsageError`` that tells every parameter that breaks its rule."""
        super().check_parameters()
        n_layers, problems = len(self.layer_dims), []
        for name in ("activation", "noise_level"):
            value = getattr(self, name)
            if isinstance(value, tuple | list) and len(value) != n_layers:
                problems.append(
                    f"`{name}` of StackedAutoencoder must be one value, or one for each of the "
                    f"{n_layers} layers. Got {len(value)}: {value!r}. Where a recipe sets it, set "
                    "it anew beside `layer_dims`."
                )
        if self.noise in ("masking", "salt_and_pepper") and max(_each(self.noise_level, 1)) > 1:
            problems.append(
                f"`noise_level` of StackedAutoencoder must be a share from 0 to 1 for "
                f"{self.noise!r}. Got {self.noise_level!r}."
            )
        if len(self.emphasis) != 2:
            problems.append(
                "`emphasis` of StackedAutoencoder must be two numbers, for corrupted and for "
                f"untouched features. Got {self.emphasis!r}."
            )
        elif not any(self.emphasis):
            problems.append(
                "`emphasis` of StackedAutoencoder must leave something to learn from: one number "
                f"above 0 at least. Got {self.emphasis!r}."
            )
        elif self.emphasis[0] != self.emphasis[1] and self.noise in ("none", "gaussian"):
            problems.append(
                "`emphasis` of StackedAutoencoder needs noise that leaves some features alone: "
                f"'masking' or 'salt_and_pepper'. Got {self.noise!r}."
            )
        if problems:
            raise UsageError(*problems)

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
        if np.isfinite(LOSSES[self.loss].low):
            scaling = fit_scaling(X, self.scaling)
            self._check_suits(as_rows(X, scaling), scaling)

    def _network_settings(self, X: Any) -> dict[str, Any]:
        if isinstance(self.activation, str):
            name = "silu" if self.activation == "auto" else self.activation
            activations = [name] * len(self.layer_dims)
            if self.activation == "auto":
                activations[-1] = "identity"
        else:
            activations = list(self.activation)
        output = self.output_activation
        if output == "auto":
            output = LOSSES[self.loss].output or auto_output(self.scaling_, X)
        return {
            "n_features": int(X.shape[1]),
            "latent_dim": int(self.layer_dims[-1]),
            "layer_dims": [int(width) for width in self.layer_dims],
            "activations": activations,
            "output_activation": output,
            "tied": self.tied_weights == "always"
            or (self.tied_weights == "pretraining" and self.stacking != "joint"),
            "is_chain": self.stacking == "chain",
        }

    def _make_network(
        self, settings: dict[str, Any], generator: torch.Generator | None
    ) -> EncoderDecoder:
        kept = {name: value for name, value in settings.items() if name != "latent_dim"}
        return StackedNetwork(**kept, generator=generator)

    @property
    def stack(self) -> StackedNetwork:
        """The network, layer by layer."""
        assert isinstance(self.network_, StackedNetwork)
        return self.network_

    def _train(self, rows: _Rows, held_out: _Rows | None, settings: Settings) -> None:
        self._check_suits(rows, self.scaling_)
        pretrains = self.stacking != "joint" and not self.history_
        if pretrains:
            self._pretrain(rows, held_out, settings)
            if self.tied_weights == "pretraining":
                self._untie()
        if self.fine_tune or not pretrains:
            stage = None if self.stacking == "joint" else FINE_TUNING
            objective = self._objective(rows)
            self._run(objective, rows, held_out, settings, stage=stage)

    def _check_suits(self, rows: Rows, scaling: Scaling) -> None:
        """Refuse rows that the loss is not for."""
        loss = LOSSES[self.loss]
        if np.isinf(loss.low):
            return
        low, high = (float(bound) for bound in _bounds(rows, whole=True))
        # A scaling in single precision may miss its own bounds by a rounding.
        if low < loss.low - 1e-6 or high > loss.high + 1e-6:
            bounds = "0 on" if np.isinf(loss.high) else f"0 to {loss.high:g}"
            raise DataError(
                f"The loss {self.loss!r} needs rows whose scaled values go from {bounds}. Got "
                f"{low:.4g} to {high:.4g} (scaling: {scaling.kind}): choose "
                "scaling='minmax' or 'unit', or another loss."
            )

    def _pretrain(self, rows: _Rows, held_out: _Rows | None, settings: Settings) -> None:
        """Train each layer's autoencoder on what the layers below make of the clean rows."""
        if self.pretraining_epochs != "auto":
            settings = replace(settings, epochs=int(self.pretraining_epochs))
        if not settings.epochs:
            self.settings_, self.best_epoch_ = settings, 0
            return
        last = len(self.layer_dims) - 1
        for k in range(last + 1):
            objective = self._stage_objective(k, rows)
            self._run(objective, rows, held_out, settings, stage=f"layer {k + 1}")
            if k < last:
                rows = self._above(k, rows)
                held_out = None if held_out is None else self._above(k, held_out)

    def _above(self, k: int, rows: _Rows) -> _Rows:
        """Return what the next layer learns from."""
        width = self._settings["layer_dims"][k]
        if self._settings["is_chain"]:
            width = self.n_features_in_
        codes = temporary_matrix(len(rows), width)
        fill_rows(codes, rows, inference(self.stack.above(k)))
        return as_rows(
            codes,
            AS_IS,
            device=self.device_,
            memory=rows.memory,
            keep=self.device_.type != "cpu",
        )

    def _objective(self, rows: Rows) -> Reconstruction:
        return Reconstruction(
            self._as_trained(self.network_),
            self.loss,
            corruption=self._corruption(0, rows),
            emphasis=self._emphasis,
        )

    def _stage_objective(self, k: int, rows: Rows) -> Reconstruction:
        loss = self.loss
        is_inner = k > 0 and not self._settings["is_chain"]
        asked = LOSSES[loss].output
        if is_inner and asked and self._settings["activations"][k - 1] != asked:
            loss = "mean_squared_error"
        return Reconstruction(
            self._as_trained(self.stack.stage(k)),
            loss,
            corruption=self._corruption(k, rows),
            emphasis=self._emphasis,
        )

    @property
    def _emphasis(self) -> tuple[float, float]:
        return float(self.emphasis[0]), float(self.emphasis[1])

    def _corruption(self, k: int, rows: Rows) -> Corruption:
        level = float(_each(self.noise_level, len(self.layer_dims))[k])
        if self.noise != "salt_and_pepper":
            return Corruption(self.noise, level)
        low, high = _bounds(rows)
        return Corruption(self.noise, level, low=low, high=high)

    def _untie(self) -> None:
        self._settings = {**self._settings, "tied": False}
        tied = self.stack
        self._build(self._settings, None)
        self.stack.copy_untied(tied)

    def reconstruct(self, X: Any) -> NDArray[Any]:
        """Encode rows and decode them again.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            In the units of ``X``. For the loss "multinomial" each row has its own total, which is
            taken from ``X`` and not from the code, as Salakhutdinov & Hinton (2009) take the
            length of a text.
        """
        if self.loss != "multinomial":
            return super().reconstruct(X)
        check_is_fitted(self)
        rows = checked_rows(self, X, reset=False)
        out = np.empty(rows.shape, np.float64 if rows.dtype == np.float64 else np.float32)
        for where, _, scaled_hat in self.scaled_reconstructions(rows):
            out[where] = self.scaling_.invert(scaled_hat)
        given: NDArray[Any] = like(X, out)
        return given

    def _given_back(self, x: Tensor) -> Tensor:
        x_hat = super()._given_back(x)
        return x_hat * x.sum(dim=1, keepdim=True) if self.loss == "multinomial" else x_hat

    def encode(self, X: Any, *, layer: int | None = None) -> NDArray[Any]:
        """Return the features of one layer.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training.
        layer : int, default=None
            Which layer, from 1; None is the last, whose features ``transform`` gives too.

        Returns
        -------
        ndarray of shape (n_samples, layer_dims[layer - 1])
            Unitless; float64 for float64 rows, else float32. A row's features do not depend on
            the rows beside it.

        Raises
        ------
        UsageError
            If there is no such layer.
        """
        check_is_fitted(self)
        dims = self._settings["layer_dims"]
        if layer is None:
            return self.transform(X)
        if isinstance(layer, bool | float) or layer not in range(1, len(dims) + 1):
            raise UsageError(
                f"`layer` must be a whole number from 1 to {len(dims)} (the number of layers). "
                f"Got {layer!r}."
            )
        rows = checked_rows(self, X, reset=False)
        features = map_rows(
            self._rows(rows, new_workspace()),
            inference(self.stack.level(layer - 1)),
            dims[layer - 1],
            rows.dtype,
        )
        given: NDArray[Any] = like(X, features)
        return given


def _each(value: Any, n: int) -> list[Any]:
    return list(value) if isinstance(value, tuple | list) else [value] * n


def _bounds(rows: Rows, *, whole: bool = False) -> tuple[Tensor, Tensor]:
    """Return each feature's lowest and highest scaled value, or those of all features."""
    pairs = [(block.amin(dim=0), block.amax(dim=0)) for _, block in rows.blocks()]
    low = torch.stack([pair[0] for pair in pairs]).amin(dim=0)
    high = torch.stack([pair[1] for pair in pairs]).amax(dim=0)
    return (low.min(), high.max()) if whole else (low, high)
