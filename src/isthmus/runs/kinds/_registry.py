"""The kinds of estimators that runs know: the built-in ones, registered ones, entry points."""

from __future__ import annotations

from typing import Any

from ..._translation import Message
from ...estimators import (
    TRAINABLE,
    Autoencoder,
    AutoencoderOutlierDetector,
    StackedAutoencoder,
    StackedAutoencoderClassifier,
    estimator_named,
    plugin,
    register_estimator,
)
from ._classifier_kind import ClassifierKind
from ._detector_kind import DetectorKind
from ._kind import Kind
from ._stack_kind import StackKind

__all__ = ["KINDS", "kind_named", "kind_of", "register_kind"]

KINDS: dict[str, Kind] = {}


def register_kind(kind: Kind) -> Kind:
    """Make a kind of estimator known to ``isthmus.load``, runs and the command line.

    A package can do the same without being imported first, by an entry point in the group
    ``isthmus.kinds`` whose name is the kind's and whose object is the ``Kind``, or its estimator's
    class where the defaults suit it.

    Parameters
    ----------
    kind : Kind
        Its name and its estimator's class must be new.

    Returns
    -------
    Kind
        The same.

    Raises
    ------
    UsageError
        If another estimator has that name, or its class another's name.

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
    """Return the kind of a name.

    Parameters
    ----------
    name : object
        As for ``--estimator``, in any case.

    Returns
    -------
    Kind

    Raises
    ------
    UsageError
        If there is none, or the package that offers it cannot be imported.
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
        A default one for an estimator whose class was never registered.
    """
    names = {cls: name for name, cls in TRAINABLE.items()}
    for cls in type(estimator).__mro__:
        if cls in names:
            return kind_named(names[cls])
    return Kind(type(estimator).__name__, type(estimator))


register_kind(Kind("autoencoder", Autoencoder, Message("the autoencoder")))
register_kind(StackKind("stacked", StackedAutoencoder, Message("the stacked autoencoder")))
register_kind(ClassifierKind("stacked-classifier", StackedAutoencoderClassifier))
register_kind(DetectorKind("outlier-detector", AutoencoderOutlierDetector))
