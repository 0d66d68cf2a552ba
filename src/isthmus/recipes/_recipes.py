"""Listing and loading of recipes."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import yaml

from ..errors import UsageError, did_you_mean

__all__ = ["list_recipes", "load_recipe"]


def list_recipes() -> tuple[str, ...]:
    """Return the names of all recipes, sorted."""
    return tuple(
        sorted(
            entry.name.removesuffix(".yaml")
            for entry in files(__package__).iterdir()
            if entry.name.endswith(".yaml")
        )
    )


def load_recipe(name: str) -> dict[str, Any]:
    """Return a recipe by name.

    Parameters
    ----------
    name : str
        One of ``list_recipes()``.

    Returns
    -------
    dict
        ``description``, ``source``, ``estimator`` and ``parameters`` (those of the estimator);
        ``rows`` is "texts" if it is for texts only.

    Raises
    ------
    UsageError
        If the recipe is unknown.
    """
    if name not in list_recipes():
        known = list_recipes()
        raise UsageError(
            f"`recipe` must be one of {', '.join(known)}. Got {name!r}." + did_you_mean(name, known)
        )
    text = files(__package__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    recipe: dict[str, Any] = yaml.safe_load(text)
    return recipe
