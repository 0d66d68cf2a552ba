"""Lines of a text table as bytes in UTF-8, changed so that pyarrow can split them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

__all__ = ["after", "limited", "long_line", "open_quote", "replaced", "whole_lines", "with_tabs"]

_EDGE_BLANKS = re.compile(rb"(?m)^[ \t]+|[ \t\r]+$")
_BLANKS = re.compile(rb'("[^"\n]*")|[ \t]+')
_REST_OF_QUOTED = re.compile(rb'[^"]*+(?:""[^"]*+)*+"')


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


def open_quote(chunks: Iterator[bytes], delimiter: str) -> int | None:
    """Return the line, from 1, of the cell with an unclosed quote, or None."""
    opening = re.compile(rb'(?m)(?:^|[%b\r])"' % re.escape(delimiter.encode()))
    number = 1
    opened: int | None = None
    for block in whole_lines(chunks):  # two quotes that stand for one are in one block
        position = 0
        while True:
            if opened is None:
                found = opening.search(block, position)
                if found is None:
                    break
                position = found.end()
                opened = number + block.count(b"\n", 0, position)
            rest = _REST_OF_QUOTED.match(block, position)
            if rest is None:
                break
            opened, position = None, rest.end()
        number += block.count(b"\n")
    return opened
