"""Registry of estimators: those of Isthmus and of other packages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from .errors import UsageError, did_you_mean

__all__ = [
    "GROUP",
    "LOADABLE",
    "TRAINABLE",
    "estimator_named",
    "estimator_names",
    "plugin",
    "register_estimator",
    "saved_estimator",
    "unknown_estimator",
]

GROUP = "isthmus.kinds"  # entry points for estimators of other packages
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

# Estimators that a run can train, by command-line name.
TRAINABLE: dict[str, Any] = {}
# Estimators that `load` knows, but a run cannot train.
LOADABLE: list[Any] = []
_PLUGINS: dict[str, Any] = {}  # loaded entry points, by name


def register_estimator(name: str, estimator: type) -> None:
    """Register an estimator for the command line, and for ``load`` by its class name.

    Parameters
    ----------
    name : str
        Name on the command line: lower-case letters, digits and hyphens.
    estimator : type
        Class with ``fit``, ``save`` and the rest of the interface of ``BaseAutoencoder`` or of
        another Isthmus estimator; every constructor parameter has a default.

    Raises
    ------
    UsageError
        If the name is invalid, or it or the class name is already registered.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            "An estimator's name must consist of lower-case letters, digits and hyphens, such as "
            f"'pixel-vae'. Got {name!r}."
        )
    for known, other in TRAINABLE.items():
        is_same = _path(other) == _path(estimator)
        if (known == name or other.__name__ == estimator.__name__) and not is_same:
            raise UsageError(
                f"The estimator {estimator.__name__!r} cannot be registered as {name!r}: "
                f"{_path(other)} is already registered as {known!r}. Choose another name."
            )
    TRAINABLE[name] = estimator


def _path(estimator: type) -> str:
    return f"{estimator.__module__}.{estimator.__qualname__}"


def estimator_names() -> list[str]:
    """Return the names of all estimators, without importing other packages.

    Returns
    -------
    list of str
    """
    return list(dict.fromkeys([*TRAINABLE, *(entry.name for entry in _entries())]))


def estimator_named(name: object) -> Any:
    """Return an estimator's class by its command-line name.

    Parameters
    ----------
    name : object
        Not case-sensitive. A name that is not registered is looked up among the entry points of
        the group ``isthmus.kinds``.

    Returns
    -------
    type

    Raises
    ------
    UsageError
        If there is no such estimator, or its package cannot be imported.
    """
    word = str(name).lower()
    if word not in TRAINABLE:
        plugin(word)
    if word not in TRAINABLE:
        raise unknown_estimator(name, estimator_names())
    return TRAINABLE[word]


def unknown_estimator(name: object, names: Sequence[str]) -> UsageError:
    """Return the error for the name of an estimator that is none of ``names``."""
    return UsageError(
        f"`estimator` must be one of {', '.join(names)}. Got {name!r}."
        + did_you_mean(str(name), names)
    )


def saved_estimator(class_name: object) -> Any:
    """Return an estimator's class by its class name, as stored in an artifact.

    Parameters
    ----------
    class_name : object
        Name of the class.

    Returns
    -------
    type or None
        None if no registered estimator, or one of an installed package, has this name.

    Raises
    ------
    UsageError
        If there is none, and a package that may define it cannot be imported.
    """
    problems: list[str] = []
    found = _called(class_name)
    for entry in () if found is not None else _entries():
        try:
            plugin(entry.name)
        except UsageError as error:
            problems.append(str(error))
        found = _called(class_name)
        if found is not None:
            break
    if found is None and problems:
        raise UsageError(*problems)
    return found


def _called(class_name: object) -> Any:
    known = (*TRAINABLE.values(), *LOADABLE)
    return next((e for e in known if e.__name__ == class_name), None)


def plugin(name: str) -> Any:
    """Load and register an entry point of the group ``isthmus.kinds``.

    Parameters
    ----------
    name : str
        Name of the entry point.

    Returns
    -------
    object or None
        Estimator class, or a ``isthmus.runs.Kind``; None if there is no such entry point.

    Raises
    ------
    UsageError
        If it cannot be imported, or is something else.
    """
    if name in _PLUGINS:
        return _PLUGINS[name]
    entry = next((entry for entry in _entries() if entry.name == name), None)
    if entry is None:
        return None
    try:
        found = entry.load()
    except Exception as error:  # other packages may raise anything
        raise UsageError(
            f"The estimator {name!r} cannot be loaded from {entry.value} ({type(error).__name__}: "
            f"{error}). Reinstall or remove the package that defines it."
        ) from None
    estimator = getattr(found, "estimator", found)
    if not isinstance(estimator, type):
        raise UsageError(
            f"The entry point {name!r} of {GROUP} must be an estimator class or a Kind. "
            f"Got {entry.value}, a {type(found).__name__}."
        )
    register_estimator(name, estimator)
    _PLUGINS[name] = found
    return found


def _entries() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=GROUP))
