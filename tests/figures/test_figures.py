"""Figures: their content, that all of it is visible, and that they have no side effects."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text

from isthmus.errors import UsageError
from isthmus.figures import (
    code_map,
    column_errors,
    confusion_table,
    error_histogram,
    has_colours,
    loss_curves,
    png_bytes,
    reconstruction_grid,
    save_figure,
    strange_pictures,
    strange_rows,
    svg_text,
)
from isthmus.figures._code_layout import _along_components

RNG = np.random.default_rng(0)
Z = RNG.normal(size=(60, 5)) * [5, 3, 1, 1, 1]
DIGITS = np.arange(60) % 10
LONG = "a very long name of a column that goes on and on " * 200
HOSTILE = ["<script>alert(1)</script>", "$x^2$", "\x1b[31mred\x1b[0m", "two\nlines", LONG]


def history(n: int, *, first: int = 1, **more: Any) -> list[dict[str, Any]]:
    return [
        {
            "epoch": first + at,
            "train_loss": 0.5 * 0.97**at + 0.01,
            "validation_loss": 0.5 * 0.97**at + 0.02,
            "learning_rate": 1e-3,
            "seconds": 0.1,
        }
        | more
        for at in range(n)
    ]


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_visible()]


def legend_texts(figure: Figure) -> list[str]:
    return [text.get_text() for legend in figure.findobj(Legend) for text in legend.get_texts()]


def points(figure: Figure) -> int:
    return sum(np.shape(dots.get_offsets())[0] for dots in figure.findobj(PathCollection))


FIGURES: dict[str, Callable[[], Figure]] = {
    "losses, one epoch": lambda: loss_curves(history(1), best_epoch=1),
    "losses, 1000 epochs": lambda: loss_curves(history(1000), best_epoch=700),
    "losses, stages": lambda: loss_curves(
        history(5, stage=1) + history(5, stage=2) + history(40, stage=LONG), loss_name=LONG
    ),
    "pictures, one": lambda: reconstruction_grid(Z[:1, :4], Z[:1, :4], (2, 2)),
    "pictures, three lines": lambda: reconstruction_grid(Z[:23, :4], Z[:23, :4], (2, 2)),
    "pictures, wide": lambda: reconstruction_grid(Z[:4], Z[:4], (1, 5)),
    "pictures, tall colour": lambda: reconstruction_grid(Z[:3, :3], Z[:3, :3], (1, 1, 3)),
    "columns, hostile": lambda: column_errors(HOSTILE, [0.5, -1e9, 1.0, 0.99999, np.nan]),
    "columns, many": lambda: column_errors([LONG] * 30, np.linspace(-3, 1, 30)),
    "columns, one": lambda: column_errors(["x"], [0.2]),
    "codes, classes": lambda: code_map(Z, DIGITS, label_name=LONG),
    "codes, hostile classes": lambda: code_map(Z, np.array(HOSTILE * 12, dtype=object)),
    "codes, many classes": lambda: code_map(Z, [f"{at % 30} {LONG}" for at in range(60)]),
    "codes, numbers": lambda: code_map(Z, Z[:, 0], label_name=LONG),
    "codes, no label": lambda: code_map(Z),
    "codes, one number": lambda: code_map(Z[:, :1], np.array(HOSTILE * 12, dtype=object)),
    "codes, one number, no label": lambda: code_map(Z[:, :1]),
    "classes, hostile": lambda: confusion_table(np.eye(5) + 3, HOSTILE),
    "errors": lambda: error_histogram(Z[:, 0] ** 2, 3.0),
    "errors, labelled": lambda: error_histogram(Z[:, 0] ** 2, 3.0, is_strange=DIGITS == 1),
    "errors, all alike": lambda: error_histogram(np.zeros(1), 0.0),
    "strange rows, hostile": lambda: strange_rows(np.full((3, 5), 0.2), ["error 1"] * 3, HOSTILE),
    "strange rows, one": lambda: strange_rows([[1.0]], ["error 123456"], [LONG]),
    "strange rows, many": lambda: strange_rows(
        Z[:10, [0] * 40] ** 2, ["error 1"] * 10, [LONG] * 40
    ),
    "strange pictures, one": lambda: strange_pictures(Z[:1, :4], Z[:1, :4] ** 2, (2, 2)),
    "strange pictures, colour": lambda: strange_pictures(Z[:10, :3], Z[:10, :3] ** 2, (1, 1, 3)),
    "strange pictures, tall": lambda: strange_pictures(Z[:10], Z[:10] ** 2, (5, 1)),
}


@pytest.mark.parametrize("case", FIGURES)
def test_no_text_is_clipped(case: str) -> None:
    figure = FIGURES[case]()
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    picture = np.asarray(canvas.buffer_rgba())
    frame = [picture[:2], picture[-2:], picture[:, :2], picture[:, -2:]]
    assert all((side == 255).all() for side in frame), "something touches the figure's edge"
    # What lies beyond the edge altogether leaves no mark on it.
    tight = figure.get_tightbbox(canvas.get_renderer())
    assert min(tight.x0, tight.y0) >= 0
    assert tight.x1 <= figure.get_figwidth()
    assert tight.y1 <= figure.get_figheight()


def test_figures_change_no_setting_and_import_no_pyplot(tmp_path: Path) -> None:
    program = f"""
