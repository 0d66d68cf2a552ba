"""Findings about rows: each with rows that have the problem and rows without it."""

from __future__ import annotations

import importlib
import json
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from isthmus import examine_rows
from isthmus.errors import DataError, UsageError
from isthmus.preprocessing import fit_scaling
from isthmus.rows import split_rows
from isthmus.sources import read_source

_row_findings = importlib.import_module("isthmus.doctor._row_findings")


@pytest.fixture(name="X")
def make_rows(rng):
    """Rows without problems: three quantities behind twelve columns, and noise."""
    return rng.normal(size=(400, 3)) @ rng.normal(size=(3, 12)) + rng.normal(size=(400, 12))


@pytest.fixture(name="X_held_out")
def make_held_out_rows(rng):
    return rng.normal(size=(100, 12))


def found(*args, **options):
    """Return findings by code; check that each is valid JSON with three whole sentences."""
    findings = {finding.code: finding for finding in examine_rows(*args, **options)}
    for finding in findings.values():
        told = json.loads(json.dumps(finding.as_dict()))
        assert all(told[key].endswith(".") for key in ("seen", "matters", "advice"))
    return findings


def test_of_healthy_rows_only_a_size_is_suggested(X, X_held_out):
    findings = found(X, X_held_out)
    assert set(findings) == {"suggested_latent_dim"}
    assert findings["suggested_latent_dim"].severity == "note"


def test_too_few_rows_for_the_codes_length(X):
    finding = found(X[:29], latent_dim=3)["few_rows"]
    assert (finding.severity, finding.values["fitting"]) == ("warning", 2)
    assert "29" in finding.seen and "code size 3" in finding.seen
    assert "few_rows" not in found(X[:30], latent_dim=3)
    assert found(X[:6], latent_dim=6)["few_rows"].severity == "problem"


def test_advice_can_be_followed_where_there_is_no_shorter_code(rng):
    one = found(rng.normal(size=(2, 3)), latent_dim=1)["few_rows"]
    assert one.advice == "Add rows."
    assert found(rng.normal(size=(50, 1)), latent_dim=1)["long_code"].severity == "warning"
    line = np.outer(rng.normal(size=200), [1.0, 2.0, 3.0, 4.0])
    line += 1e-3 * rng.normal(size=line.shape)
    findings = found(line, latent_dim=1)
    assert findings["near_linear"].advice == "Use PCA."
    assert findings["suggested_latent_dim"].advice == "Try these code sizes: 1."


def test_a_code_as_long_as_the_row(X):
    assert found(X, latent_dim=12)["long_code"].severity == "warning"
    assert "long_code" not in found(X, latent_dim=11)


def test_without_a_short_code_nothing_is_said_of_its_length(X):
    findings = found(X[:5], latent_dim=None)
    assert not {"few_rows", "long_code", "near_linear", "suggested_latent_dim"} & set(findings)


def test_constant_columns_are_named(X):
    X[:, [2, 5]] = 7
    finding = found(X, names=list("abcdefghijkl"))["constant_columns"]
    assert (finding.values["n"], finding.values["columns"]) == (2, ["`c`", "`f`"])
    assert finding.severity == "warning"


def test_constant_pixels_are_only_noted(rng):
    pictures = rng.integers(0, 256, size=(200, 9)).astype(np.uint8)
    pictures[:, 0] = 0
    assert found(pictures)["constant_columns"].severity == "note"


def test_constant_pixels_are_only_noted_whatever_the_scaling(rng):
    pictures = rng.integers(0, 17, size=(200, 9)).astype(float)
    pictures[:, 0] = 0
    assert found(pictures, scaling="standard")["constant_columns"].severity == "note"


