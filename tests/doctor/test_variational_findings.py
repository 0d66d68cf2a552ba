"""Findings about the units of a variational code."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

from isthmus import VariationalAutoencoder, examine_model
from isthmus.doctor._variational_findings import examine_units


def test_units_that_are_all_active_are_no_finding():
    assert examine_units([True, True]) == []


def test_inactive_units_are_named_in_a_note():
    (finding,) = examine_units([True, False, True, False])
    assert (finding.code, finding.severity) == ("inactive_units", "note")
    assert finding.seen == "Units of the code that are not active: 2 of 4 (`1`, `3`)."
    assert "set the code size to 2" in finding.advice


def test_no_active_unit_is_a_problem_with_advice():
    (finding,) = examine_units(np.zeros(3, bool))
    assert (finding.code, finding.severity) == ("posterior_collapse", "problem")
    assert "`free_bits`" in finding.advice and "`beta_warmup`" in finding.advice


def test_a_collapsed_model_is_found():
    X = load_digits().data
    settings = {"epochs": 3, "random_state": 0, "device": "cpu"}
    collapsed = VariationalAutoencoder(3, (8,), beta=1e4, **settings).fit(X)
    codes = [finding.code for finding in examine_model(collapsed, X)]
    assert codes[0] == "posterior_collapse"
    assert not {"no_better_than_mean", "lost_columns"} & set(codes)  # the collapse explains them
