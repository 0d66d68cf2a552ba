"""Pictures in .tar files, in WebDataset's layout: KEY.jpg, KEY.cls and so on."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .tables import check_regular

__all__ = ["TarMember", "TarPictures", "picture_tars", "tar_pictures"]


@dataclass(frozen=True)
class TarMember:
    """File in a .tar file, which is read where it is and never extracted.

    Attributes
    ----------
    tar : Path
        The .tar file.
    name : str
        Name of the member.
    start, size : int
        Position of its content, in bytes.
    """

    tar: Path
    name: str
    start: int
    size: int

    def __str__(self) -> str:
        return f"{self.tar}/{self.name}"

    def open(self, mode: str = "rb") -> BinaryIO:
        """Return the content as a stream of bytes."""
        with self.tar.open(mode) as file:
            file.seek(self.start)
            return io.BytesIO(file.read(self.size))


@dataclass(frozen=True, eq=False)
class TarPictures:
    """Pictures of .tar files.

    Attributes
    ----------
    members : dict of Path to TarMember
        The pictures by name, in the order of the files.
    labels : dict of Path to str
        Labels of pictures, from members such as KEY.cls.
    """

    members: dict[Path, TarMember]
    labels: dict[Path, str]

    def labels_of(self, names: Sequence[Path]) -> NDArray[np.str_] | None:
        """Return the labels of pictures; None unless each has one."""
        if not names or any(name not in self.labels for name in names):
            return None
        return np.array([self.labels[name] for name in names])


def picture_tars(path: Path) -> list[Path]:
    """Return a .tar file, or those in a folder, in the order of their names.

    Parameters
    ----------
    path : Path
        File or folder.

    Returns
    -------
    list of Path
    """
    if path.is_dir():
        own = (file for file in path.iterdir() if file.suffix.lower() == ".tar")
        return sorted(file for file in own if not file.name.startswith("."))
    return [path] if path.suffix.lower() == ".tar" else []


def tar_pictures(paths: Sequence[Path], suffixes: frozenset[str]) -> TarPictures:
    """Find the pictures of .tar files by the names of their members.

    Parameters
    ----------
    paths : sequence of Path
        The files.
    suffixes : frozenset of str
        Endings of pictures.

    Returns
    -------
    TarPictures

    Raises
    ------
    DataError
        If a file cannot be read, or a name leads out of the folder of its file.
    """
    members: dict[Path, TarMember] = {}
    labels: dict[Path, str] = {}
    for path in paths:
        by_key: dict[str, Path] = {}
        of_key: dict[str, str] = {}
        for member in _members(path):
            place = PurePosixPath(member.name)
            name = Path(path.name, place) if len(paths) > 1 else Path(place)
            if place.suffix.lower() in suffixes and not place.name.startswith("."):
                members[name] = member
                by_key[_key(place)] = name
            elif place.suffix.lower() == ".cls" and member.size < 1024:
                of_key[_key(place)] = member.open().read().decode("utf-8", "replace").strip()
        labels |= {name: of_key[key] for key, name in by_key.items() if key in of_key}
    return TarPictures(members, labels)


def _key(place: PurePosixPath) -> str:
    """Return the key of WebDataset: the name up to its first dot."""
    return str(place.parent / place.name.partition(".")[0])


def _members(path: Path) -> Iterator[TarMember]:
    try:
        check_regular(path)
        with tarfile.open(path, "r:") as tar:
            for found in tar:
                place = PurePosixPath(found.name)
                if place.is_absolute() or ".." in place.parts:
                    raise DataError(
                        f"`{path}` must have members within its own folder. Got "
                        f"{found.name[:100]!r}, whose name leads out of it: do not use this file."
                    )
                if found.isreg():
                    yield TarMember(path, found.name, found.offset_data, found.size)
                tar.members.clear()  # type: ignore[attr-defined] # otherwise all headers stay in memory
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DataError(
            f"`{path}` cannot be read as a .tar file: {str(error)[:200]}. Repair or remove it; "
            "unpack a compressed one."
        ) from None
