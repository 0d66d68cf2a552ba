"""isthmus push."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from .._translation import Message, check_language, locale_language, translate
from ._status_line import Status
from ._terminal_text import say, say_json

__all__ = ["push"]


def push(
    run: Path,
    repo: str,
    /,
    *,
    license: Annotated[str | None, Parameter(metavar="ID")] = None,
    private: bool = False,
    message: Annotated[str, Parameter(name=("--message", "-m"), metavar="TEXT")] = (
        "Add a model trained with Isthmus"
    ),
    lang: Annotated[str | None, Parameter(metavar="en|zh")] = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Push a run's model and model card to the Hugging Face Hub.

    Parameters
    ----------
    run
        Run folder, or saved model. Only the model and its card are pushed: no rows, figures or
        settings, and of the source only its name.
    repo
        Repository user/name, which is created if needed. Log in with `hf auth login`, or set
        HF_TOKEN.
    license
        License of the model for its card, in the Hub's terms, such as apache-2.0.
    private
        Make a new repository private.
    message
        Message of the commit.
    lang
        Language of the output: en or zh. Default: that of the locale.
    as_json
        Print one JSON document on stdout instead of text.
    """
    language = locale_language() if lang is None else lang
    check_language(language)
    status = Status(language)
    status(Message("Pushing..."))
    from ..runs import push_run

    address = push_run(run, repo, license=license, private=private or None, message=message)
    if as_json:
        say_json({"repo": repo, "commit": address})
        return 0
    say(translate(Message("Pushed to {address}.", address=address), language))
    line = Message("Load it with `isthmus.load({place})`.", place=repr(f"hf://{repo}"))
    say(translate(line, language))
    return 0
