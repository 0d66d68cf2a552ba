"""Values of maps and curves for the interactive page."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from isthmus.figures import FigureSpec, interactive_data, lay_out_codes

RNG = np.random.default_rng(0)


def spec(draws: str, file: str = "figure.svg", **arguments: Any) -> FigureSpec:
    return FigureSpec(file, "map", "title", "caption", draws, arguments)


def maps(n: int, width: int = 5, y: Any = None) -> list[FigureSpec]:
    layout = lay_out_codes(RNG.normal(size=(n, width)))
    errors = np.linspace(0, 1, n)
    return [
        spec("code_map", "code_map.png", Z=layout, y=y, label_name="kind"),
        spec("code_map", "error_map.png", Z=layout, y=errors, label_name="error", is_scale=True),
    ]


def test_each_point_has_its_own_row_name_label_and_error():
    figures = maps(50, y=np.array(["x", "y"] * 25))
    layout = figures[0].arguments["Z"]
    numbers = np.arange(50) * 3
    arrays = {"codes.rows": numbers, "codes.names": np.array([f"id {k}" for k in range(50)])}
    data = interactive_data(figures, arrays)
    assert list(data) == ["figures/code_map.png", "figures/error_map.png"]
    found = data["figures/code_map.png"]
    for k, row in enumerate(layout.rows.tolist()):
        assert found["row"][k] == 3 * row
        assert found["name"][k] == f"id {row}"
        assert found["classes"][found["class"][k]] == "xy"[row % 2]
        np.testing.assert_allclose(found["error"][k], row / 49, rtol=1e-3)
        np.testing.assert_allclose([found["x"][k], found["y"][k]], layout.points[k], atol=1e-3)
    assert found["total"] == 50
    assert data["figures/error_map.png"]["isError"]


def test_a_map_has_at_most_4000_points_and_says_of_how_many():
    found = interactive_data(maps(5_000), {})["figures/code_map.png"]
    assert len(found["x"]) == len(found["error"]) == 4_000
    assert found["total"] == 5_000


def test_arrays_of_another_length_are_not_mixed_up_with_the_codes():
    found = interactive_data(maps(50), {"codes.rows": np.arange(49)})["figures/code_map.png"]
    assert "row" not in found


def test_labels_that_are_not_coloured_can_be_read():
    figures = maps(50, y=np.array([f"name {k}" for k in range(50)]))
    layout = figures[0].arguments["Z"]
    found = interactive_data(figures, {})["figures/code_map.png"]
    assert "class" not in found
    assert found["text"] == [f"name {k}" for k in layout.rows]


def test_codes_of_size_one_are_no_map():
    assert interactive_data(maps(50, width=1), {}) == {}


def test_losses_are_curves_of_each_stage_without_what_json_lacks():
    history = [
        {"epoch": k + 1, "train_loss": 1 / (k + 1), "validation_loss": np.nan, "stage": 1 + k // 3}
        for k in range(6)
    ]
    losses = spec("loss_curves", history=history, loss_name=None, best_epoch=None)
    data = interactive_data([losses], {}, language="zh")
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    first, second = data["figures/figure.svg"]["panels"]
    assert (first["title"], first["xName"]) == ("第 1 阶段", "轮次")
    assert second["x"] == [4, 5, 6]
    assert [line["name"] for line in second["lines"]] == ["训练"]


def test_a_long_history_keeps_its_first_and_last_epoch():
    history = [{"epoch": k + 1, "train_loss": 1.0} for k in range(9_999)]
    (panel,) = interactive_data([spec("loss_curves", history=history)], {})["figures/figure.svg"][
        "panels"
    ]
    assert len(panel["x"]) == 2_000
    assert (panel["x"][0], panel["x"][-1]) == (1, 9_999)


def test_the_size_curve_marks_the_model():
    sizes = spec("pca_sizes", pca_errors=np.array([8.0, 4.0, 2.0]), latent_dim=1, error=3.0)
    (panel,) = interactive_data([sizes], {})["figures/figure.svg"]["panels"]
    assert panel["lines"][0]["y"] == [8.0, 4.0, 2.0]
    assert panel["mark"] == {"x": 1, "y": 3.0, "name": "this model (1)"}
