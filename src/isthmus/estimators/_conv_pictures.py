"""Pictures of convolutional networks: their shape, and rows that are none."""

from __future__ import annotations

from typing import Any

from ..errors import DataError
from ..preprocessing import PictureBlock, Preprocessor, RowFacts
from ._auto_choices import square_picture

__all__ = ["conv_problems", "picture_preprocessor"]


def conv_problems(estimator: Any) -> list[str]:
    """Return the problems of the parameters of a convolutional network.

    Parameters
    ----------
    estimator : estimator
        With ``channels`` and ``picture_shape`` that follow their own rules.

    Returns
    -------
    list of str
        Messages.
    """
    owner, shape = type(estimator).__name__, estimator.picture_shape
    problems = []
    if not estimator.channels:
        problems.append(
            f"`channels` of {owner} must have at least one number, the channels of its first "
            "stage. Got ()."
        )
    if not isinstance(shape, str) and len(shape) not in (2, 3):
        problems.append(
            f"`picture_shape` of {owner} must be (height, width) or (height, width, channels). "
            f"Got {shape}."
        )
    return problems


def picture_preprocessor(
    facts: RowFacts, *, shape: tuple[int, ...] | str, scaling: str, owner: str, instead: str
) -> Preprocessor:
    """Return an unfitted preprocessor whose encoded rows are pictures, channels first.

    Rows of a plain matrix are square pictures if they can be, and else pictures of one line.

    Parameters
    ----------
    facts : RowFacts
        Properties of the training rows.
    shape : tuple of int or "auto"
        The parameter ``picture_shape``.
    scaling : str
        Scaling of the pixels.
    owner, instead : str
        What requires pictures, and what to use for other rows, in messages.

    Returns
    -------
    Preprocessor

    Raises
    ------
    DataError
        If the rows are texts, a table that is not of numbers, or have another number of dimensions.
    """
    if facts.kind in ("texts", "table"):
        what = "texts" if facts.kind == "texts" else "a table with categories or missing cells"
        raise DataError(
            f"{owner} requires pictures, or rows of numbers. Got {what}: use {instead}."
        )
    if facts.n_features is None:
        raise DataError(
            f"{owner} requires an array of shape (n, n_features), (n, height, width) or (n, "
            "height, width, channels). Got one with another number of dimensions: reshape it."
        )
    if not isinstance(shape, str):
        own = tuple(shape)
    else:
        own = facts.picture_shape or square_picture(facts.n_features) or (1, facts.n_features)
    return Preprocessor(PictureBlock(own, scaling, layout="channels_first"))
