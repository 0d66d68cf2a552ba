"""From an artifact back to a fitted estimator."""

from __future__ import annotations

import os

from ..artifacts import read_artifact
from ..errors import ArtifactError
from ._autoencoder import Autoencoder
from ._base import BaseAutoencoder, resolve_device

__all__ = ["ESTIMATORS", "load"]

ESTIMATORS: dict[str, type[BaseAutoencoder]] = {"Autoencoder": Autoencoder}


def load(folder: str | os.PathLike[str], *, device: str = "auto") -> BaseAutoencoder:
    """Load a fitted estimator.

    Parameters
    ----------
    folder : path
        What ``save`` wrote, or a run's folder.
    device : str, default="auto"
        Where its network goes.

    Returns
    -------
    estimator
        Fitted; it gives the codes of the one that was saved.

    Raises
    ------
    ArtifactError
        If there is no artifact, it is damaged, or its estimator or schema is unknown here.
    """
    document, tensors = read_artifact(folder)
    resolve_device(device)
    try:
        parameters = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in document["parameters"].items()
        }
        estimator = ESTIMATORS[document["estimator"]](**{**parameters, "device": device})
        estimator._restore(document, tensors)
    except (AttributeError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ArtifactError(
            f"{folder} is not a complete model: {type(error).__name__}: {error}."
        ) from None
    return estimator
