"""Findings about codes."""

from __future__ import annotations

import json

import numpy as np
import pytest

from isthmus.doctor import code_figures, examine_codes
from isthmus.errors import DataError


@pytest.fixture(name="Z")
def make_codes(rng):
    """Codes without problems."""
    return rng.normal(size=(500, 8))


def found(Z, **options):
    findings = {finding.code: finding for finding in examine_codes(Z, **options)}
    json.dumps([finding.as_dict() for finding in findings.values()])
    return findings


@pytest.mark.parametrize("activation", ["identity", "relu", "tanh", "sigmoid"])
def test_healthy_codes_have_no_finding(Z, activation):
    assert found({"identity": Z, "relu": Z.clip(0)}.get(activation, np.tanh(Z) / 2 + 0.4)) == {}


def test_dead_units_of_a_relu_are_counted_and_named(Z):
    Z = Z.clip(0)
    Z[:, [1, 6]] = 0
    finding = found(Z, activation="relu")["dead_relu_units"]
    assert (finding.values["n"], finding.values["live"]) == (2, 6)
    assert finding.values["units"] == [1, 6] and finding.severity == "warning"
    assert "2 of 8 (1, 6)" in finding.seen and "`latent_activation`" in finding.advice


def test_more_dead_than_alive_is_a_problem(Z):
    Z[:, :5] = 0
    assert found(Z, activation="relu")["dead_relu_units"].severity == "problem"


def test_a_constant_that_single_precision_blurs_is_dead(Z):
    Z[:, 2] = np.float32(3.1) * (1 + 1e-7 * np.sign(Z[:, 2]))
    finding = found(Z)
    assert finding["dead_units"].values["units"] == [2] and "dead_relu_units" not in finding


def test_a_tiny_unit_that_varies_is_alive(Z):
    Z[:, 2] *= 1e-200
    assert found(Z) == {}


@pytest.mark.parametrize(("activation", "limits"), [("sigmoid", (0, 1)), ("tanh", (-1, 1))])
def test_units_at_a_limit_are_saturated(Z, activation, limits):
    low, high = limits
    Z = low + (high - low) / (1 + np.exp(-Z))
    Z[:, 4] = np.where(Z[:, 4] > Z[:, 4].mean(), high, low)
    Z[:10, 4] = (low + high) / 2
    finding = found(Z, activation=activation)["saturated_units"]
    assert finding.values["units"] == [4] and activation in finding.matters
    assert "saturated_units" not in found(Z, activation="identity")
    Z[:30, 4] = (low + high) / 2
    assert "saturated_units" not in found(Z, activation=activation)


def test_units_that_follow_one_another_are_told_in_pairs(Z, rng):
    Z[:, 5] = -3 * Z[:, 2] + 0.1 * rng.normal(size=500) + 7
    finding = found(Z)["correlated_units"]
    assert (finding.values["n"], finding.values["units"]) == (1, ["2-5"])
    assert finding.severity == "note"
    Z[:, 6] = Z[:, 2]
    assert found(Z)["correlated_units"].severity == "warning"


def test_the_effective_rank_is_the_exponential_of_the_entropy_of_the_spectrum(Z):
    Z[:, 7] = 0
    shares = np.linalg.eigvalsh(np.corrcoef(Z[:, :7], rowvar=False)) / 7
    rank = code_figures(Z).effective_rank
    assert rank == pytest.approx(np.exp(-(shares * np.log(shares)).sum()))
    assert 6.5 < rank <= 7
    assert code_figures(Z * np.geomspace(1e-6, 1e6, 8)).effective_rank == pytest.approx(rank)


def test_codes_of_low_rank(rng):
    Z = rng.normal(size=(500, 2)) @ rng.normal(size=(2, 8)) + 0.1 * rng.normal(size=(500, 8))
    finding = found(Z)["low_rank_codes"]
    assert finding.values["rank"] < 2.5 and finding.values["fitting"] == 2
    assert "low_rank_codes" not in found(Z[:8])  # the rank of eight rows is theirs


def test_all_units_dead():
    figures = code_figures(np.zeros((30, 3)))
    assert len(figures.dead) == 3 and figures.effective_rank == 0.0
    assert set(found(np.zeros((30, 3)), activation="relu")) == {"dead_relu_units"}


def test_one_row_tells_nothing(Z):
    assert found(Z[:1]) == {}


@pytest.mark.parametrize("wrong", [np.zeros(3), np.zeros((0, 3)), np.array([[1.0, np.nan]])])
def test_what_is_no_table_of_codes(wrong):
    with pytest.raises(DataError, match="Codes must be an array of finite numbers"):
        examine_codes(wrong)
