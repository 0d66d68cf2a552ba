"""What `isthmus evaluate` left in a run, read with care, for the run's page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .._translation import Message
from ..artifacts import read_json
from ..errors import ArtifactError

__all__ = ["EVALUATION", "evaluation_for_page", "on_page"]

EVALUATION = "evaluation.json"


def evaluation_for_page(folder: Path) -> tuple[dict[str, Any] | None, Message | None]:
    """Return what a run's page tells of its evaluation, or why it tells nothing.

    Parameters
    ----------
    folder : pathlib.Path
        The run's.

    Returns
    -------
    tuple of dict and Message
        Either is None; both are where the run was never evaluated.
    """
    path = folder / EVALUATION
    if not path.is_file():
        return None, None
    try:
        return _read(path), None
    except ArtifactError as error:
        return None, Message("The evaluation is not shown. {reason}", reason=str(error))


def on_page(document: dict[str, Any]) -> dict[str, Any]:
    """Return an evaluation as the page has it: laid out, and without its features.

    Of these the page has a figure of its own.
    """
    from ..evaluation import evaluation_table  # torch, which a run without one can do without

    kept = {name: value for name, value in document.items() if name != "features"}
    return kept | {"table": evaluation_table(document)}


def _read(path: Path) -> dict[str, Any]:
    """Return an evaluation for the page, with sentences that can be told in any language."""
    from ..evaluation import EVALUATION_SCHEMA

    document = read_json(path)
    if document.get("schema") != EVALUATION_SCHEMA:
        raise ArtifactError(
            f"{path} has schema {document.get('schema')!r}, and this Isthmus reads schema "
            f"{EVALUATION_SCHEMA}: run `isthmus evaluate` again."
        )
    try:
        document["verdict"] = _again(document["verdict"])
        document["notes"] = [_again(note) for note in document["notes"]]
        return on_page(document)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ArtifactError(
            f"{path} is damaged ({type(error).__name__}: {error}): run `isthmus evaluate` again."
        ) from None


def _again(told: dict[str, Any]) -> dict[str, Any]:
    from ..evaluation import coded_message

    return coded_message(told["code"], told["values"])
