"""`isthmus compare`: the same rows for all, one table, one figure, clear errors."""

from __future__ import annotations

import shutil
from functools import reduce

import numpy as np
import pytest

import isthmus
from isthmus._translation import width
from isthmus.rows import split_rows

pytestmark = pytest.mark.usefixtures("blank_figures")

FAST = ("--n-resamples", 50, "--device", "cpu")


@pytest.fixture
def runs(three_runs, cli, relocated, tmp_path):
    """Three runs on one table, made in the working folder: two seeds, and a larger code."""
    shutil.copytree(three_runs, tmp_path, dirs_exist_ok=True)
    for name in "abc":
        relocated(tmp_path / name, three_runs, tmp_path)
    return ["a", "b", "c"]


def held_out(*seeds):
    parts = [split_rows(40, 0.2, seed=seed, purpose="test")[1] for seed in seeds]
    return reduce(np.intersect1d, parts)


def test_runs_are_measured_on_the_rows_that_all_held_out(cli, runs, write_table, tmp_path):
    rows = held_out(0, 1)
    assert 0 < len(rows) < 8
    found = cli("compare", *runs, "--json", *FAST).document
    assert found["n_rows"] == len(rows)
    assert found["rows"] == {"which": "held-out", "source": "rows"}
    X = write_table(tmp_path / "again.csv")[rows]
    first = isthmus.load("a")
    for told in found["models"]:
        residual = (isthmus.load(told["name"]).reconstruct(X) - X) / first.scaling_.scale
        expected = np.square(residual).sum(axis=1).mean()
        assert told["squared_error"]["value"] == pytest.approx(expected, rel=1e-4)


def test_the_text_is_a_table_and_a_verdict(cli, runs):
    outcome = cli("compare", *runs, *FAST)
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0].split()[:3] == ["code", "size", "weights"]
    assert [line.split()[:2] for line in lines[1:4]] == [["a", "2"], ["b", "2"], ["c", "3"]]
    assert "Rows of rows held out by all runs (n = " in lines[4]
    assert "has the lowest squared error of 3 models" in lines[-2]


def test_it_is_told_in_chinese(cli, runs, tmp_path):
    words = ("compare", *runs, "--out", "compared.svg", *FAST)
    assert cli(*words).code == 0
    english = (tmp_path / "compared.svg").read_bytes()
    outcome = cli(*words, "--lang", "zh")
    lines = outcome.out.splitlines()
    assert len({width(line) for line in lines[:4]}) == 1
    assert "PCA 误差" in lines[0] and "所有模型都留出的" in lines[4]
    assert "3 个模型中" in lines[-2]
    assert "compared.svg" in outcome.err and outcome.err.startswith("已将图写入")
    assert (tmp_path / "compared.svg").read_bytes() != english


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_a_figure_is_written(cli, runs, tmp_path, suffix):
    outcome = cli("compare", *runs, "--out", f"made/compared{suffix}", *FAST)
    assert outcome.code == 0 and f"Wrote the figure to made/compared{suffix}." in outcome.err
    assert (tmp_path / "made" / f"compared{suffix}").stat().st_size > 5000


def test_another_source_counts_with_all_its_rows(cli, runs, write_table, tmp_path):
    write_table(tmp_path / "new.csv", n_rows=15, seed=4)
    found = cli("compare", *runs, "--source", "new.csv", "--json", *FAST).document
    assert (found["n_rows"], found["rows"]["which"]) == (15, "source")
    assert found["models"][0]["pca_squared_error"]["value"] > 0


def test_runs_that_share_no_held_out_rows_need_a_source(cli, train, rng, tmp_path):
    np.save(tmp_path / "rows.npy", rng.normal(size=(10, 4)))
    seeds = next((0, s) for s in range(1, 50) if not len(_common(0, s)))
    for seed in seeds:
        assert train("rows.npy", "--seed", seed, "--out", f"s{seed}", "-q").code == 0
    outcome = cli("compare", *(f"s{seed}" for seed in seeds))
    assert outcome.code == 3
    assert (
        "They hold out 2, 2 rows, none of them in common: pass rows with --source."
        in outcome.sentence
    )
    assert cli("compare", *(f"s{s}" for s in seeds), "--source", "rows.npy", *FAST).code == 0


def _common(*seeds):
    return reduce(np.intersect1d, [split_rows(10, 0.2, seed=s, purpose="test")[1] for s in seeds])


def test_other_sources_are_refused(cli, train, runs, write_table, tmp_path):
    write_table(tmp_path / "other.csv", seed=2)
    assert train("other.csv", "--label", "kind", "--out", "d", "-q").code == 0
    outcome = cli("compare", "a", "d")
    assert outcome.code == 3 and "must have the same source" in outcome.sentence
    assert "pass rows for all of them with --source" in outcome.sentence
    assert cli("compare", "a", "d", "--source", "rows.csv", *FAST).code == 0


def test_other_columns_are_refused(cli, train, runs):
    assert train("rows.csv", "--columns", "a,b,c", "--out", "d", "-q").code == 0
    outcome = cli("compare", "a", "d")
    assert outcome.code == 3 and outcome.sentence.endswith("have 4 and 3 columns.")
    assert train("rows.csv", "--columns", "b,a,c,d", "--out", "e", "-q").code == 0
    outcome = cli("compare", "a", "e")
    assert "columns of different names or in another order" in outcome.sentence


