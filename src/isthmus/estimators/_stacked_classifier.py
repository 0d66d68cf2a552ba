"""Classifier on a pretrained stack."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.base import (
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    clone,
)
from sklearn.metrics import accuracy_score
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted, column_or_1d
from torch import nn

from .._parameter_rules import Rule, boolean, choice, plain_value, real
from .._random import numpy_generator, resolve_seed, torch_generator
from .._selected_rows import select_rows
from ..accelerators import train
from ..errors import DataError
from ..nn import MLP, EncoderDecoder, linear, with_dropout
from ..objectives import Classification, Shifted
from ..preprocessing import Preprocessor
from ..rows import LabelledRows
from ..training import History, Settings, as_callbacks, best_epoch
from ._auto_choices import auto_supervised_epochs, resolve_device
from ._checked_rows import checked_rows, like, map_rows
from ._custom_network import own_draws
from ._graph_parts import PartEncoder, PartProbabilities
from ._labels import is_unlabelled, marked_labels
from ._one_process import check_one_process
from ._saved_estimator import SavedEstimator
from ._shared_parameters import documented
from ._stacked_autoencoder import FINE_TUNING, StackedAutoencoder

__all__ = ["StackedAutoencoderClassifier"]

# What "auto" stands for in supervised training, see benchmarks/few_labels.json.
_SUPERVISED = {
    "optimizer": "adam",
    "learning_rate": 0.002,
    "schedule": "cosine",
    "warmup": 0.05,
    "momentum": 0.9,
}
_INPUT_DROPOUT, _MANY_FEATURES = 0.3, 256  # of few features each one counts


@documented
class StackedAutoencoderClassifier(
    ClassNamePrefixFeaturesOutMixin, ClassifierMixin, TransformerMixin, SavedEstimator
):
    """Stacked autoencoder, pretrained layer by layer, with a softmax classifier on top.

    Pretraining uses all rows, supervised training only those with labels: most useful if labels
    are few. A label of -1, NaN, None or an empty text means that a row is unlabelled, except that
    -1 and 1 are two classes if they are the only labels.

    Parameters
    ----------
    layer_dims : tuple of int, default=(256, 128)
        Widths of the hidden layers, from the first.
    activation : str or tuple of str, default="silu"
        Activation after each hidden layer; a tuple sets one per layer. See ``Autoencoder``.
    loss : str, default="mean_squared_error"
        Loss of the pretraining; see ``StackedAutoencoder``.
    noise : str, default="masking"
        Corruption of the input of each layer's pretraining: "none", "masking", "gaussian" or
        "salt_and_pepper".
    noise_level : float or tuple of float, default=0.25
        Fraction of the values that are corrupted, or the standard deviation for "gaussian"; a
        tuple sets one per layer.
    noisy_labels_training : bool, default=False
        Whether to corrupt the rows, at the first level, in supervised training too.
    dropout : float, default=0.3
        Probability of dropping a hidden value in supervised training.
    input_dropout : float or "auto", default="auto"
        Probability of dropping a feature in supervised training. "auto" is 0.3 for at least 256
        features, otherwise 0.
    label_smoothing : float, default=0.1
        Part of the target probability, in [0, 1), that is spread evenly over all classes in
        supervised training.
    tied_weights : str, default="never"
        Whether decoders share their encoders' weights in pretraining: "never" or
        "pretraining".
    pretraining_epochs : int or "auto", default="auto"
        Maximum number of passes over all rows for each layer; 0 skips pretraining.
    optimizer : str, default="auto"
        "muon", "adam", "adamw" or "sgd". "auto" is "muon" for pretraining; supervised training is
        then by "adam", with a peak learning rate of 0.002, the schedule "cosine", a warm-up of
        0.05 and a momentum of 0.9 unless they are set.
    batch_size : int or "auto", default="auto"
        Rows per step. "auto" is about a tenth of the rows, a power of two from 32 to 512; at most
        64 in supervised training.
    epochs : int or "auto", default="auto"
        Maximum number of passes over the labelled rows. "auto" gives about 2,400 steps, with 10
        to 400 epochs.
    early_stopping : bool, default=False
        Whether to stop each training after ``patience`` epochs without a lower loss on held-out
        rows, and to restore the weights of its best epoch. It costs labels.
    validation_fraction : float, default=0.1
        Fraction of the rows, and of each class's labelled rows, to hold out; rounded down.

    Attributes
    ----------
    classes_ : ndarray
        Classes, sorted.
    stack_ : StackedAutoencoder
        Pretrained stack.
    network_ : torch.nn.Module
        From scaled rows to unnormalised log-probabilities.
    preprocessor_ : isthmus.preprocessing.Preprocessor
        Preprocessing of the rows: columns, picture shape, words and scaling.
    scaling_ : isthmus.preprocessing.Scaling
        Scaling of the preprocessor; read-only.
    history_ : list of dict
        One record per epoch: ``stage`` ("layer 1", ..., "fine-tuning"), ``epoch``,
        ``train_loss``, ``validation_loss``, ``learning_rate``, ``seconds``; the loss of
        fine-tuning is the cross-entropy, in nats.
    best_epoch_ : int
        Epoch whose weights are kept.
    settings_ : isthmus.training.Settings
        Settings of supervised training, with "auto" resolved.
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
    Vincent et al. (2010), Stacked denoising autoencoders, JMLR 11.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from isthmus import StackedAutoencoderClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> y[200:] = -1
    >>> classifier = StackedAutoencoderClassifier((64, 32), random_state=0).fit(X, y)
    >>> classifier.predict_proba(X[:3]).shape
    (3, 10)
    """

    _rules: ClassVar[dict[str, Rule]] = {
        **{
            name: StackedAutoencoder._rules[name]
            for name in ("layer_dims", "activation", "noise_level", "pretraining_epochs")
        },
        "noisy_labels_training": boolean(),
        "dropout": real(0, 1),
        "input_dropout": real(0, 1) | choice("auto"),
        "label_smoothing": real(0, 1),
        "tied_weights": choice("never", "pretraining"),
    }

    def __init__(
        self,
        layer_dims: tuple[int, ...] = (256, 128),
        *,
        activation: str | tuple[str, ...] = "silu",
        loss: str = "mean_squared_error",
        noise: str = "masking",
        noise_level: float | tuple[float, ...] = 0.25,
        noisy_labels_training: bool = False,
        dropout: float = 0.3,
        input_dropout: float | str = "auto",
        label_smoothing: float = 0.1,
        tied_weights: str = "never",
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
        early_stopping: bool = False,
        patience: int = 20,
        validation_fraction: float = 0.1,
        device: str = "auto",
        precision: str = "float32",
        compile: bool = False,
        random_state: Any = None,
        verbose: int = 0,
        callbacks: Iterable[Any] | None = None,
    ) -> None:
        self.layer_dims = layer_dims
        self.activation = activation
        self.loss = loss
        self.noise = noise
        self.noise_level = noise_level
        self.noisy_labels_training = noisy_labels_training
        self.dropout = dropout
        self.input_dropout = input_dropout
        self.label_smoothing = label_smoothing
        self.tied_weights = tied_weights
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
        self.verbose = verbose
        self.callbacks = callbacks

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        validation_data: Any = None,
        preprocessor: Preprocessor | None = None,
    ) -> Self:
        """Pretrain on all rows, then train on the labels.

        Parameters
        ----------
        X : array-like, sparse matrix, table or sequence of texts
            Training rows, as for ``StackedAutoencoder``; not modified.
        y : array-like of shape (n_samples,)
            Labels; -1, NaN, None or an empty text for unlabelled rows.
        validation_data : tuple of X and y, default=None
            Rows, all with labels of ``y``, to compute the loss on after each epoch of supervised
            training. If None, ``early_stopping`` holds out ``validation_fraction`` of the rows.
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
            If rows or labels cannot be used for training.
        TrainingError
            If the loss is not finite.
        """
        self.check_parameters()
        check_one_process(self)
        y = marked_labels(y)
        X, made = self._read_to_learn(X, preprocessor, y=y)
        classes = self._classes_of(y)
        self.seed_ = resolve_seed(self.random_state)
        self.device_ = resolve_device(self.device)
        self.stack_ = self._pretrained(X, made)
        self.preprocessor_ = self.stack_.preprocessor_
        self.history_ = History(self.stack_.history_)
        self.network_ = self._make_network(torch_generator(self.seed_, "softmax"))
        held_out = None
        if validation_data is not None:
            X_held_out, y_held_out = validation_data
            held_out = checked_rows(self, X_held_out), self._indices(y_held_out)
        self._train(X, classes, held_out)
        return self

    def _classes_of(self, y: Any) -> NDArray[np.int64]:
        """Set ``classes_``, and return each row's class from 0, or -1 if unlabelled."""
        y = column_or_1d(y, warn=True)
        kind = type_of_target(y)
        if kind not in ("binary", "multiclass"):
            raise DataError(
                f"Unknown label type: labels must be classes. Got {kind} values: pass integers or "
                "texts, or use StackedAutoencoder, which needs no labels."
            )
        is_labelled = ~is_unlabelled(y)
        self.classes_, counts = np.unique(y[is_labelled], return_counts=True)
        if not is_labelled.any():
            raise DataError(
                f"At least one row must be labelled. Got {len(y)} rows with the label -1 or an "
                "empty one, which means unlabelled: add labels, or use StackedAutoencoder."
            )
        if len(self.classes_) < 2:
            raise DataError(
                "A classifier requires at least 2 classes. "
                f"Got only one class: every labelled row is {plain_value(self.classes_[0])!r}."
            )
        if counts.min() < 2:
            raise DataError(
                "Each class must have at least 2 labelled rows. Got 1 of class "
                f"{plain_value(self.classes_[counts.argmin()])!r}: add rows, or leave it out."
            )
        classes = np.full(len(y), -1, dtype=np.int64)
        classes[is_labelled] = self._indices(y[is_labelled])
        return classes

    def _indices(self, y: Any) -> NDArray[np.int64]:
        y = np.asarray(y)
        unknown = ~np.isin(y, self.classes_)
        if unknown.any():
            raise DataError(
                "Labels of held-out rows must occur in the training rows. "
                f"Got {plain_value(y[unknown][0])!r}: leave such rows out."
            )
        indices: NDArray[np.int64] = np.searchsorted(self.classes_, y)
        return indices

    def check_rows(
        self, X: Any, y: Any = None, *, preprocessor: Preprocessor | None = None
    ) -> None:
        """Raise the errors that ``fit`` would raise for these rows, without training.

        Parameters
        ----------
        X : array-like, sparse matrix, table or sequence of texts
            Training rows.
        y : array-like of shape (n_samples,), default=None
            Labels, as for ``fit``; None skips their check.
        preprocessor : isthmus.preprocessing.Preprocessor, default=None
            Return value of ``fit_preprocessing`` for these rows.
        """
        if y is not None:
            clone(self)._classes_of(marked_labels(y))  # which keeps the classes
        self._unfitted_stack().check_rows(X, preprocessor=preprocessor)

    def _unfitted_stack(self) -> StackedAutoencoder:
        shared = set(StackedAutoencoder().get_params(deep=False)) & set(self.get_params(deep=False))
        given = {name: getattr(self, name) for name in shared}
        return StackedAutoencoder(**{**given, "fine_tune": False})

    def _pretrained(self, X: Any, preprocessor: Preprocessor) -> StackedAutoencoder:
        stack = self._unfitted_stack()
        stack.random_state = self.seed_
        return stack.fit(X, preprocessor=preprocessor)

    def _make_network(self, generator: torch.Generator | None) -> MLP:
        # A copy: the pretrained stack is kept.
        encoder = copy.deepcopy(self.stack_.stack).encoder
        layers = encoder.layers()
        head = linear(self.stack_.latent_dim_, len(self.classes_), generator)
        network = MLP.of(
            [*(layer for layer, _ in layers), head],
            [*(name for _, name in layers), "identity"],
            fills_missing=encoder.fills_missing,
        )
        return network.to(self.device_).eval()

    def _train(self, X: Any, classes: NDArray[np.int64], held_out: Any) -> None:
        def rows(X: Any, classes: NDArray[np.int64]) -> LabelledRows:
            return LabelledRows(self._rows(X, keep=True), classes)

        stays = np.flatnonzero(classes >= 0)
        if held_out is None and self.early_stopping:
            stays, leaves = self._split(classes)
            held_out = (select_rows(X, leaves), classes[leaves]) if len(leaves) else None
        self.settings_ = self._supervised_settings(len(stays))
        corruption = None
        training = rows(select_rows(X, stays), classes[stays])
        if self.noisy_labels_training:
            corruption = self.stack_._corruption(training.rows)
        objective: Classification | Shifted = Classification(
            self._as_trained(), corruption, label_smoothing=self.label_smoothing
        )
        if shifts := self.stack_._shifts():
            objective = Shifted(objective, shifts)
        first_epoch = len(self.history_) + 1
        with own_draws(self.seed_, first_epoch, self.device_) as generators:
            records = train(
                objective,
                training,
                self.settings_,
                seed=self.seed_,
                validation=None if held_out is None else rows(*held_out),
                callbacks=as_callbacks(self.callbacks, verbose=bool(self.verbose)),
                first_epoch=first_epoch,
                stage=FINE_TUNING,
                generators=generators,
            )
        self.history_ += records
        self.best_epoch_: int = best_epoch(records, self.settings_)

    def _as_trained(self) -> nn.Module:
        """Return the module whose passes are used in supervised training."""
        on_input = self.input_dropout
        if isinstance(on_input, str):  # "auto"
            on_input = _INPUT_DROPOUT if self.preprocessor_.n_features >= _MANY_FEATURES else 0.0
        network = with_dropout(self.network_, on_input=on_input, on_hidden=self.dropout)
        # The training pass of an autoencoder without a decoder.
        pair = EncoderDecoder(network, nn.Identity())
        trained = self.stack_._as_trained(pair)
        return network if trained is pair else trained

    def _supervised_settings(self, n_rows: int) -> Settings:
        """Return the settings of supervised training, with "auto" resolved."""
        settings = self.stack_._training_settings(n_rows)
        auto: dict[str, Any] = {"batch_size": min(64, settings.batch_size)}
        if self.optimizer == "auto":
            auto |= _SUPERVISED
        auto = {name: value for name, value in auto.items() if getattr(self, name) == "auto"}
        settings = replace(settings, **auto)
        if self.epochs == "auto":
            steps = math.ceil(n_rows / settings.batch_size)
            settings = replace(settings, epochs=auto_supervised_epochs(steps))
        return settings

    def _split(self, classes: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Hold out a fraction of each class, and keep at least one row of each."""
        labelled = np.flatnonzero(classes >= 0)
        order = numpy_generator(self.seed_, "labelled validation").permutation(labelled)
        leaves = [
            same[: int(len(same) * self.validation_fraction)]
            for same in (order[classes[order] == k] for k in range(len(self.classes_)))
        ]
        held_out = np.sort(np.concatenate(leaves))
        return np.setdiff1d(labelled, held_out), held_out

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the probability of each class.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training data.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), float64
            In the order of ``classes_``; each row sums to 1.
        """
        check_is_fitted(self)
        logits = self._mapped(checked_rows(self, X), self.network_, len(self.classes_))
        probabilities: NDArray[np.float64] = softmax(logits.astype(np.float64), axis=1)
        return probabilities

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of each row.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training data.

        Returns
        -------
        ndarray of shape (n_samples,)
            Of the type of the labels.
        """
        probabilities = self.predict_proba(X)
        named: NDArray[Any] = self.classes_[probabilities.argmax(axis=1)]
        return named

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Return the features of the last hidden layer, after supervised training.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training data.

        Returns
        -------
        ndarray of shape (n_samples, layer_dims[-1]), float32
        """
        check_is_fitted(self)
        features: NDArray[np.float32] = like(X, self.checked_codes(checked_rows(self, X)))
        return features

    def checked_codes(self, X: Any) -> NDArray[np.float32]:
        """Return the same as ``transform``, for rows that are already checked.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, n_features)
            As returned by ``prepared_rows``.

        Returns
        -------
        ndarray of shape (n_samples, layer_dims[-1]), float32
        """
        return self._mapped(X, self._below(), self.latent_dim_)

    def _below(self) -> MLP:
        """Return the network without its last layer."""
        layers = self.network_.layers()[:-1]
        linears, names = [layer for layer, _ in layers], [name for _, name in layers]
        return MLP.of(linears, names, fills_missing=self.network_.fills_missing)

    def graph_parts(self) -> dict[str, nn.Module]:
        """Return the parts of the fitted classifier that a graph can hold.

        Returns
        -------
        dict of str to torch.nn.Module
            "probabilities", from encoded rows to ``predict_proba``, and "encoder", to
            ``transform``; see ``isthmus.exports``.
        """
        check_is_fitted(self)
        return {
            "probabilities": PartProbabilities(self.network_),
            "encoder": PartEncoder(EncoderDecoder(self._below(), nn.Identity())),
        }

    def _mapped(self, X: Any, network: MLP, width: int) -> NDArray[np.float32]:
        return map_rows(self._rows(X), network, (width,), np.dtype(np.float32))

    @property
    def latent_dim_(self) -> int:
        """Width of the last hidden layer."""
        return self.stack_.latent_dim_

    @property
    def _n_features_out(self) -> int:
        return self.latent_dim_

    def first_layer_weight(self) -> NDArray[np.float32]:
        """Return the weights of the first layer.

        Returns
        -------
        ndarray of shape (n_units, n_features), float32
            In scaled units.
        """
        check_is_fitted(self)
        first, _ = self.network_.layers()[0]
        weight: NDArray[np.float32] = first.weight.detach().cpu().numpy()
        return weight

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy on the labelled rows.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training data.
        y : array-like of shape (n_samples,)
            Labels; unlabelled rows are ignored.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row.

        Returns
        -------
        float
            From 0 to 1.
        """
        y = marked_labels(y)
        named, known = self.predict(X), ~is_unlabelled(np.asarray(y), self.classes_)
        weights = None if sample_weight is None else np.asarray(sample_weight)[known]
        return float(accuracy_score(np.asarray(y)[known], named[known], sample_weight=weights))

    def _modules(self) -> dict[str, nn.Module]:
        return {"stack": self.stack_.network_, "network": self.network_}

    def _facts(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        kind = self.classes_.dtype.str if self.classes_.dtype.kind != "O" else "O"
        return {
            "classes": plain_value(list(self.classes_)),
            "classes_dtype": kind,
            "best_epoch": self.best_epoch_,
            "network": self.stack_._settings,
        }, {}

    def _rebuild(self, document: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> None:
        self.classes_ = np.array(document["classes"], dtype=document["classes_dtype"])
        names = StackedAutoencoder().get_params(deep=False)
        own = self.get_params(deep=False)
        self.stack_ = StackedAutoencoder(**{name: own[name] for name in names if name in own})
        own_tensors = {
            name.replace("stack.", "network.", 1): tensor
            for name, tensor in tensors.items()
            if not name.startswith("network.")
        }
        self.best_epoch_ = document["best_epoch"]
        self.stack_._restore(document, own_tensors)
        self.network_ = self._make_network(None)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags
