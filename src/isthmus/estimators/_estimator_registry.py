"""Which estimators there are: those of Isthmus, and those that others register."""

from __future__ import annotations

import re
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from ..errors import UsageError, did_you_mean

__all__ = [
    "GROUP",
    "TRAINABLE",
    "estimator_named",
    "estimator_names",
    "plugin",
    "register_estimator",
    "saved_estimator",
]

GROUP = "isthmus.kinds"  # of the entry points by which packages bring estimators of their own
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

# Those that a run can train, by the names that they have on the command line.
TRAINABLE: dict[str, Any] = {}
_PLUGINS: dict[str, Any] = {}  # what entry points gave, by their names


def register_estimator(name: str, estimator: type) -> None:
    """Make an estimator known by name, and to ``load`` by its class's name.

    Parameters
    ----------
    name : str
        What the command line calls it: small letters, digits and hyphens.
    estimator : type
        Its class, with ``fit``, ``save`` and the rest of ``BaseAutoencoder``'s or another Isthmus
        estimator's interface; every constructor parameter has a default.

    Raises
    ------
    UsageError
        If the name is no such word, or it or the class's name is another estimator's.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            "An estimator's name must be of small letters, digits and hyphens, such as "
            f"'pixel-vae'. Got {name!r}."
        )
    for known, other in TRAINABLE.items():
        is_same = _path(other) == _path(estimator)
        if (known == name or other.__name__ == estimator.__name__) and not is_same:
            raise UsageError(
                f"The estimator {estimator.__name__!r} cannot be registered as {name!r}: "
                f"{_path(other)} is there already as {known!r}. Choose another name."
            )
    TRAINABLE[name] = estimator


def _path(estimator: type) -> str:
    return f"{estimator.__module__}.{estimator.__qualname__}"


def estimator_names() -> list[str]:
    """Return the names of all estimators; packages that bring some are not imported for it.

    Returns
    -------
    list of str
    """
    return list(dict.fromkeys([*TRAINABLE, *(entry.name for entry in _entries())]))


def estimator_named(name: object) -> Any:
    """Return an estimator's class by the name that the command line has for it.

    Parameters
    ----------
    name : object
        In any case of letters. A name that is not known is looked for among the entry points of
        the group ``isthmus.kinds``.

    Returns
    -------
    type

    Raises
    ------
    UsageError
        If there is none, or the package that brings it cannot be imported.
    """
    word = str(name).lower()
    if word not in TRAINABLE:
        plugin(word)
    if word not in TRAINABLE:
        names = estimator_names()
        raise UsageError(
            f"`estimator` must be one of {', '.join(names)}. Got {name!r}."
            + did_you_mean(str(name), names)
        )
    return TRAINABLE[word]


def saved_estimator(class_name: object) -> Any:
    """Return an estimator's class by its own name, as an artifact tells it.

    Parameters
    ----------
    class_name : object
        The class's name.

    Returns
    -------
    type or None
        None if no estimator that is registered, or that an installed package brings, is called
        so.

    Raises
    ------
    UsageError
        If there is none, and a package that may bring it cannot be imported.
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
    return next((e for e in TRAINABLE.values() if e.__name__ == class_name), None)


def plugin(name: str) -> Any:
    """Return what an entry point of the group ``isthmus.kinds`` gives, and register it.

    Parameters
    ----------
    name : str
        The entry point's.

    Returns
    -------
    object or None
        An estimator's class, or a ``isthmus.runs.Kind``; None if there is no such entry point.

    Raises
    ------
    UsageError
        If it cannot be imported, or gives something else.
    """
    if name in _PLUGINS:
        return _PLUGINS[name]
    entry = next((entry for entry in _entries() if entry.name == name), None)
    if entry is None:
        return None
    try:
        found = entry.load()
    except Exception as error:  # whatever a package of others may raise
        raise UsageError(
            f"The estimator {name!r} cannot be loaded from {entry.value} ({type(error).__name__}: "
            f"{error}): install the package that brings it again, or remove it."
        ) from None
    estimator = getattr(found, "estimator", found)
    if not isinstance(estimator, type):
        raise UsageError(
            f"The entry point {name!r} of {GROUP} must give an estimator's class or a Kind. "
            f"{entry.value} is a {type(found).__name__}."
        )
    register_estimator(name, estimator)
    _PLUGINS[name] = found
    return found


def _entries() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=GROUP))