def test_duplicate_columns_are_found_across_blocks_and_by_value(X, monkeypatch):
    monkeypatch.setattr("isthmus._row_blocks._BLOCK_VALUES", 12 * 50)
    X[:, 7] = X[:, 1]
    X[:, 8] = X[:, 1]
    X[-1, 8] += 1e-9  # seen in the last block only
    X[0, 1], X[0, 7] = 0.0, -0.0
    finding = found(X)["duplicate_columns"]
    assert (finding.values["n"], finding.values["columns"]) == (1, ["column 7"])


def test_held_out_rows_among_the_training_rows(X, X_held_out):
    X_held_out[:3] = X[[5, 6, 5]]
    finding = found(X, X_held_out)["leak"]
    assert (finding.values["n"], finding.values["total"]) == (3, 100)
    assert finding.severity == "warning" and "3.0%" in finding.seen
    assert found(X, X[:100])["leak"].severity == "problem"
    assert found(np.vstack([X] * 3), np.vstack([X_held_out[3:]] * 3 + [X[:1]]))[
        "leak"
    ].severity == ("note")


def test_a_copy_in_another_type_is_a_copy(X):
    whole = np.round(X * 10)
    assert found(whole.astype(np.float32), whole[:5].astype(np.int64))["leak"].values["n"] == 5


def test_a_scale_that_drowns_the_others_where_the_scaling_leaves_it(X):
    X[:, 4] *= 1e5
    finding = found(X, scaling="none")["wild_scales"]
    assert (finding.severity, finding.values["widest"]) == ("warning", "column 4")
    assert finding.values["n"] == 11 and finding.values["share"] < 1e-6
    evened = found(X)
    assert "wild_scales" not in evened and evened["wild_scales_evened"].severity == "note"
    X[:, 4] /= 1e4
    assert not {"wild_scales", "wild_scales_evened"} & set(found(X, scaling="none"))


def test_outliers_that_own_the_variance_are_named_with_their_columns(X):
    X[[17, 300], 3] = 400, -300
    numbers = np.arange(400) + 1000
    finding = found(X, names=list("abcdefghijkl"), row_numbers=numbers, scaling="none")["outliers"]
    assert finding.severity == "problem"
    assert finding.values["rows"][:2] == [1017, 1300] and finding.values["columns"] == ["`d`"]


def test_near_linear_rows(rng):
    flat = rng.normal(size=(300, 2)) @ rng.normal(size=(2, 12))
    finding = found(flat + 0.01 * rng.normal(size=flat.shape))["near_linear"]
    assert finding.severity == "warning" and finding.values["latent_dim"] == 3
    assert finding.values["k95"] == 2 and finding.values["share"] > 0.99


def test_a_curve_is_not_near_linear(rng):
    t = rng.uniform(0, 6, size=(500, 1))
    curve = np.sin(t * np.arange(1, 13)) + 0.01 * rng.normal(size=(500, 12))
    assert "near_linear" not in found(curve, latent_dim=1)


@pytest.mark.parametrize("scales", [np.ones(12), np.geomspace(1, 1000, 12)])
def test_independent_columns_have_no_elbow_and_the_suggestion_is_left_out(rng, scales):
    findings = found(rng.normal(size=(500, 12)) * scales, scaling="none")
    assert "independent_columns" in findings and "suggested_latent_dim" not in findings


def test_the_suggested_sizes_lie_between_parallel_analysis_and_95_percent(X):
    values = found(X)["suggested_latent_dim"].values
    assert values["elbow"] == 3 and values["low"] == 3
    centred = (X - X.mean(axis=0)) / X.std(axis=0)
    shares = np.cumsum(np.linalg.svd(centred, compute_uv=False) ** 2)
    k95 = int((shares / shares[-1] < 0.95).sum()) + 1
    assert values["k95"] == values["high"] == k95
    assert values["sizes"][0] == 3 and values["sizes"][-1] == k95


def test_one_wide_column_hides_no_structure(X):
    X = np.column_stack([X, 1000 * np.random.default_rng(1).normal(size=len(X))])
    assert found(X, scaling="none")["suggested_latent_dim"].values["elbow"] == 3


