"""isthmus doctor."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from .._translation import Message, check_language, locale_language, translate
from ..doctor import SEVERITIES, Finding
from ..errors import UsageError, did_you_mean
from ..recipes import load_recipe
from ..runs import examine_run, examine_source, is_run
from ._config import merged, read_config
from ._options import whole_number
from ._source_options import SourceOptions
from ._terminal_tables import columns_text
from ._terminal_text import as_json_value, one_line, say

__all__ = ["brief_lines", "doctor", "say_of_rows"]

_NO_OPTIONS = SourceOptions()
_FAILED = 4
_CONSTANT = "constant_columns"
_SEVERITIES = {
    "note": Message("Note"),
    "warning": Message("Warning"),
    "problem": Message("Problem"),
}
_COUNTS = {
    "note": lambda n: Message.plural("{n} note", "{n} notes", n),
    "warning": lambda n: Message.plural("{n} warning", "{n} warnings", n),
    "problem": lambda n: Message.plural("{n} problem", "{n} problems", n),
}
_MOST = 3  # findings below the results of a training


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
    device: Annotated[str | None, Parameter(metavar="NAME")] = None,
    fail_on: Annotated[str | None, Parameter(metavar="SEVERITY")] = None,
    lang: Annotated[str | None, Parameter(metavar="en|zh")] = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
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
    if source is not None and is_run(source):
        _check_none_given({**asdict(rows), **parameters, "recipe": recipe, "config": config})
        document = examine_run(source, device=device or "auto")
    else:
        layers = [_recipe(recipe)] if recipe is not None else []
        layers += [read_config(config)] if config is not None else []
        given = {name: value for name, value in parameters.items() if value is not None}
        flags = {**rows.settings(source), "parameters": given}
        document = examine_source(merged([*layers, flags]))
    if as_json:
        print(json.dumps(document, indent=2, default=as_json_value))
    else:
        _say(document, language)
    return _FAILED if fail_on is not None and _is_as_bad(document["findings"], fail_on) else 0


def _recipe(name: str) -> Mapping[str, Any]:
    layer = dict(load_recipe(name))
    parameters = {k: v for k, v in layer.get("parameters", {}).items() if k != "verbose"}
    return {**layer, "parameters": parameters}


def _check_severity(name: str | None) -> None:
    if name is not None and name not in SEVERITIES:
        raise UsageError(
            f"`fail_on` must be one of {', '.join(SEVERITIES)}. Got {name!r}."
            + did_you_mean(name, SEVERITIES)
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
    line = SEVERITIES.index(severity)
    return any(SEVERITIES.index(finding["severity"]) >= line for finding in findings)


def _say(document: Mapping[str, Any], language: str) -> None:
    lines: list[str] = [
        Message(
            "{source}: {training_rows}, {n_held_out:,} held out, {columns}",
            source=document["source"],
            training_rows=Message.plural(
                "{n:,} training row", "{n:,} training rows", document["n_rows_train"]
            ),
            n_held_out=document["n_rows_held_out"],
            columns=Message.plural("{n:,} column", "{n:,} columns", document["n_features"]),
        ),
        *(Message("Note: {note}", note=note) for note in document["notes"]),
    ]
    if document["columns"] is not None:
        lines += ["", columns_text(document["columns"], language)]
    for finding in document["findings"]:
        lines += [
            "",
            Message(
                "{severity}: {seen} ({code})",
                severity=_SEVERITIES[finding["severity"]],
                seen=finding["seen"],
                code=finding["code"],
            ),
            Message("  Why it matters: {matters}", matters=finding["matters"]),
            Message("  What to do: {advice}", advice=finding["advice"]),
        ]
    lines += ["", _counted(document["findings"])]
    say("\n".join(translate(line, language) for line in lines))


def _counted(findings: Sequence[Mapping[str, Any]]) -> Message:
    counts = Counter(finding["severity"] for finding in findings)
    if not counts:
        return Message("No issues found.")
    every = [_COUNTS[name](counts[name]) for name in SEVERITIES[::-1] if counts[name]]
    return Message("{counts}.", counts=every)


def say_of_rows(findings: Sequence[Finding], *, language: str = "en") -> None:
    """Print the worst finding about training rows on stderr, in one line.

    Parameters
    ----------
    findings : sequence of Finding
        In descending severity; notes are ignored.
    language : {"en", "zh"}, default="en"
        Language of the line.
    """
    bad = [finding for finding in findings if finding.severity != "note"]
    # Equal rows are an error, with its own message.
    if not bad or any(f.values["n"] == f.values["total"] for f in bad if f.code == _CONSTANT):
        return
    severity = Message("problem") if bad[0].severity == "problem" else Message("warning")
    line = Message("{severity}: {seen}", severity=severity, seen=bad[0].seen)
    if len(bad) > 1:
        line = Message.plural(
            "{finding} {n} more finding: run `isthmus doctor` on this source.",
            "{finding} {n} more findings: run `isthmus doctor` on this source.",
            len(bad) - 1,
            finding=line,
        )
    say(f"isthmus: {one_line(translate(line, language))}", stream=sys.stderr)


def brief_lines(findings: Sequence[Mapping[str, Any]]) -> list[Message]:
    """Return the worst findings, one per line, to print below the results of a training.

    Parameters
    ----------
    findings : sequence of mapping
        As in a report, in descending severity; notes are ignored.

    Returns
    -------
    list of Message
    """
    bad = [finding for finding in findings if finding["severity"] != "note"]
    lines = [
        Message(
            "{severity}: {seen} {advice}",
            severity=_SEVERITIES[finding["severity"]],
            seen=finding["seen"],
            advice=finding["advice"],
        )
        for finding in bad[:_MOST]
    ]
    if len(bad) > _MOST:
        lines.append(
            Message.plural(
                "{n} more finding in the report.",
                "{n} more findings in the report.",
                len(bad) - _MOST,
            )
        )
    return lines