import sys, matplotlib
matplotlib.rcParams["font.size"] = 17
before = dict(matplotlib.rcParams.copy())
import isthmus.figures as figures
figure = figures.loss_curves([{{"epoch": 1, "train_loss": 1.0}}])
figures.save_figure(figure, {str(tmp_path / "a.svg")!r})
assert dict(matplotlib.rcParams.copy()) == before
assert not {{"matplotlib.pyplot", "torch", "pandas"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_users_settings_do_not_reach_the_figures() -> None:
    plain = svg_text(loss_curves(history(3)))
    with matplotlib.rc_context(
        {"axes.facecolor": "black", "xtick.major.pad": 30, "svg.fonttype": "none"}
    ):
        assert svg_text(loss_curves(history(3))) == plain


@pytest.mark.parametrize(
    ("case", "drawn"),
    [
        ("losses, one epoch", svg_text),
        ("pictures, wide", png_bytes),
        ("codes, classes", svg_text),
    ],
)
def test_the_same_figure_gives_the_same_bytes(
    case: str, drawn: Callable[[Figure], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert drawn(FIGURES[case]()) == drawn(FIGURES[case]())


def test_files_carry_no_date_and_no_program() -> None:
    figure = Figure()
    assert "dc:date" not in svg_text(figure)
    assert b"Software" not in png_bytes(figure)


def test_save_figure_refuses_other_kinds_of_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"must end in \.svg, \.png or \.pdf\. Got 'a\.jpg'"):
        save_figure(Figure(), tmp_path / "a.jpg")


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_a_crash_in_mid_write_leaves_the_old_figure_whole(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save_figure(Figure(), tmp_path / f"a{suffix}")
    old = path.read_bytes()

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        save_figure(Figure(figsize=(2, 2)), path)
    assert path.read_bytes() == old
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    "case", ["columns, hostile", "codes, hostile classes", "codes, one number"]
)
def test_text_of_users_is_shown_literally(case: str) -> None:
    figure = FIGURES[case]()
    shown = texts(figure)
    assert "$x^2$" in shown
    assert "red" in shown
    assert "two lines" in shown
    assert not any("\x1b" in text or len(text) > 40 for text in shown)
    assert not any(text.get_parse_math() for text in figure.findobj(Text) if "$" in text.get_text())
    ElementTree.fromstring(svg_text(figure))


@pytest.mark.parametrize(
    "draw",
    [
        lambda text: loss_curves(history(2, stage=text), loss_name=text),
        lambda text: column_errors([text], [0.5]),
        lambda text: code_map(Z, [text] * 60, label_name=text),
        lambda text: code_map(Z, Z[:, 0], label_name=text),
        lambda text: code_map(Z[:, :1], [text] * 60, label_name=text),
        lambda text: code_map(Z[:, :1], Z[:, 0], label_name=text),
    ],
)
def test_every_text_of_users_gets_a_font_that_covers_it(draw: Callable[[str], Figure]) -> None:
    base = font_manager.get_font(font_manager.findfont("DejaVu Sans"))
    stix = font_manager.get_font(font_manager.findfont("STIXGeneral"))  # comes with matplotlib
    glyph = next(chr(c) for c in sorted(stix.get_charmap()) if not base.get_char_index(c))
    shown = (text for text in draw(f"x{glyph}").findobj(Text) if text.get_visible())
    affected = [text for text in shown if glyph in text.get_text()]
    assert affected
    assert all(len(text.get_fontfamily()) == 2 for text in affected)


# losses


def scale(figure: Figure) -> str:
    return figure.axes[0].get_yscale()


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ((1.0, 0.11), "linear"),
        ((1.0, 0.09), "log"),
        ((1.0, 0.0), "linear"),
        ((1.0, -5.0), "linear"),
    ],
)
def test_the_loss_axis_is_logarithmic_beyond_a_factor_of_ten(
    losses: tuple[float, ...], expected: str
) -> None:
    records = [{"epoch": at, "train_loss": loss} for at, loss in enumerate(losses, 1)]
    assert scale(loss_curves(records)) == expected


def test_the_best_epoch_is_marked_on_the_held_out_curve() -> None:
    records = history(8)
    loss = records[4]["validation_loss"]
    assert f"best: {loss:.3g} at epoch 5" in legend_texts(loss_curves(records, best_epoch=5))


def test_no_held_out_loss_means_no_held_out_curve() -> None:
    records = [{"epoch": 1, "train_loss": 1.0, "validation_loss": None}]
    assert legend_texts(loss_curves(records)) == ["training"]


@pytest.mark.parametrize("n", [1, 2, 3, 17, 1000])
def test_ticks_are_epochs_that_were_trained(n: int) -> None:
    ticks = loss_curves(history(n)).axes[0].get_xticks()
    assert 1 <= len(ticks) <= 8
    assert all(float(tick).is_integer() and 1 <= tick <= n for tick in ticks)


def test_each_stage_has_its_panel() -> None:
    figure = loss_curves(history(3, stage=1) + history(3, stage=2) + history(3, stage="fine"))
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["stage 1", "stage 2", "fine"]
    assert figure.get_figwidth() < 6.5  # so that a phone shows it as large as other figures


def test_losses_that_are_not_finite_are_left_out() -> None:
    records = [{"epoch": at, "train_loss": loss} for at, loss in enumerate([np.nan, np.inf, 1.0])]
    assert scale(loss_curves(records)) == "linear"
    assert "No epoch has a finite loss." in texts(loss_curves(records[:2]))


def test_an_empty_history_is_refused() -> None:
    with pytest.raises(UsageError, match="at least one epoch"):
        loss_curves([])


# pictures


def mosaic(figure: Figure) -> Any:
    return figure.axes[0].images[0].get_array()


def test_originals_stand_above_their_reconstructions() -> None:
    white, black = np.ones((1, 4)), np.zeros((1, 4))
    drawn = mosaic(reconstruction_grid(white, black, (2, 2), value_range=(0, 1)))
    assert (drawn[0] == 255).all()
    assert (drawn[-1, :, :3] == 0).all()
    labels = [
        tick.get_text()
        for tick in reconstruction_grid(white, black, (2, 2)).axes[0].get_yticklabels()
    ]
    assert labels == ["original", "reconstruction"]


def test_the_range_is_that_of_the_originals_for_both() -> None:
    drawn = mosaic(reconstruction_grid([[-5.0, 15.0]], [[5.0, 99.0]], (1, 2)))
    assert set(drawn[0, :, 0]) == {0, 255}
    assert set(drawn[-1, :, 0]) == {128, 255}


def test_pixels_stay_crisp_squares_and_colours_stay() -> None:
    drawn = mosaic(reconstruction_grid([[1.0, 0, 0, 0, 1, 0]], [[1.0, 0, 0, 0, 1, 0]], (1, 2, 3)))
    colours = {tuple(int(v) for v in pixel) for pixel in drawn[0]}
    assert colours == {(255, 0, 0, 255), (0, 255, 0, 255)}


def test_more_than_ten_pictures_wrap() -> None:
    ticks = FIGURES["pictures, three lines"]().axes[0].get_yticks()
    assert len(ticks) == 6


def test_constant_and_broken_pictures_are_drawn() -> None:
    reconstruction_grid(np.zeros((1, 4)), np.full((1, 4), np.nan), (2, 2))


@pytest.mark.parametrize("shape", [(4,), (2, 3), (2, 2, 2), (1, 2, 2, 1), (-2, -2)])
def test_a_shape_that_does_not_fit_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match="with a product of 4"):
        reconstruction_grid(np.zeros((1, 4)), np.zeros((1, 4)), shape)


