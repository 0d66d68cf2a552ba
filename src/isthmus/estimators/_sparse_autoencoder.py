"""Sparse, overcomplete autoencoder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from .._parameter_rules import Rule, boolean, choice, integer, real
from ..errors import UsageError
from ..nn import SELECTIONS, TopKAutoencoder
from ..objectives import SparseReconstruction
from ..rows import Rows
from ..training import Trainable
from ._base import BaseAutoencoder
from ._checked_rows import checked_rows, like, map_rows
from ._latents import Latents, measure_latents
from ._shared_parameters import documented

__all__ = ["SparseAutoencoder"]

_SELDOM = 100  # a latent is dead if it is selected this many times less often than the mean one


@documented
class SparseAutoencoder(BaseAutoencoder):
    """Sparse autoencoder: many latents, of which each row uses few.

    A code has more values than a row has features, but only about ``k`` of them are not zero. Each
    latent has a direction, and a row is reconstructed as a sum of the directions of its
    latents, weighted by the code, plus a mean. Latents are often easier to interpret than the
    values of a short code; ``latents`` lists them with the rows that activate them most.

    Parameters
    ----------
    n_latents : int, default=4096
        Number of latents, and code size; may be larger than the number of features.
    k : int, default=32
        Number of latents per row, between 1 and ``n_latents``: the largest activations after a
        ReLU, so a row may also have fewer.
    selection : str, default="top_k"
        "top_k" keeps the ``k`` largest activations of each row. "batch_top_k" keeps the
        ``k n`` largest in a batch of ``n`` rows, so that rows can have different numbers of
        latents. "lifetime" keeps the ``k n / n_latents`` largest activations of each latent in a
        batch, so that all latents are used equally often. For both, codes have all activations
        above a threshold that is learned in training.
    unit_norm : bool or "auto", default="auto"
        Whether directions keep the length 1 in training. "auto" is False for "lifetime", else
        True.
    encoder_scale : float or "auto", default="auto"
        The encoder starts as the transposed decoder times this number. "auto" is 0.1 for
        "lifetime", so that the first reconstructions of its many latents are not too large, else
        1.0.
    aux_coefficient : float or "auto", default="auto"
        Weight of the auxiliary loss, which revives dead latents by letting them reconstruct the
        error of the others. "auto" is 0.0 for "lifetime", which uses all latents in each batch,
        else 1.0.
    aux_k : int or "auto", default="auto"
        Number of dead latents in the auxiliary loss, per row. "auto" is 2 ``k``.
    dead_after : int or "auto", default="auto"
        Number of training rows after which a latent that none of them selected is dead. "auto" is
        100 times the number of rows in which a latent is selected once on average.
    sparse_output : bool, default=True
        Whether ``transform`` returns a SciPy CSR array instead of a dense array.
    optimizer : str, default="adam"
        "adam", "adamw", "sgd" or "muon"; "auto" is "muon".
    learning_rate : float or "auto", default=0.003
        Peak learning rate. "auto" is 0.02 for "muon", 0.001 for "adam" and "adamw", 0.05 for
        "sgd".
    schedule : str, default="cosine"
        Decay of the learning rate: "cosine", "linear" or "constant"; "auto" is "cosine" for
        "muon", else "constant".

    Attributes
    ----------
    network_ : isthmus.nn.TopKAutoencoder
        Has ``encode`` and ``decode``, in scaled units, and the ``directions`` of the latents in
        ``decoder``.
    preprocessor_ : isthmus.preprocessing.Preprocessor
        Preprocessing of the rows: columns, picture shape, words and scaling.
    scaling_ : isthmus.preprocessing.Scaling
        Scaling of the preprocessor; read-only.
    latent_dim_ : int
        Code size, equal to ``n_latents``.
    n_active_ : int
        Number of values of a code that are not zero: ``k``.
    history_ : list of dict
        One record per epoch: ``epoch``, ``train_loss``, ``validation_loss``, ``learning_rate``,
        ``seconds``, and of the training ``active`` (latents per row), ``dead`` (share of dead
        latents) and ``auxiliary`` (loss). Losses are squared errors as a share of the variance.
    settings_ : isthmus.training.Settings
        Training settings, with "auto" resolved.
    best_epoch_ : int
        Epoch whose weights are kept.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Column names, if the rows have them.
    seed_ : int
        Seed that was used.
    device_ : torch.device
        Device of the network.

    Notes
    -----
    The decoder is linear and the loss is the squared error of the scaled values, also of
    categories, which are encoded as one value per level. Missing cells do not count.

    References
    ----------
    Makhzani & Frey (2013), k-sparse autoencoders. Gao et al. (2024), Scaling and evaluating sparse
    autoencoders. Bussmann et al. (2024), BatchTopK sparse autoencoders. Makhzani & Frey (2015),
    Winner-take-all autoencoders.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from isthmus import SparseAutoencoder
    >>> X = load_digits().data
    >>> sae = SparseAutoencoder(256, k=8, epochs=2, random_state=0).fit(X)
    >>> sae.transform(X).shape
    (1797, 256)
    """

    _keeps_codes: ClassVar[bool] = False  # a mixture of Gaussians is almost never zero

    _rules: ClassVar[dict[str, Rule]] = {
        "n_latents": integer(1),
        "k": integer(1, at_most="n_latents"),
        "selection": choice(*SELECTIONS),
        "unit_norm": boolean() | choice("auto"),
        "encoder_scale": real(0, 1e3, open_low=True) | choice("auto"),
        "aux_coefficient": real(0) | choice("auto"),
        "aux_k": integer(1) | choice("auto"),
        "dead_after": integer(1) | choice("auto"),
        "sparse_output": boolean(),
    }
    network_: TopKAutoencoder

    def __init__(
        self,
        n_latents: int = 4096,
        k: int = 32,
        *,
        selection: str = "top_k",
        unit_norm: bool | str = "auto",
        encoder_scale: float | str = "auto",
        aux_coefficient: float | str = "auto",
        aux_k: int | str = "auto",
        dead_after: int | str = "auto",
        sparse_output: bool = True,
        noise: str = "none",
        noise_level: float = 0.25,
        scaling: str = "auto",
        max_shift: int = 0,
        picture_shape: tuple[int, ...] | str = "auto",
        max_words: int = 2000,
        optimizer: str = "adam",
        learning_rate: float | str = 0.003,
        schedule: str = "cosine",
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
        self.n_latents = n_latents
        self.k = k
        self.selection = selection
        self.unit_norm = unit_norm
        self.encoder_scale = encoder_scale
        self.aux_coefficient = aux_coefficient
        self.aux_k = aux_k
        self.dead_after = dead_after
        self.sparse_output = sparse_output
        self.noise = noise
        self.noise_level = noise_level
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
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.callbacks = callbacks

    @property
    def n_active_(self) -> int:
        """Number of values of a code that are not zero; except for "top_k", on average."""
        return int(self._settings["k"])

    @property
    def _own_resolved(self) -> dict[str, Any]:
        """Parameters of this class, with "auto" resolved."""
        is_lifetime = self.selection == "lifetime"
        defaults = {
            "unit_norm": not is_lifetime,
            "encoder_scale": 0.1 if is_lifetime else 1.0,
            "aux_coefficient": 0.0 if is_lifetime else 1.0,
            # A sum of many more dead latents than ``k`` overshoots: on texts of 2,000 words, the
            # loss rose with 4 ``k`` and fell with 2 ``k``, which left no dead latents.
            "aux_k": 2 * self.k,
            "dead_after": _SELDOM * self.n_latents // self.k,
        }
        given = {name: getattr(self, name) for name in defaults}
        return {
            name: defaults[name] if isinstance(value, str) else value
            for name, value in given.items()
        }

    def _network_settings(self, X: Any) -> dict[str, Any]:
        resolved = self._own_resolved
        return {
            "n_features": self.preprocessor_.n_encoded,
            "latent_dim": int(self.n_latents),
            "k": int(self.k),
            "selection": self.selection,
            "may_miss": self.preprocessor_.layout is not None,
            "unit_norm": bool(resolved["unit_norm"]),
            "encoder_scale": float(resolved["encoder_scale"]),
        }

    def _make_network(
        self, settings: dict[str, Any], generator: torch.Generator | None
    ) -> TopKAutoencoder:
        return TopKAutoencoder(**settings, generator=generator)

    def _start(self, X: Any) -> None:
        """Start at the mean of the rows, and learn their variance, the unit of the loss."""
        total, squares, count = np.zeros((3, self.preprocessor_.n_encoded))
        for _, block in self.scaled_blocks(X):
            total += np.nansum(block, axis=0, dtype=np.float64)
            squares += np.nansum(np.square(block, dtype=np.float64), axis=0)
            count += (~np.isnan(block)).sum(axis=0)
        mean = total / np.maximum(count, 1)
        # Missing cells have neither error nor variance.
        variance = (squares - count * np.square(mean)).sum() / (X.shape[0] * len(mean))
        self.network_.start_at(mean, float(variance))

    def _objective(self, rows: Rows) -> Trainable:
        network, resolved = self.network_, self._own_resolved
        if network.may_miss and self.noise not in ("none", "masking", "swap"):
            raise UsageError(
                "`noise` of SparseAutoencoder must be 'none', 'masking' or 'swap' for rows with "
                f"missing values or categories. Got {self.noise!r}."
            )
        return SparseReconstruction(
            network,
            aux_coefficient=float(resolved["aux_coefficient"]),
            aux_k=resolved["aux_k"],
            dead_after=resolved["dead_after"],
            is_mixed=self.precision == "bfloat16",
            corruption=self._corruption(rows),
            shifts=self._shifts(),
        )

    def transform(self, X: Any) -> Any:
        """Encode rows.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training data.

        Returns
        -------
        CSR array or ndarray of shape (n_samples, n_latents)
            Codes, unitless, at least 0; float64 for float64 rows, else float32. A CSR array
            (``scipy.sparse.csr_array``), or an ndarray if ``sparse_output`` is False; for a tensor
            a dense tensor. A row's code does not depend on the other rows.
        """
        check_is_fitted(self)
        codes = self.checked_codes(checked_rows(self, X))
        if isinstance(X, Tensor) and sparse.issparse(codes):
            codes = codes.toarray()
        return like(X, codes)

    def checked_codes(self, X: Any) -> Any:
        """Encode rows that are already checked, and so have no column names.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, n_features)
            Rows with the columns of the training data.

        Returns
        -------
        CSR array or ndarray of shape (n_samples, n_latents)
            As returned by ``transform``.
        """
        if not self.sparse_output:
            return super().checked_codes(X)
        blocks = [block for _, block in self.code_blocks(X)]
        dtype = np.float64 if X.dtype == np.float64 else np.float32
        if not blocks:
            return sparse.csr_array((0, self.latent_dim_), dtype=dtype)
        return sparse.vstack(blocks, format="csr").astype(dtype)

    def code_blocks(self, X: Any) -> Iterator[tuple[slice, sparse.csr_array]]:
        """Yield the codes of checked rows block by block.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, n_features)
            Rows with the columns of the training data.

        Yields
        ------
        tuple of slice and CSR array
            Slice of the rows, and their codes, float32.
        """
        for where, block in self._rows(X).blocks(padded=True):
            with torch.inference_mode():
                codes = self.network_.encode(block)[: where.stop - where.start].cpu().numpy()
            yield where, sparse.csr_array(codes)

    def latents(self, X: Any, *, n_top: int = 5) -> Latents:
        """List the latents, with how many rows use each of them and the rows that use it most.

        Rows are read block by block, so a memory map may be larger than memory.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training data.
        n_top : int, default=5
            Number of rows to list for each latent.

        Returns
        -------
        Latents
            List with one dict per latent: ``latent``, ``density``, ``mean_activation``,
            ``top_rows`` and ``top_activations``; shown as a table of the most frequent ones.
        """
        check_is_fitted(self)
        rows = checked_rows(self, X)
        return measure_latents(self.code_blocks(rows), self.latent_dim_, n_top)

    def activations(self, X: Any) -> NDArray[Any]:
        """Activations of all latents after the ReLU, before the selection of ``k`` of them.

        For a linear model on top, these features can be better than the codes, as Makhzani & Frey
        (2015) use them.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns of the training data.

        Returns
        -------
        ndarray of shape (n_samples, n_latents)
            Unitless, at least 0; float64 for float64 rows, else float32.
        """
        check_is_fitted(self)
        rows = checked_rows(self, X)
        return map_rows(
            self._rows(rows),
            lambda block: self.network_.activations(block).relu_(),
            (self.latent_dim_,),
            rows.dtype,
        )
