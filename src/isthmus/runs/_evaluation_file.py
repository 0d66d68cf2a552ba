"""Reading of a run's evaluation.json, for its report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .._damage import what_is_wrong
from .._translation import Message, message_of
from ..artifacts import read_json
from ..errors import ArtifactError

__all__ = ["EVALUATION", "evaluation_for_page", "on_page"]

EVALUATION = "evaluation.json"


def evaluation_for_page(folder: Path) -> tuple[dict[str, Any] | None, Message | None]:
    """Return a run's evaluation for its report, or a note why there is none.

    Parameters
    ----------
    folder : pathlib.Path
        Run folder.

    Returns
    -------
    tuple of dict and Message
        Either is None; both are None if the run was never evaluated.
    """
    path = folder / EVALUATION
    if not path.is_file():
        return None, None
    try:
        return _read(path), None
    except ArtifactError as error:
        return None, Message("The evaluation is not shown. {reason}", reason=message_of(error))


def on_page(document: dict[str, Any]) -> dict[str, Any]:
    """Return an evaluation for the report: with its table, and without its features.

    The report has a figure of the features.
    """
    from ..evaluation import evaluation_table  # imports torch, which a run without one avoids

    kept = {name: value for name, value in document.items() if name != "features"}
    return kept | {"table": evaluation_table(document)}


def _read(path: Path) -> dict[str, Any]:
    """Return an evaluation for the report, with translatable sentences."""
    from ..evaluation import EVALUATION_SCHEMA

    document = read_json(path)
    if document.get("schema") != EVALUATION_SCHEMA:
        raise ArtifactError(
            Message(
                "{path} must have schema {own}. Got {schema}: run `isthmus evaluate` again.",
                path=str(path),
                own=str(EVALUATION_SCHEMA),
                schema=repr(document.get("schema")),
            )
        )
    try:
        document["verdict"] = _again(document["verdict"])
        document["notes"] = [_again(note) for note in document["notes"]]
        return on_page(document)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ArtifactError(
            Message(
                "{path} is damaged ({reason}): run `isthmus evaluate` again.",
                path=str(path),
                reason=what_is_wrong(error),
            )
        ) from None


def _again(told: dict[str, Any]) -> dict[str, Any]:
    from ..evaluation import coded_message

    return coded_message(told["code"], told["values"])
