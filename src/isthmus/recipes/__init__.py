"""Named, complete settings: a tutorial's or a paper's."""

from ._recipes import list_recipes as list_recipes
from ._recipes import load_recipe as load_recipe

__all__ = ["list_recipes", "load_recipe"]
