"""Lines of a text table as bytes in UTF-8, changed so that pyarrow can split them."""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import Iterator

__all__ = ["after", "long_line", "open_quote", "replaced", "whole_lines", "with_tabs"]

_EDGE_BLANKS = re.compile(rb"(?m)^[ \t]+|[ \t\r]+$")
_BLANKS = re.compile(rb'("[^"\n]*")|[ \t]+')
_REST_OF_QUOTED = re.compile(rb'[^"]*+(?:""[^"]*+)*+"')


def after(chunks: Iterator[bytes], n_bytes: int) -> Iterator[bytes]:
    """Yield what follows after a number of bytes."""
    for chunk in chunks:
        if n_bytes < len(chunk):
            yield chunk[n_bytes:]
        n_bytes = max(0, n_bytes - len(chunk))


def whole_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    parts: list[bytes] = []
    for chunk in chunks:
        end = chunk.rfind(b"\n") + 1
        parts.append(chunk[:end] if end else chunk)
        if end:
            yield b"".join(parts)
            parts = [chunk[end:]]
    yield b"".join(parts)


def with_tabs(lines: bytes) -> bytes:
    lines = _EDGE_BLANKS.sub(b"", lines)
    if b'"' in lines:
        return _BLANKS.sub(lambda found: found[1] or b"\t", lines)
    return _BLANKS.sub(b"\t", lines)


def replaced(chunks: Iterator[bytes]) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode()
    yield decoder.decode(b"", final=True).encode()


def long_line(chunks: Iterator[bytes], n_bytes: int) -> int | None:
    """Return the number, from 1, of the first line with more bytes, or None.

    Chunks must have fewer bytes: a line that is too long then begins or ends in one.
    """
    number, length = 1, 0
    for chunk in chunks:
        end = chunk.find(b"\n")
        length += len(chunk) if end < 0 else end
        if length > n_bytes:
            return number
        if end >= 0:
            number += chunk.count(b"\n")
            length = len(chunk) - chunk.rindex(b"\n") - 1
    return None


def open_quote(
    chunks: Iterator[bytes], delimiter: str, n_bytes: int, n_read: int = sys.maxsize
) -> tuple[int, bool] | None:
    """Return the line, from 1, of the first cell with a quote that is not closed.

    Parameters
    ----------
    chunks : iterator of bytes
        Content of the table.
    delimiter : str
        One character.
    n_bytes : int
        Number of bytes in which a quote must be closed; they are read up to a line's end.
    n_read : int
        Number of bytes behind which no quote is looked for that opens a cell.

    Returns
    -------
    tuple of int and bool, or None
        The line, and whether the content ends without the closing quote.
    """
    opening = re.compile(rb'(?m)(?:^|[%b\r])"' % re.escape(delimiter.encode()))
    number = 1
    opened: int | None = None
    length = 0  # of the cell that is open
    for block in whole_lines(chunks):  # two quotes that stand for one are in one block
        position = 0
        while True:
            if opened is None:
                found = opening.search(block, position)
                if found is None:
                    break
                position, length = found.end(), 0
                opened = number + block.count(b"\n", 0, position)
            rest = _REST_OF_QUOTED.match(block, position)
            if rest is None:
                length += len(block) - position
                break
            opened, position = None, rest.end()
        if opened is not None and length > n_bytes:
            return opened, False
        n_read -= len(block)
        if opened is None and n_read <= 0:
            return None
        number += block.count(b"\n")
    return None if opened is None else (opened, True)
