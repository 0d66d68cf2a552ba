"""Picture files: one picture, or a folder of them, with one row per file."""

from __future__ import annotations

import hashlib
import os
import re
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from .._chunks import ChunkedRows
from .._documents import open_regular
from .._translation import Message
from ..errors import DataError, UsageError
from ._dataset import Dataset, listed, quantity, safe_name
from ._picture_depth import Depths, is_deep
from ._picture_folders import PictureParts, folder_labels, parts_of
from ._picture_tars import TarMember, TarPictures, picture_tars, tar_pictures
from ._streaming import chunk_sizes, is_streamed, streaming_note
from .tables import tables_in

__all__ = [
    "OF_A_RUN",
    "PICTURE_SUFFIXES",
    "opened_picture",
    "parse_image_size",
    "picture_files",
    "pictures_in",
    "read_pictures",
    "size_of_picture",
]

PICTURE_SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm")
)
# No other decoder is tried, whatever a file's content: some decoders start other programs.
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
_MOST_IN_CHUNK = 512
_GREY_MODES = ("1", "L", "LA", "La", "I;16", "I;16L", "I;16B", "I;16N", "I", "F")
_EXIF_ORIENTATION = 0x0112
_STRIP_PIXELS = 1 << 20


Place = Path | TarMember


@dataclass(frozen=True, slots=True)  # one for each of many pictures
class _Header:
    size: tuple[int, int]  # (height, width), as displayed
    grey: bool
    deep: bool
    several: bool  # frames


def read_pictures(
    path: Path,
    *,
    image_size: int | str | Sequence[int] | None = None,
    colour: bool | None = None,
    skip_bad: bool | None = None,
    stream: bool | None = None,
    memory: int | None = None,
) -> Dataset:
    """Read one picture, or all pictures in a folder and its subfolders.

    Files are read in natural order ("2.png" before "10.png"), folder by folder; hidden files are
    skipped. EXIF orientation is applied and transparency is blended with white. Rows are bytes with
    one channel if every file is greyscale (or has a grey palette), otherwise with three. If one of
    the greyscale pictures has 16 bits or floats, rows are float32 in its units: its depth is kept,
    and 8-bit greys are stretched to the same white. Beside pictures in colour, all are converted to
    8 bits. Only the first frame of an animation is used. The first pass reads headers, the second
    reads pixels into the returned array.

    Parameters
    ----------
    path : Path
        Folder or file; a .tar file, or a folder of .tar files, in WebDataset's layout. If every
        picture of a folder is in a subfolder, the top subfolder's name is its label. If the
        subfolders are train and test, the latter's pictures are held out.
    image_size : int, "HEIGHTxWIDTH" or (height, width), optional
        Size to resize to, ignoring proportions. Without it all pictures must have one size.
    colour : bool, optional
        True gives three channels to greyscale pictures too.
    skip_bad : bool, optional
        True skips files that cannot be read, with a note.
    stream : bool, optional
        Whether to decode pictures in chunks while they are used; by default above `memory`.
    memory : int, optional
        Size in bytes, at 4 bytes a value, above which pictures are decoded while they are used.

    Raises
    ------
    UsageError
        If `image_size` is not a valid size.
    DataError
        If there are no pictures, one cannot be read, or sizes differ.
    """
    target = parse_image_size(image_size)
    tars = None if (found_tars := picture_tars(path)) == [] else found_tars
    packed = None if tars is None else tar_pictures(tars, PICTURE_SUFFIXES)
    place, parts = _found_pictures(path, packed)
    bad = _BadPictures(path, skip=bool(skip_bad))
    with _quiet():
        headers = bad.without({file: bad.tried(_read_header, place(file)) for file in parts.files})
        height, width = target or _common_size(path, headers.values())
        grey = not colour and all(header.grey for header in headers.values())
        shape = (height, width) if grey else (height, width, 3)
        is_shallow = np.array([not header.deep for header in headers.values()])
        deep = grey and not is_shallow.all()
        n_values = len(headers) * int(np.prod(shape))
        chunked = is_streamed(n_values, stream, memory) and not deep
        if chunked and skip_bad:  # later, rows could not be left out any more
            pixels = {f: bad.tried(_is_readable, place(f), grey, (height, width)) for f in headers}
            headers = {file: headers[file] for file in bad.without(pixels)}
        X = (
            None
            if chunked
            else _allocate(path, len(headers), shape, np.dtype(np.float32 if deep else np.uint8))
        )
        depths = Depths(deep=deep)
        read: dict[Path, Any] = dict.fromkeys(headers, True)
        if X is not None:
            read = {
                file: bad.tried(_read_into, row, place(file), grey, (height, width), depths)
                for row, file in zip(X, headers, strict=True)
            }
    is_read = [found is not None for found in read.values()]
    names = list(bad.without(read))
    if X is not None:
        depths.finished(X, is_shallow)
        X = X if all(is_read) else X[is_read]
    among = {*parts.files[: parts.n_train]}
    n_train = sum(name in among for name in names)
    is_divided = parts.n_train < len(parts.files)

    def rows(start: int, stop: int) -> Any:
        if X is not None:
            return X[start:stop]
        return _chunks((place(name) for name in names[start:stop]), grey, shape)

    label_name, y, notes = folder_labels(names, is_divided=is_divided)
    if packed is not None and (labels := packed.labels_of(names)) is not None:
        label_name, y = "cls", labels
    if chunked:
        notes = [*notes, streaming_note(len(names))]
    notes += [*parts.notes, *bad.notes(), *depths.notes()]
    several = [str(name) for name in names if headers[name].several]
    if several:
        notes.append(Message("Read only the first frame of {names}.", names=listed(several)))
    return Dataset(
        name=safe_name(path.resolve().name if path.is_dir() else path.stem),
        kind="pictures",
        X=rows(0, n_train) if is_divided else rows(0, len(names)),
        y=y[:n_train] if is_divided and y is not None else y,
        feature_names=None,
        label_name=label_name,
        picture_shape=shape,
        X_test=rows(n_train, len(names)) if is_divided else None,
        y_test=y[n_train:] if is_divided and y is not None else None,
        notes=tuple(notes),
        row_names=tuple(name.as_posix() for name in names),
    )


