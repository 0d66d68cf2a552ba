"""isthmus doctor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from .._translation import Message, check_language, locale_language, translate
from ..errors import UsageError, did_you_mean
from ..recipes import load_recipe
from ._config import merged, read_config
from ._declared_parameters import check_declared
from ._device_option import DEVICE
from ._finding_lines import SEVERITY_STYLES, SEVERITY_WORDS
from ._next_command import say_next
from ._option_groups import OUTPUT
from ._options import whole_number
from ._source_options import SourceOptions
from ._status_line import Status
from ._terminal_tables import columns_text, say_table
from ._terminal_text import say, say_json
from ._training_rows import read_planned_rows

__all__ = ["doctor"]

_MOST_COLUMNS = 200  # that are listed on the terminal
_NO_OPTIONS = SourceOptions()
_FAILED = 4
_SEVERITIES = tuple(SEVERITY_WORDS)
_COUNTS = {
    "note": lambda n: Message.plural("{n} note", "{n} notes", n),
    "warning": lambda n: Message.plural("{n} warning", "{n} warnings", n),
    "problem": lambda n: Message.plural("{n} problem", "{n} problems", n),
}


def doctor(
    source: str | None = None,
    /,
    *,
    recipe: Annotated[str | None, Parameter(metavar="NAME")] = None,
    config: Annotated[Path | None, Parameter(metavar="FILE")] = None,
    latent_dim: Annotated[str | None, Parameter(metavar="N")] = None,
    scaling: Annotated[str | None, Parameter(metavar="NAME")] = None,
    seed: Annotated[int | None, Parameter(metavar="N", converter=whole_number)] = None,
    rows: Annotated[SourceOptions, Parameter(name="*")] = _NO_OPTIONS,
    device: Annotated[str | None, DEVICE] = None,
    fail_on: Annotated[str | None, Parameter(metavar="SEVERITY", group=OUTPUT)] = None,
    lang: Annotated[str | None, Parameter(metavar="en|zh", group=OUTPUT)] = None,
    as_json: Annotated[bool, Parameter(name="--json", group=OUTPUT)] = False,
) -> int:
    """Find problems in rows or in a trained run.

    Parameters
    ----------
    source
        Rows, as for `isthmus train`, or a run folder. Default: digits, or the source of the config
        file or the recipe.
    recipe
        Examine the rows with the settings of this recipe.
    config
        Examine the rows with the settings of this YAML file.
    latent_dim
        Code size. Default: as in training.
    scaling
        Scaling of the features. Default: as in training.
    seed
        Seed of the split and of samples. Default: 0.
    rows
        Options for reading rows.
    device
        Device for a run: auto, cpu or cuda. Default: auto.
    fail_on
        Exit with code 4 if a finding has at least this severity: note, warning or problem.
        Default: never.
    lang
        Language of the output: en or zh. Default: that of the locale.
    as_json
        Print one JSON document on stdout instead of text.
    """
    language = locale_language() if lang is None else lang
    check_language(language)
    _check_severity(fail_on)
    parameters = {"latent_dim": latent_dim, "scaling": scaling, "random_state": seed}
    from ..runs import is_run

    status = Status(language)
    layers: list[Mapping[str, Any]] = []
    given = {name: value for name, value in parameters.items() if value is not None}
    if source is not None and is_run(source):
        _check_none_given({**asdict(rows), **parameters, "recipe": recipe, "config": config})
        status.loading()
        from ..runs import examine_run

        status(Message("Examining {run}...", run=source))
        document = examine_run(source, device=device or "auto")
    else:
        layers += [_recipe(recipe)] if recipe is not None else []
        layers += [read_config(config)] if config is not None else []
        flags = {**rows.settings(source), "parameters": given}
        whole = merged([*layers, flags])
        check_declared(whole["estimator"], whole["parameters"])
        dataset = read_planned_rows(whole, status)
        status.loading()
        from ..runs import examine_source

        status(Message("Examining {rows}...", rows=dataset.name))
        document = examine_source(whole, dataset=dataset)
    if as_json:
        say_json(document)
    else:
        _say(document, language)
        if source and not is_run(source) and rows == _NO_OPTIONS and not (layers or given):
            say_next(language, "train", source)
    return _FAILED if fail_on is not None and _is_as_bad(document["findings"], fail_on) else 0


def _recipe(name: str) -> Mapping[str, Any]:
    layer = dict(load_recipe(name))
    parameters = {k: v for k, v in layer.get("parameters", {}).items() if k != "verbose"}
    return {**layer, "parameters": parameters}


def _check_severity(name: str | None) -> None:
    if name is not None and name not in _SEVERITIES:
        raise UsageError(
            f"`fail_on` must be one of {', '.join(_SEVERITIES)}. Got {name!r}."
            + did_you_mean(name, _SEVERITIES)
        )


def _check_none_given(options: Mapping[str, Any]) -> None:
    given = [name for name, value in options.items() if value is not None]
    if given:
        names = ", ".join(f"`{name}`" for name in given)
        raise UsageError(
            f"A run is examined with its own settings. Got {names}: leave that out, or pass a "
            "source."
        )


def _is_as_bad(findings: Sequence[Mapping[str, Any]], severity: str) -> bool:
    line = _SEVERITIES.index(severity)
    return any(_SEVERITIES.index(finding["severity"]) >= line for finding in findings)


def _say(document: Mapping[str, Any], language: str) -> None:
    def told(text: str, style: str = "") -> None:
        say(translate(text, language), style=style)

    told(
        Message(
            "{source}: {training_rows}, {n_held_out:,} held out, {columns}",
            source=document["source"],
            training_rows=Message.plural(
                "{n:,} training row", "{n:,} training rows", document["n_rows_train"]
            ),
            n_held_out=document["n_rows_held_out"],
            columns=Message.plural("{n:,} column", "{n:,} columns", document["n_features"]),
        ),
        "bold",
    )
    for note in document["notes"]:
        told(Message("Note: {note}", note=note))
    if document["columns"] is not None:
        say()
        say_table(columns_text(document["columns"], language, most=_MOST_COLUMNS))
    for finding in document["findings"]:
        say()
        told(
            Message(
                "{severity}: {seen} ({code})",
                severity=SEVERITY_WORDS[finding["severity"]],
                seen=finding["seen"],
                code=finding["code"],
            ),
            SEVERITY_STYLES[finding["severity"]],
        )
        told(Message("  Why it matters: {matters}", matters=finding["matters"]))
        told(Message("  What to do: {advice}", advice=finding["advice"]))
    say()
    told(_counted(document["findings"]), "bold")


def _counted(findings: Sequence[Mapping[str, Any]]) -> Message:
    counts = Counter(finding["severity"] for finding in findings)
    if not counts:
        return Message("No issues found.")
    every = [_COUNTS[name](counts[name]) for name in _SEVERITIES[::-1] if counts[name]]
    return Message("{counts}.", counts=every)
