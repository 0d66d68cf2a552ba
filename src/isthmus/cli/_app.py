"""The app, and how its errors end: one sentence on stderr and an exit code."""

from __future__ import annotations

import errno
import os
import sys
import warnings
from collections.abc import Sequence

from cyclopts import App, CycloptsError, Group, Parameter

from .._version import __version__
from ..errors import IsthmusError, UsageError
from ._estimator_choice import know_estimator
from ._terminal_text import one_line, say
from ._usage import in_options, sentence_of, unknown_command

__all__ = ["app", "main"]

# Commands are imported when they are called, so that `isthmus --help` needs no torch.
COMMANDS = {
    "train": (
        "[SOURCE] [OPTIONS]",
        "Train an autoencoder on your rows and show what it learned, with PCA beside it.\n\n"
        "Without a source it learns from scikit-learn's digits, 1,797 pictures of 8x8. "
        "An option wins over the config file, and the file over the recipe. For example:\n\n"
        "- `isthmus train rows.csv --label species --latent-dim 4`\n"
        "- `isthmus train photos/ --image-size 64 --out runs/photos`\n"
        "- `isthmus train mnist --recipe tutorial`",
    ),
    "sweep": (
        "[SOURCE] --latent-dim 2,4,8 [OPTIONS]",
        "Train once for each value of a parameter, and show what it does to the error.\n\n"
        "Values stand with commas between; those of a parameter that is itself a list, with "
        "slashes: `--hidden-dims 128,64/256,128`. Several such parameters give every combination. "
        "Each training is a run below the sweep's folder; called again with the same arguments and "
        "--out, it goes on where it stopped. For example:\n\n"
        "- `isthmus sweep rows.csv --latent-dim 2,4,8,16 --seeds 3`\n"
        "- `isthmus sweep mnist --learning-rate 1e-3,1e-2 --out runs/rates --jobs 2`\n"
        "- `isthmus sweep mnist --search 20 --learning-rate 1e-3..1e-1 --batch-size 64,256`",
    ),
    "encode": (
        "RUN [SOURCE] --out FILE [OPTIONS]",
        "Write the codes of rows, by a trained run.\n\n"
        "Rows stay in order. For example: `isthmus encode runs/digits-1 -o codes.parquet`",
    ),
    "reconstruct": (
        "RUN [SOURCE] --out FILE [OPTIONS]",
        "Write what a trained run makes of rows: each encoded and decoded again.",
    ),
    "score": (
        "RUN [SOURCE] --out FILE [OPTIONS]",
        "Write how strange each row is, and which features make it so, worst first.\n\n"
        "For example: `isthmus score runs/table-1 new.csv -o strange.csv`",
    ),
    "doctor": (
        "[SOURCE | RUN] [OPTIONS]",
        "Look for what may spoil a training, or has spoilt one.\n\n"
        "Of rows: too few, constant, repeated or wildly scaled ones, held-out rows that are also "
        "trained on, outliers, and whether PCA will do. Of a run also: dead units, columns that do "
        "not come back, over- and underfitting, a loss that was still falling. For example:\n\n"
        "- `isthmus doctor rows.csv --label species`\n"
        "- `isthmus doctor runs/digits-1 --fail-on problem`",
    ),
    "evaluate": (
        "RUN [SOURCE] [OPTIONS]",
        "Measure a trained run on rows that it has not seen, with PCA and the mean beside it.\n\n"
        "For example:\n\n"
        "- `isthmus evaluate runs/digits-1`\n"
        "- `isthmus evaluate runs/table-1 new.csv --label species`\n"
        "- `isthmus evaluate runs/mnist-1 --fail-under variance_explained=0.9`",
    ),
    "compare": (
        "RUN RUN ... [OPTIONS]",
        "Measure several runs on the same rows, in one unit, against the first of them.\n\n"
        "For example: `isthmus compare runs/digits-1 runs/digits-2 -o compared.png`",
    ),
    "report": (
        "RUN [OPTIONS]",
        "Write a run's report anew, in English or Chinese.\n\n"
        "For example: `isthmus report runs/digits-1 --lang zh`",
    ),
    "info": ("RUN [OPTIONS]", "Tell what a run is and how well it does."),
}

app = App(
    name="isthmus",
    help="Compact codes from unlabelled rows that you can trust.",
    usage="Usage: isthmus COMMAND [OPTIONS]",
    version=__version__,
    help_epilogue="`isthmus COMMAND --help` tells a command's options. "
    "`--debug` with any command shows where an error came from.",
    # The texts tell the defaults; no option of ours that is a flag needs its opposite.
    default_parameter=Parameter(show_default=False, negative=()),
    group_parameters=Group("Options", sort_key=0),
    suppress_keyboard_interrupt=False,
)
for _rank, (_name, (_usage, _help)) in enumerate(COMMANDS.items()):
    app.command(
        f"isthmus.cli._{_name}_command:{_name}",
        name=_name,
        help=_help,
        usage=f"Usage: isthmus {_name} {_usage}",
        help_epilogue="",
        sort_key=_rank,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit.

    Parameters
    ----------
    arguments : sequence of str, default=None
        None takes those of the process.

    Raises
    ------
    SystemExit
        Always: 0 for success, 2 for usage, 3 for data that cannot be read, 4 for a check that
        was asked for and not passed, 1 for a failed run.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            code = _run(words)
    except (Exception, KeyboardInterrupt) as error:
        if debug:
            raise
        sentence, code = _explained(error, words)
        if sentence:
            say(f"isthmus: {one_line(sentence)}", stream=sys.stderr)
    sys.exit(code)


def _run(words: list[str]) -> int:
    if words and words[0] not in (*COMMANDS, "--help", "-h", "--version"):
        raise UsageError(unknown_command(words[0], list(COMMANDS)))
    know_estimator(words)
    result = app(words, exit_on_error=False, print_error=False, result_action="return_value")
    sys.stdout.flush()
    return int(result or 0)


def _explained(error: BaseException, words: Sequence[str]) -> tuple[str, int]:
    """Return what to say of an error, and the exit code."""
    if isinstance(error, UsageError):
        return in_options(str(error), words), error.exit_code
    if isinstance(error, IsthmusError):
        return str(error), error.exit_code
    if isinstance(error, CycloptsError):
        return sentence_of(error), 2
    if isinstance(error, KeyboardInterrupt):
        return "interrupted; nothing that was there before has changed.", 1
    if isinstance(error, BrokenPipeError):
        # The reader went away: keep the interpreter from telling so once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return "", 1
    if isinstance(error, OSError):
        where = f" ({error.filename})" if error.filename else ""
        reason = os.strerror(error.errno) if error.errno else str(error)
        advice = " Free some space, or write elsewhere." if error.errno == errno.ENOSPC else ""
        return f"the run failed: {reason}{where}.{advice}", 1
    if isinstance(error, MemoryError) or "can't allocate memory" in str(error):  # torch's
        return (
            "the run failed: it needs more memory than there is. Give it fewer or narrower "
            "layers, or fewer rows.",
            1,
        )
    return (
        f"the run failed: {type(error).__name__}: {error} (--debug shows where; please report it).",
        1,
    )


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    say(f"isthmus: warning: {one_line(str(message))}", stream=sys.stderr)
