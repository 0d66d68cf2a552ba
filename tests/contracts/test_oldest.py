"""constraints-oldest.txt has the lower bounds of pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from sklearn.utils.fixes import parse_version

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

BOUND = re.compile(r"([\w-]+)>=([\d.]+)")
PIN = re.compile(r"^([\w-]+)==([\d.]+)$", re.MULTILINE)

PINS = dict(PIN.findall((ROOT / "constraints-oldest.txt").read_text(encoding="utf-8")))
CLAIMED = dict(BOUND.fullmatch(text).groups() for text in PROJECT["dependencies"])
OF_TESTS = dict(BOUND.fullmatch(text).groups() for text in PROJECT["optional-dependencies"]["dev"])


@pytest.mark.parametrize("name", [name for name in CLAIMED if name != "torch"])
def test_the_oldest_environment_has_the_lower_bound_of_every_dependency(name):
    assert parse_version(PINS[name]) == parse_version(CLAIMED[name])


@pytest.mark.parametrize("name", ["pandas", "polars", "pytest"])
def test_the_oldest_environment_has_the_lower_bounds_that_the_estimator_tests_meet(name):
    assert parse_version(PINS[name]) == parse_version(OF_TESTS[name])
