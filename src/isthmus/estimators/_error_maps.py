"""Maps of the errors in pictures: where a picture is unlike the training pictures."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from sklearn.utils.validation import check_is_fitted

from ..errors import UsageError
from ._checked_rows import checked_rows
from ._owned_preprocessing import OwnsPreprocessing

__all__ = ["HasErrorMaps"]

# Of the errors of the pixels of normal pictures, stored with a model.
QUANTILES = (0.5, 0.9, 0.99, 0.999, 1.0)
_MOST_PICTURES = 200  # whose maps the quantiles are of
_CellErrors = Callable[[Any], NDArray[np.float64]]


class HasErrorMaps(OwnsPreprocessing):
    """Error maps of detectors of pictures.

    A subclass yields the errors of the cells of pictures in ``_error_pictures``, and calls
    ``_learn_quantiles``.

    Attributes
    ----------
    map_quantiles_ : ndarray of shape (5,), float64, or None
        Median, 90 %, 99 % and 99.9 % quantiles and maximum of the errors of pixels of training
        pictures; None for rows that are not pictures.
    """

    map_quantiles_: NDArray[np.float64] | None

    @abstractmethod
    def _error_pictures(
        self, X: Any, errors: _CellErrors | None = None
    ) -> Iterator[tuple[slice, NDArray[np.float64]]]:
        """Yield blocks of pictures with an error for each cell, of (n, height, width, channels)."""

    @property
    def smoothing_(self) -> float:
        """Standard deviation in pixels of the Gaussian that smooths maps; 0 for none."""
        return 0.0

    @property
    def map_shape_(self) -> tuple[int, int] | None:
        """Height and width of the maps; None for rows that are not pictures."""
        shape = self.preprocessor_.picture_shape
        return None if shape is None else (int(shape[0]), int(shape[1]))

    @property
    def map_range_(self) -> tuple[float, float] | None:
        """Ends of the colour scale of all maps: the median error, and twice the 99.9 % quantile.

        They are those of pixels of training pictures, so that maps of any pictures can be compared.
        None for rows that are not pictures.
        """
        check_is_fitted(self)
        if self.map_quantiles_ is None:
            return None
        low, high = (float(self.map_quantiles_[k]) for k in (0, 3))
        return low, max(2 * high, low + 1e-12)

    def score_maps(self, X: Any, *, smoothing: float | None = None) -> NDArray[np.float64]:
        """Map of each picture's errors, larger where it is more anomalous.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, height, width[, channels])
            Pictures or feature maps of the shape of the training ones.
        smoothing : float, default=None
            Standard deviation in pixels of a Gaussian that smooths the maps; 0 for none. None is
            ``smoothing_``.

        Returns
        -------
        ndarray of shape (n_samples, height, width), float64
            Unitless and at least 0; the mean over the channels of a pixel.

        Raises
        ------
        UsageError
            If the detector was not fitted on pictures, or ``smoothing`` is negative.
        """
        check_is_fitted(self)
        return self.maps_of(checked_rows(self, X), smoothing=smoothing)

    def maps_of(
        self, X: Any, errors: _CellErrors | None = None, *, smoothing: float | None = None
    ) -> NDArray[np.float64]:
        """Return maps of the detector's errors, or of those of another method.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
            Checked rows.
        errors : callable, default=None
            Function from rows, or patches as rows, to an error for each of their cells. None uses
            the detector's errors.
        smoothing : float, default=None
            As for ``score_maps``.

        Returns
        -------
        ndarray of shape (n_samples, height, width), float64
        """
        self.check_maps()
        assert self.map_shape_ is not None
        sigma = float(self.smoothing_ if smoothing is None else smoothing)
        if not 0 <= sigma < np.inf:
            raise UsageError(f"`smoothing` must be a number of pixels of at least 0. Got {sigma}.")
        maps = np.empty((X.shape[0], *self.map_shape_))
        for where, cells in self._error_pictures(X, errors):
            maps[where] = cells.mean(axis=3)
            if sigma:
                maps[where] = gaussian_filter(maps[where], (0, sigma, sigma))
        return maps

    def drawn_patches(self, X: Any) -> Any:
        """Return the rows that the detector learns from pictures: the pictures themselves.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
            Checked rows.

        Returns
        -------
        ndarray of shape (n, n_values)
        """
        return X

    def picture_errors(self, maps: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the error of each picture, given its map: the mean of its pixels.

        Parameters
        ----------
        maps : ndarray of shape (n_samples, height, width)
            Errors of pixels.

        Returns
        -------
        ndarray of shape (n_samples,), float64
        """
        errors: NDArray[np.float64] = maps.mean(axis=(1, 2))
        return errors

    def _learn_quantiles(self, X: Any) -> None:
        """Set the quantiles of the errors of the pixels of some pictures."""
        self.map_quantiles_ = None
        if self.map_shape_ is not None:
            step = -(-X.shape[0] // _MOST_PICTURES)
            maps = self.maps_of(X[np.arange(0, X.shape[0], step)])
            self.map_quantiles_ = np.quantile(maps, QUANTILES)

    def check_maps(self) -> None:
        """Raise ``UsageError`` if the rows that it was fitted on are not pictures."""
        check_is_fitted(self)
        if self.map_shape_ is not None:
            return
        raise UsageError(
            f"Maps require pictures. This {type(self).__name__} was fitted on rows without a "
            "picture shape: fit it on an array of shape (n, height, width), or pass "
            "`picture_shape`."
        )
