"""Changed copies of valid files: flipped bytes, cuts, splices and claims of huge sizes."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

__all__ = ["mutated"]

_CLAIMS = (
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\0\0\0\0",
    b"1e999",
    b"-1",
    b"NaN",
    b"9" * 30,
    b"null",
    b"[" * 200,
    b"\\ud800",
    b"&a *a",
    b"\xed\xa0\x80",
)


def _flip(data: bytearray, draw: random.Random, seeds: Sequence[bytes]) -> None:
    data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)


def _set(data: bytearray, draw: random.Random, seeds: Sequence[bytes]) -> None:
    data[draw.randrange(len(data))] = draw.choice((0, 1, 0x7F, 0x80, 0xFF, draw.randrange(256)))


def _cut(data: bytearray, draw: random.Random, seeds: Sequence[bytes]) -> None:
    del data[draw.randrange(len(data)) :]


def _drop(data: bytearray, draw: random.Random, seeds: Sequence[bytes]) -> None:
    start = draw.randrange(len(data))
    del data[start : start + draw.randrange(1, 17)]


def _splice(data: bytearray, draw: random.Random, seeds: Sequence[bytes]) -> None:
    other = draw.choice(seeds)
    start, place = draw.randrange(len(other)), draw.randrange(len(data) + 1)
    data[place:place] = other[start : start + draw.randrange(1, 65)]


def _claim(data: bytearray, draw: random.Random, seeds: Sequence[bytes]) -> None:
    claim, place = draw.choice(_CLAIMS), draw.randrange(len(data))
    data[place : place + draw.choice((0, len(claim)))] = claim


_CHANGES: tuple[Callable[[bytearray, random.Random, Sequence[bytes]], None], ...] = (
    _flip,
    _flip,
    _set,
    _set,
    _cut,
    _drop,
    _splice,
    _claim,
)


def mutated(seeds: Sequence[bytes], number: int) -> bytes:
    """Return a changed copy of one of several contents.

    Parameters
    ----------
    seeds : sequence of bytes
        Valid contents.
    number : int
        Determines the changes.

    Returns
    -------
    bytes
    """
    draw = random.Random(number)
    data = bytearray(draw.choice(seeds))
    for _ in range(draw.choice((1, 1, 2, 3, 8))):
        if data:
            draw.choice(_CHANGES)(data, draw, seeds)
    return bytes(data)
