"""First lines of a text file."""

from __future__ import annotations

import codecs
from pathlib import Path

from ...errors import DataError
from ._byte_source import DAMAGED, ByteSource
from ._delimiters import SampleLines, sample_lines
from ._text_encoding import encoding_note, encoding_of

__all__ = ["encoding_note_of", "sample_of", "text_sample"]

_SAMPLE_BYTES = 1 << 18
_LONGEST_LINE = 1 << 24


def text_sample(path: Path, source: ByteSource) -> tuple[str, str]:
    """Return the first complete lines of a text file, at least one, and its encoding.

    Parameters
    ----------
    path : Path
        Name of the file in messages.
    source : ByteSource
        Its content.

    Returns
    -------
    tuple of str and str

    Raises
    ------
    DataError
        If it is empty, damaged, or not text.
    """
    try:
        sample = source.head(_SAMPLE_BYTES)
        if b"\n" not in sample and b"\r" not in sample and len(sample) >= _SAMPLE_BYTES:
            sample = source.head(_LONGEST_LINE)
    except DAMAGED as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"`{path}` is truncated or damaged: {error}") from None
    if len(sample) >= _LONGEST_LINE and b"\n" not in sample and b"\r" not in sample:
        raise DataError(
            f"`{path}` must have at most {_LONGEST_LINE:,} bytes in its first line. It has more: "
            "check that its rows are separated by line breaks."
        )
    is_whole = len(sample) < _SAMPLE_BYTES
    encoding = encoding_of(path, sample)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(sample, final=is_whole)
    text = text.removeprefix("\ufeff")
    if not text.strip(" \t\r\n"):
        raise DataError(f"`{path}` is empty.")
    if not is_whole and "\n" in text:
        text = text[: text.rindex("\n") + 1]
    return text, encoding


def encoding_note_of(source: ByteSource, encoding: str) -> list[str]:
    """Return a note if the encoding is a guess; see ``encoding_note``.

    Parameters
    ----------
    source : ByteSource
        Content of the file.
    encoding : str
        As returned by ``text_sample``.

    Returns
    -------
    list of str
    """
    return encoding_note(encoding, b"" if encoding == "utf-8" else source.head(_SAMPLE_BYTES))


def sample_of(path: Path) -> SampleLines:
    """Return the first lines of a text file, split as if it were a table.

    Parameters
    ----------
    path : Path
        File, packed or not.

    Returns
    -------
    SampleLines

    Raises
    ------
    DataError
        If it is empty, damaged, or not text.
    """
    return sample_lines(path, text_sample(path, ByteSource(path))[0])
