"""The first ten held-out rows of a report, with their codes."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus import load
from isthmus.runs import run_training

pytestmark = pytest.mark.usefixtures("blank_figures")

TINY = {"hidden_dims": (8,), "epochs": 2, "device": "cpu"}


def trained(folder, source, **parameters):
    config = {
        "source": source,
        "estimator": "autoencoder",
        "parameters": TINY | parameters,
        "test_fraction": 0.25,
    }
    return run_training(config, out=folder)[1]


def of_section(entries):
    return [entry for entry in entries if entry["section"] == "held_out"]


@pytest.fixture
def table(tmp_path, rng):
    lines = ["id,a,b,kind"]
    lines += [
        f"p{k},{a:.2f},{b:.2f},{'xy'[k % 2]}" for k, (a, b) in enumerate(rng.normal(size=(60, 2)))
    ]
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(lines) + "\n")
    return {"source": str(path), "id": ["id"]}


def test_the_same_rows_are_shown_whatever_was_learned(tmp_path):
    source = {"source": "digits"}
    numbers = []
    for size in (2, 70 - 64):
        document = trained(tmp_path / str(size), source, latent_dim=size)
        (figure,) = of_section(document["figures"])
        assert figure["draws"] == "coded_pictures"
        numbers.append(figure["arguments"]["rows"])
    assert numbers[0] == numbers[1] == sorted(numbers[0])
    assert len(numbers[0]) == 10


def test_a_table_shows_values_above_expected_ones_and_the_code(tmp_path, table):
    document = trained(tmp_path / "run", table, latent_dim=2)
    (shown,) = of_section(document["tables"])
    assert shown["columns"] == ["", "a", "b", "kind", "code"]
    lines = (tmp_path / "rows.csv").read_text().splitlines()[1:]
    model = load(tmp_path / "run")
    for name, a, b, kind, code in shown["rows"]:
        number, identity = name.removeprefix("row ").rstrip(")").split(" (")
        assert lines[int(number)].split(",") == [
            identity, f"{a['value']:.2f}", f"{b['value']:.2f}", kind["value"],
        ]  # fmt: skip
        assert kind["expected"] in ("x", "y")
        row = {"a": [a["value"]], "b": [b["value"]], "kind": [kind["value"]]}
        assert code["code"] == pytest.approx(_code(model, row), abs=1e-3)


def _code(model, row):
    import pyarrow as pa

    return np.asarray(model.transform(pa.table(row)))[0].tolist()


def test_texts_show_their_words_beside_those_that_come_back(tmp_path):
    texts = [f"{'red apple sweet' if k % 2 else 'fast car road'} word{k % 7}" for k in range(60)]
    (tmp_path / "texts.txt").write_text("\n".join(texts) + "\n")
    source = {"source": str(tmp_path / "texts.txt")}
    document = trained(tmp_path / "run", source, latent_dim=2)
    (shown,) = of_section(document["tables"])
    assert shown["columns"][1:3] == ["words", "reconstructed words"]
    for name, words, *_ in shown["rows"]:
        text = texts[int(name.removeprefix("row "))]
        assert set(words.split(", ")) <= set(text.split())


def test_report_json_says_what_auto_became(tmp_path):
    document = trained(tmp_path / "run", {"source": "digits"}, latent_dim="auto")
    assert document["resolved"]["latent_dim"] == 16
    assert document["resolved"]["output_activation"] == "sigmoid"
    assert document["resolved"]["picture_shape"] == (8, 8)
    assert "epochs" not in document["resolved"]  # it was given
    page = (tmp_path / "run/report.html").read_text("utf-8")
    assert "<dt>latent_dim</dt><dd>auto → 16</dd>" in page
    assert page.index('<section id="held_out">') < page.index('<section id="curves">')
