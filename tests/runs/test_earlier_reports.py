"""Reports of version 0.1.0 from before this order and these figures are still rewritten."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from isthmus.runs import rebuild_report

STORED = Path(__file__).with_name("earlier_reports")


@pytest.mark.parametrize(
    ("name", "language"), [("outliers", "en"), ("pictures", "zh"), ("table", "en")]
)
def test_their_figures_are_drawn_again_and_nothing_is_left_out(tmp_path, name, language):
    run = tmp_path / "run"
    shutil.copytree(STORED / name, run)
    (run / "model").mkdir()
    (run / "model/model.json").write_text("")  # neither the model nor the rows are read
    page, notes = rebuild_report(run, language=language)
    assert notes == []
    text = page.read_text("utf-8")
    drawn = [path.name for path in (run / "figures").iterdir()]
    assert text.count("<img") == len(drawn) >= 3
    # Its PNG figures have no colours for a dark theme.
    n_png = sum(name.endswith(".png") for name in drawn)
    assert text.count('class="figure sheet"') == n_png
    assert text.index('<section id="curves">') < text.index('<section id="anomalies">')
    assert '<section id="held_out">' not in text
