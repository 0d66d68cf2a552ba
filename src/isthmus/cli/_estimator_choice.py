"""Detection of the estimator of a command line before its options are parsed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from .._documents import read_yaml_file
from .._estimator_registry import plugin

__all__ = ["know_estimator"]

_WITH_PARAMETERS = ("train", "sweep")


def know_estimator(words: Sequence[str]) -> str:
    """Register the estimator that a command line names, so that its parameters are options.

    Entry points of other packages are only searched for an unknown estimator.

    Parameters
    ----------
    words : sequence of str
        Arguments of the command line.

    Returns
    -------
    str
        Its name; "" if the command line names none.

    Raises
    ------
    UsageError
        If the package that defines the estimator cannot be imported.
    """
    if not words or words[0] not in _WITH_PARAMETERS:
        return ""
    from ._declared_parameters import known_estimators
    from ._options import refresh_options

    name = str(_named(words) or "").lower()
    if name and name not in known_estimators():
        plugin(name)  # None is reported later, with a list of all names
    refresh_options()
    return name


def _named(words: Sequence[str]) -> object:
    """Return the estimator that a command line, or else its config file, names; or None."""
    given: dict[str, str] = {}
    for word, following in zip(words, [*words[1:], ""], strict=True):
        option, mark, value = word.partition("=")
        if option in ("--estimator", "--config"):
            given[option] = value if mark else following
    if "--estimator" in given or "--config" not in given:
        return given.get("--estimator")
    try:
        return read_yaml_file(Path(given["--config"])).get("estimator")
    except (OSError, ValueError, AttributeError, RecursionError, yaml.YAMLError):
        return None  # reported when the file is read again
