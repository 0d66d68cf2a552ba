"""Findings about rows and models as lines beside the results of a training."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._translation import Message, translate
from ._terminal_text import NAME, one_line, say

if TYPE_CHECKING:
    from ..doctor import Finding

__all__ = ["SEVERITY_STYLES", "SEVERITY_WORDS", "brief_lines", "say_of_rows"]

# In ascending order, as ``isthmus.doctor.SEVERITIES``, whose import takes seconds.
SEVERITY_WORDS = {
    "note": Message("Note"),
    "warning": Message("Warning"),
    "problem": Message("Problem"),
}
SEVERITY_STYLES = {"note": "", "warning": "yellow", "problem": "red"}
_CONSTANT = "constant_columns"
_MOST = 3  # findings below the results of a training


def say_of_rows(findings: Sequence[Finding], *, language: str = "en") -> list[str]:
    """Print the worst finding about training rows on stderr.

    Parameters
    ----------
    findings : sequence of Finding
        In descending severity; notes are ignored.
    language : {"en", "zh"}, default="en"
        Language of the line.

    Returns
    -------
    list of str
        What was seen, in English, to print it only once.
    """
    bad = [finding for finding in findings if finding.severity != "note"]
    # Equal rows are an error, with its own message.
    if not bad or any(f.values["n"] == f.values["total"] for f in bad if f.code == _CONSTANT):
        return []
    severity = Message("problem") if bad[0].severity == "problem" else Message("warning")
    line = Message("{severity}: {seen}", severity=severity, seen=bad[0].seen)
    if len(bad) > 1:
        line = Message.plural(
            "{finding} {n} more finding: run `isthmus doctor` on this source.",
            "{finding} {n} more findings: run `isthmus doctor` on this source.",
            len(bad) - 1,
            finding=line,
        )
    say(
        f"isthmus: {one_line(translate(line, language))}",
        stream=sys.stderr,
        style="yellow",
        styled=NAME,
    )
    return [str(bad[0].seen)]


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
            severity=SEVERITY_WORDS[finding["severity"]],
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
