"""isthmus verify."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from .._translation import Message, check_language, locale_language, translate, width
from ..errors import UsageError
from ._drift_warning import FAILED
from ._terminal_text import say, say_json

__all__ = ["verify"]

_STATUS = {"ok": Message("ok"), "note": Message("note"), "failed": Message("failed")}
_STYLES = {"ok": "green", "note": "yellow", "failed": "red"}


def verify(
    *runs: Path,
    lang: Annotated[str | None, Parameter(metavar="en|zh")] = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Check that every file of a run is whole and belongs to its model.

    Parameters
    ----------
    runs
        Runs, saved models, or folders of runs such as a sweep's.
    lang
        Language of the output: en or zh. Default: that of the locale.
    as_json
        Print one JSON document on stdout instead of text.
    """
    language = locale_language() if lang is None else lang
    check_language(language)
    if not runs:
        raise UsageError("`verify` requires at least one run. Got none.")
    from ..runs import verify_runs

    results = verify_runs(runs)
    passed = all(result["passed"] for result in results)
    if as_json:
        say_json({"passed": passed, "runs": results}, indent=1)
    else:
        for result in results:
            _say(result, language)
    return 0 if passed else FAILED


def _say(result: dict[str, Any], language: str) -> None:
    say(result["run"], style="bold")
    words = {status: translate(word, language) for status, word in _STATUS.items()}
    widest = max(map(width, words.values()))
    files = max((width(check["file"]) for check in result["checks"]), default=0)
    for check in result["checks"]:
        word, file = words[check["status"]], check["file"]
        head = f"  {word}{' ' * (widest - width(word))}"
        gap = " " * (files - width(file))
        text = f"{head}  {file}{gap}  {translate(check['message'], language)}"
        say(text, style=_STYLES[check["status"]], styled=head)
    n = sum(check["status"] == "failed" for check in result["checks"])
    line = Message("Every file is whole and belongs to the model.")
    if n:
        line = Message.plural("{n} check failed.", "{n} checks failed.", n)
    say(f"{translate(line, language)}\n")
