"""docs/commands.md matches the output of the command line."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_reference_is_what_help_prints() -> None:
    page = runpy.run_path(str(ROOT / "scripts/commands.py"))["page"]()
    assert (ROOT / "docs/commands.md").read_text(encoding="utf-8") == page, (
        "run: python scripts/commands.py > docs/commands.md"
    )
