"""Groups of options in help: common ones first, then rows, training, and each estimator's own."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from cyclopts import Group

__all__ = [
    "COMMON_READING",
    "ONLY",
    "OPTIONS",
    "OUTPUT",
    "READING",
    "TRAINING",
    "group_of_parameter",
    "is_common",
]

OPTIONS = Group("Options", sort_key=0)
READING = Group("Reading rows", sort_key=2)
TRAINING = Group("Network and training", sort_key=3)
OUTPUT = Group("Output", sort_key=1)

_COMMON_GROUPS = ("Arguments", OPTIONS.name, OUTPUT.name)

# Options that are used most; they are in the first group, "Options".
COMMON_READING = ("label", "columns", "exclude", "text_column", "image_size")
_COMMON = ("latent_dim", "hidden_dims", "layer_dims", "epochs")
ONLY = "Only with --estimator"  # begins the names of the groups of some estimators
_MOST = 3  # estimators that have a parameter, for it to be in the group of all


def group_of_parameter(name: str, owners: Sequence[str]) -> Group:
    """Return the group of an estimator's parameter: "Options" if it is common.

    Parameters
    ----------
    name : str
        Name of the parameter.
    owners : sequence of str
        Names of the estimators that have it.

    Returns
    -------
    cyclopts.Group
    """
    if name in _COMMON:
        return OPTIONS
    return TRAINING if len(owners) >= _MOST else _only(tuple(owners))


def is_common(title: str) -> bool:
    """Return whether a group of options has the common ones, by its title in help."""
    return title in _COMMON_GROUPS


@functools.cache
def _only(owners: tuple[str, ...]) -> Group:
    return Group(f"{ONLY} {' or '.join(owners)}", sort_key=10 + len(owners))
