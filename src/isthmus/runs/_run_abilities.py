"""Errors of what a run cannot do, for checks with and without the loaded model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import UsageError

__all__ = ["check_form", "lacks_ability"]


def lacks_ability(able: Sequence[str], deed: str, got: str) -> UsageError:
    """Return the error for a run of an estimator that lacks an ability.

    Parameters
    ----------
    able : sequence of str
        Names of the estimators that have it; at least one.
    deed : str
        What they can do, such as "score rows".
    got : str
        Name of the run's estimator.

    Returns
    -------
    UsageError
    """
    kinds = " or ".join(filter(None, [", ".join(able[:-1]), able[-1]]))
    return UsageError(
        f"Only runs of the estimator {kinds} can {deed}. Got {got}: train another one with "
        "--estimator."
    )


def check_form(path: Path, kind: str, *, is_pictures: bool) -> None:
    """Raise ``UsageError`` if rows of this kind cannot be pictures or top words in a file.

    Parameters
    ----------
    path : pathlib.Path
        Path of the file.
    kind : str
        Kind of the training rows, such as "numbers".
    is_pictures : bool
        Whether the training rows have the shape of pictures.
    """
    suffix = path.suffix.lower()
    if suffix in (".png", ".svg", ".pdf") and not is_pictures:
        raise UsageError(
            f"{suffix} files require a run that was trained on pictures. This one was trained on "
            "rows without a shape: write a .parquet, .csv or .npy file."
        )
    if suffix == ".txt" and kind != "texts":
        raise UsageError(
            ".txt files, with the top words of each row, require a run that was trained on texts. "
            f"This one was trained on {kind}: write a .parquet or .csv file."
        )
