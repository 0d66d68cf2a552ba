"""docs/benchmarks.md is what the figures in benchmarks/ say."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_holds_the_figures_of_the_files() -> None:
    page = runpy.run_path(str(ROOT / "scripts/benchmarks_page.py"))["page"]()
    assert (ROOT / "docs/benchmarks.md").read_text(encoding="utf-8") == page, (
        "run: python scripts/benchmarks_page.py > docs/benchmarks.md"
    )