def test_the_worst_comes_first(X):
    X[:, 2] = 7
    severities = [finding.severity for finding in examine_rows(X[:12], X[:12], latent_dim=2)]
    assert severities == sorted(severities, key=["problem", "warning", "note"].index)
    assert {"problem", "warning"} <= set(severities)


def test_one_row_and_rows_that_are_all_the_same():
    assert {"constant_columns", "few_rows"} == set(found(np.ones((1, 3))))
    finding = found(np.ones((50, 3)))["constant_columns"]
    assert (finding.severity, finding.values["n"]) == ("problem", 3)


def test_one_column_has_no_spectrum(rng):
    assert set(found(rng.normal(size=(100, 1)))) == {"long_code"}


def test_missing_values_are_refused_by_name(X):
    X[3, 1] = np.nan
    with pytest.raises(DataError, match=r"NaN \(a missing value\) in column 'b'"):
        examine_rows(X, names=list("abcdefghijkl"))


def test_invalid_lengths_and_scalings_are_refused(X):
    with pytest.raises(UsageError, match="`latent_dim` must be at least 1"):
        examine_rows(X, latent_dim=0)
    with pytest.raises(UsageError, match="`scaling` must be one of"):
        examine_rows(X, scaling="minmaxx")


def test_a_scaling_that_is_handed_in_is_not_fitted_again(X, monkeypatch):
    scaling = fit_scaling(X, "standard")
    expected = [finding.as_dict() for finding in examine_rows(X, scaling="standard")]
    monkeypatch.setattr(_row_findings, "fit_scaling", None)  # not called
    assert [finding.as_dict() for finding in examine_rows(X, scaling=scaling)] == expected
    with pytest.raises(UsageError, match=r"fitted to rows with 11 features\. Got 12 features\."):
        examine_rows(X[:, 1:], scaling=scaling)


def test_hostile_names_are_short_and_do_nothing_to_a_terminal(X):
    X[:, :4] = 1
    names = ["\x1b[31mred\u202e", "x" * 10_000, "{n} {0}", "<script>", *map(str, range(8))]
    seen = found(X, names=names)["constant_columns"].seen
    assert seen.isprintable() and len(seen) < 250
    assert "\\x1b[31mred\\u202e" in seen and "`{n} {0}`" in seen and "`<script>`" in seen


def test_rows_are_left_as_they_were_and_the_same_seed_finds_the_same(X, X_held_out):
    before = X.copy()
    first = [finding.as_dict() for finding in examine_rows(X, X_held_out)]
    assert first == [finding.as_dict() for finding in examine_rows(X, X_held_out)]
    np.testing.assert_array_equal(X, before)


# --- sparse rows ----------------------------------------------------------------------------------


@pytest.fixture(name="words")
def make_sparse_rows():
    return sparse.random_array((300, 40), density=0.2, format="csr", rng=0, dtype=np.float32)


def test_sparse_rows_are_judged_as_dense_ones_are(words):
    dense = words.toarray()
    dense[:, 3] = 0
    dense[:, 20] = dense[:, 6]
    dense[0] = dense[299]
    rows = sparse.csr_array(dense)
    options = {"scaling": "unit", "latent_dim": 4}
    ours = found(rows[:250], rows[250:], **options)
    theirs = found(dense[:250], dense[250:], **options)
    assert {"constant_columns", "duplicate_columns", "leak"} <= set(ours)
    assert set(ours) == set(theirs)
    for code in ("constant_columns", "duplicate_columns", "leak"):
        assert ours[code] == theirs[code]


def test_entries_out_of_order_or_zero_hide_no_copy():
    known = sparse.csr_array(([1.0, 2.0], [0, 2], [0, 2, 2]), shape=(2, 3))
    other = sparse.csr_array(([2.0, 1.0, 0.0], [2, 0, 1], [0, 3, 3]), shape=(2, 3))
    finding = found(known, other, latent_dim=None)["leak"]
    assert finding.values["n"] == 1  # a row without entries tells of no copy


