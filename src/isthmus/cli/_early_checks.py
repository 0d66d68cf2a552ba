"""Checks of what a run can do from its document alone, before PyTorch is imported."""

from __future__ import annotations

from pathlib import Path

from ..errors import UsageError
from ._declared_parameters import parameters_of, stored_estimators

__all__ = ["check_able", "check_can_be_stopped", "check_rows_file", "refuse_to_stop"]

_KINDS = {"numeric": "numbers", "picture": "pictures", "text": "texts"}  # of rows, by block


def check_able(run: Path, ability: str, deed: str) -> None:
    """Raise ``UsageError`` if a run's estimator is known and lacks an ability.

    ``FittedRun.check_can`` does the same for any estimator, with the loaded model.

    Parameters
    ----------
    run : pathlib.Path
        Run folder, or saved model.
    ability : str
        Name of the ability, as for ``Kind.can``.
    deed : str
        What it allows, for the message.
    """
    from ..artifacts import find_artifact, read_document

    owner = read_document(find_artifact(run)).get("estimator")
    known = {name: one.abilities or () for name, one in stored_estimators().items()}
    name = next((n for n, one in stored_estimators().items() if one.owner == owner), None)
    if name is not None and ability not in known[name]:
        from ..runs import lacks_ability

        raise lacks_ability([n for n, able in known.items() if ability in able], deed, name)


def check_rows_file(run: Path, out: Path) -> None:
    """Raise ``UsageError`` if a run's rows cannot be drawn, or written as words, into a file.

    Parameters
    ----------
    run : pathlib.Path
        Run folder, or saved model.
    out : pathlib.Path
        File to write.
    """
    from ..artifacts import find_artifact, read_document
    from ..runs import check_form

    document = read_document(find_artifact(run))
    try:
        (block,) = document["preprocessing"]["blocks"]
        kind, is_pictures = _KINDS[block["block"]], bool(block.get("shape"))
    except (AttributeError, KeyError, TypeError, ValueError):
        return  # rows of several kinds, or a document that is told when the model is loaded
    check_form(out, kind, is_pictures=is_pictures)


def check_can_be_stopped(estimator: object, max_time: float | None) -> None:
    """Raise ``UsageError`` if an estimator's training must not end at a time limit.

    Parameters
    ----------
    estimator : object
        Its name; "auto" can be stopped.
    max_time : float or None
        The limit in seconds; None is no limit.
    """
    if not parameters_of(estimator).can_stop_early:
        refuse_to_stop(estimator, max_time)


def refuse_to_stop(estimator: object, max_time: float | None) -> None:
    """Raise the error of ``check_can_be_stopped`` if there is a time limit."""
    if max_time is not None:
        raise UsageError(
            f"`max_time` does not apply to {estimator}, whose networks must all be trained to the "
            "end. Leave it out, or lower `epochs` or `n_members`."
        )
