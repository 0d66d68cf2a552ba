"""docs/benchmarks.md matches the figures in benchmarks/."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_holds_the_figures_of_the_files() -> None:
    page = runpy.run_path(str(ROOT / "scripts/benchmarks_page.py"))["page"]()
    assert (ROOT / "docs/benchmarks.md").read_text(encoding="utf-8") == page, (
        "run: python scripts/benchmarks_page.py > docs/benchmarks.md"
    )


def test_a_run_without_jax_has_no_lines_about_it() -> None:
    jax_loops = runpy.run_path(str(ROOT / "scripts/benchmarks_page.py"))["jax_loops"]
    assert list(jax_loops({})) == list(jax_loops({"jax_compile_seconds": {}})) == []


def test_the_loops_in_jax_stand_with_their_losses_and_versions() -> None:
    jax_loops = runpy.run_path(str(ROOT / "scripts/benchmarks_page.py"))["jax_loops"]
    (text,) = jax_loops(
        {
            "jax_compile_seconds": {"jax_scan": 1.04, "jax_step": 0.92},
            "train_loss_after_each_epoch": {"jax_scan": [0.25, 0.125], "jax_step": [0.5]},
            "peers": {"jax": "0.10.2", "optax": "0.2.8"},
        }
    )
    assert "Their losses are 0.250000, 0.125000 (scan) and 0.500000 (step)." in text
    assert "take 1.0 and 0.9 s longer. (jax 0.10.2, optax 0.2.8.)" in text
