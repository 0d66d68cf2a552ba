"""Packages that Isthmus asks for only where they are used: the extras of pyproject.toml."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from .errors import MissingExtraError

__all__ = ["imported"]


def imported(module: str, extra: str, *, package: str | None = None) -> Any:
    """Return a module of an extra.

    Parameters
    ----------
    module : str
        Its dotted name.
    extra : str
        The extra that installs it.
    package : str, default=None
        What pip calls it; None for the first part of the module's name.

    Returns
    -------
    module

    Raises
    ------
    MissingExtraError
        If it is not installed, or is and cannot be imported; the message names the pip command.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        top = module.partition(".")[0]
        is_there = importlib.util.find_spec(top) is not None
        # Such as numba beside a NumPy that is newer than it knows.
        lack = f"cannot be imported ({error})" if is_there else "is not installed"
        raise MissingExtraError(
            f"{package or top} {lack}: `pip install 'isthmus[{extra}]'` does it."
        ) from None
