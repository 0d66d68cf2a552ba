"""Loading of fitted estimators from artifacts."""

from __future__ import annotations

import os
from typing import Any

from torch import nn

from .._damage import DamageError, what_is_wrong
from .._estimator_registry import LOADABLE, register_estimator, saved_estimator
from ..artifacts import read_artifact
from ..errors import ArtifactError, UsageError
from ._auto_choices import resolve_device
from ._autoencoder import Autoencoder
from ._conv_autoencoder import ConvAutoencoder
from ._imputer import AutoencoderImputer
from ._outlier_detector import AutoencoderOutlierDetector
from ._patch_outlier_detector import PatchOutlierDetector
from ._sparse_autoencoder import SparseAutoencoder
from ._stacked_autoencoder import StackedAutoencoder
from ._stacked_classifier import StackedAutoencoderClassifier
from ._variational_autoencoder import VariationalAutoencoder

__all__ = ["load"]

for _name, _estimator in (
    ("autoencoder", Autoencoder),
    ("conv", ConvAutoencoder),
    ("sparse", SparseAutoencoder),
    ("stacked", StackedAutoencoder),
    ("stacked-classifier", StackedAutoencoderClassifier),
    ("outlier-detector", AutoencoderOutlierDetector),
    ("patch-detector", PatchOutlierDetector),
    ("vae", VariationalAutoencoder),
):
    register_estimator(_name, _estimator)
LOADABLE.append(AutoencoderImputer)


_DAMAGE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


def _class_named(name: object) -> Any:
    advice = "import the package that defines it, or use the version of Isthmus that saved it."
    try:
        estimator = saved_estimator(name)
    except UsageError as error:
        estimator, advice = None, str(error)
    if estimator is None:
        raise ArtifactError(f"The estimator {name!r} of this model is unknown: {advice}")
    return estimator


def load(
    folder: str | os.PathLike[str],
    *,
    device: str = "auto",
    encoder: nn.Module | None = None,
    decoder: nn.Module | None = None,
) -> Any:
    """Load a fitted estimator.

    Parameters
    ----------
    folder : path
        Artifact written by ``save``, or a run folder; or ``hf://user/name@revision`` on the
        Hugging Face Hub, which needs the extra ``hub``. Without a revision it is the newest one.
    device : str, default="auto"
        Device of the network.
    encoder, decoder : torch.nn.Module, default=None
        Modules for a model with a custom network; by default they are created from their import
        paths, without arguments. Their weights are overwritten in a copy.

    Returns
    -------
    estimator
        Fitted, with the same codes or scores as the saved one.

    Raises
    ------
    ArtifactError
        If there is no artifact, it is damaged, or its estimator or schema is unknown.
    UsageError
        If ``folder`` cannot be a path.
    """
    document, tensors = read_artifact(folder)
    resolve_device(device)
    try:
        parameters = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in document["parameters"].items()
        }
        if encoder is not None or decoder is not None:
            parameters |= {"encoder": encoder, "decoder": decoder}
        kind = _class_named(document["estimator"])
        if unknown := sorted({*parameters} - {*kind._get_param_names()}):
            raise DamageError(f"`{unknown[0]}` is no parameter of {kind.__name__}")
        estimator = kind(**{**parameters, "device": device})
        estimator.check_parameters()
        estimator._restore(document, tensors)
    except ArtifactError:
        raise
    except MemoryError:
        raise ArtifactError(f"{folder} does not fit into memory.") from None
    except _DAMAGE as error:
        raise ArtifactError(
            f"{folder} is not a complete model: its model.json is damaged ({what_is_wrong(error)})."
        ) from None
    return estimator
