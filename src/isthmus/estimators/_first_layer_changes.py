"""How far training moved the weights of the first layer from where they started."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .._random import torch_generator
from ._custom_network import own_draws

__all__ = ["first_layer_changes"]


def first_layer_changes(estimator: Any) -> NDArray[np.float64] | None:
    """Return the relative change of the weights of each unit in the first layer.

    The initial weights are drawn again from the seed.

    Parameters
    ----------
    estimator : estimator
        Fitted, with ``first_layer_weight``.

    Returns
    -------
    ndarray of shape (n_units,) or None
        Norm of the change over the norm of the initial weights; None if the network has no such
        layer, or its initial weights are unknown.
    """
    weight, first = (
        estimator.first_layer_weight(),
        _initial(getattr(estimator, "stack_", estimator)),
    )
    if weight is None or first is None or first.shape != weight.shape:
        return None
    norms = np.linalg.norm(first.astype(np.float64), axis=1)
    changes: NDArray[np.float64] = np.linalg.norm(weight.astype(np.float64) - first, axis=1)
    return changes / np.where(norms > 0, norms, 1.0)


def _initial(estimator: Any) -> NDArray[np.float32] | None:
    settings, make = (getattr(estimator, name, None) for name in ("_settings", "_make_network"))
    if settings is None or make is None:
        return None
    with own_draws(estimator.seed_, 0, torch.device("cpu")):
        network = make(settings, torch_generator(estimator.seed_, "weights"))
    layers = getattr(network, "layers", None)
    if layers is None:
        return None
    layer, _ = layers()[0]
    weight: NDArray[np.float32] = layer.weight.detach().numpy()
    return weight