def _found_pictures(
    path: Path, packed: TarPictures | None
) -> tuple[Callable[[Path], Place], PictureParts]:
    """Return a function from the name of a picture to its place, and the order of the names."""
    if packed is not None:
        names = [*packed.members]
        if not names:
            raise DataError(f"`{path}` contains no pictures.")
        return packed.members.__getitem__, PictureParts(names, len(names), [])
    folder = path if path.is_dir() else path.parent
    parts = parts_of([file.relative_to(folder) for file in pictures_in(path)])
    return folder.joinpath, parts


def _compact(place: Place) -> str | TarMember:
    """Return a path as a text, which needs less memory."""
    return str(place) if isinstance(place, Path) else place


def _chunks(places: Iterable[Place], grey: bool, shape: Sequence[int]) -> ChunkedRows:
    """Return pictures in chunks, which are decoded when they are needed."""
    width = int(np.prod(shape))
    kept = [_compact(place) for place in places]
    sizes = chunk_sizes(len(kept), width, most=_MOST_IN_CHUNK)
    ends = np.cumsum(sizes).tolist()
    digest = hashlib.sha256(f"{len(kept)} {tuple(shape)}".encode())
    for place in kept:
        digest.update(f"{place}".encode(errors="surrogatepass"))

    def read(k: int) -> NDArray[np.uint8]:
        found = np.empty((sizes[k], width), np.uint8)
        depths = Depths(deep=False)
        for row, place in zip(found, kept[ends[k] - sizes[k] : ends[k]], strict=True):
            whole = Path(place) if isinstance(place, str) else place
            _read_into(row, whole, grey, (shape[0], shape[1]), depths)
        return found

    return ChunkedRows(
        sizes, read, n_features=width, dtype=np.uint8, fingerprint=digest.hexdigest()[:16]
    )


def _is_readable(place: Place, grey: bool, size: tuple[int, int]) -> bool:
    _read_pixels(place, grey, size, Depths(deep=False))
    return True


