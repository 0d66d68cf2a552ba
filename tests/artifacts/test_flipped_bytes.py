"""A flipped byte of a saved model, of any kind, is noticed or harmless."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
MODELS = sorted(
    path.name for path in Path(__file__).with_name("schema_3").iterdir() if path.is_dir()
)


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    path = BENCHMARKS / "flipped_bytes.py"
    spec = importlib.util.spec_from_file_location("flipped_bytes", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.modules.pop("_machine", None)


@pytest.mark.parametrize("n_bytes", [20, pytest.param(None, marks=pytest.mark.slow)])
@pytest.mark.parametrize("model", MODELS)
def test_a_flipped_byte_is_noticed_or_harmless(script, model, n_bytes):
    counts = script.flips_of(script.MODELS / model, n_bytes)
    assert counts["silent"] == 0
    assert counts["noticed"] + counts["harmless"] == counts["tried"] > 30
