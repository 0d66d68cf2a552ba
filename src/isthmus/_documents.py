"""JSON and YAML documents, read within limits of size, depth and aliases.

A document of a few bytes can stand for gigabytes, or never end. The limits are far above those of
documents that Isthmus writes, and far below what would take seconds or gigabytes.
"""

from __future__ import annotations

import errno
import io
import json
import math
import os
import re
import stat
from typing import Any

__all__ = [
    "LONGEST_HEADER",
    "MOST_BYTES",
    "MOST_CONFIG_BYTES",
    "MOST_LEVELS",
    "DocumentError",
    "NotUtf8Error",
    "UnreadableFileError",
    "check_header",
    "kind_of_special",
    "open_regular",
    "parse_json",
    "parse_yaml",
    "read_json_file",
    "read_text_file",
    "read_yaml_file",
]

MOST_BYTES = 64_000_000
MOST_CONFIG_BYTES = 2_000_000
LONGEST_HEADER = MOST_BYTES  # of a file of tensors, which is JSON
_MOST_VALUES = 5_000_000
MOST_LEVELS = 60
_MOST_DIGITS = 100
_MOST_OF_ALIASES = 10_000
_HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")


class DocumentError(ValueError):
    """A document beyond a limit. The message is a clause without the file's name."""


class NotUtf8Error(DocumentError):
    """A document that is not UTF-8."""


