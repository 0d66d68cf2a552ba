"""Which estimator a command line is about, before its options can be read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

__all__ = ["know_estimator"]

_WITH_PARAMETERS = ("train", "sweep")


def know_estimator(words: Sequence[str]) -> None:
    """Register the estimator that a command line names, so that its parameters are options.

    Packages that bring estimators are asked only for one that is not known.

    Parameters
    ----------
    words : sequence of str
        The command line.

    Raises
    ------
    UsageError
        If the package that brings the estimator cannot be imported.
    """
    if not words or words[0] not in _WITH_PARAMETERS:
        return
    from ..estimators import TRAINABLE, plugin  # torch, which `isthmus --help` can do without
    from ._options import refresh_options

    name = str(_named(words)).lower()
    if name not in TRAINABLE:
        plugin(name)  # None is told later, in a sentence that lists all
    refresh_options()


def _named(words: Sequence[str]) -> object:
    """Return the estimator that a command line names, or else its config file; or None."""
    given: dict[str, str] = {}
    for word, following in zip(words, [*words[1:], ""], strict=True):
        option, mark, value = word.partition("=")
        if option in ("--estimator", "--config"):
            given[option] = value if mark else following
    if "--estimator" in given or "--config" not in given:
        return given.get("--estimator")
    try:
        settings = yaml.safe_load(Path(given["--config"]).read_text(encoding="utf-8"))
        return settings.get("estimator")
    except (OSError, ValueError, AttributeError, RecursionError, yaml.YAMLError):
        return None  # told when the file is read in earnest
