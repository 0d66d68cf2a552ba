"""Changed files of every format end in rows or in one sentence of Isthmus."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from mutations import mutated
from seeds import TARGETS, FindingError, Target, tried

_EXAMPLES = {"model.json": 3, "model.safetensors": 3, "report.json": 3}  # which train a model


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries, about damaged files
        yield


@pytest.mark.parametrize("name", TARGETS)
def test_a_file_is_read_and_a_changed_one_is_read_or_refused_in_one_sentence(name, tmp_path):
    target = TARGETS[name]
    seeds = target.seeds()
    assert [tried(target, seed, tmp_path) for seed in seeds] == [""] * len(seeds)

    @settings(
        max_examples=_EXAMPLES.get(name, 8),
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**32))
    def read(number):
        tried(target, mutated(seeds, number), tmp_path)

    read()


def test_a_library_error_that_no_reader_expects_is_a_finding(tmp_path):
    def read(path):
        raise KeyError("a")

    with pytest.raises(FindingError, match=r"^KeyError: 'a'$"):
        tried(Target(list, read), b"", tmp_path)
