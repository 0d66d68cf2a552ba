"""JSON documents on stdout: those of errors, and the schemas of all of them."""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Sequence
from typing import Any

from cyclopts import CycloptsError

from ._terminal_text import Printed, say_json

__all__ = ["SCHEMA_OPTION", "begin_documents", "json_schema", "say_error"]

SCHEMA_OPTION = "--json-schema"
_SHARED = "shared"  # file of what several schemas have


def begin_documents() -> None:
    """Forget what an earlier command in this process has printed."""
    Printed.n_documents = 0


def say_error(error: BaseException, sentence: str, code: int, words: Sequence[str]) -> None:
    """Print the document of an error if ``--json`` was given and there is none yet.

    Parameters
    ----------
    error : BaseException
        What ended the command.
    sentence : str
        Its message, as on stderr.
    code : int
        The exit code.
    words : sequence of str
        Arguments of the command line.
    """
    if "--json" not in words or Printed.n_documents:
        return
    kind = "UsageError" if isinstance(error, CycloptsError) else type(error).__name__
    say_json({"error": {"type": kind, "message": sentence, "exit_code": code}})


def json_schema(command: str) -> dict[str, Any]:
    """Return the JSON Schema of what a command prints with ``--json``.

    Parameters
    ----------
    command : str
        Name of the command.

    Returns
    -------
    dict
        For its result, for ``--dry-run`` if it has that, and for an error.
    """
    own, shared = _stored(command), _stored(_SHARED)
    kinds = ["result", *(["dry_run"] if own.pop("has_dry_run") else []), "error"]
    used = {name: shared[name] for name in (*kinds[1:], *own.pop("uses", []))}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"isthmus {command} --json",
        "anyOf": [{"$ref": f"#/$defs/{kind}"} for kind in kinds],
        "$defs": {**own, **used},
    }


def _stored(name: str) -> dict[str, Any]:
    file = importlib.resources.files(__package__).joinpath("schemas", f"{name}.json")
    return dict(json.loads(file.read_text("utf-8")))