class UnreadableFileError(OSError):
    """A file that is not opened, because it is no regular file, or too large."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(number, reason)


def kind_of_special(mode: int) -> str | None:
    """Return what a path is if reading it might never end.

    Parameters
    ----------
    mode : int
        ``st_mode`` of ``os.stat``.

    Returns
    -------
    str or None
        "named pipe" or "device or socket"; None for a regular file or a folder.
    """
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return None
    return "named pipe" if stat.S_ISFIFO(mode) else "device or socket"


def open_regular(path: str | os.PathLike[str], most: int | None = None) -> io.BufferedReader:
    """Open a file for reading, if it is a regular one.

    Parameters
    ----------
    path : path
        The file.
    most : int, default=None
        Largest size in bytes; None for any.

    Returns
    -------
    binary stream

    Raises
    ------
    OSError
        If it cannot be opened.
    UnreadableFileError
        If it is a named pipe, a device or a socket, or larger than ``most``.
    """
    # Without O_NONBLOCK, opening a named pipe waits for a writer.
    file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        found = os.fstat(file)
        special = kind_of_special(found.st_mode)
        if special is not None:
            raise UnreadableFileError(errno.EINVAL, f"it is a {special}, not a regular file")
        if most is not None and found.st_size > most:
            raise UnreadableFileError(
                errno.EFBIG, f"it has {found.st_size:,} bytes, and at most {most:,} are read"
            )
        return os.fdopen(file, "rb")
    except BaseException:
        os.close(file)
        raise


def check_header(path: str | os.PathLike[str]) -> None:
    """Raise an error if a file of tensors is no regular file, or its header is too long.

    Parameters
    ----------
    path : path
        safetensors file.

    Raises
    ------
    OSError
        As for ``open_regular``.
    DocumentError
        If the header claims more than 64 MB, or more than the file has.
    """
    with open_regular(path) as file:
        length, rest = int.from_bytes(file.read(8), "little"), os.fstat(file.fileno()).st_size - 8
        if rest < 0:
            raise DocumentError("it is shorter than a header")
        if length > min(LONGEST_HEADER, rest):
            raise DocumentError(
                f"its header must have at most {LONGEST_HEADER:,} bytes, and no more than the "
                f"file. It claims {length:,}"
            )


def read_text_file(path: str | os.PathLike[str], most: int = MOST_BYTES) -> str:
    """Return the text of a regular file in UTF-8.

    Parameters
    ----------
    path : path
        The file.
    most : int
        Largest size in bytes.

    Returns
    -------
    str

    Raises
    ------
    OSError
        As for ``open_regular``.
    NotUtf8Error
        If it is not UTF-8.
    """
    with open_regular(path, most) as file:
        content = file.read(most + 1)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        found = f"byte 0x{content[error.start]:02x} at position {error.start:,}"
        raise NotUtf8Error(f"it is not UTF-8 ({found})") from None


def read_json_file(path: str | os.PathLike[str], *, finite: bool = False) -> Any:
    """Read a JSON document.

    Parameters
    ----------
    path : path
        Regular file in UTF-8.
    finite : bool, default=False
        Whether to refuse numbers that are not finite.

    Returns
    -------
    JSON value

    Raises
    ------
    OSError
        As for ``open_regular``.
    ValueError
        If it is not JSON in UTF-8, or beyond a limit: more than 60 levels, more than 5 million
        values, an integer of more than 100 digits, or half of a surrogate pair.
    """
    text = read_text_file(path)
    if sum(map(text.count, ",[{")) > _MOST_VALUES:
        raise DocumentError(f"it has more than {_MOST_VALUES:,} values")
    return parse_json(text, finite=finite)


def parse_json(text: str, *, finite: bool = False) -> Any:
    """Parse a JSON document, with the limits of ``read_json_file`` but that of its size.

    Parameters
    ----------
    text : str
        The document.
    finite : bool, default=False
        Whether to refuse numbers that are not finite.

    Returns
    -------
    JSON value

    Raises
    ------
    ValueError
        As for ``read_json_file``.
    """
    try:
        document = json.loads(
            text,
            parse_float=_finite if finite else None,
            parse_int=_whole,
            parse_constant=_not_finite if finite else None,
        )
    except RecursionError:
        raise DocumentError(_too_deep()) from None
    _check_depth(document)
    if _HALF_PAIR.search(text):
        try:
            json.dumps(document, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise DocumentError("a text in it has half of a surrogate pair") from None
    return document


def read_yaml_file(path: str | os.PathLike[str]) -> Any:
    """Read a YAML document.

    Parameters
    ----------
    path : path
        Regular file in UTF-8.

    Returns
    -------
    YAML value
        Of plain types.

    Raises
    ------
    OSError
        As for ``open_regular``; the largest size is 2 MB.
    ValueError
        As for ``parse_yaml``, or if the file is not UTF-8.
    yaml.YAMLError
        As for ``parse_yaml``.
    """
    return parse_yaml(read_text_file(path, MOST_CONFIG_BYTES))


def parse_yaml(text: str) -> Any:
    """Parse a YAML document of plain types.

    Parameters
    ----------
    text : str
        The document.

    Returns
    -------
    YAML value

    Raises
    ------
    DocumentError
        If it has more than 60 levels, a number of more than 100 digits, or aliases that stand for
        more than 10,000 values or for what contains them.
    ValueError
        If a value has the form of a date, but is none.
    yaml.YAMLError
        If it is not YAML, or has other types.
    """
    import yaml

    loader = _yaml_loader()
    _check_events(yaml.parse(text, Loader=loader))
    try:
        return yaml.load(text, Loader=loader)
    except (IndexError, OverflowError) as error:  # of tags such as !!int ""
        raise DocumentError(f"a value in it does not have its type ({error})") from None


def _yaml_loader() -> Any:
    """Return the safe loader, in C where it is available, which is ten times as fast."""
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _check_events(events: Any) -> None:
    """Raise ``DocumentError`` for a document that is too deep, or whose aliases expand too far."""
    import yaml

    sizes: dict[str, int] = {}
    open_nodes: list[list[Any]] = []  # anchor and size so far
    expanded = 0
    for event in events:
        anchor, size = getattr(event, "anchor", None), 1
        if isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append([anchor, 1])
            if len(open_nodes) > MOST_LEVELS:
                raise DocumentError(_too_deep())
            if anchor is not None:
                sizes.pop(anchor, None)
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            anchor, size = open_nodes.pop()
        elif isinstance(event, yaml.AliasEvent):
            size = sizes.get(str(anchor), _MOST_OF_ALIASES + 1)
            expanded += size
            if expanded > _MOST_OF_ALIASES:
                raise DocumentError(
                    f"its aliases stand for more than {_MOST_OF_ALIASES:,} values, or for what "
                    "contains them"
                )
        elif isinstance(event, yaml.ScalarEvent):
            _check_digits(str(event.value))
        else:
            continue
        if anchor is not None and not isinstance(event, yaml.AliasEvent):
            sizes[anchor] = size
        if open_nodes:
            open_nodes[-1][1] += size


def _check_digits(text: str) -> None:
    if len(text) > _MOST_DIGITS and not text.strip("0123456789_:+-."):
        raise DocumentError(f"a number in it has more than {_MOST_DIGITS} digits")


def _check_depth(document: Any) -> None:
    level = [document] if isinstance(document, dict | list) else []
    for _ in range(MOST_LEVELS):
        level = [
            value
            for each in level
            for value in (each.values() if isinstance(each, dict) else each)
            if isinstance(value, dict | list)
        ]
        if not level:
            return
    raise DocumentError(_too_deep())


def _too_deep() -> str:
    return f"it is nested more than {MOST_LEVELS} levels deep"


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _not_finite(text)


def _whole(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise DocumentError(f"a number in it has more than {_MOST_DIGITS} digits")
    return int(text)


def _not_finite(text: str) -> float:
    raise DocumentError(f"a number in it is not finite ({text[:20]})")
