"""docs/commands.md and parameters.json match the command line and the estimators."""

from __future__ import annotations

import importlib
import json
import runpy
from pathlib import Path

from isthmus._parameter_rules import rule_of
from isthmus.doctor import SEVERITIES
from isthmus.estimators import TRAINABLE

SEVERITY_WORDS = importlib.import_module("isthmus.cli._finding_lines").SEVERITY_WORDS
ROOT = Path(__file__).resolve().parents[2]


def test_the_reference_is_what_help_prints() -> None:
    page = runpy.run_path(str(ROOT / "scripts/commands.py"))["page"]()
    assert (ROOT / "docs/commands.md").read_text(encoding="utf-8") == page, (
        "run: python scripts/commands.py > docs/commands.md"
    )


def test_the_stored_parameters_are_those_of_the_estimators() -> None:
    script = runpy.run_path(str(ROOT / "scripts/parameters.py"))
    assert script["PLACE"].read_text(encoding="utf-8") == script["content"](), (
        "run: python scripts/parameters.py"
    )


def test_severities_are_those_of_the_doctor() -> None:
    assert tuple(SEVERITY_WORDS) == SEVERITIES


def test_every_rule_can_be_made_again_from_its_form() -> None:
    for estimator in TRAINABLE.values():
        for name, rule in estimator.parameter_rules().items():
            again = rule_of(json.loads(json.dumps(rule.form)))
            assert (again.text, again.known) == (rule.text, rule.known), name
            for value in (0, 1, 0.5, -1, "auto", "relu", (8, 4), (), True, None):
                assert again.holds(value) == rule.holds(value), (name, value)
