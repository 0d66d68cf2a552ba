"""Outlier detection in pictures and in feature maps, patch by patch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import OutlierMixin
from sklearn.utils.validation import check_is_fitted
from torch import nn

from .._parameter_rules import Rule, choice, integer, real
from .._random import derived_seed, numpy_generator, resolve_seed
from .._selected_rows import select_rows
from ..errors import DataError, UsageError
from ..preprocessing import PictureBlock, Preprocessor, RowFacts
from ..rows import split_rows
from ._auto_choices import resolve_device, square_picture
from ._checked_rows import check_varies, checked_rows
from ._error_maps import HasErrorMaps
from ._outlier_detector import AutoencoderOutlierDetector
from ._patches import Patches
from ._saved_estimator import SavedEstimator, within
from ._score_threshold import HasThreshold
from ._shared_parameters import documented

__all__ = ["PatchOutlierDetector"]

_FEW_CHANNELS = 4  # pictures; more are the features of another network
_PATCH = 8  # pixels
_MOST_VALUES = 2**25  # of the patches that are learned
_MOST_PATCHES = 2**16
_HELD_OUT = 0.1  # of the pictures, for the scale of the maps
_TOP = 0.01  # of the pixels
_INNER = "patches."


@documented
class PatchOutlierDetector(OutlierMixin, HasThreshold, HasErrorMaps, SavedEstimator):
    """Outlier detector of pictures and of feature maps, with a map of where they are anomalous.

    It learns the patches of normal pictures as rows of an ``AutoencoderOutlierDetector``, the same
    one at every place, as a convolution does. The error of a pixel is the mean over all patches
    that it is in and over its channels; the error of a picture is that of its most anomalous
    pixels. It suits textures and small defects, which are a small part of a picture. The features
    of any frozen network, arrays of shape (n, height, width, channels), are pictures with many
    channels: each of their places is a row.

    Fit it on normal pictures, of one size.

    Parameters
    ----------
    patch_size : int or "auto", default="auto"
        Sides of the patches, in pixels. "auto" is 8 for pictures with up to 4 channels, at most
        their sides, and 1 for feature maps.
    patch_stride : int or "auto", default="auto"
        Distance of patches when pictures are scored, in pixels, at most ``patch_size``. "auto" is
        a quarter of the patches' sides, at least 1. A larger one is faster and coarser.
    picture_score : str, default="top"
        Error of a picture: the "mean", the "max" or the mean of the "top" 1 % of its pixels.
    smoothing : float or "auto", default="auto"
        Standard deviation in pixels of a Gaussian that smooths the maps. "auto" is an eighth of
        the patches' sides, and 0 for patches of one pixel.
    contamination : float or "auto", default="auto"
        Share of the training pictures to call outliers, in (0, 0.5]. "auto" uses Tukey's fence of
        their scores: 1.5 interquartile ranges below the lower quartile.
    n_members : int, default=4
        Number of networks, as in ``AutoencoderOutlierDetector``.
    noise : tuple of float or float, default=(0.2, 0.5)
        Standard deviations of the noise in training, in units of the scaling.
    trim : tuple of float or float, default=0.0
        Fraction of each batch, in [0, 1), to leave out of the loss: the patches with the largest
        errors. Above 0 for training pictures that are not all normal.
    latent_dim : int, default=64
        Code size of a patch. It may exceed the number of its values.
    hidden_dims : tuple of int, default=(128,)
        Widths of the layers between patch and code, outermost first; the decoder mirrors them.
    activation : str, default="silu"
        Activation after every layer except the last; see ``Autoencoder``.
    scaling : str, default="standard"
        Scaling of the values of a patch; see ``Autoencoder``.
    learning_rate : float or "auto", default="auto"
        Peak learning rate of Muon, with a cosine schedule. "auto" is 0.02.
    batch_size : int or "auto", default="auto"
        Patches per step. "auto" is about a twentieth of the patches, a power of two from 32 to 512.
    epochs : int or "auto", default="auto"
        Passes over the patches, at most 65,536 of them from random places, for each network. "auto"
        gives 150 steps.

    Attributes
    ----------
    detector_ : AutoencoderOutlierDetector
        Fitted on the patches.
    members_ : list of torch.nn.Module
        Networks of the patches, those of ``detector_``.
    offset_ : float
        Pictures with ``score_samples`` below this are called outliers.
    map_quantiles_ : ndarray of shape (5,), float64
        Median, 90 %, 99 % and 99.9 % quantiles and maximum of the errors of the pixels of a tenth
        of the training pictures, which was held out; of all of fewer than ten pictures.
    preprocessor_ : isthmus.preprocessing.Preprocessor
        Preprocessing of the pictures: their shape.
    history_ : list of dict
        As for ``AutoencoderOutlierDetector``.
    settings_ : isthmus.training.Settings
        Training settings, with "auto" resolved.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Column names, if the rows have them.
    seed_ : int
        Seed that was used.
    device_ : torch.device
        Device of the networks.

    See Also
    --------
    AutoencoderOutlierDetector : Learns whole pictures, for defects of the whole.

    References
    ----------
    Bergmann et al. (2019), MVTec AD: a comprehensive real-world dataset for unsupervised anomaly
    detection, CVPR: the layout of folders and the areas per pixel. Lendering et al. (2026),
    SubspaceAD: training-free few-shot anomaly detection via subspace modeling, CVPR,
    arXiv:2602.23013: the residuals of PCA on the patch features of a frozen network.

    Examples
    --------
    >>> import numpy as np
    >>> from isthmus import PatchOutlierDetector
    >>> X = np.random.default_rng(0).normal(size=(20, 16, 16)).cumsum(axis=2)
    >>> detector = PatchOutlierDetector(n_members=2, random_state=0).fit(X)
    >>> odd = X[:1].copy()
    >>> odd[0, 3, 4:12] += 5
    >>> int(detector.score_maps(odd)[0].max(axis=1).argmax())
    3
    """

    _rules: ClassVar[dict[str, Rule]] = {
        **AutoencoderOutlierDetector._rules,
        "patch_size": integer(1) | choice("auto"),
        "patch_stride": integer(1) | choice("auto"),
        "picture_score": choice("top", "max", "mean"),
        "smoothing": real(0, 1e4) | choice("auto"),
    }

    def __init__(
        self,
        patch_size: int | str = "auto",
        patch_stride: int | str = "auto",
        *,
        picture_score: str = "top",
        smoothing: float | str = "auto",
        contamination: float | str = "auto",
        n_members: int = 4,
        noise: tuple[float, ...] | float = (0.2, 0.5),
        trim: tuple[float, ...] | float = 0.0,
        latent_dim: int = 64,
        hidden_dims: tuple[int, ...] = (128,),
        activation: str = "silu",
        scaling: str = "standard",
        picture_shape: tuple[int, ...] | str = "auto",
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
        self.patch_size = patch_size
        self.patch_stride = patch_stride
        self.picture_score = picture_score
        self.smoothing = smoothing
        self.contamination = contamination
        self.n_members = n_members
        self.noise = noise
        self.trim = trim
        self.latent_dim = latent_dim
        self.hidden_dims = hidden_dims
        self.activation = activation
        self.scaling = scaling
        self.picture_shape = picture_shape
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
        """Fit the detector to pictures or feature maps.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, height, width[, channels])
            Training pictures, in any unit; not modified. A row of a plain matrix is a square
            picture if it can be one, and else a picture of one line, unless ``picture_shape``
            says otherwise.
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
            If parameters are invalid or do not suit the pictures.
        DataError
            If the rows are no pictures, contain missing or infinite values, or do not vary.
        TrainingError
            If a loss is not finite.
        """
        self.check_parameters()
        X, made = self._read_to_learn(X, preprocessor)
        check_varies(X)
        self.seed_ = resolve_seed(self.random_state)
        self.device_ = resolve_device(self.device)
        if not made.is_fitted:
            made.fit(X)
        self.preprocessor_ = made
        self._patches = self._chosen_patches(self.preprocessor_)
        learned, held_out = split_rows(
            X.shape[0], _HELD_OUT, seed=self.seed_, purpose="scale of maps"
        )
        self.detector_ = self._new_detector().fit(self.drawn_patches(select_rows(X, learned)))
        self.settings_, self.history_ = self.detector_.settings_, self.detector_.history_
        self.members_ = self.detector_.members_
        self._learn_quantiles(select_rows(X, held_out if len(held_out) else learned))
        self.offset_ = self._learned_offset(self._scores(X))
        return self

    def _make_preprocessor(self, facts: RowFacts) -> Preprocessor:
        if facts.kind in ("texts", "table") or facts.n_features is None:
            raise DataError(
                "PatchOutlierDetector requires pictures, or an array of shape (n, height, width, "
                "channels). Got rows of another kind: use an AutoencoderOutlierDetector."
            )
        if not isinstance(self.picture_shape, str):
            shape = tuple(self.picture_shape)
        else:
            shape = facts.picture_shape or square_picture(facts.n_features) or (1, facts.n_features)
        return Preprocessor(PictureBlock(shape))

    def check_rows(
        self, X: Any, y: Any = None, *, preprocessor: Preprocessor | None = None
    ) -> None:
        """Raise the errors that ``fit`` would raise for these rows, without training.

        Parameters
        ----------
        X : array-like
            Training pictures, finite.
        y : None
            Ignored.
        preprocessor : isthmus.preprocessing.Preprocessor, default=None
            Return value of ``fit_preprocessing`` for these rows.
        """
        X, made = self._readable(X, preprocessor)
        self._check_matrix(X)
        self._chosen_patches(made)

    def _chosen_patches(self, made: Preprocessor) -> Patches:
        """Return the patches of the training pictures, with "auto" resolved."""
        shape = made.picture_shape
        assert shape is not None
        height, width, channels = (*shape, 1)[:3]
        size = self.patch_size
        if isinstance(size, str):
            size = _PATCH if channels <= _FEW_CHANNELS else 1
        elif size > max(height, width):
            raise UsageError(
                f"`patch_size` must be at most the sides of the pictures, {height}x{width}. Got "
                f"{size}."
            )
        asked = self.patch_stride
        stride = max(1, size // 4) if isinstance(asked, str) else asked
        if stride > size:
            raise UsageError(
                f"`patch_stride` must be at most `patch_size`, {size}, so that every pixel is in a "
                f"patch. Got {stride}."
            )
        return Patches(shape, int(size), int(stride))

    def _new_detector(self) -> AutoencoderOutlierDetector:
        """Return the unfitted detector of patches."""
        own, names = self.get_params(deep=False), AutoencoderOutlierDetector().get_params()
        kept = {name: own[name] for name in names if name in own}
        seed = derived_seed(self.seed_, "patches", 0)
        return AutoencoderOutlierDetector(**kept | {"picture_shape": "auto", "random_state": seed})

    @property
    def smoothing_(self) -> float:
        """Standard deviation in pixels of the Gaussian that smooths maps, with "auto" resolved."""
        if not isinstance(self.smoothing, str):
            return float(self.smoothing)
        return 0.0 if self._patches.size == 1 else self._patches.size / 8

    def drawn_patches(self, X: Any) -> NDArray[Any]:
        """Return patches from random places of pictures, to learn what is normal.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
            Checked rows.

        Returns
        -------
        ndarray of shape (n_patches, n_values)
            At most 65,536 patches with at most 33,554,432 values.
        """
        most = min(_MOST_PATCHES, max(1, _MOST_VALUES // self._patches.n_features))
        return self._patches.drawn(X, most, numpy_generator(self.seed_, "places"))

    def _error_pictures(
        self, X: Any, errors: Callable[[Any], NDArray[np.float64]] | None = None
    ) -> Iterator[tuple[slice, NDArray[np.float64]]]:
        of_cells = self.detector_.cell_errors if errors is None else errors
        for where in self._patches.blocks(X):
            yield where, self._patches.joined(of_cells(self._patches.rows(X[where])))

    def picture_errors(self, maps: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the error of each picture, given its map; see ``picture_score``.

        Parameters
        ----------
        maps : ndarray of shape (n_samples, height, width)
            Errors of pixels.

        Returns
        -------
        ndarray of shape (n_samples,), float64
        """
        pixels = maps.reshape(len(maps), -1)
        if self.picture_score == "mean":
            return super().picture_errors(maps)
        n = math.ceil(_TOP * pixels.shape[1]) if self.picture_score == "top" else 1
        largest = np.partition(pixels, pixels.shape[1] - n, axis=1)[:, -n:]
        errors: NDArray[np.float64] = np.sort(largest, axis=1).mean(axis=1)
        return errors

    def score_samples(self, X: Any) -> NDArray[np.float64]:
        """Normality score of each picture.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, height, width[, channels])
            Pictures or feature maps of the shape of the training ones.

        Returns
        -------
        ndarray of shape (n_samples,), float64
            Unitless, at most 0: the higher, the more normal. The negative of the picture's error.
        """
        check_is_fitted(self)
        return self._scores(checked_rows(self, X))

    def _scores(self, X: Any) -> NDArray[np.float64]:
        scores = np.empty(X.shape[0])
        for where in self._patches.blocks(X):  # all maps at once may be larger than the rows
            scores[where] = -self.picture_errors(self.maps_of(X[where]))
        return scores

    def explain(self, X: Any) -> Any:
        """Share of each value in the summed error of its picture.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, height, width[, channels])
            As for ``score_samples``.

        Returns
        -------
        ndarray or table of shape (n_samples, n_features), float64
            Shares from 0 to 1; those of a row sum to 1. ``score_maps`` has errors that can be
            compared between pictures.
        """
        check_is_fitted(self)
        given, X = X, checked_rows(self, X)
        shares = np.empty(X.shape)
        for where, errors in self._error_pictures(X):
            flat = errors.reshape(len(errors), -1)
            total = flat.sum(axis=1, keepdims=True)
            even = np.full_like(flat, 1 / flat.shape[1])
            shares[where] = np.divide(flat, total, out=even, where=total > 0)
        return self._named_like(given, shares)

    def expected_rows(self, X: Any) -> NDArray[np.float64]:
        """Return what the detector expects instead of each picture.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, height, width[, channels])
            As for ``score_samples``.

        Returns
        -------
        ndarray of shape (n_samples, n_features), float64
            Mean over the patches that a pixel is in, in the units of ``X``.
        """
        check_is_fitted(self)
        X = checked_rows(self, X)
        expected = np.empty(X.shape)
        for where, pictures in self._error_pictures(X, self.detector_.expected_rows):
            expected[where] = pictures.reshape(len(pictures), -1)
        return expected

    def _modules(self) -> dict[str, nn.Module]:
        return self.detector_._modules()

    def _facts(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        inner = self.detector_
        facts, tensors = inner._facts()
        tensors |= {f"preprocessing.{k}": v for k, v in inner.preprocessor_.tensors().items()}
        own = {_INNER + name: tensor for name, tensor in tensors.items()}
        own["map_quantiles"] = np.asarray(self.map_quantiles_)
        of_patches = facts | {"preprocessing": inner.preprocessor_.facts(), "seed": inner.seed_}
        return {"offset": self.offset_, "patches": of_patches}, own

    def _rebuild(self, document: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> None:
        facts, own = document["patches"], within(tensors, _INNER)
        self.offset_ = float(document["offset"])
        self.map_quantiles_ = tensors["map_quantiles"]
        self._patches = self._chosen_patches(self.preprocessor_)
        inner = self.detector_ = self._new_detector()
        inner.n_features_in_, inner.seed_ = self._patches.n_features, int(facts["seed"])
        inner.settings_, inner.history_, inner.device_ = self.settings_, self.history_, self.device_
        inner.preprocessor_ = Preprocessor.from_facts(
            facts["preprocessing"], within(own, "preprocessing.")
        )
        inner._rebuild(facts, own)
        self.members_ = inner.members_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = False
        return tags
