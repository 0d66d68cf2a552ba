"""Results are shown as sentences and tables, and stay the lists and dicts that they are."""

from __future__ import annotations

import copy
import json
import pickle

import numpy as np
import pytest

from isthmus import Autoencoder, evaluate, examine_model, examine_rows
from isthmus._rendered import View
from isthmus.doctor import Finding, Findings
from isthmus.evaluation import Evaluation
from isthmus.training import History

X = np.random.default_rng(0).normal(size=(60, 2)) @ np.random.default_rng(1).normal(size=(2, 6))


@pytest.fixture(scope="module")
def model() -> Autoencoder:
    return Autoencoder(latent_dim=2, hidden_dims=(8,), epochs=3, random_state=0, device="cpu").fit(
        X[:40], validation_data=X[40:]
    )


def record(epoch: int, **more: object) -> dict[str, object]:
    losses = {"train_loss": 1 / epoch, "validation_loss": 2 / epoch}
    return {"epoch": epoch, **losses, "learning_rate": 0.1, "seconds": 0.5} | more


def test_a_history_begins_with_a_sentence_and_shows_the_ends_of_a_long_training() -> None:
    lines = repr(History(record(k) for k in range(1, 21))).splitlines()
    assert lines[0] == "20 epochs in 10.0 s. Lowest validation loss: 0.1, at epoch 20."
    assert lines[2].split()[0] == "epoch"
    assert [line.split()[0] for line in lines[3:]] == [
        *"12345", "...", *map(str, range(16, 21)),
    ]  # fmt: skip


def test_stages_have_no_common_lowest_loss() -> None:
    shown = repr(History([record(1, stage="layer 1"), record(2, stage="layer 2")]))
    assert shown.startswith("2 epochs in 1.0 s.\n")
    assert "layer 2" in shown


def test_a_history_stays_a_list_when_it_grows_and_is_saved(model: Autoencoder) -> None:
    assert isinstance(model.history_, History)
    assert model.history_ == list(model.history_)
    assert json.loads(json.dumps(model.history_)) == model.history_
    assert isinstance(pickle.loads(pickle.dumps(model)).history_, History)


def test_an_evaluation_shows_verdict_metrics_and_notes_and_stays_a_dict(
    model: Autoencoder,
) -> None:
    found = evaluate(model, X[40:], n_resamples=20)
    assert json.loads(json.dumps(found)) == found
    assert isinstance(copy.deepcopy(found), Evaluation)
    shown = repr(found)
    assert " ".join(shown.split()).startswith(found["verdict"]["text"])
    assert "squared error per row" in shown
    assert "- PCA was fitted on the evaluated rows" in shown
    assert max(map(len, shown.splitlines())) <= 88
    assert f"{found['metrics']['squared_error']['model']['value']:.4g}" in found._repr_html_()


def test_findings_say_what_was_seen_and_what_to_do(model: Autoencoder) -> None:
    found = examine_rows(np.column_stack([X, np.zeros(60)]))
    assert isinstance(found, Findings)
    constant = next(finding for finding in found if finding.code == "constant_columns")
    assert f"<li><b>Warning:</b> {constant.seen}" in found._repr_html_()
    assert f"- Warning: {constant.seen}"[:60] in repr(found)
    assert isinstance(examine_model(model, X), Findings)


def test_no_findings_are_said_to_be_none() -> None:
    assert repr(Findings()) == "No findings."


def test_names_from_the_data_cannot_add_elements_to_a_page() -> None:
    values = {"n": 1, "total": 2, "columns": ["<script>alert(1)</script>"]}
    html = Findings([Finding("constant_columns", "note", values)])._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    table = View("a < b", ("<th>", "std"), (("<i>", "&"),)).html()
    assert "<p>a &lt; b</p>" in table
    assert '<th style="text-align: left">&lt;th&gt;</th><th>std</th>' in table


def test_a_result_that_lacks_what_is_shown_is_shown_as_it_is() -> None:
    assert repr(Evaluation(a=1)) == "{'a': 1}"
    assert Evaluation(a="<b>")._repr_html_() == "<pre>{&#x27;a&#x27;: &#x27;&lt;b&gt;&#x27;}</pre>"
    assert repr(History([{"loss": 1}])) == "[{'loss': 1}]"


def test_columns_that_do_not_fit_follow_below() -> None:
    text = View("Wide.", ("name", "a" * 50, "b" * 50), (("x", "1", "2"),)).text()
    first, second = text.split("\n\n")[1:]
    assert first.split() == ["name", "a" * 50, "x", "1"]
    assert second.split() == ["name", "b" * 50, "x", "2"]