def test_pictures_and_reconstructions_must_match() -> None:
    with pytest.raises(UsageError, match=r"Got \(1, 4\) and \(2, 4\)"):
        reconstruction_grid(np.zeros((1, 4)), np.zeros((2, 4)), (2, 2))


# columns


def column_labels(axes: Axes) -> list[str]:
    return [tick.get_text() for tick in axes.get_yticklabels()]


def test_few_columns_are_one_panel_worst_first_and_constant_last() -> None:
    figure = column_errors(["good", "flat", "bad"], [0.9, np.nan, 0.1])
    assert len(figure.axes) == 1
    assert column_labels(figure.axes[0]) == ["bad", "good", "flat"]
    assert "constant" in texts(figure)


def test_many_columns_are_the_worst_and_the_best() -> None:
    figure = column_errors([f"c{at}" for at in range(9)], np.linspace(0, 1, 9), n_columns=2)
    assert [column_labels(axes) for axes in figure.axes] == [["c0", "c1"], ["c8", "c7"]]


def test_a_bar_ends_at_minus_one_and_the_number_does_not() -> None:
    figure = column_errors(["a", "b"], [-57.25, 0.5])
    bars: list[Any] = list(figure.axes[0].patches)
    assert min(bar.get_width() for bar in bars) == -1
    assert "\N{MINUS SIGN}57.2" in texts(figure)


