"""Stacked autoencoders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, ClassVar

import torch
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from .._parameter_rules import Rule, boolean, choice, integer, real, some, worded
from ..errors import UsageError
from ..nn import ACTIVATIONS, HIDDEN_ACTIVATIONS, CellOutput, EncoderDecoder, StackedNetwork
from ..objectives import LOSSES
from ..preprocessing import AS_IS, ColumnLayout
from ..rows import EncodedRows, as_rows, temporary_matrix
from ..training import Settings, Trainable
from ._base import BaseAutoencoder
from ._checked_rows import checked_rows, fill_rows, like, map_rows
from ._shared_parameters import documented

__all__ = ["StackedAutoencoder"]

FINE_TUNING = "fine-tuning"


_ACTIVATION = choice("auto", *HIDDEN_ACTIVATIONS)
_ACTIVATIONS = worded(
    _ACTIVATION | some(choice(*HIDDEN_ACTIVATIONS)),
    f"{_ACTIVATION.text}, or a tuple of such names, without 'auto', with one per layer",
)


@documented
class StackedAutoencoder(BaseAutoencoder):
    """Stacked autoencoder, trained layer by layer and then as a whole.

    Greedy training takes the layers one by one: the autoencoder of layer k is trained to
    reconstruct the codes of layer k-1, from corrupted codes if ``noise`` is set. Then the stack is
    unrolled (all encoders followed by all decoders) and fine-tuned as one network.

    Parameters
    ----------
    layer_dims : tuple of int, default=(256, 128)
        Widths of the hidden layers, from the first; the last is the code size.
    stacking : str, default="greedy"
        "greedy": layer by layer, then as a whole. "joint": the same network as a whole from the
        start. "chain": each autoencoder takes the previous one's reconstruction instead of its
        code; the autoencoders are trained one by one, then the chain as a whole, and the code is
        that of the last one.
    activation : str or tuple of str, default="auto"
        Activation after each hidden layer, including the code, as for ``Autoencoder``; a tuple
        sets one per layer. "auto" is "silu", and "identity" for the code.
    output_activation : str, default="auto"
        Activation of the reconstruction. "auto" is the one that the loss requires, if any;
        otherwise "sigmoid" for dense rows scaled to one range [0, 1], "tanh" for [-1, 1] and
        "identity" for everything else. Inner layers are reconstructed with their own activation.
    noise_level : float or tuple of float, default=0.25
        Fraction of the values that are corrupted, or the standard deviation for "gaussian"; a
        tuple sets one per layer. Fine-tuning corrupts the rows at the first level.
    tied_weights : str, default="never"
        Whether each decoder's weight is its encoder's, transposed: "never", "pretraining" (until
        the stack is unrolled) or "always".
    fine_tune : bool, default=True
        Whether to train the whole stack after its layers.
    pretraining_epochs : int or "auto", default="auto"
        Maximum number of passes over the rows for each layer; 0 skips pretraining. "auto" is the
        same as "auto" for ``epochs``.
    epochs : int or "auto", default="auto"
        Maximum number of passes over the rows for the whole stack. "auto" gives about 1,200
        steps, with 10 to 100 epochs.

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
    history_ : list of dict
        One record per epoch: ``stage`` ("layer 1", "layer 2", ..., "fine-tuning"; only if there
        are several), ``epoch`` (counted across stages), ``train_loss``, ``validation_loss``,
        ``learning_rate``, ``seconds``. Losses of layers are in units of what they reconstruct.
    settings_ : isthmus.training.Settings
        Settings of the last stage, with "auto" resolved.
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

    _rules: ClassVar[dict[str, Rule]] = {
        "layer_dims": some(integer(1)),
        "stacking": choice("greedy", "joint", "chain"),
        "activation": _ACTIVATIONS,
        "output_activation": choice("auto", *ACTIVATIONS),
        "noise_level": real(0) | some(real(0)),
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
        noise: str = "auto",
        noise_level: float | tuple[float, ...] = 0.25,
        emphasis: tuple[float, ...] = (1.0, 1.0),
        tied_weights: str = "never",
        fine_tune: bool = True,
        pretraining_epochs: int | str = "auto",
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
        self.verbose = verbose
        self.callbacks = callbacks

    def _problems(self) -> list[str]:
        n_layers, problems = len(self.layer_dims), []
        for name in ("activation", "noise_level"):
            value = getattr(self, name)
            if isinstance(value, tuple | list) and len(value) != n_layers:
                problems.append(
                    f"`{name}` of StackedAutoencoder must be one value, or one per layer "
                    f"({n_layers}). Got {len(value)}: {value!r}. If a recipe sets it, set it "
                    "together with `layer_dims`."
                )
        return problems + super()._problems()

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
            output = self._output_activation()
        layout, shape = self._cell_layout, {}
        if layout is not None:
            shape = {"sizes": list(layout.sizes), "heights": list(layout.heights)}
        return {
            **shape,
            "n_features": self.preprocessor_.n_encoded,
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
        own = {"latent_dim", "sizes", "heights"}
        kept = {name: value for name, value in settings.items() if name not in own}
        if "sizes" in settings:
            kept["fills_missing"] = True
            if any(settings["heights"]):
                kept["output"] = CellOutput(settings["sizes"], settings["heights"])
        return StackedNetwork(**kept, generator=generator)

    @property
    def stack(self) -> StackedNetwork:
        """Network with access to its layers."""
        assert isinstance(self.network_, StackedNetwork)
        return self.network_

    def _train(self, rows: EncodedRows, held_out: EncodedRows | None, settings: Settings) -> None:
        self._check_suits(rows, self.preprocessor_)
        pretrains = self.stacking != "joint" and not self.history_
        if pretrains:
            self._pretrain(rows, held_out, settings)
            if self.tied_weights == "pretraining":
                self._untie()
        if self.fine_tune or not pretrains:
            stage = None if self.stacking == "joint" else FINE_TUNING
            objective = self._objective(rows)
            self._run(objective, rows, held_out, settings, stage=stage)

    def _pretrain(
        self, rows: EncodedRows, held_out: EncodedRows | None, settings: Settings
    ) -> None:
        """Train each layer's autoencoder on the output of the layers below for clean rows."""
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

    def _above(self, k: int, rows: EncodedRows) -> EncodedRows:
        """Return the training rows of the next layer."""
        width = self._settings["layer_dims"][k]
        if self._settings["is_chain"]:
            width = rows.n_features
        codes = temporary_matrix(len(rows), width)
        fill_rows(codes, rows, self.stack.above(k))
        return as_rows(
            codes,
            AS_IS,
            device=self.device_,
            keep=self.device_.type != "cpu",
        )

    @property
    def _cell_layout(self) -> ColumnLayout | None:
        layout = self.preprocessor_.layout
        if layout is not None and self.stacking == "chain":
            # A reconstruction is the next autoencoder's input: levels stay numbers.
            return layout.as_numbers()
        return layout

    def _stage_objective(self, k: int, rows: EncodedRows) -> Trainable:
        loss = self.loss
        is_inner = k > 0 and not self._settings["is_chain"]
        asked = LOSSES[loss].output
        if is_inner and asked and self._settings["activations"][k - 1] != asked:
            loss = "mean_squared_error"
        # Layers above the first are trained on features of the pictures without shifts.
        shifts = None if k else self._shifts()
        stage = self.stack.stage(k)
        layout = self._cell_layout
        if k == 0 and layout is not None:
            return self._cell_reconstruction(stage, rows, layout)
        return self._reconstruction(stage, self._corruption(rows, k), shifts, loss=loss)

    def _untie(self) -> None:
        self._settings = {**self._settings, "tied": False}
        tied = self.stack
        self._build(self._settings, None)
        self.stack.copy_untied(tied)

    def encode(self, X: Any, *, layer: int | None = None) -> NDArray[Any]:
        """Return the features of a layer.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training data.
        layer : int, default=None
            Layer, from 1; None is the last, as for ``transform``.

        Returns
        -------
        ndarray of shape (n_samples, layer_dims[layer - 1])
            Unitless; float64 for float64 rows, else float32. A row's features do not depend on
            the other rows.

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
                f"`layer` must be an integer from 1 to {len(dims)} (the number of layers). "
                f"Got {layer!r}."
            )
        rows = checked_rows(self, X)
        features = map_rows(
            self._rows(rows),
            self.stack.level(layer - 1),
            (dims[layer - 1],),
            rows.dtype,
        )
        given: NDArray[Any] = like(X, features)
        return given
