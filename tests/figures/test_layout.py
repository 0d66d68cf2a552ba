from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

from isthmus._translation import translate
from isthmus.errors import MissingExtraError, UsageError
from isthmus.figures import check_map, code_map, lay_out_codes, svg_text
from isthmus.figures._code_layout import _along_components

needs_umap = pytest.mark.skipif(
    importlib.util.find_spec("umap") is None, reason="umap-learn is not installed"
)

Z = np.random.default_rng(0).normal(size=(60, 5))


def groups(n_groups: int = 4, n_rows: int = 40, width: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Return rows around corners of a cube, more than a plane separates, and their corners."""
    rng = np.random.default_rng(1)
    y = np.repeat(np.arange(n_groups), n_rows)
    return 6 * np.eye(width)[y] + rng.normal(size=(len(y), width)), y


def share_of_own_group(points: np.ndarray, y: np.ndarray) -> float:
    """How often a point's nearest neighbour is in the same group."""
    distances = np.square(points[:, None] - points[None]).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    return float(np.mean(y[distances.argmin(axis=1)] == y))


def test_pca_is_the_default_and_says_so() -> None:
    layout = lay_out_codes(Z)
    points, names = _along_components(Z, Z[layout.rows])
    np.testing.assert_array_equal(layout.points, points)
    assert layout.axis_names == names and layout.has_units
    assert layout.caption == "Projected to 2D by PCA (first two principal components)."


def test_codes_that_were_drawn_from_more_are_told() -> None:
    layout = lay_out_codes(Z, n_total=70_000)
    assert layout.caption == (
        "Projected to 2D by PCA (first two principal components). Shows 60 of 70,000 codes, drawn "
        "at random."
    )
    np.testing.assert_array_equal(layout.points, lay_out_codes(Z).points)
    assert layout.n_total == 70_000


@needs_umap
def test_umap_keeps_groups_apart_that_pca_lays_over_one_another() -> None:
    X, y = groups(8)
    by_pca, by_umap = (lay_out_codes(X, method=method) for method in ("pca", "umap"))
    assert share_of_own_group(by_pca.points, y[by_pca.rows]) < 0.9
    assert share_of_own_group(by_umap.points, y[by_umap.rows]) > 0.98
    assert by_umap.axis_names == ("UMAP 1", "UMAP 2") and not by_umap.has_units
    assert by_umap.caption == (
        "Projected to 2D by UMAP (15 neighbours): it preserves neighbourhoods, not distances "
        "between groups."
    )
    assert "保持近邻关系" in translate(by_umap.caption, "zh")


@needs_umap
def test_a_map_by_umap_follows_from_its_seed_alone() -> None:
    first, same, other = (lay_out_codes(Z, method="umap", random_state=s) for s in (3, 3, 2**40))
    np.testing.assert_array_equal(first.points, same.points)
    np.testing.assert_array_equal(first.rows, same.rows)
    assert not np.array_equal(first.points, other.points)


@needs_umap
def test_umap_prints_nothing_and_leaves_threads_alone() -> None:
    # In a process of its own: numba starts its threads, and sets torch's, only once in each.
    program = """
import numpy, torch
from isthmus.figures import lay_out_codes
before = torch.get_num_threads()
lay_out_codes(numpy.random.default_rng(0).normal(size=(60, 5)), method="umap")
assert torch.get_num_threads() == before, torch.get_num_threads()
"""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    words = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


@needs_umap
@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_umap_needs_no_unit(scale: float) -> None:
    points = lay_out_codes(scale * (Z + 2), method="umap").points
    assert np.isfinite(points).all() and points.std(axis=0).min() > 0.1


@needs_umap
def test_one_direction_alone_is_enough_for_umap_to_start_from() -> None:
    line = np.outer(np.arange(30.0), np.ones(4))
    points = lay_out_codes(np.repeat(line, 3, axis=0), method="umap").points
    assert np.isfinite(points).all() and len(points) == 90


@needs_umap
@pytest.mark.parametrize(
    ("codes", "caption"),
    [
        (Z[:1], "Projected to 2D by PCA: UMAP needs at least 10 distinct codes, got 1."),
        (Z[:2], "Projected to 2D by PCA: UMAP needs at least 10 distinct codes, got 2."),
        (Z[:5], "Projected to 2D by PCA: UMAP needs at least 10 distinct codes, got 5."),
        (np.ones((50, 4)), "Projected to 2D by PCA: UMAP needs at least 10 distinct codes, got 1."),
        (Z[:, :1], "Codes have one value and are drawn directly, without UMAP."),
        (Z[:, :2], "Codes have two values and are drawn directly, without UMAP."),
        (Z * np.nan, "No row has a finite code."),
    ],
)
def test_where_umap_has_nothing_to_do_one_sentence_says_so(codes, caption) -> None:
    layout = lay_out_codes(codes, method="umap")
    assert layout.caption == caption
    assert layout.has_units
    assert "<svg" in svg_text(code_map(layout, np.arange(len(codes)) % 3))


@needs_umap
def test_ten_codes_are_enough() -> None:
    layout = lay_out_codes(Z[:10], method="umap")
    assert "UMAP (9 neighbours)" in layout.caption
    assert np.isfinite(layout.points).all()


def test_codes_of_one_and_two_numbers_say_that_they_are_as_they_were() -> None:
    assert lay_out_codes(Z[:, :1]).caption == "Codes have one value and are drawn directly."
    assert lay_out_codes(Z[:, :2]).caption == "Codes have two values and are drawn directly."


def test_the_caption_counts_what_is_left_out() -> None:
    many = np.random.default_rng(0).normal(size=(10_500, 3))
    many[0] = np.nan
    caption = lay_out_codes(many).caption
    assert caption.endswith("Shows 10,000 of 10,499 codes, drawn at random.")


def test_an_unknown_map_is_told() -> None:
    with pytest.raises(UsageError, match=r"`map` must be one of pca, umap. Got 'unap'. Did you"):
        lay_out_codes(Z, method="unap")


def test_without_umap_the_pip_command_is_named(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(MissingExtraError) as error:
        check_map("umap")
    assert str(error.value) == ("umap-learn is not installed. Run `pip install 'isthmus[umap]'`.")


def test_the_axes_of_umap_have_no_numbers() -> None:
    layout = lay_out_codes(Z)
    object.__setattr__(layout, "has_units", False)
    axes = code_map(layout).axes[0]
    assert not any(t.label1.get_visible() for t in axes.xaxis.get_major_ticks())
    assert not any(t.label1.get_visible() for t in axes.yaxis.get_major_ticks())
