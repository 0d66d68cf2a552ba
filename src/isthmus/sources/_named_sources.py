"""Named sources: scikit-learn's digits, and MNIST-style sets of IDX files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

from .._translation import Message
from ..errors import DataError, SourceNotFoundError
from ._dataset import Dataset, listed
from ._download import DownloadError, fetch
from ._idx import read_idx

__all__ = ["NAMED_SOURCES", "holds_idx_files", "read_idx_folder", "read_named"]

# Train pictures, train labels, test pictures, test labels.
_STEMS = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


@dataclass(frozen=True)
class _PublicSet:
    """Location and checksums of a published set of four IDX files."""

    name: str
    folders: tuple[str, ...]  # below a data folder; the second is the one torchvision uses
    mirrors: tuple[str, ...]
    md5: tuple[str, str, str, str]
    md5_of_unpacked: bool


_MNIST = _PublicSet(
    name="mnist",
    folders=("mnist", "MNIST/raw"),
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    md5=(
        "6bbc9ace898e44ae57da46a324031adb",
        "a25bea736e30d166cdddb491f175f624",
        "2646ac647ad5339dbf082846283269ea",
        "27ae3e4e09519cfbb04c329615203637",
    ),
    md5_of_unpacked=True,
)
_FASHION_MNIST = _PublicSet(
    name="fashion-mnist",
    folders=("fashion-mnist", "FashionMNIST/raw"),
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    md5=(
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ),
    md5_of_unpacked=False,
)
_PUBLIC = {public.name: public for public in (_MNIST, _FASHION_MNIST)}


def read_named(name: str, *, data_dir: str | os.PathLike[str] | None = None) -> Dataset:
    """Read one of `NAMED_SOURCES`.

    MNIST-style sets are searched in `data_dir`, then in ISTHMUS_DATA, then in the user's cache
    folder; otherwise they are downloaded to the cache.

    Raises
    ------
    SourceNotFoundError
        If `data_dir` does not exist, or the files are not found and cannot be downloaded.
    DataError
        If a folder has only some of the files, or files are damaged.
    """
    if name == "digits":
        return _read_digits()
    public = _PUBLIC[name]
    cache = Path(platformdirs.user_cache_dir("isthmus"))
    partial: DataError | None = None
    for root in _roots(data_dir):
        for folder in _folders(root, public):
            found = _find(folder)
            if all(found):
                return _read_files(name, found)
            partial = partial or (_incomplete(folder, found) if any(found) else None)
    if partial:
        raise partial
    folder = cache / public.folders[0]
    found = _find(folder)
    if all(found):
        return _read_files(name, found)
    _download(public, folder, found)
    return _read_files(
        name, _find(folder), notes=(Message("Downloaded to `{folder}`.", folder=str(folder)),)
    )


def holds_idx_files(folder: Path) -> bool:
    """Return whether a folder has any of the four files of an MNIST-style set."""
    return any(_find(folder))


def read_idx_folder(folder: Path, name: str) -> Dataset:
    """Read a folder of the four files of an MNIST-style set.

    Raises
    ------
    DataError
        If a file is missing or damaged.
    """
    found = _find(folder)
    if not all(found):
        raise _incomplete(folder, found)
    return _read_files(name, found)


def _read_digits() -> Dataset:
    # A slow import, which only this source needs.
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return Dataset(
        name="digits",
        kind="pictures",
        X=X.astype(np.uint8),
        y=y,
        feature_names=None,
        label_name="digit",
        picture_shape=(8, 8),
        X_test=None,
        y_test=None,
    )


NAMED_SOURCES: tuple[str, ...] = ("digits", *_PUBLIC)


def _roots(data_dir: str | os.PathLike[str] | None) -> list[Path]:
    roots = []
    if data_dir is not None:
        given = Path(data_dir).expanduser()
        if not given.is_dir():
            raise SourceNotFoundError(f"`data_dir` must be an existing folder. Got `{given}`.")
        roots.append(given)
    if os.environ.get("ISTHMUS_DATA"):
        roots.append(Path(os.environ["ISTHMUS_DATA"]).expanduser())
    return roots


def _folders(root: Path, public: _PublicSet) -> list[Path]:
    """Return the possible folders of a set; both sets use the same file names."""
    folders = [root / name for name in public.folders]
    parts = Path(os.path.abspath(root)).parts
    named = parts[-2] if parts[-1] == "raw" and len(parts) > 1 else parts[-1]
    if ("fashion" in named.lower()) == (public.name == "fashion-mnist"):
        folders.append(root)
    return folders


def _find(folder: Path) -> list[Path | None]:
    """Return the four files, None for each missing one."""
    found = []
    for stem in _STEMS:
        names = [s + end for s in (stem, stem.replace("-idx", ".idx")) for end in ("", ".gz")]
        found.append(next((folder / n for n in names if (folder / n).is_file()), None))
    return found


def _missing(found: Sequence[Path | None]) -> list[str]:
    return [f"{stem}.gz" for stem, path in zip(_STEMS, found, strict=True) if path is None]


def _incomplete(folder: Path, found: Sequence[Path | None]) -> DataError:
    return DataError(
        f"`{folder}` must contain the four files of an MNIST-style set. Missing, gzipped or not:"
        f" {listed(_missing(found))}."
    )


def _read_files(name: str, found: Sequence[Path | None], notes: tuple[str, ...] = ()) -> Dataset:
    paths = [path for path in found if path is not None]
    X, X_test = (_pictures(path) for path in paths[::2])
    if X.shape[1:] != X_test.shape[1:]:
        raise DataError(
            f"The pictures of `{paths[0]}` and `{paths[2]}` must have the same size. Got"
            f" {X.shape[1:]} and {X_test.shape[1:]}."
        )
    return Dataset(
        name=name,
        kind="pictures",
        X=X.reshape(len(X), -1),
        y=_labels(paths[1], len(X)),
        feature_names=None,
        label_name="label",
        picture_shape=X.shape[1:],
        X_test=X_test.reshape(len(X_test), -1),
        y_test=_labels(paths[3], len(X_test)),
        notes=notes,
    )


def _pictures(path: Path) -> NDArray[Any]:
    pictures = read_idx(path)
    if pictures.ndim != 3 or pictures.dtype != np.uint8 or pictures.size == 0:
        raise DataError(
            f"`{path}` must contain pictures as bytes with three axes. Got shape"
            f" {pictures.shape} and dtype {pictures.dtype}."
        )
    return pictures


def _labels(path: Path, n_rows: int) -> NDArray[Any]:
    labels = read_idx(path)
    if labels.shape != (n_rows,):
        raise DataError(
            f"`{path}` must have one label for each of the {n_rows:,} pictures. Got shape"
            f" {labels.shape}."
        )
    return labels


def _download(public: _PublicSet, folder: Path, found: Sequence[Path | None]) -> None:
    """Download the files that the cache lacks."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for stem, md5, path in zip(_STEMS, public.md5, found, strict=True):
            if path is None:
                urls = [f"{mirror}{stem}.gz" for mirror in public.mirrors]
                fetch(urls, folder / f"{stem}.gz", md5=md5, unpacked=public.md5_of_unpacked)
    except DownloadError as error:
        reason = f"could not be downloaded ({error})"
    except OSError as error:
        reason = f"could not be written to the cache ({error})"
    else:
        return
    raise SourceNotFoundError(
        f"`{public.name}` is not on this machine and {reason}. Put {', '.join(_missing(found))}"
        f" into `{folder}`, or pass their folder with --data-dir or ISTHMUS_DATA."
    )
