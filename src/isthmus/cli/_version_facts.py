"""Versions and machine, for bug reports: `isthmus --version --verbose`."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from .._version import __version__

__all__ = ["asks_for_facts", "version_facts"]

_NAME = re.compile(r"[\w.-]+")
_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "LANG", "LC_ALL")


def asks_for_facts(words: list[str]) -> bool:
    """Return whether a command line is ``--version --verbose``, in any order."""
    return "--version" in words and {*words} in ({"--version", "--verbose"}, {"--version", "-v"})


def version_facts() -> str:
    """Return a line for each fact: nothing about the user or the paths of the machine."""
    lines = [
        f"isthmus {__version__}",
        f"Python {platform.python_version()} ({platform.python_implementation()})",
        f"{platform.platform()}, {os.cpu_count()} processors",
        f"terminal: {sys.stdout.isatty()}, encoding: {sys.stdout.encoding}",
        *(f"{name}={os.environ[name]}" for name in _VARIABLES if name in os.environ),
        "",
        *_packages(),
    ]
    return "\n".join(lines)


def _packages() -> Iterator[str]:
    """Yield the dependencies with their versions, and the extras that are not installed."""
    for need in requires("isthmus") or ():
        name, is_of_developers = _NAME.match(need), re.search(r"extra == .dev", need)
        if name is None or is_of_developers:
            continue
        try:
            yield f"{name[0]} {version(name[0])}"
        except PackageNotFoundError:
            yield f"{name[0]} not installed"