class _BadPictures:
    """Files that cannot be read, to be named or skipped together."""

    def __init__(self, path: Path, *, skip: bool) -> None:
        self._path, self._skip = path, skip
        self._errors: list[DataError] = []
        self._files: list[str] = []

    def tried(self, read: Callable[..., Any], *arguments: Any) -> Any:
        """Return what a function returns, or None if the picture is bad."""
        try:
            return read(*arguments)
        except DataError as error:
            self._errors.append(error)
            return None

    def without(self, found: dict[Path, Any]) -> dict[Path, Any]:
        """Return what was read, or raise an error that names all bad pictures."""
        bad = [file.as_posix() for file, value in found.items() if value is None]
        if bad and (not self._skip or len(bad) == len(found)):
            if len(bad) == 1:
                hint = " `skip_bad` (--skip-bad) skips such files." if self._path.is_dir() else ""
                raise DataError(f"{self._errors[-1]}{hint}")
            raise DataError(
                f"{listed(bad)} of `{self._path}` cannot be read as pictures. Repair or remove"
                " them, or skip such files with `skip_bad` (--skip-bad)."
            )
        self._files += bad
        return {file: value for file, value in found.items() if value is not None}

    def notes(self) -> list[str]:
        """Return a note on the skipped files."""
        note = Message.plural(
            "Skipped {n} file that cannot be read as a picture: {names}.",
            "Skipped {n} files that cannot be read as pictures: {names}.",
            len(self._files),
            names=listed(self._files),
        )
        return [note] if self._files else []


def parse_image_size(value: int | str | Sequence[int] | None) -> tuple[int, int] | None:
    """Return (height, width) for 32, "32", "32x48" or (32, 48).

    Raises
    ------
    UsageError
        If it is none of these, or a side is not between 1 and 8192.
    """
    if value is None:
        return None
    sides: list[object] = [value]
    if isinstance(value, str):
        sides = [int(s) if s.strip().isdecimal() else s for s in value.lower().split("x")]
    elif isinstance(value, Sequence):
        sides = list(value)
    whole = [int(s) for s in sides if isinstance(s, (int, np.integer)) and not isinstance(s, bool)]
    if (
        len(whole) != len(sides)
        or len(whole) not in (1, 2)
        or not all(1 <= s <= 8192 for s in whole)
    ):
        raise UsageError(
            "`image_size` must be a number of pixels, or height and width such as 32x48, each from"
            f" 1 to 8192. Got {value!r}."
        )
    return whole[0], whole[-1]


OF_A_RUN = {"config.yaml", "metrics.jsonl"}


def picture_files(
    path: Path, *, onerror: Callable[[OSError], None] | None = None
) -> Iterator[Path]:
    """Yield the pictures in a folder and its subfolders, by the endings of their names."""
    for folder, folders, names in os.walk(path, onerror=onerror):
        if set(names) >= OF_A_RUN:  # the figures of a run folder are not data
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith((".", "__MACOSX"))]
        for name in names:
            if not name.startswith(".") and Path(name).suffix.lower() in PICTURE_SUFFIXES:
                yield Path(folder, name)


def pictures_in(path: Path) -> list[Path]:
    """Return a picture, or the pictures in a folder and its subfolders in natural order.

    Parameters
    ----------
    path : Path
        File or folder.

    Returns
    -------
    list of Path

    Raises
    ------
    DataError
        If a folder contains no pictures.
    """
    if path.is_file():
        return [path]
    files = list(picture_files(path, onerror=_raise))
    if not files:
        found = "contains" if any(path.iterdir()) else "is an empty folder: it contains"
        raise DataError(
            f"`{path}` {found} no pictures (files that end in "
            f"{', '.join(sorted(PICTURE_SUFFIXES))}){'' if tables_in(path) else ' and no tables'}."
        )
    return sorted(files, key=lambda file: _natural(file.relative_to(path)))


def _raise(error: OSError) -> None:
    raise error


def _natural(name: Path) -> tuple[list[list[tuple[bool, int, str]]], str]:
    """Return a key that sorts "2" before "10", numbers before words, and by case only on ties."""
    parts = [
        [(False, int(run), "") if run.isdecimal() else (True, 0, run) for run in runs if run]
        for runs in (re.split(r"(\d+)", part.casefold()) for part in name.parts)
    ]
    return parts, name.as_posix()


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress Pillow's warnings on metadata, and raise an error for a huge picture."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _opened(file: Place) -> BinaryIO:
    return open_regular(file) if isinstance(file, Path) else file.open()


@contextmanager
def opened_picture(file: Place) -> Iterator[Image.Image]:
    """Open a picture; any error of its decoder becomes a ``DataError`` that names the file.

    Parameters
    ----------
    file : Path or TarMember
        Picture.

    Yields
    ------
    PIL.Image.Image
    """
    try:
        # As a stream: given a name, Pillow memory-maps an uncompressed TIFF and garbles it if it
        # is stored rotated.
        with _opened(file) as stream, Image.open(stream, formats=_FORMATS) as image:
            _check_depth(file, image)
            yield image
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        limit = (Image.MAX_IMAGE_PIXELS or 0) // 1_000_000
        raise DataError(
            f"`{file}` must not have more than {limit} million pixels. Make it smaller."
        ) from None
    except DataError:
        raise
    except Exception as error:  # decoders raise all kinds of errors on damaged files
        reason = (
            ""
            if isinstance(error, UnidentifiedImageError)
            else f" ({getattr(error, 'strerror', None) or error})"
        )
        raise DataError(
            f"`{file}` cannot be read as a picture{reason}. Repair or remove it."
        ) from None


