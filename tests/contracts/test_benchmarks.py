"""docs/benchmarks.md matches the figures in benchmarks/."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture
def page_script(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    return runpy.run_path(str(SCRIPTS / "benchmarks_page.py"))


def test_the_page_holds_the_figures_of_the_files(page_script: dict[str, Any]) -> None:
    page = (SCRIPTS.parent / "docs/benchmarks.md").read_text(encoding="utf-8")
    assert page == page_script["page"](), (
        "run: python scripts/benchmarks_page.py > docs/benchmarks.md"
    )


def test_a_run_without_jax_has_no_lines_about_it(page_script: dict[str, Any]) -> None:
    jax_loops = page_script["jax_loops"]
    assert list(jax_loops({})) == list(jax_loops({"jax_compile_seconds": {}})) == []


def test_the_loops_in_jax_stand_with_their_losses_and_versions(
    page_script: dict[str, Any],
) -> None:
    (text,) = page_script["jax_loops"](
        {
            "jax_compile_seconds": {"jax_scan": 1.04, "jax_step": 0.92},
            "train_loss_after_each_epoch": {"jax_scan": [0.25, 0.125], "jax_step": [0.5]},
            "peers": {"jax": "0.10.2", "optax": "0.2.8"},
        }
    )
    assert "Their losses are 0.250000, 0.125000 (scan) and 0.500000 (step)." in text
    assert "take 1.0 and 0.9 s longer. (jax 0.10.2, optax 0.2.8.)" in text
