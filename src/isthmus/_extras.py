"""Optional packages (the extras of pyproject.toml), imported where they are used."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from .errors import MissingExtraError

__all__ = ["imported"]


def imported(module: str, extra: str, *, package: str | None = None) -> Any:
    """Import a module of an extra.

    Parameters
    ----------
    module : str
        Dotted name.
    extra : str
        Extra that installs it.
    package : str, default=None
        Package name for pip; None for the first part of the module's name.

    Returns
    -------
    module

    Raises
    ------
    MissingExtraError
        If it is not installed or cannot be imported; the message names the pip command.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        top = module.partition(".")[0]
        is_there = importlib.util.find_spec(top) is not None
        # For example numba with a NumPy that is too new for it.
        lack = f"cannot be imported ({error})" if is_there else "is not installed"
        raise MissingExtraError(
            f"{package or top} {lack}. Run `pip install 'isthmus[{extra}]'`."
        ) from None
