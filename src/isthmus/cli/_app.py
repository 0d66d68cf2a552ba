"""Command-line app, with its errors as one sentence on stderr and an exit code."""

from __future__ import annotations

import errno
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App, CycloptsError, Parameter

from .._version import __version__
from ..errors import IsthmusError, LostProcessError, UsageError
from ._ctrl_c import INTERRUPTED, CtrlC
from ._estimator_choice import know_estimator
from ._given_words import check_not_empty, parsable_words
from ._help_lengths import HELP_ALL, common_help
from ._json_documents import SCHEMA_OPTION, begin_documents, json_schema, say_error
from ._launched_ranks import (
    check_runs_alone,
    exit_after_peers,
    exit_without_peers,
    first_to_fail,
    only_rank_0_speaks,
)
from ._option_groups import OPTIONS
from ._standard_streams import (
    PIPE_CLOSED,
    check_output_was_open,
    flush_output,
    give_up_streams,
    open_streams,
)
from ._terminal_text import NAME, is_plain, one_line, say, say_json, show_line, without_colour
from ._usage import in_options, sentence_of, unknown_command
from ._version_facts import asks_for_facts, version_facts

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["app", "main"]

# Commands are imported when they are called: `isthmus --help` must not import torch.
COMMANDS = {
    "train": (
        "[SOURCE] [OPTIONS]",
        "Train an autoencoder and compare it with PCA.\n\n"
        "Without a source it trains on scikit-learn's digits, 1,797 pictures of 8x8. "
        "Options override the config file, which overrides the recipe. For example:\n\n"
        "- `isthmus train rows.csv --label species --latent-dim 4`\n"
        "- `isthmus train photos/ --image-size 64 --out runs/photos`\n"
        "- `isthmus train mnist --recipe tutorial`",
    ),
    "sweep": (
        "[SOURCE] --latent-dim 2,4,8 [OPTIONS]",
        "Train once per value of a parameter, and compare the errors.\n\n"
        "Separate values with commas, or with slashes if each value is a list: "
        "`--hidden-dims 128,64/256,128`. With several parameters, all combinations are trained. "
        "Each training is a run below the sweep's folder. The same command with the same --out "
        "continues an interrupted sweep. For example:\n\n"
        "- `isthmus sweep rows.csv --latent-dim 2,4,8,16 --seeds 3`\n"
        "- `isthmus sweep mnist --learning-rate 1e-3,1e-2 --out runs/rates --jobs 2`\n"
        "- `isthmus sweep mnist --search 20 --learning-rate 1e-3..1e-1 --batch-size 64,256`",
    ),
    "encode": (
        "RUN [SOURCE] --out FILE [OPTIONS]",
        "Encode rows with a trained run.\n\n"
        "Rows keep their order. For example: `isthmus encode runs/digits-1 -o codes.parquet`",
    ),
    "reconstruct": (
        "RUN [SOURCE] --out FILE [OPTIONS]",
        "Reconstruct rows with a trained run.",
    ),
    "export": (
        "RUN --out FILE [OPTIONS]",
        "Export a trained run to ONNX or torch.export, and check the file.\n\n"
        "The file contains the preprocessing and needs no Isthmus. It is run on held-out rows, and "
        "is only written if it computes the same as the run. For example:\n\n"
        "- `isthmus export runs/digits-1 -o encoder.onnx`\n"
        "- `isthmus export runs/table-1 -o model.onnx --part reconstruction --weights int8`\n"
        "- `isthmus export runs/digits-1 -o decoder.pt2 --part decoder`",
    ),
    "sample": (
        "RUN --out FILE [OPTIONS]",
        "Draw new rows from a trained run.\n\n"
        "Codes are drawn from a Gaussian mixture of the training codes, and decoded. For "
        "example:\n\n"
        "- `isthmus sample runs/digits-1 -n 64 -o grid.png`\n"
        "- `isthmus sample runs/table-1 -n 1000 -o rows.csv`",
    ),
    "interpolate": (
        "RUN [SOURCE] --rows N,N --out FILE [OPTIONS]",
        "Walk between two rows in a straight line between their codes.\n\n"
        "For example: `isthmus interpolate runs/digits-1 --rows 3,17 -o strip.png`",
    ),
    "similar": (
        "RUN [SOURCE] --row N | --like SOURCE | --duplicates [OPTIONS]",
        "Find the rows with the most similar codes, or groups of duplicates.\n\n"
        "For example:\n\n"
        "- `isthmus similar runs/digits-1 --row 3 -o similar.png`\n"
        "- `isthmus similar runs/table-1 --like new.csv -n 5`\n"
        "- `isthmus similar runs/photos-1 --duplicates -o duplicates.csv`",
    ),
    "score": (
        "RUN [SOURCE] --out FILE [OPTIONS]",
        "Score how anomalous each row is, most anomalous first, and name the features "
        "responsible.\n\nFor example: `isthmus score runs/table-1 new.csv -o anomalies.csv`",
    ),
    "impute": (
        "SOURCE | RUN [NEW] [OPTIONS]",
        "Fill missing cells of a table, and say how well that works.\n\n"
        "Observed cells stay as they are. A tenth of them are hidden on purpose, to compare the "
        "errors with those of the mean and of scikit-learn's IterativeImputer. For example:\n\n"
        "- `isthmus impute patients.csv -o filled.csv --mark`\n"
        "- `isthmus impute patients.csv -o filled.parquet --draws 5`\n"
        "- `isthmus impute runs/patients-1 new.csv`",
    ),
    "doctor": (
        "[SOURCE | RUN] [OPTIONS]",
        "Find problems in rows or in a trained run.\n\nIn rows: too few rows, constant, repeated "
        "or wildly scaled columns, held-out rows that are also training rows, outliers, and "
        "whether PCA is good enough. In a run also: dead units, columns that are not "
        "reconstructed, over- and underfitting, a loss that was still falling. For example:\n\n"
        "- `isthmus doctor rows.csv --label species`\n"
        "- `isthmus doctor runs/digits-1 --fail-on problem`",
    ),
    "latents": (
        "RUN [SOURCE] [OPTIONS]",
        "List the latents of a sparse autoencoder, with the rows that activate each of them "
        "most.\n\nFor example:\n\n"
        "- `isthmus latents runs/mnist-1`\n"
        "- `isthmus latents runs/news-1 new.csv --top 50 --json`",
    ),
    "evaluate": (
        "RUN [SOURCE] [OPTIONS]",
        "Evaluate a trained run on held-out or new rows, compared with PCA and the mean.\n\n"
        "For example:\n\n"
        "- `isthmus evaluate runs/digits-1`\n"
        "- `isthmus evaluate runs/table-1 new.csv --label species`\n"
        "- `isthmus evaluate runs/mnist-1 --fail-under variance_explained=0.9`",
    ),
    "runs": (
        "[FOLDER] [OPTIONS]",
        "List trained runs with their errors, compared with PCA.\n\n"
        "Runs of sweeps are listed too. For example:\n\n"
        "- `isthmus runs`\n"
        "- `isthmus runs runs/sweep-1 --sort error`\n"
        "- `isthmus runs --where source=digits --where latent_dim=8`",
    ),
    "compare": (
        "RUN RUN ... [OPTIONS]",
        "Compare runs on the same rows, in the units of the first one.\n\n"
        "A folder of runs, such as a sweep's, stands for all runs in it. For example:\n\n"
        "- `isthmus compare runs/digits-1 runs/digits-2 -o compared.html`\n"
        "- `isthmus compare runs/sweep-1`\n"
        "- `isthmus compare 'runs/digits-*' -o compared.png`",
    ),
    "report": (
        "RUN [OPTIONS]",
        "Write a run's report again, in English or Chinese.\n\n"
        "For example: `isthmus report runs/digits-1 --lang zh`",
    ),
    "info": ("RUN [OPTIONS]", "Show what a run is and how well it performs."),
    "verify": (
        "RUN ... [OPTIONS]",
        "Check that every file of a run is whole and belongs to its model.\n\n"
        "The exit code is 4 if a check fails. For example: `isthmus verify runs/*`",
    ),
    "push": (
        "RUN REPO [OPTIONS]",
        "Push a run's model and model card to the Hugging Face Hub.\n\n"
        "It requires `pip install 'isthmus[hub]'`. For example: `isthmus push runs/digits-1 "
        "user/digits --license apache-2.0`",
    ),
    "completion": (
        "bash|zsh|fish",
        "Print the completion script of a shell.\n\nTo complete commands and options:\n\n"
        "- bash: `isthmus completion bash > ~/.local/share/bash-completion/completions/isthmus`\n"
        "- zsh: `isthmus completion zsh > ~/.zfunc/_isthmus`, with `~/.zfunc` in `fpath`\n"
        "- fish: `isthmus completion fish > ~/.config/fish/completions/isthmus.fish`",
    ),
}

