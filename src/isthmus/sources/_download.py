"""Download of one file to a temporary name, with an MD5 check before the rename."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import secrets
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

__all__ = ["DownloadError", "fetch"]

_TIMEOUT = 10.0  # seconds without a byte
_MOST_BYTES = 1 << 26  # per file, packed or unpacked: the largest of these sets has 47 MB
_BLOCK = 1 << 16


class DownloadError(Exception):
    """Failure of all mirrors; the message gives each reason."""


def fetch(urls: Sequence[str], target: Path, *, md5: str, unpacked: bool) -> None:
    """Download a gzip file to `target` from the first of `urls` with the right checksum.

    `target` is either complete and checked, or absent.

    Parameters
    ----------
    urls : sequence of str
        URLs, tried in order.
    target : Path
        Path to write; its folder must exist.
    md5 : str
        Expected MD5.
    unpacked : bool
        Whether `md5` is that of the unpacked bytes.

    Raises
    ------
    DownloadError
        If no mirror can be reached or all return other bytes.
    OSError
        If the file cannot be written.
    """
    reasons = []
    for url in urls:
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        try:
            _copy(url, temporary)
            _check(temporary, md5, unpacked=unpacked)
            temporary.replace(target)
            return
        except DownloadError as error:
            reasons.append(f"{urlsplit(url).netloc}: {error}")
        finally:
            temporary.unlink(missing_ok=True)
    raise DownloadError("; ".join(reasons))


def _copy(url: str, target: Path) -> None:
    with target.open("xb") as file:
        size = 0
        for block in _received(url):
            size += len(block)
            if size > _MOST_BYTES:
                raise DownloadError(f"more than {_MOST_BYTES:,} bytes")
            file.write(block)


def _received(url: str) -> Iterator[bytes]:
    """Yield the server's bytes; only network errors become DownloadError."""
    with _network(), urllib.request.urlopen(url, timeout=_TIMEOUT) as response:
        while True:
            with _network():
                block = response.read(_BLOCK)
            if not block:
                return
            yield block


@contextmanager
def _network() -> Iterator[None]:
    try:
        yield
    except urllib.error.HTTPError as error:
        raise DownloadError(f"HTTP {error.code}") from None
    except urllib.error.URLError as error:
        reason = getattr(error.reason, "strerror", None) or str(error.reason)
        raise DownloadError(reason) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DownloadError(str(error) or type(error).__name__) from None


def _check(path: Path, md5: str, *, unpacked: bool) -> None:
    digest = hashlib.md5(usedforsecurity=False)
    size = 0
    try:
        with gzip.open(path) if unpacked else path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                size += len(block)
                if size > _MOST_BYTES:
                    raise DownloadError(f"unpacks to more than {_MOST_BYTES:,} bytes")
                digest.update(block)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise DownloadError("incomplete gzip file") from None
    if digest.hexdigest() != md5:
        raise DownloadError(f"its MD5 is {digest.hexdigest()} instead of {md5}")
