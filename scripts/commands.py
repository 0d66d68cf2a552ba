"""Write the reference of the command line from the output of `--help-all`.

python scripts/commands.py > docs/commands.md
"""

from __future__ import annotations

import io

from rich.console import Console

from isthmus.cli._app import COMMANDS, app

WIDTH = 80
HEAD = """# Commands

The output of `--help-all`, written by `python scripts/commands.py > docs/commands.md`.

Exit codes, streams and JSON documents are on [the page of the contract](cli-contract.md). Errors
are one line on stderr.
"""


def help_text(command: str) -> str:
    """Return the output of `isthmus COMMAND --help-all` in 80 columns without colours."""
    console = Console(
        file=io.StringIO(), width=WIDTH, color_system=None, force_terminal=False, _environ={}
    )
    app.help_print([command] if command else [], console=console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def page() -> str:
    """Return the page."""
    sections = [
        f"## isthmus {command}".rstrip() + f"\n\n```text\n{help_text(command)}\n```\n"
        for command in ("", *COMMANDS)
    ]
    return "\n".join([HEAD, *sections])


if __name__ == "__main__":
    print(page(), end="")
