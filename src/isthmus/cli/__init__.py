"""Command line: each command parses, calls and prints."""

from ._app import main as main

__all__ = ["main"]
