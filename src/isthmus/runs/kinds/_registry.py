"""Registry of kinds of estimators: built-in, registered, or from entry points."""

from __future__ import annotations

from typing import Any

from ..._translation import Message
from ...estimators import (
    TRAINABLE,
    Autoencoder,
    AutoencoderOutlierDetector,
    ConvAutoencoder,
    PatchOutlierDetector,
    SparseAutoencoder,
    StackedAutoencoder,
    StackedAutoencoderClassifier,
    VariationalAutoencoder,
    estimator_named,
    plugin,
    register_estimator,
)
from ._classifier_kind import ClassifierKind
from ._conv_kind import ConvKind
from ._detector_kind import DetectorKind, PatchDetectorKind
from ._kind import Kind
from ._sparse_kind import SparseKind
from ._stack_kind import StackKind
from ._variational_kind import VariationalKind

__all__ = ["KINDS", "kind_named", "kind_of", "register_kind"]

KINDS: dict[str, Kind] = {}


def register_kind(kind: Kind) -> Kind:
    """Register a kind of estimator for ``isthmus.load``, runs and the command line.

    A package can register a kind without being imported, with an entry point in the group
    ``isthmus.kinds`` whose name is that of the kind and whose object is the ``Kind``, or the class
    of its estimator if the defaults suit it.

    Parameters
    ----------
    kind : Kind
        Its name and the class name of its estimator must be unused.

    Returns
    -------
    Kind
        The same kind.

    Raises
    ------
    UsageError
        If another estimator has this name or class name.

    Examples
    --------
    >>> from isthmus.estimators import Autoencoder
    >>> from isthmus.runs import Kind, register_kind
    >>> class NarrowAutoencoder(Autoencoder):
    ...     pass
    >>> register_kind(Kind("narrow", NarrowAutoencoder)).can("inverse_transform")
    True
    """
    register_estimator(kind.name, kind.estimator)
    KINDS[kind.name] = kind
    return kind


def kind_named(name: object) -> Kind:
    """Return a kind by name.

    Parameters
    ----------
    name : object
        As for ``--estimator``, not case-sensitive.

    Returns
    -------
    Kind

    Raises
    ------
    UsageError
        If there is none, or the package that defines it cannot be imported.
    """
    key = str(name).lower()
    if key not in KINDS:
        estimator, found = estimator_named(key), plugin(key)
        KINDS[key] = found if isinstance(found, Kind) else Kind(key, estimator)
    return KINDS[key]


def kind_of(estimator: Any) -> Kind:
    """Return the kind of an estimator.

    Parameters
    ----------
    estimator : estimator
        Fitted or not.

    Returns
    -------
    Kind
        A default kind if the estimator's class is not registered.
    """
    names = {cls: name for name, cls in TRAINABLE.items()}
    for cls in type(estimator).__mro__:
        if cls in names:
            return kind_named(names[cls])
    return Kind(type(estimator).__name__, type(estimator))


register_kind(Kind("autoencoder", Autoencoder, Message("the autoencoder")))
register_kind(ConvKind("conv", ConvAutoencoder, Message("the convolutional autoencoder")))
register_kind(SparseKind("sparse", SparseAutoencoder, Message("the sparse autoencoder")))
register_kind(StackKind("stacked", StackedAutoencoder, Message("the stacked autoencoder")))
register_kind(ClassifierKind("stacked-classifier", StackedAutoencoderClassifier))
register_kind(DetectorKind("outlier-detector", AutoencoderOutlierDetector))
register_kind(PatchDetectorKind("patch-detector", PatchOutlierDetector))
register_kind(
    VariationalKind("vae", VariationalAutoencoder, Message("the variational autoencoder"))
)
