"""isthmus completion."""

from __future__ import annotations

from typing import Annotated, Literal, cast

from cyclopts import Parameter

from ..errors import UsageError, did_you_mean
from ._terminal_text import say_json

__all__ = ["completion"]

_SHELLS = ("bash", "zsh", "fish")


def completion(shell: str, /, *, as_json: Annotated[bool, Parameter(name="--json")] = False) -> int:
    """Print the completion script of a shell.

    Parameters
    ----------
    shell
        bash, zsh or fish.
    as_json
        Print one JSON document on stdout, with the script.
    """
    from ._app import app

    if shell not in _SHELLS:
        raise UsageError(
            f"The shell must be one of {', '.join(_SHELLS)}. Got {shell!r}."
            + did_you_mean(shell, _SHELLS)
        )
    known = cast(Literal["bash", "zsh", "fish"], shell)
    script = app.generate_completion(prog_name="isthmus", shell=known)
    if as_json:
        say_json({"shell": shell, "script": script})
    else:
        print(script)
    return 0