def test_a_column_that_is_nearly_perfect_is_not_called_perfect() -> None:
    assert {"0.9985", "1.00"} <= set(texts(column_errors(["a", "b"], [0.9985, 1.0])))


def test_constant_columns_without_room_are_counted() -> None:
    shares = [*np.linspace(0, 1, 5), np.nan, np.nan]
    shown = texts(column_errors(list("abcdefg"), shares, n_columns=2))
    assert any("2 constant columns not shown" in text for text in shown)


def test_columns_and_shares_must_match() -> None:
    with pytest.raises(UsageError, match=r"Got 1 names, shares of shape \(2,\)"):
        column_errors(["a"], [0.1, 0.2])


# codes


def test_codes_of_two_numbers_are_drawn_as_they_are() -> None:
    figure = code_map(Z[:, :2])
    (dots,) = figure.findobj(PathCollection)
    drawn = np.asarray(dots.get_offsets())
    assert {tuple(row) for row in drawn} == {tuple(row) for row in Z[:, :2]}
    assert "code 1" in texts(figure)


def test_longer_codes_are_drawn_along_their_principal_components() -> None:
    figure = code_map(Z)
    (dots,) = figure.findobj(PathCollection)
    drawn = np.asarray(dots.get_offsets())
    eigenvalues = np.linalg.eigvalsh(np.cov(Z.T))[::-1]
    np.testing.assert_allclose(drawn.var(axis=0, ddof=1), eigenvalues[:2])
    share = 100 * eigenvalues[0] / eigenvalues.sum()
    assert f"principal component 1 ({share:.0f}% of variance)" in texts(figure)


@pytest.mark.parametrize("seed", range(6))
def test_axes_point_where_their_greatest_entry_is_positive(seed: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(50, 4)) * [1, 9, 1, 4]
    drawn, _ = _along_components(rows, rows)
    assert np.corrcoef(drawn[:, 0], rows[:, 1])[0, 1] > 0.9
    assert np.corrcoef(drawn[:, 1], rows[:, 3])[0, 1] > 0.9


def test_at_most_ten_thousand_points_are_drawn_the_same_for_a_seed() -> None:
    many = RNG.normal(size=(10_500, 2))
    first, same, other = (code_map(many, random_state=seed) for seed in (0, 0, 1))
    assert points(first) == 10_000
    drawn = [
        np.asarray(figure.findobj(PathCollection)[0].get_offsets())
        for figure in (first, same, other)
    ]
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


def test_points_are_a_bitmap_in_an_svg() -> None:
    many = RNG.normal(size=(5_000, 2))
    assert svg_text(code_map(many)).count("<use") < 200


def test_classes_are_listed_in_natural_order() -> None:
    assert legend_texts(code_map(Z[:3], ["class 10", "class 9", "class 2"])) == [
        "class 2",
        "class 9",
        "class 10",
    ]
    assert legend_texts(code_map(Z[:3], np.array([10.0, 2.0, np.nan]))) == ["2", "10", "no label"]
    assert legend_texts(code_map(Z[:2], [True, False])) == ["False", "True"]


def test_more_than_twenty_numbers_are_a_scale_of_colours() -> None:
    assert len(code_map(Z, np.arange(60)).axes) == 2
    assert len(legend_texts(code_map(Z, np.arange(60) % 20))) == 20


def test_more_than_twenty_texts_are_the_most_frequent_and_other() -> None:
    names = [f"n{at}" for at in range(30)] + ["n29"] * 30
    shown = legend_texts(code_map(Z, names))
    assert len(shown) == 20
    assert shown[0] == "n29"
    assert shown[-1] == "other"


