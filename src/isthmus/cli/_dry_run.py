"""What a command would read and write, for --dry-run."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from .._translation import Message, translate
from ._option_groups import OUTPUT
from ._terminal_text import say, say_json

__all__ = ["DryRun", "DryRunOutput", "log_places", "say_dry_run"]

_HELP = "Say what would be read and written, after all checks, and write nothing."
DryRun = Annotated[bool, Parameter(name="--dry-run", help=_HELP)]
DryRunOutput = Annotated[bool, Parameter(name="--dry-run", help=_HELP, group=OUTPUT)]


def say_dry_run(
    reads: Mapping[Any, int | None],
    writes: Sequence[str | os.PathLike[str]],
    language: str,
    *,
    as_json: bool,
) -> int:
    """Print what would be read and written, and return the exit code.

    Parameters
    ----------
    reads : mapping of object to int or None
        Run and source, with the number of rows if it is known; an empty name is left out.
    writes : sequence of path
        Files and folders.
    language : {"en", "zh"}
        Language of the lines.
    as_json : bool
        Whether to print a JSON document instead.

    Returns
    -------
    int
        0.
    """
    sources = {str(place): n for place, n in reads.items() if place not in (None, "")}
    if as_json:
        say_json(_document(sources, [Path(path) for path in writes]))
        return 0
    for place, n in sources.items():
        line = Message("Would read {place}.", place=place)
        if n is not None:
            line = Message.plural(
                "Would read {place}: {n:,} row.", "Would read {place}: {n:,} rows.", n, place=place
            )
        say(translate(line, language))
    for path in map(Path, writes):
        line = Message("Would write {file}.", file=str(path))
        if os.path.lexists(path):
            line = Message("Would replace {file}.", file=str(path))
        say(translate(line, language))
    say(translate(Message("Nothing was written."), language))
    return 0


def _document(reads: Mapping[str, int | None], writes: Sequence[Path]) -> dict[str, Any]:
    return {
        "dry_run": True,
        "reads": [{"place": place, "n_rows": n} for place, n in reads.items()],
        "writes": [{"file": str(path), "exists": os.path.lexists(path)} for path in writes],
    }


def log_places(logs: Sequence[str] | None, folder: Path) -> list[Path]:
    """Return the files and folders of the logs of a run, outside its folder.

    Parameters
    ----------
    logs : sequence of str or None
        As for ``--log``.
    folder : pathlib.Path
        The run.

    Returns
    -------
    list of pathlib.Path
    """
    named = [text.partition("=") for text in logs or ()]
    places = {
        "tensorboard": lambda place: [Path(place)] if place else [],
        "mlflow": lambda place: [Path(place or folder.parent / "mlflow.db")],
    }
    return [path for tool, _, place in named if tool in places for path in places[tool](place)]
