"""Recipes: named sets of complete settings, of tutorials or papers."""

from ._recipes import list_recipes as list_recipes
from ._recipes import load_recipe as load_recipe

__all__ = ["list_recipes", "load_recipe"]
