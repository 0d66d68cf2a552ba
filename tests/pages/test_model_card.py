"""The model card: YAML that the Hub reads, and text without markup."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from isthmus._translation import Message
from isthmus.pages import write_card
from isthmus.runs import KINDS

HOSTILE = (
    "<script>x</script> [a](http://x.example) `b` | *c* $d$ \x1b[31m\n# e\n---\n![f](y) "
    "www.z.example"
)


def document(name: str = "rows") -> dict[str, Any]:
    return {
        "title": Message("{name}: code size {n}", name=name, n=2),
        "verdict": "It wins.",
        "source": {"name": name, "kind": "table", "n_rows_train": 32, "notes": [f"Note {name}"]},
        "model": {"estimator": "Autoencoder", "latent_dim": 2},
        "results": {
            "Autoencoder": {
                "train": {"squared_error": 1.0},
                "held_out": {"squared_error": 0.1234567, "variance_explained": None, "n_rows": 8},
            }
        },
        "table": {"columns": ["", name], "rows": [[name, 0.5]], "caption": name},
        "findings": [
            {"severity": "problem", "seen": f"Bad {name}"},
            {"severity": "note", "seen": "q"},
        ],
        "command": f"isthmus train {name}",
    }


def card(folder: Path, given: dict[str, Any]) -> tuple[dict[str, Any], str]:
    text = write_card(folder, given).read_text("utf-8")
    assert text.startswith("---\n")
    front, body = text[4:].split("\n---\n", 1)
    return yaml.safe_load(front), body


def test_the_front_matter_is_what_the_hub_reads(tmp_path: Path) -> None:
    front, _ = card(tmp_path, document())
    assert front["library_name"] == "isthmus"
    assert front["pipeline_tag"] == "feature-extraction"
    assert "autoencoder" in front["tags"]
    assert "license" not in front  # the user's choice
    (entry,) = front["model-index"]
    (result,) = entry["results"]
    assert result["dataset"] == {"name": "rows", "type": "rows"}
    assert result["metrics"] == [
        {"type": "squared_error", "value": 0.123457, "name": "squared error per row"}
    ]


def test_the_card_tells_how_to_load_and_its_limits(tmp_path: Path) -> None:
    _, body = card(tmp_path, document())
    assert "from isthmus import load" in body
    assert "- Bad rows" in body
    assert "- q" not in body
    assert "It wins." in body


def test_the_card_in_chinese(tmp_path: Path) -> None:
    front, body = card(tmp_path, document() | {"language": "zh"})
    assert "## 用法" in body
    assert "rows\N{FULLWIDTH COLON}编码维数 2" in body
    assert front["library_name"] == "isthmus"
    assert front["model-index"][0]["name"] == "rows: code size 2"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_hostile_text_is_shown_and_does_nothing(tmp_path: Path, language: str) -> None:
    front, body = card(tmp_path, document(HOSTILE) | {"language": language})
    assert set(front) == {"library_name", "pipeline_tag", "tags", "model-index"}
    body = re.sub(r"```.*?```", "", body, flags=re.DOTALL)
    body = body.replace("`folder`", "").replace("`model`", "").replace("`X`", "")
    assert "```" not in body
    assert "\x1b" not in body
    assert "<" not in body
    assert not re.search(r"(?<!\\)[\[`$*]", body)
    assert "http://" not in body
    assert not re.search(r"^# e|^---", body, re.MULTILINE)


def test_text_of_ten_thousand_characters_is_cut(tmp_path: Path) -> None:
    write_card(tmp_path, document("x" * 10_000))
    assert not re.search("x{2001}", (tmp_path / "MODEL_CARD.md").read_text())


@pytest.mark.parametrize(
    ("kind", "line", "tag"),
    [
        ("stacked", "Z = model.transform(X)", "dimensionality-reduction"),
        ("stacked-classifier", "y = model.predict(X)", "classification"),
        ("outlier-detector", "score = model.score_samples(X)", "anomaly-detection"),
    ],
)
def test_each_kind_is_loaded_for_what_it_can_do(
    tmp_path: Path, kind: str, line: str, tag: str
) -> None:
    front, body = card(tmp_path, document() | {"card": KINDS[kind].card()})
    assert line in body
    assert tag in front["tags"]


def test_a_document_without_anything_gives_a_card(tmp_path: Path) -> None:
    front, _ = card(tmp_path, {})
    assert "model-index" not in front
