"""Paths as the user gives them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from ..errors import UsageError

__all__ = ["given_folder"]

_SHOWN = 60  # characters of a path in a message


def given_folder(folder: str | os.PathLike[str]) -> Path:
    """Return the path of a folder, which need not exist.

    Parameters
    ----------
    folder : path
        As given by the user.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    UsageError
        If it is no path, or one that no system call takes.
    """
    try:
        path = Path(folder)
        os.lstat(path)
    except TypeError:
        raise UsageError(
            "The folder of a model must be a text or a pathlib.Path. Got "
            f"{type(folder).__name__}: pass the path of the folder."
        ) from None
    except ValueError:
        raise UsageError(
            f"A path must not contain a null character. Got {_shown(path)}: remove it."
        ) from None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise UsageError(
                f"A path or a name in it is too long for the system: {_shown(path)} Shorten it."
            ) from None
    return path


def _shown(path: Path) -> str:
    text = ascii(str(path))[1:-1]
    return text[:_SHOWN] + "..." * (len(text) > _SHOWN)
