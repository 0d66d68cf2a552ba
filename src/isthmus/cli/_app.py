"""The app, and how its errors end: one sentence on stderr and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from .._version import __version__
from ..errors import IsthmusError, did_you_mean

__all__ = ["app", "main"]

# Commands are imported when they are called, so that `isthmus --help` needs no torch.
COMMANDS = {
    "train": "Train an autoencoder on your rows and show what it learned, with PCA beside it.",
    "encode": "Write the codes of rows, by a trained run.",
    "reconstruct": "Write what a trained run makes of rows.",
    "info": "Tell what a run is and how well it does.",
}

app = App(
    name="isthmus",
    help="Compact codes from unlabelled rows that you can trust.",
    version=__version__,
    help_epilogue="`isthmus COMMAND --help` tells a command's options. "
    "`--debug` with any command shows where an error came from.",
)
for _name, _help in COMMANDS.items():
    app.command(f"isthmus.cli._{_name}:{_name}", name=_name, help=_help)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit.

    Parameters
    ----------
    arguments : sequence of str, default=None
        None takes those of the process.

    Raises
    ------
    SystemExit
        Always: 0 for success, 2 for usage, 3 for data that cannot be read, 1 for a failed run.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    try:
        sys.exit(_run(words))
    except (Exception, KeyboardInterrupt) as error:
        if debug:
            raise
        sentence, code = _explained(error)
        if sentence:
            print(f"isthmus: {sentence}", file=sys.stderr)
        sys.exit(code)


def _run(words: list[str]) -> int:
    if words and not words[0].startswith("-") and words[0] not in COMMANDS:
        from ..errors import UsageError

        raise UsageError(
            f"There is no command `{words[0]}`; there are {', '.join(COMMANDS)}."
            + did_you_mean(words[0], COMMANDS)
        )
    result = app(words, exit_on_error=False, print_error=False, result_action="return_value")
    sys.stdout.flush()
    return int(result or 0)


def _explained(error: BaseException) -> tuple[str, int]:
    """Return what to say of an error, and the exit code."""
    if isinstance(error, IsthmusError):
        return _one_line(str(error)), error.exit_code
    if isinstance(error, CycloptsError):
        return _one_line(str(error)), 2
    if isinstance(error, KeyboardInterrupt):
        return "interrupted; nothing that was there before has changed.", 1
    if isinstance(error, BrokenPipeError):
        # The reader went away: keep the interpreter from telling so once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return "", 1
    if isinstance(error, OSError):
        where = f" ({error.filename})" if error.filename else ""
        return f"the run failed: {error.strerror or error}{where}.", 1
    if isinstance(error, MemoryError):
        return "the run failed: it needs more memory than there is.", 1
    return (
        f"the run failed: {type(error).__name__}: {_one_line(str(error))} "
        "(--debug shows where; please report it).",
        1,
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
