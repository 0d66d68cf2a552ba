"""isthmus completion."""

from __future__ import annotations

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
    print(app.generate_completion(prog_name="isthmus", shell=shell))
    return 0
