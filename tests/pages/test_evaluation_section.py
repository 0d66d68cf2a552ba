"""An evaluation on the page and the card: every metric with its interval and PCA's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from isthmus.evaluation import coded_message, estimate_text, evaluation_table
from isthmus.pages import write_card, write_report


def estimate(value: float | None, *interval: float) -> dict[str, Any]:
    return {"value": value, "interval": list(interval) or None}


def evaluation(which: str = "held-out", **changes: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(("model", "pca", "raw", "mean", "difference", "difference_raw"))
    found = {
        "estimator": "Autoencoder",
        "latent_dim": 2,
        "scaling": "unit",
        "rows": {"which": which, "n_rows": 1234, "source": "rows"},
        "settings": {"confidence": 0.9},
        "pca": {"n_components": 2},
        "metrics": {
            "squared_error": nothing
            | {"model": estimate(3.14159265, 3, 3.25), "pca": estimate(13.2, 13, 13.5)},
            "variance_explained": nothing | {"model": estimate(None)},
            "knn_accuracy": nothing
            | {"model": estimate(0.9, 0.89, 0.91), "raw": estimate(0.925, 0.9, 0.95)},
            "kmeans_nmi": nothing | {"model": estimate(0.5)},
        },
        "verdict": coded_message("no_pca", {"latent_dim": 2, "ours": 3.1}),
        "notes": [coded_message("small_pictures")],
        **changes,
    }
    return found | {"table": evaluation_table(found)}


def document(**more: Any) -> dict[str, Any]:
    return {
        "source": {"name": "rows"},
        "model": {"estimator": "Autoencoder"},
        "results": {"Autoencoder": {"held_out": {"squared_error": 3.1}}},
        "evaluation": evaluation(**more),
    }


def section(folder: Path, given: dict[str, Any]) -> str:
    page = write_report(folder, given).read_text("utf-8")
    found = re.search(r'<section id="evaluation">.*?</section>', page, re.DOTALL)
    assert found is not None
    return found[0]


def test_each_metric_stands_beside_pca_and_the_rows_themselves(tmp_path: Path) -> None:
    shown = section(tmp_path, document())
    heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', shown)
    assert heads == ["", "Autoencoder (2)", "PCA (2)", "raw rows"]  # no mean, so no column
    rows = re.findall(r"<tr>(.*?)</tr>", shown, re.DOTALL)[1:]
    cells = [re.findall(r'<td class="number">(.*?)</td>', row) for row in rows]
    assert cells[0] == [
        '3.142 <span class="below">[3, 3.25]</span>',
        '13.2 <span class="below">[13, 13.5]</span>',
        "\N{EN DASH}",
    ]
    assert cells[1] == ["\N{EN DASH}", "\N{EN DASH}", "\N{EN DASH}"]
    assert cells[2][2] == '92.5% <span class="below">[90.0%, 95.0%]</span>'
    assert cells[3][0] == "0.500"
    assert "Held-out rows of rows (n = 1,234), 90% intervals in brackets." in shown
    assert "the squared error per row is 3.1" in shown
    assert "<li>SSIM needs pictures of at least 3x3 pixels.</li>" in shown


def test_it_is_told_in_chinese(tmp_path: Path) -> None:
    shown = section(tmp_path, document() | {"language": "zh"})
    for part in ("留出样本上的指标", "原始数据", "k 近邻准确率", "90% 置信区间", "3×3"):
        assert part in shown
    assert "held-out" not in shown


@pytest.mark.parametrize(
    ("which", "heading"),
    [
        ("held-out", "Metrics on held-out rows"),
        ("training", "Metrics on training rows"),
        ("source", "Metrics on rows of rows"),
    ],
)
def test_the_heading_says_on_which_rows(tmp_path: Path, which: str, heading: str) -> None:
    assert f"<h2>{heading}</h2>" in section(tmp_path, document(which=which))


def results(folder: Path, given: dict[str, Any]) -> tuple[list[dict[str, Any]], str]:
    front, body = write_card(folder, given).read_text("utf-8")[4:].split("\n---\n", 1)
    return yaml.safe_load(front)["model-index"][0]["results"], body


def test_the_cards_figures_have_intervals_in_their_names(tmp_path: Path) -> None:
    (entry,), body = results(tmp_path, document())
    assert entry["metrics"] == [
        {
            "type": "squared_error",
            "value": 3.141593,
            "name": "squared error per row (90% interval: [3, 3.25])",
        },
        {
            "type": "knn_accuracy",
            "value": 0.9,
            "name": "k-NN accuracy (90% interval: [89.0%, 91.0%])",
        },
        {"type": "kmeans_nmi", "value": 0.5, "name": "k-means NMI"},
    ]
    assert "### Metrics on held-out rows" in body
    lines = body.splitlines()
    at = lines.index("|  | Autoencoder (2) | PCA (2) | raw rows |")
    assert lines[at + 1] == "| --- | ---: | ---: | ---: |"
    assert lines[at + 2] == (
        r"| squared error per row | 3.142 \[3, 3.25\] | 13.2 \[13, 13.5\] | "
        "\N{EN DASH} |"
    )


def test_other_rows_have_an_entry_of_their_own(tmp_path: Path) -> None:
    rows = {"which": "source", "n_rows": 9, "source": "new `rows`"}
    entries, _ = results(tmp_path, document(rows=rows))
    assert [entry["dataset"]["name"] for entry in entries] == ["rows", "new `rows`"]
    assert [len(entry["metrics"]) for entry in entries] == [1, 3]
    assert entries[0]["metrics"][0]["value"] == 3.1


def test_a_card_without_an_evaluation_has_no_such_heading(tmp_path: Path) -> None:
    entries, body = results(tmp_path, document() | {"evaluation": None})
    assert "Measured" not in body
    assert [entry["metrics"][0]["value"] for entry in entries] == [3.1]


def test_what_rounds_to_zero_has_no_sign() -> None:
    assert estimate_text(estimate(-0.00001, -0.2, 0), ".3f") == ("0.000", "[-0.200, 0.000]")
    assert estimate_text(None, ".3f") == estimate_text(estimate(None), ".3f") == ("", "")


def test_hostile_text_in_the_file_is_text(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>\x1b[31m [a](http://x.example) | " + "y" * 10_000
    given = document(
        estimator=hostile,
        rows={"which": "source", "n_rows": 9, "source": hostile},
        notes=[coded_message("labels_left_out", {"reason": hostile})],
    )
    shown = section(tmp_path, given)
    assert "<script" not in shown and "\x1b" not in shown and "y" * 2_001 not in shown
    assert shown.count("&lt;script&gt;alert(1)") >= 4
    _, body = results(tmp_path, given)
    assert "<" not in body and "\x1b" not in body and "http://" not in body
    assert not re.search(r"(?<!\\)\[", re.sub(r"```.*?```", "", body, flags=re.DOTALL))


def drift(*distances: tuple[str, str, float, bool]) -> dict[str, Any]:
    own = [
        {"name": name, "measure": measure, "distance": far, "threshold": 0.2, "is_drifted": is_far}
        for name, measure, far, is_far in distances
    ]
    names = [name for name, *_, is_far in distances if is_far]
    return {"n_rows": 50, "is_drifted": bool(names), "columns": names, "distances": own}


def test_columns_that_have_drifted_are_listed_by_distance(tmp_path: Path) -> None:
    far = drift(
        ("age", "kolmogorov_smirnov", 0.41, True),
        ("town", "total_variation", 0.75, True),
        ("town", "missing", 0.0, False),
    )
    text = re.sub(r"<[^>]+>|\s+", " ", section(tmp_path, document(drift=far)))
    text = re.sub(r" +", " ", text)
    assert "town levels 0.75 0.2 yes age numbers 0.41 0.2 yes" in text
    assert "2 of 2 columns have drifted" in text


def test_without_drift_the_farthest_columns_are_shown(tmp_path: Path) -> None:
    near = drift(*((name, "missing", 0.01 * k, False) for k, name in enumerate("abcde")))
    shown = section(tmp_path, document(drift=near))
    assert "0 of 5 columns have drifted" in shown
    assert re.findall(r'<th scope="row">(\w)</th>', shown)[-3:] == ["e", "d", "c"]
