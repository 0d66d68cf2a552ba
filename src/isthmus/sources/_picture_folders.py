"""What the folders of pictures mean: labels, and held-out pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._translation import Message
from ..errors import DataError
from ._dataset import listed

__all__ = ["PictureParts", "folder_labels", "is_mask", "parts_of"]

_MASKS = ("ground_truth", "masks", "mask")
_PARTS = ("test", "val", "valid", "validation", "dev")  # names beside train in other sets


class PictureParts(NamedTuple):
    """Files to read, training pictures first.

    Attributes
    ----------
    files : list of Path
        Relative to the folder.
    n_train : int
        Number of training pictures; the others are held out.
    notes : list of str
        What is no row, and what was not taken as parts.
    """

    files: list[Path]
    n_train: int
    notes: list[str]


def is_mask(file: Path) -> bool:
    """Return whether a picture is in a folder of masks.

    Parameters
    ----------
    file : Path
        Relative to the folder of the set.

    Returns
    -------
    bool
    """
    return file.parts[0].casefold() in _MASKS


def parts_of(files: Sequence[Path]) -> PictureParts:
    """Find folders called train and test, as in sets for anomaly detection.

    Parameters
    ----------
    files : sequence of Path
        Relative to the folder.

    Returns
    -------
    PictureParts
        Pictures in a folder of masks are left out with a note. All are training pictures if
        the top folders are not of this form, with a note if they are called like parts of a set.

    Raises
    ------
    DataError
        If there are training pictures and masks, but no test pictures, or other pictures beside
        them.
    """
    by_top: dict[str, list[Path]] = {}
    for file in files:
        by_top.setdefault(file.parts[0].casefold(), []).append(file)
    train, test = by_top.pop("train", []), by_top.pop("test", [])
    masks = [file for top in _MASKS for file in by_top.pop(top, [])]
    if train and masks and not test and not by_top:
        raise DataError(
            "A folder of pictures with the folders train and ground_truth must have the folder "
            f"test, with the pictures of the masks. Got {len(masks):,} masks and no such picture: "
            "add the folder test, or remove the folder of masks."
        )
    if train and test and masks and by_top:
        others = [found[0].parts[0] for found in by_top.values()]
        raise DataError(
            "A folder of pictures with the folders train, test and ground_truth must have no other "
            f"pictures. Got {listed(others)}: move it into the folder train, or out of the set."
        )
    if not train or not test or by_top:
        parts = ["test"] * bool(test) + [name for name in _PARTS if name in by_top]
        return PictureParts([*files], len(files), _labels_note(parts) if train and parts else [])
    note = Message.plural(
        "{n} picture in folders of masks is a mask, not a row.",
        "{n:,} pictures in folders of masks are masks, not rows.",
        len(masks),
    )
    return PictureParts([*train, *test], len(train), [note] if masks else [])


def _labels_note(parts: Sequence[str]) -> list[str]:
    note = Message(
        "Took the folders {names} as labels, and all pictures as training pictures: pictures are "
        "held out only if the folders are {held_out} alone.",
        names=listed(["train", *parts]),
        held_out=listed(["train", "test"]),
    )
    return [note]


def folder_labels(
    names: Sequence[Path], *, is_divided: bool
) -> tuple[str | None, NDArray[np.str_] | None, list[str]]:
    """Return the labels' name, the labels and notes.

    Parameters
    ----------
    names : sequence of Path
        Files relative to the folder.
    is_divided : bool
        Whether the top folders are train and test, so that labels are the folders in them.
    """
    level = int(is_divided)
    inside = [len(name.parts) > level + 1 for name in names]
    if all(inside):
        return "folder", np.array([name.parts[level] for name in names]), []
    if any(inside):
        note = Message("Not every picture is in a subfolder, so there are no labels.")
        return None, None, [note]
    return None, None, []