def test_sparse_rows_are_never_dense_as_a_whole():
    rows = sparse.random_array((20_000, 5_000), density=1e-3, format="csr", rng=0, dtype=np.float32)
    tracemalloc.start()
    try:
        examine_rows(rows, rows[:100])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * 20_000 * 5_000 / 2


# --- sets that people know ------------------------------------------------------------------------


def test_digits_are_called_healthy():
    findings = found(read_source("digits").X)
    assert {finding.severity for finding in findings.values()} == {"note"}
    assert findings["constant_columns"].values["n"] == 3


def test_mnist_is_called_healthy(mnist_dir):
    dataset = read_source("mnist", data_dir=mnist_dir)
    findings = found(dataset.X, dataset.X_test)
    assert set(findings) == {"constant_columns", "suggested_latent_dim"}
    assert {finding.severity for finding in findings.values()} == {"note"}


def test_tables_of_the_field_have_no_problem(anomaly_dir):
    for path in sorted(anomaly_dir.glob("*.npz")):
        X = read_source(path).X
        stay, leave = split_rows(len(X), 0.2, seed=0, purpose="test")
        findings = found(X[stay], X[leave])
        assert {finding.severity for finding in findings.values()} <= {"note", "warning"}, path
        # Rows of few small whole numbers do repeat; nothing else is the matter with any of them.
        bad = {code for code, finding in findings.items() if finding.severity == "warning"}
        assert bad <= {"leak"}, path


def test_of_a_handful_of_rows_none_is_called_an_outlier():
    few = np.random.default_rng(0).normal(size=(5, 3))
    few[0] *= 100
    assert "outliers" not in {finding.code for finding in examine_rows(few)}


def test_values_whose_squares_are_nothing_are_examined_all_the_same(rng):
    assert found(1e-310 * rng.normal(size=(100, 4)), scaling="none") == {}


# --- encoded values of the columns of a table -----------------------------------------------------


def test_columns_of_several_values_are_named_once_and_counted_whole(X):
    names = [*"aaabbbcccddd"]
    X[:, 3:6] = 7.0  # all of b
    X[:, 6] = 7.0  # one value of c
    finding = found(X, names=names)["constant_columns"]
    assert (finding.values["columns"], finding.values["n"], finding.values["total"]) == (
        ["`b`"],
        1,
        4,
    )


def test_one_equal_value_does_not_make_columns_equal(X):
    names = [*"aaabbbcccddd"]
    X[:, 3] = X[:, 0]
    assert "duplicate_columns" not in found(X, names=names)
    X[:, 3:6] = X[:, :3]
    finding = found(X, names=names)["duplicate_columns"]
    assert (finding.values["columns"], finding.values["n"]) == (["`b`"], 1)


def test_outliers_are_those_of_whole_columns(X):
    X[:3, 3:9] += 200.0
    finding = found(X, names=[*"aaabbbcccddd"])["outliers"]
    assert sorted(finding.values["columns"]) == ["`b`", "`c`"]


def test_a_table_may_have_categories_and_missing_cells() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"a": rng.normal(size=120), "b": 1e9, "kind": ["u", "v", "w"] * 40})
    table.loc[::2, "a"] = np.nan
    found = {finding.code: finding for finding in examine_rows(table[:80], table[80:])}
    assert found["missing_cells"].values["columns"][0].startswith("`a`")
    assert found["leak"].values["n"] > 0  # rows that are missing and of the same kind
    ordered = [finding.severity for finding in examine_rows(table[:80], table[80:])]
    assert ordered == sorted(ordered, key=("problem", "warning", "note").index)


def test_a_table_with_text_is_refused_with_what_to_use_instead() -> None:
    table = pd.DataFrame({"length": [1.0, 2.0], "species": ["Adelie", "Gentoo"]})
    with pytest.raises(
        DataError, match=r"requires a table of numbers.*`examine_model` after a fit"
    ):
        examine_rows(table, names=["length", "species"])
