"""Standard streams that are closed, full, or whose reader is gone."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from .._write_errors import write_error
from ..errors import IsthmusError

__all__ = [
    "PIPE_CLOSED",
    "check_output_was_open",
    "flush_output",
    "give_up_streams",
    "open_streams",
]

PIPE_CLOSED = 128 + getattr(signal, "SIGPIPE", 13)  # exit code, as shells have it


class _ClosedOutput(io.StringIO):
    """Stdout that the caller closed, as with ``>&-``: what is printed is lost, but noted."""

    was_used = False

    def write(self, text: str, /) -> int:
        self.was_used = True
        return len(text)


@contextmanager
def open_streams() -> Iterator[None]:
    """Replace standard streams that the caller closed, which are None, within a block."""
    before = sys.stdin, sys.stdout, sys.stderr
    with contextlib.ExitStack() as stack:
        for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
            if getattr(sys, name) is None:
                # It also takes the free descriptor, which another file would get.
                setattr(sys, name, stack.enter_context(open(os.devnull, mode, encoding="utf-8")))
        if before[1] is None:
            sys.stdout = _ClosedOutput()
        try:
            yield
        finally:
            sys.stdin, sys.stdout, sys.stderr = before


def check_output_was_open() -> None:
    """Raise ``IsthmusError`` if something was printed on a closed stdout."""
    if isinstance(sys.stdout, _ClosedOutput) and sys.stdout.was_used:
        raise IsthmusError(
            "The result could not be printed: standard output is closed. Redirect it to a file, or "
            "to /dev/null."
        )


def flush_output() -> None:
    """Write what was printed to stdout.

    Raises
    ------
    BrokenPipeError
        If its reader is gone.
    WriteError
        If it cannot be written, such as to a file on a full disk.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise write_error("Standard output", error.errno or 0) from error


def give_up_streams() -> None:
    """Discard what cannot be written to stdout and stderr; the interpreter would report it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream.fileno())
                os.close(nowhere)
