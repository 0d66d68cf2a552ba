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
from seeds import TARGETS, tried

_EXAMPLES = {"xlsx": 10, "arff": 10, "model.json": 8, "model.safetensors": 8, "mat": 12}


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries, about damaged files
        yield


@pytest.mark.parametrize("name", TARGETS)
def test_a_changed_file_is_read_or_refused_in_one_sentence(name, tmp_path):
    target = TARGETS[name]
    seeds = target.seeds()

    @settings(
        max_examples=_EXAMPLES.get(name, 20),
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**32))
    def read(number):
        tried(target, mutated(seeds, number), tmp_path)

    read()


@pytest.mark.parametrize("name", TARGETS)
def test_the_contents_that_are_changed_are_valid(name, tmp_path):
    for seed in TARGETS[name].seeds():
        assert tried(TARGETS[name], seed, tmp_path) == ""