def _check_depth(file: Place, image: Image.Image) -> None:
    """Raise ``DataError`` for a deep picture of too many pixels: each takes 16 bytes to convert."""
    limit = (Image.MAX_IMAGE_PIXELS or sys.maxsize) // 2
    if is_deep(image) and image.width * image.height > limit:
        raise DataError(
            f"`{file}` must not have more than {limit // 1_000_000} million pixels of more than 8 "
            "bits. Make it smaller."
        )


def size_of_picture(file: Path) -> tuple[int, int]:
    """Return the height and the width of a picture as it is displayed.

    Parameters
    ----------
    file : Path
        Picture.

    Returns
    -------
    tuple of two ints

    Raises
    ------
    DataError
        If it cannot be read.
    """
    return _read_header(file).size


def _read_header(file: Place) -> _Header:
    with opened_picture(file) as image:
        width, height = image.size
        several = getattr(image, "is_animated", False)
        if image.getexif().get(_EXIF_ORIENTATION, 1) in (5, 6, 7, 8):
            if image.format == "TIFF":  # Pillow rotates these by itself, at the latest in load()
                image.load()
                width, height = image.size
            else:
                width, height = height, width
        return _Header((height, width), _is_grey(image), is_deep(image), several)


def _is_grey(image: Image.Image) -> bool:
    if image.mode == "P":
        colours = np.array(image.getpalette("RGB") or [0, 0, 0]).reshape(-1, 3)
        return bool((colours == colours[:, :1]).all())
    return image.mode in _GREY_MODES


def _common_size(path: Path, headers: Iterable[_Header]) -> tuple[int, int]:
    sizes = Counter(header.size for header in headers).most_common()
    if len(sizes) > 1:
        found = [f"{h}x{w} ({quantity(n, 'picture')})" for (h, w), n in sizes]
        raise DataError(
            f"The pictures of `{path}` must have one size, unless `image_size` (--image-size)"
            f" resizes them. Got {listed(found, quote='')}, height x width."
        )
    return sizes[0][0]


def _allocate(
    path: Path, n_files: int, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> NDArray[Any]:
    n_features = int(np.prod(shape))
    try:
        return np.empty((n_files, n_features), dtype)
    except (MemoryError, ValueError):
        raise DataError(
            f"The pictures of `{path}` do not fit into memory ({n_files:,} of"
            f" {n_features * dtype.itemsize:,} bytes). Use a smaller `image_size`."
        ) from None


def _read_into(
    row: NDArray[Any], file: Place, grey: bool, size: tuple[int, int], depths: Depths
) -> bool:
    row[...] = _read_pixels(file, grey, size, depths).reshape(-1)
    return True


def _read_pixels(file: Place, grey: bool, size: tuple[int, int], depths: Depths) -> NDArray[Any]:
    """Return one picture as (height, width) or (height, width, 3)."""
    height, width = size
    with opened_picture(file) as image:
        # Lets JPEG decode at 1/2, 1/4 or 1/8 of the size if that is still twice the target.
        image.draft(None, (2 * max(size), 2 * max(size)))
        ImageOps.exif_transpose(image, in_place=True)
        plain = depths.converted(file, image)
        if plain.mode != "F":
            plain = _in_mode(plain, "L" if grey else "RGB")
        if plain.size != (width, height):
            # Averages the pixels that become one: no aliasing, no ringing.
            plain = plain.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=3.0)
        return np.asarray(plain)


def _in_mode(image: Image.Image, mode: str) -> Image.Image:
    """Return a picture in another mode, on white; in strips, to save whole copies."""
    if image.mode == mode and not image.has_transparency_data:
        return image
    width, height = image.size
    target = Image.new(mode, image.size)
    step = max(1, _STRIP_PIXELS // max(1, width))
    for top in range(0, height, step):
        strip = image.crop((0, top, width, min(height, top + step)))
        target.paste(_on_white(strip).convert(mode), (0, top))
    return target


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image
    layer = image.convert("RGBA")
    white = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(white, layer)
