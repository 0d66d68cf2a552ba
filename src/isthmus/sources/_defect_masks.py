"""Masks of the defects in test pictures, in the layout of sets for anomaly detection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import DataError
from ._dataset import Dataset, listed
from ._picture_files import opened_picture, pictures_in, size_of_picture
from ._picture_folders import is_mask, parts_of

__all__ = ["DefectMasks", "with_masks"]

_NORMAL = ("good", "normal", "ok")


@dataclass(frozen=True, eq=False)
class DefectMasks:
    """Masks beside the test pictures of a folder, read on demand.

    A picture ``test/crack/7.png`` has the mask ``ground_truth/crack/7_mask.png`` or
    ``ground_truth/crack/7.png``. Normal pictures, those of a folder that ``train`` has too or that
    is called good, normal or ok, have none or black ones.

    Attributes
    ----------
    folder : Path
        The set.
    files : tuple of Path
        Masks, relative to the folder.
    pictures : tuple of str
        Test pictures, relative to the folder, in the order of their rows.
    normal : frozenset of str
        Folders of normal pictures, in lower case.
    picture_shape : tuple of int
        ``(height, width)`` of the rows' pictures, or with channels.
    """

    folder: Path
    files: tuple[Path, ...]
    pictures: tuple[str, ...]
    normal: frozenset[str]
    picture_shape: tuple[int, ...]

    def read(self) -> NDArray[np.bool_]:
        """Read the masks.

        Returns
        -------
        ndarray of shape (n_pictures, height, width), bool
            True in defects; False everywhere in normal pictures. Masks of resized pictures are
            resized without averaging.

        Raises
        ------
        DataError
            If a mask has no picture or a picture with a defect has no mask, or if a mask cannot be
            read, has another size than its picture, has more than two shades, is black although
            its picture has a defect, or marks pixels of a normal picture.
        """
        by_picture = self._by_picture()
        height, width = self.picture_shape[:2]
        masks = np.zeros((len(self.pictures), height, width), dtype=np.bool_)
        for row, picture in zip(masks, self.pictures, strict=True):
            file = by_picture.get(picture)
            if file is not None:
                row[...] = self._read(picture, self.folder / file)
        return masks

    def _by_picture(self) -> dict[str, Path]:
        """Return the mask of each picture with a defect; raise an error unless they match."""
        by_key = {_key(Path(picture)): picture for picture in self.pictures}
        matched: dict[str, Path] = {}
        alone: list[str] = []
        for file in self.files:
            picture = next((by_key[key] for key in _picture_keys(file) if key in by_key), None)
            if picture is None:
                alone.append(file.as_posix())
            else:
                matched[picture] = file
        if alone:
            raise DataError(
                f"Each mask of `{self.folder}` must belong to a picture of the folder test. Got"
                f" none for {listed(alone)}: add the picture, or remove the mask."
            )
        bare = [
            picture
            for picture in self.pictures
            if picture not in matched and not self._is_normal(picture)
        ]
        if bare:
            raise DataError(
                f"Each picture with a defect of `{self.folder}` must have a mask in ground_truth,"
                f" such as ground_truth/DEFECT/NAME_mask.png. Got none for {listed(bare)}: add it,"
                " or remove the folder ground_truth to judge pictures alone."
            )
        return matched

    def _is_normal(self, picture: str) -> bool:
        return _key(Path(picture))[0] in self.normal

    def _read(self, picture: str, file: Path) -> NDArray[np.bool_]:
        """Return a mask in the size of the rows' pictures."""
        size = size_of_picture(self.folder / picture)
        with opened_picture(file) as image:
            shades = np.asarray(image.convert("RGB")).max(axis=2)
        if shades.shape != size:
            raise DataError(
                f"The mask `{file}` must have the size of its picture, {_times(size)} (height x"
                f" width). Got {_times(shades.shape)}: save it in that size."
            )
        levels = np.unique(shades)
        if len(levels) > 2 or (len(levels) == 2 and levels[0]):
            raise DataError(
                f"The mask `{file}` must be black except in the defect, and there of one shade. Got"
                f" {len(levels)} shades, {levels[0]} to {levels[-1]}: threshold it, and do not save"
                " it as JPEG."
            )
        if levels[-1] and self._is_normal(picture):
            raise DataError(
                f"The mask `{file}` must be black, since its picture is in a folder of normal"
                " pictures. It marks pixels: remove it, or move the picture to the folder of its"
                " defect."
            )
        if not levels[-1] and not self._is_normal(picture):
            raise DataError(
                f"The mask `{file}` must mark at least one pixel, since its picture has a defect."
                " It is black: repair it, or move the picture to the folder good."
            )
        height, width = self.picture_shape[:2]
        if size != (height, width):
            resized = Image.fromarray(shades).resize((width, height), Image.Resampling.NEAREST)
            shades = np.asarray(resized)
        is_marked: NDArray[np.bool_] = shades > 0
        return is_marked


def with_masks(path: Path, dataset: Dataset) -> Dataset:
    """Return a folder's pictures with their masks, if it has any.

    Parameters
    ----------
    path : Path
        Folder.
    dataset : Dataset
        Its pictures.

    Returns
    -------
    Dataset
    """
    if dataset.X_test is None or dataset.row_names is None or dataset.picture_shape is None:
        return dataset
    files = [file.relative_to(path) for file in pictures_in(path)]
    names = parts_of(files)
    pictures = dataset.row_names[len(dataset.X) :]
    skipped = {*map(_key, names.files[names.n_train :])} - {_key(Path(name)) for name in pictures}
    masks = [file for file in files if is_mask(file) and skipped.isdisjoint(_picture_keys(file))]
    if not masks:
        return dataset
    own = {file.parts[1].casefold() for file in names.files[: names.n_train] if file.parts[2:]}
    found = DefectMasks(
        folder=path,
        files=tuple(masks),
        pictures=pictures,
        normal=frozenset({*_NORMAL, *own}),
        picture_shape=dataset.picture_shape,
    )
    return replace(dataset, masks=found)


def _key(file: Path) -> tuple[str, str]:
    """Return the folder of a defect and the name of a file in it, without case and ending."""
    *folders, name = (part.casefold() for part in file.parts[1:])
    return "/".join(folders), Path(name).stem


def _picture_keys(mask: Path) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return the keys that the picture of a mask can have."""
    folder, stem = _key(mask)
    return (folder, stem.removesuffix("_mask")), (folder, stem)


def _times(size: Sequence[int]) -> str:
    return "x".join(map(str, size))
