"""The kinds of estimators that runs know: the built-in ones, registered ones, entry points."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

from ..._language import Sentence
from ...errors import UsageError, did_you_mean
from ...estimators import (
    Autoencoder,
    AutoencoderOutlierDetector,
    StackedAutoencoder,
    StackedAutoencoderClassifier,
    register_estimator,
)
from ._classifier_kind import ClassifierKind
from ._detector_kind import DetectorKind
from ._kind import Kind
from ._stack_kind import StackKind

__all__ = ["KINDS", "kind_named", "kind_of", "register_kind"]

_GROUP = "isthmus.kinds"  # of entry points, each of which is a Kind

KINDS: dict[str, Kind] = {}


def register_kind(kind: Kind) -> Kind:
    """Make a kind of estimator known to ``isthmus.load``, runs and the command line.

    A package can do the same without being imported first, by an entry point in the group
    ``isthmus.kinds`` whose name is the kind's and whose object is the ``Kind``.

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
        If another kind has that name.
    """
    known = KINDS.setdefault(kind.name, kind)
    if known is not kind:
        raise UsageError(
            f"A kind of estimator needs a name of its own. {kind.name!r} is that of "
            f"{known.estimator.__name__}: choose another."
        )
    register_estimator(kind.name, kind.estimator)
    return kind


def kind_named(name: str) -> Kind:
    """Return the kind of a name.

    Parameters
    ----------
    name : str
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
        _load_entry_point(key)
    if key not in KINDS:
        raise UsageError(
            f"`estimator` must be one of {', '.join(KINDS)}. Got {name!r}."
            + did_you_mean(str(name), KINDS)
        )
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
    for cls in type(estimator).__mro__:
        for kind in KINDS.values():
            if kind.estimator is cls:
                return kind
    return Kind(type(estimator).__name__, type(estimator))


def _load_entry_point(name: str) -> None:
    for entry in entry_points(group=_GROUP, name=name):
        try:
            register_kind(entry.load())
        except Exception as error:
            raise UsageError(
                f"The estimator {name!r} of the package {entry.value.partition(':')[0]} cannot be "
                f"loaded ({type(error).__name__}: {error}): repair or uninstall that package."
            ) from None


register_kind(Kind("autoencoder", Autoencoder, Sentence("the autoencoder")))
register_kind(StackKind("stacked", StackedAutoencoder, Sentence("the stacked autoencoder")))
register_kind(ClassifierKind("stacked-classifier", StackedAutoencoderClassifier))
register_kind(DetectorKind("outlier-detector", AutoencoderOutlierDetector))
