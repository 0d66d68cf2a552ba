"""Validation of estimators and settings for evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..errors import UsageError

__all__ = ["check_reconstructs", "check_settings"]

_LEAST = {"n_neighbors": 1, "max_rows": 10, "n_resamples": 0}


def check_reconstructs(estimator: Any) -> None:
    """Raise an error unless an estimator is fitted and can reconstruct rows."""
    if not hasattr(estimator, "scaled_reconstructions"):
        raise UsageError(
            "Only an Autoencoder or StackedAutoencoder can be evaluated. "
            f"Got {type(estimator).__name__}."
        )
    check_is_fitted(estimator)


def check_settings(settings: Mapping[str, Any]) -> None:
    """Raise ``UsageError`` if a setting is out of range.

    Parameters
    ----------
    settings : mapping
        ``confidence``, and any of ``n_neighbors``, ``max_rows`` and ``n_resamples``.
    """
    for name, least in _LEAST.items():
        value = settings.get(name, least)
        is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if not is_whole or value < least:
            raise UsageError(f"`{name}` must be an integer of at least {least}. Got {value!r}.")
    if not 0 < settings["confidence"] < 1:
        raise UsageError(
            "`confidence` must be a number between 0 and 1, such as 0.95. "
            f"Got {settings['confidence']!r}."
        )
