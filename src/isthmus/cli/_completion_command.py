"""isthmus completion."""

from __future__ import annotations

from typing import Literal, cast

from ..errors import UsageError, did_you_mean

__all__ = ["completion"]

_SHELLS = ("bash", "zsh", "fish")


def completion(shell: str, /) -> int:
    """Print the completion script of a shell.

    Parameters
    ----------
    shell
        bash, zsh or fish.
    """
    from ._app import app

    if shell not in _SHELLS:
        raise UsageError(
            f"The shell must be one of {', '.join(_SHELLS)}. Got {shell!r}."
            + did_you_mean(shell, _SHELLS)
        )
    known = cast(Literal["bash", "zsh", "fish"], shell)
    print(app.generate_completion(prog_name="isthmus", shell=known))
    return 0
