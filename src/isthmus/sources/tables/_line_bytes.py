"""Lines of a text table as bytes in UTF-8, changed so that pyarrow can split them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

__all__ = ["after", "limited", "long_line", "open_quote", "replaced", "whole_lines", "with_tabs"]

_EDGE_BLANKS = re.compile(rb"(?m)^[ \t]+|[ \t\r]+$")
_BLANKS = re.compile(rb'("[^"\n]*")|[ \t]+')
_QUOTED = re.compile(rb'"[^"]*+(?:""[^"]*+)*+"')


def limited(chunks: Iterator[bytes], n_bytes: int) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk
        n_bytes -= len(chunk)
        if n_bytes <= 0:
            return


def after(chunks: Iterator[bytes], n_bytes: int) -> Iterator[bytes]:
    """Yield what follows after a number of bytes."""
    for chunk in chunks:
        if n_bytes < len(chunk):
            yield chunk[n_bytes:]
        n_bytes = max(0, n_bytes - len(chunk))


def whole_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        block = rest + chunk
        end = block.rfind(b"\n") + 1
        yield block[:end]
        rest = block[end:]
    yield rest


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
    """Return the number, from 1, of the first line with more bytes, or None."""
    number, length = 1, 0
    for chunk in chunks:
        for part in chunk.splitlines(keepends=True):
            length += len(part)
            if length > n_bytes:
                return number
            if part.endswith(b"\n"):
                number, length = number + 1, 0
    return None


def open_quote(content: bytes, delimiter: str) -> int | None:
    """Return the line, from 1, of the cell with an unclosed quote, or None."""
    opening = re.compile(rb'(?:\A|[%b\r\n])"' % re.escape(delimiter.encode()))
    position = 0
    while found := opening.search(content, position):
        start = found.end() - 1
        cell = _QUOTED.match(content, start)
        if cell is None:
            return content.count(b"\n", 0, start) + 1
        position = cell.end()
    return None
