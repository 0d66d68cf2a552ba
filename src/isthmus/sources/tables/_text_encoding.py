"""Encodings of text files, told from their bytes."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from ..._translation import Message
from ...errors import DataError

__all__ = ["REPLACED", "encoding_note", "encoding_of", "in_utf8"]

REPLACED = "utf-8-replaced"  # UTF-8, of which some bytes are not

# GB 2312, the common part of GBK and GB 18030: every non-ASCII character is two high bytes.
# Latin-1 text has single high bytes and does not match. The last character may be cut off.
_GB2312 = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xf7][\xa1-\xfe])*[\xa1-\xf7]?")
_USUAL = frozenset("àáâãäåæçèéêëìíîïñòóôõöøœßùúûüýÄÅÆÉÖØÜ°€£µ²³–—\u2018\u2019“”…")
_NAMES = {"gb18030": "GBK", "cp1252": "Windows-1252", "mac_roman": "Mac Roman"}
_SINGLE_BYTE = ("cp1252", "mac_roman")  # their texts are hardly ever UTF-8 by chance
_BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def encoding_of(path: Path, sample: bytes) -> str:
    """Return the name of the encoding of some bytes.

    Raises
    ------
    DataError
        If they are not text.
    """
    for mark, encoding in _BOMS.items():
        if sample.startswith(mark):
            return encoding
    if b"\0" in sample:
        return _without_mark(path, sample)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return "gb18030" if _GB2312.fullmatch(sample) else _single_byte(sample)
    return "utf-8"


def encoding_note(encoding: str, sample: bytes = b"") -> list[str]:
    """Return a note if the encoding is a guess, with the first line that is UTF-8 nevertheless.

    Parameters
    ----------
    encoding : str
        Its name in Python, or ``REPLACED``.
    sample : bytes, default=b""
        First lines of the file.

    Returns
    -------
    list of str
    """
    if encoding == REPLACED:
        return [Message("Some bytes are not UTF-8 and were replaced.")]
    if encoding not in _NAMES:
        return []
    name = _NAMES[encoding]
    line = _utf8_line(sample) if encoding in _SINGLE_BYTE else None
    if line is None:
        return [Message("The file is not UTF-8 and was read as {encoding}.", encoding=name)]
    note = Message(
        "The file mixes encodings: it was read as {encoding}, but line {line} is UTF-8, and so may "
        "be others; their letters are wrong. Save the whole file as UTF-8.",
        encoding=name,
        line=line,
    )
    return [note]


def _utf8_line(sample: bytes) -> int | None:
    """Return the number, from 1, of the first line with characters of several bytes in UTF-8."""
    for number, line in enumerate(sample.splitlines(), 1):
        if not line.isascii():
            try:
                line.decode()
            except UnicodeDecodeError:
                continue
            return number
    return None


def in_utf8(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Yield blocks of text as UTF-8 without a byte order mark.

    Parameters
    ----------
    chunks : iterator of bytes
        Blocks of text in the encoding; a character may be divided.
    encoding : str
        Its name in Python.

    Yields
    ------
    bytes
    """
    if encoding == "utf-8":
        first = next(chunks, b"")
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode()
    yield decoder.decode(b"", final=True).encode()


def _without_mark(path: Path, sample: bytes) -> str:
    """Return UTF-16 of the byte order that makes the NUL bytes halves of ASCII characters."""
    head = sample[: len(sample) // 2 * 2]
    for encoding, half in (("utf-16-le", 1), ("utf-16-be", 0)):
        is_half_nul = head[half::2].count(0) > len(head) // 4 and not head[1 - half :: 2].count(0)
        text = head.decode(encoding, "replace") if is_half_nul else "\0"
        if re.sub(r"[\r\n\t]", "", text).isprintable():
            return encoding
    raise DataError(f"`{path}` is not a text file. Save the table as CSV or Parquet.")


def _single_byte(sample: bytes) -> str:
    """Return Windows-1252 or Mac Roman, whichever gives more of the usual characters."""
    high = bytes(byte for byte in sample if byte > 127)
    usual = {
        name: sum(character in _USUAL for character in high.decode(name, "replace"))
        for name in _SINGLE_BYTE
    }
    return max(usual, key=lambda name: usual[name])
