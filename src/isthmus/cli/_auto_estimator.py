"""Choice between a perceptron and convolutions, by parameters and rows."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from ._declared_parameters import AUTO, check_declared, parameters_of

if TYPE_CHECKING:
    from ..sources import Dataset

__all__ = ["estimator_for_rows", "estimator_of_parameters"]

_DENSE, _CONV = "autoencoder", "conv"

# Convolutions had lower errors on all pictures measured, but take many times longer, in proportion
# to the number of pixels; PCA is only better than a perceptron in colour (docs/pictures.md).
_MOST_PIXELS = 64 * 64


def estimator_of_parameters(names: Collection[str]) -> str:
    """Return the estimator that has some parameters; "auto" if both choices have all of them.

    Parameters
    ----------
    names : collection of str
        Names of parameters.

    Returns
    -------
    str
    """
    dense, conv = (parameters_of(name).by_name for name in (_DENSE, _CONV))
    if any(name in conv and name not in dense for name in names):
        return _CONV
    return AUTO if all(name in conv for name in names) else _DENSE


def estimator_for_rows(dataset: Dataset, parameters: Mapping[str, Any]) -> str:
    """Return the estimator for rows: convolutions for colour pictures that are not large.

    Parameters
    ----------
    dataset : Dataset
        The source.
    parameters : mapping
        Parameters that both estimators have. Convolutions require values that they support.

    Returns
    -------
    str
    """
    shape = dataset.picture_shape or ()
    if dataset.kind != "pictures" or len(shape) < 3 or math.prod(shape[:2]) > _MOST_PIXELS:
        return _DENSE
    try:
        check_declared(_CONV, parameters)
    except UsageError:
        return _DENSE
    return _CONV