@pytest.mark.parametrize(
    ("labels", "coloured"),
    [
        ([f"row {at}" for at in range(60)], False),
        ([f"row {at}" for at in range(25)] + [None] * 35, False),
        ([f"row {at // 2}" for at in range(60)], True),
        ([f"row {at % 25}" for at in range(40)] + ["row 1"] * 20, True),
        ([f"row {at % 30}" for at in range(60)], True),
        ([f"row {at % 20}" for at in range(60)], True),
        (np.arange(60), True),
    ],
)
def test_texts_that_name_rows_rather_than_classes_have_no_colours(labels, coloured) -> None:
    assert has_colours(labels) == coloured
    for width in (1, 2):
        plain = svg_text(code_map(Z[:, :width]))
        assert (svg_text(code_map(Z[:, :width], labels)) != plain) == coloured


@pytest.mark.parametrize("label", ["L" * 10_000, "客户" * 5_000, "a long label, of many words"])
def test_long_labels_leave_the_map_most_of_the_width(label: str) -> None:
    figure = code_map(Z, [label, "b"] * 30, label_name=label)
    figure.canvas.draw()
    assert figure.axes[0].get_position().width > 0.55
    assert len(legend_texts(figure)[0]) <= 16


def test_labels_that_differ_at_their_end_stay_apart() -> None:
    names = [f"a label of quite some words, number {n}" for n in (1, 2)]
    assert len(set(legend_texts(code_map(Z, names * 30)))) == 2


def test_no_two_classes_look_the_same() -> None:
    figure = code_map(Z, np.arange(60) % 20)
    looks = {
        (str(line.get_color()), str(line.get_marker()))
        for legend in figure.findobj(Legend)
        for line in legend.get_lines()
    }
    assert len(looks) == 20


def test_rows_without_a_label_or_a_finite_code() -> None:
    codes = Z[:4, :2].copy()
    codes[0] = np.nan
    figure = code_map(codes, np.array(["a", "a", None, "b"], dtype=object))
    assert points(figure) == 3
    assert legend_texts(figure) == ["a", "b", "no label"]
    assert "No row has a finite code." in texts(code_map(codes[:1]))


def test_codes_that_never_change_are_drawn() -> None:
    assert points(code_map(np.ones((5, 3)))) == 5


def test_labels_must_be_as_many_as_codes() -> None:
    with pytest.raises(UsageError, match=r"one label for each of the 60 codes. Got shape \(3,\)"):
        code_map(Z, [1, 2, 3])
    with pytest.raises(UsageError, match=r"shape \(n_samples, latent_dim\). Got \(3,\)"):
        code_map([1.0, 2.0, 3.0])


# Strange rows


def test_labelled_rows_are_counted_apart() -> None:
    figure = error_histogram([0.0, 0.1, 0.2, 9.0], 5.0, is_strange=[False, False, False, True])
    assert legend_texts(figure) == ["other rows", "labelled as anomalies", "threshold (5)"]
    heights = [[bar.get_height() for bar in bars] for bars in figure.axes[0].containers]
    assert [sum(one) for one in heights] == [3, 1]


def test_the_features_with_the_largest_shares_are_drawn() -> None:
    shares = np.full((2, 30), 0.01)
    shares[0, 17], shares[1, 4] = 0.6, 0.7
    figure = strange_rows(shares, ["error 2", "error 1"], [f"f{k}" for k in range(30)])
    names = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert names[:2] == ["f4", "f17"] and len(names) == 12
    assert {"60%", "70%"} <= set(texts(figure))


@pytest.mark.parametrize(
    "draw",
    [
        lambda: error_histogram([], 1.0),
        lambda: error_histogram([1.0], 1.0, is_strange=[True, False]),
        lambda: strange_rows(np.ones((2, 3)), ["a"], ["x", "y", "z"]),
        lambda: strange_rows(np.ones((0, 3)), [], ["x", "y", "z"]),
        lambda: strange_pictures(np.ones((2, 4)), np.ones((2, 4)), (2, 3)),
        lambda: strange_pictures(np.ones((2, 4)), np.ones((1, 4)), (2, 2)),
    ],
    ids=range(6),
)
def test_what_does_not_match_is_refused(draw: Callable[[], Figure]) -> None:
    with pytest.raises(UsageError, match="Got"):
        draw()
