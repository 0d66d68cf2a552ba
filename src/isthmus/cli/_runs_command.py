"""isthmus runs."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from .._translation import Message, check_language, locale_language, translate
from ._next_command import say_next
from ._terminal_tables import in_columns, say_table
from ._terminal_text import say, say_json

if TYPE_CHECKING:
    from ..runs import ListedRun

__all__ = ["runs"]

_Column = tuple[str, Callable[["ListedRun"], str]]

_STATUS = {
    "complete": Message("complete"),
    "incomplete": Message("incomplete"),
    "damaged": Message("damaged"),
}


def runs(
    folder: Path = Path("runs"),
    /,
    *,
    sort: Annotated[str, Parameter(metavar="KEY")] = "date",
    reverse: bool = False,
    where: Annotated[
        list[str] | None, Parameter(metavar="NAME=VALUE", consume_multiple=False)
    ] = None,
    lang: Annotated[str | None, Parameter(metavar="en|zh")] = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """List trained runs with their errors, compared with PCA.

    Parameters
    ----------
    folder
        Folder of the runs; those of sweeps in it are listed too. Default: runs.
    sort
        Key to sort by: name, source, estimator, code-size, error, vs-pca, time or date. Default:
        date, the newest first; other keys begin with the smallest value.
    reverse
        Sort in the other direction.
    where
        List only runs with a value: of source, estimator, code_size, status, or a parameter such as
        latent_dim=8 or seed=0. May be repeated. Texts may have `*` and `?`.
    lang
        Language of the output: en or zh. Default: that of the locale.
    as_json
        Print one JSON document on stdout instead of text: a list with one object per run, which
        also has the parameters.
    """
    language = locale_language() if lang is None else lang
    check_language(language)
    from ..runs import check_conditions, list_runs, runs_where, sorted_runs

    sorted_runs([], sort)  # raises for an unknown key
    check_conditions(where or ())
    found = sorted_runs(runs_where(list_runs(folder), where or ()), sort, reverse=reverse)
    if as_json:
        say_json([dataclasses.asdict(run) for run in found], indent=1)
    elif found:
        _say(found, folder, language)
    else:
        say(translate(Message("No runs in {folder}.", folder=str(folder)), language))
    return 0


def _say(found: Sequence[ListedRun], folder: Path, language: str) -> None:
    columns, common = _without_common(_columns(found), found)
    rows = [[name(run) for _, name in columns] for run in found]
    names = [os.path.relpath(run.run, folder) for run in found]
    names = [str(run.run) if name == "." else name for run, name in zip(found, names, strict=True)]
    heads = [Message("run"), *(head for head, _ in columns)]
    lines = [[translate(head, language) for head in heads]]
    lines += [
        [name, *(translate(cell, language) for cell in row)]
        for name, row in zip(names, rows, strict=True)
    ]
    say_table(in_columns(lines))
    say()
    if common:
        say(translate(Message("All runs: {facts}.", facts=common), language))
    for line in _remarks(found, names):
        say(translate(line, language))
    best = [run for run in found if run.error is not None]
    if len(best) > 1:
        say_next(language, "compare", best[0].run, best[1].run)


def _columns(found: Sequence[ListedRun]) -> list[_Column]:
    only_pca = all(run.baseline in (None, "PCA") for run in found)
    columns: list[_Column] = [
        (Message("source"), lambda run: _source(run.source)),
        (Message("estimator"), lambda run: run.estimator or "-"),
        (Message("code size"), lambda run: _shown(run.code_size, "d")),
        (Message("error"), lambda run: _shown(run.error, ".4g")),
        (
            Message("vs. PCA") if only_pca else Message("vs. baseline"),
            lambda run: _change(run.vs_baseline),
        ),
        (Message("seconds"), lambda run: _shown(run.training_seconds, ".1f")),
        (Message("date"), lambda run: (run.created or "-")[:10]),
    ]
    if any(run.status != "complete" for run in found):
        columns.insert(0, (Message("status"), lambda run: _STATUS[run.status]))
    return columns


def _without_common(
    columns: Sequence[_Column], found: Sequence[ListedRun]
) -> tuple[list[_Column], list[Message]]:
    """Return columns without names that all runs share, and these names.

    This leaves room for the others on a narrow terminal.
    """
    kept, common = [], []
    for head, text in columns:
        shared = {text(run) for run in found if run.status == "complete"}
        if head in ("source", "estimator") and len(found) > 1 and len(shared) == 1:
            common.append(Message("{name} {value}", name=head, value=shared.pop()))
        else:
            kept.append((head, text))
    return kept, common


def _remarks(found: Sequence[ListedRun], names: Sequence[str]) -> list[str]:
    """Return lines about the errors, and about each run that is not complete."""
    lines: list[str] = []
    measures = list(dict.fromkeys(run.measure for run in found if run.measure))
    if measures:
        lines.append(
            Message("(Errors: {measures}; of held-out rows, if there are any.)", measures=measures)
        )
    for run, name in zip(found, names, strict=True):
        if run.problem:
            lines.append(Message("{name}: {problem}", name=name, problem=run.problem))
    return lines


def _source(name: str | None) -> str:
    """Return the name of a source, without the folders of a file."""
    return "-" if name is None else os.path.basename(name.rstrip("/")) or name


def _change(value: float | None) -> str:
    """Return a relative difference with its sign, and a tie without one."""
    return _shown(value, "+z.0%").replace("+0%", "0%")


def _shown(value: Any, form: str) -> str:
    return "-" if value is None else f"{value:{form}}"