_DENIED = (
    "must be readable, and writable for an output. The system says: Permission denied. Change its "
    "permissions, or choose another place."
)
_PLAIN = {"--no-color", "--no-colour"}

app = App(
    name="isthmus",
    help="Autoencoders for compact codes of unlabelled rows, checked against PCA.",
    usage="Usage: isthmus COMMAND [OPTIONS]",
    version=__version__,
    help_epilogue="Run `isthmus COMMAND --help` for the options of a command, or with "
    "`--help-all` for all of them. Add `--debug` to any command to see where an error came "
    "from, `--no-color` to print without colours, and `--json-schema` to print the JSON Schema of "
    "what it prints with `--json`. `isthmus --version --verbose` shows what a bug report needs.",
    # Defaults are part of the texts; no flag of ours needs a negated form.
    default_parameter=Parameter(show_default=False, negative=()),
    group_parameters=OPTIONS,
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
        None uses the arguments of the process.

    Raises
    ------
    SystemExit
        Always, with an exit code of docs/cli-contract.md.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    with open_streams():
        code = _exit_code(words)
        give_up_streams()
    if arguments is None:  # this process is that of the command
        exit_after_peers(code)
    sys.exit(code)


def _exit_code(words: list[str]) -> int:
    """Run the command line, print its error, and return the exit code."""
    debug = "--debug" in words
    if _PLAIN & {*words}:
        without_colour()
    begin_documents()
    words = parsable_words([word for word in words if word not in (*_PLAIN, "--debug")])
    ctrl_c = CtrlC()
    try:
        with warnings.catch_warnings(), ctrl_c, only_rank_0_speaks():
            warnings.showwarning = _shown_once()
            code = _run(words)
            flush_output()
            check_output_was_open()
    except (Exception, KeyboardInterrupt) as caught:
        error = ctrl_c.cause(caught)
        sentence, code = _explained(error, words)
        with suppress(OSError):  # of a broken stderr
            if debug:
                say("".join(traceback.format_exception(caught)).rstrip("\n"), stream=sys.stderr)
            if sentence and first_to_fail():
                sentence = one_line(sentence)
                say(f"isthmus: {sentence}", stream=sys.stderr, style="red", styled=NAME)
                say_error(error, sentence, code, words)
        if isinstance(error, LostProcessError):
            exit_without_peers(code)
    with suppress(OSError):
        show_line()  # erases the status line
    return code


def _run(words: list[str]) -> int:
    if asks_for_facts(words):
        say(version_facts())
        return 0
    if words and words[0] in COMMANDS and SCHEMA_OPTION in words:
        say_json(json_schema(words[0]))
        return 0
    if words and words[0] not in (*COMMANDS, "--help", "-h", HELP_ALL, "--version"):
        raise UsageError(unknown_command(words[0], list(COMMANDS)))
    if words and words[0] in COMMANDS and not {"--help", "-h", HELP_ALL} & {*words}:
        check_not_empty(words)
        check_runs_alone(words[0])
        _check_working_folder()
    help_shown = common_help(words, know_estimator(words))
    app.help_formatter = help_shown
    try:
        result = app(
            ["--help" if word == HELP_ALL else word for word in words],
            console=_plain_console() if is_plain() else None,
            exit_on_error=False,
            print_error=False,
            result_action="return_value",
        )
    except SystemExit:  # Rich's, when the reader of the help is gone
        raise BrokenPipeError from None
    if help_shown is not None:
        help_shown.finish()
    return int(result or 0)


def _check_working_folder() -> None:
    """Raise ``UsageError`` if the working folder was removed, which ends some libraries."""
    try:
        os.getcwd()
    except OSError:
        raise UsageError(
            "The working folder does not exist any more. Change to another one, and run the "
            "command again."
        ) from None


def _plain_console() -> Console:
    """Return where help is printed without colours."""
    from rich.console import Console

    return Console(color_system=None)


def _explained(error: BaseException, words: Sequence[str]) -> tuple[str, int]:
    """Return the message and exit code of an error."""
    if isinstance(error, UsageError):
        return in_options(str(error), words, partial(_options_of, words)), error.exit_code
    if isinstance(error, IsthmusError):
        return str(error), error.exit_code
    if isinstance(error, CycloptsError):
        return sentence_of(error), 2
    if isinstance(error, KeyboardInterrupt):
        return str(error) or "interrupted; existing files have not changed.", INTERRUPTED
    if isinstance(error, BrokenPipeError):
        return "", PIPE_CLOSED  # the reader is gone, which is no mistake
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        path = str(error.filename)
        return f"A path or a name in it is too long for the system: {path[:60]}... Shorten it.", 1
    if isinstance(error, PermissionError) and error.filename:
        place = _first_denied(Path(os.fsdecode(error.filename)))
        return f"`{place}` {_DENIED}", 3
    if isinstance(error, OSError):
        where = f" ({error.filename})" if error.filename else ""
        reason = os.strerror(error.errno) if error.errno else str(error)
        advice = " Free some space, or write elsewhere." if error.errno == errno.ENOSPC else ""
        return f"the run failed: {reason}{where}.{advice}", 1
    if isinstance(error, MemoryError) or "can't allocate memory" in str(error):  # torch's
        return (
            "the run failed: not enough memory. Use fewer rows, or fewer or narrower layers.",
            1,
        )
    return (
        f"the run failed: {type(error).__name__}: {error} (--debug shows where; please report it).",
        1,
    )


def _first_denied(path: Path) -> Path:
    """Return the outermost folder of a path that must not be opened, or else the path."""
    # Unlike Path.is_dir, os.path.isdir is False for what is in a folder without permission.
    folders = filter(os.path.isdir, reversed(path.parents))
    return next((place for place in folders if not os.access(place, os.R_OK | os.X_OK)), path)


def _options_of(words: Sequence[str]) -> set[str]:
    """Return the options of the command in a command line."""
    if not words or words[0] not in COMMANDS:
        return set()
    return {
        name for option in app[words[0]].assemble_argument_collection() for name in option.names
    }


def _shown_once() -> Callable[..., None]:
    """Return a function that prints a warning as one line, unless it has before."""
    said: set[str] = set()

    def show(message: Warning | str, *_: object, **__: object) -> None:
        line = f"isthmus: warning: {one_line(str(message))}"
        if line not in said:
            said.add(line)
            say(line, stream=sys.stderr, style="yellow", styled=NAME)

    return show