@pytest.mark.parametrize("words", [(), ("a",), ("a", "a"), ("a", "./a")])
def test_two_different_runs_at_least(cli, runs, words):
    outcome = cli("compare", *words)
    assert outcome.code == 2 and "requires at least two different runs" in outcome.sentence


def test_a_run_that_is_not_there_or_a_wrong_figure_is_told_first(cli, runs):
    outcome = cli("compare", "a", "nowhere")
    assert outcome.code == 3 and "No run or model found at nowhere" in outcome.sentence
    outcome = cli("compare", "a", "b", "-o", "figure.txt")
    assert outcome.code == 2 and "must end in .html, .htm, .svg or .png" in outcome.sentence


def test_a_run_of_another_kind_is_refused(cli, runs):
    words = ("train", "rows.csv", "--estimator", "outlier-detector", "--epochs", 1, "-q")
    assert cli(*words, "--out", "odd").code == 0
    outcome = cli("compare", "a", "odd")
    assert outcome.code == 2 and "can be compared" in outcome.sentence


def test_moved_runs_serve_as_well(cli, runs, tmp_path):
    shutil.move(tmp_path / "b", tmp_path / "elsewhere")
    assert cli("compare", "a", "elsewhere", *FAST).code == 0


def test_folders_and_patterns_stand_for_their_runs(cli, runs, tmp_path):
    (tmp_path / "many").mkdir()
    for name in runs:
        shutil.move(tmp_path / name, tmp_path / "many" / name)
    (tmp_path / "many" / "results.csv").write_text("not a run")
    whole = cli("compare", "many", "--json", *FAST).document
    assert [model["name"] for model in whole["models"]] == ["many/a", "many/b", "many/c"]
    some = cli("compare", "many/[ab]", "--json", *FAST).document
    assert [model["name"] for model in some["models"]] == ["many/a", "many/b"]
    again = cli("compare", "many/c", "many", "--json", *FAST).document
    assert [model["name"] for model in again["models"]] == ["many/c", "many/a", "many/b"]
    assert cli("compare", "many/x*").sentence == "No run matches many/x*. Check the pattern."


def test_unfinished_runs_of_a_folder_are_left_out_with_a_note(cli, runs, tmp_path):
    (tmp_path / "many").mkdir()
    for name in runs:
        shutil.move(tmp_path / name, tmp_path / "many" / name)
    shutil.rmtree(tmp_path / "many" / "c" / "model")
    outcome = cli("compare", "many", *FAST)
    assert outcome.code == 0 and outcome.err.startswith("Note: Left out many/c: ")


def test_runs_that_differ_in_the_seed_have_mean_and_spread(cli, runs):
    document = cli("compare", *runs, "--json", *FAST).document
    (group,) = document["seeds"]
    errors = [model["squared_error"]["value"] for model in document["models"][:2]]
    assert (group["label"], group["runs"], group["seeds"]) == ("latent_dim 2", ["a", "b"], [0, 1])
    assert group["mean"] == pytest.approx(np.mean(errors))
    assert group["std"] == pytest.approx(np.std(errors, ddof=1))
    assert (group["low"], group["high"]) == (min(errors), max(errors))
    lines = cli("compare", *runs, *FAST).out.splitlines()
    assert any(line.startswith("latent_dim 2  ") for line in lines)


def test_the_best_is_told_beside_the_second(cli, runs):
    *_, verdict, second = cli("compare", *runs, *FAST).out.splitlines()
    assert "the lowest squared error of 3 models" in verdict and "runner-up" in second
    assert "runner-up" not in cli("compare", *runs[:2], *FAST).out  # the verdict is about both


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_has_all_of_it_in_one_file_without_scripts(cli, runs, tmp_path, language):
    outcome = cli("compare", *runs, "-o", "compared.html", "--lang", language, *FAST)
    assert outcome.code == 0 and "compared.html" in outcome.err
    page = (tmp_path / "compared.html").read_text()
    assert page.count("data:image/svg+xml") == 2  # errors and learning curves
    assert "<script" not in page and "http-equiv" in page
    for text in ("isthmus compare a b c", 'id="seeds"', 'id="runs"', "latent_dim"):
        assert text in page
    assert ("运行比较" in page) == (language == "zh")


def test_a_page_shows_the_default_of_a_setting_that_a_run_does_not_set(cli, train, runs, tmp_path):
    words = ("--label", "kind", "--weight-decay", "0.1", "--out", "d", "-q")
    assert train("rows.csv", *words).code == 0
    assert cli("compare", "a", "d", "-o", "compared.html", *FAST).code == 0
    assert "default (0.0)" in (tmp_path / "compared.html").read_text()
    cli("compare", "a", "d", "-o", "zh.html", "--lang", "zh", *FAST)
    assert "默认\uff080.0\uff09" in (tmp_path / "zh.html").read_text()


def test_a_page_needs_no_losses(cli, runs, tmp_path):
    (tmp_path / "a" / "metrics.jsonl").write_text("{")
    (tmp_path / "b" / "metrics.jsonl").unlink()
    assert cli("compare", "a", "b", "-o", "compared.html", *FAST).code == 0
    assert 'id="curves"' not in (tmp_path / "compared.html").read_text()
