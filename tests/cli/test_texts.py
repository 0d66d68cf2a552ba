"""Texts on the command line: from a table or a file of lines to codes, with only the artifact."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

import isthmus
from isthmus.artifacts import signed
from isthmus.rows import split_rows

pytestmark = pytest.mark.usefixtures("blank_figures")

STACKED = ("--estimator", "stacked", "--layer-dims", "6,2", "--loss", "multinomial")
SUBJECTS = {
    "pets": ["cat", "dog", "hamster", "collar", "vet"],
    "money": ["bank", "loan", "rate", "share", "fund"],
}


def texts_of(n=60, seed=0):
    rng = np.random.default_rng(seed)
    kinds = [list(SUBJECTS)[k % 2] for k in range(n)]
    return kinds, [
        " ".join([*rng.choice(SUBJECTS[kind], 4), f"only{k:03}"]) for k, kind in enumerate(kinds)
    ]


def write_texts(folder, name="news.csv", **kwargs):
    kinds, texts = texts_of(**kwargs)
    titles = [f"About {kind}" for kind in kinds]
    table = pa.table({"kind": kinds, "title": titles, "body": texts})
    pyarrow.csv.write_csv(table, folder / name)
    return table


@pytest.fixture(name="trained")
def train_on_texts(cli, tmp_path):
    """A run on texts, and the call that made it."""
    write_texts(tmp_path)
    words = ("--text-column", "title,body", "--label", "kind", "--max-words", "14")
    settings = ("--pretraining-epochs", "1", "--epochs", "1", "--device", "cpu")
    outcome = cli("train", "news.csv", *words, *STACKED, *settings, "--out", "run", "-q")
    assert outcome.code == 0, outcome.err
    return outcome


@pytest.mark.drawn_figures
def test_training_on_texts_leaves_a_whole_run(trained, tmp_path):
    assert "PCA (2)" in trained.out
    assert "Note: Columns are the 14 most frequent words of the training texts." in trained.out
    figures = {entry.name for entry in (tmp_path / "run/figures").iterdir()}
    assert figures == {
        "loss_curves.svg",
        "words.svg",
        "code_map.svg",
        "error_map.svg",
        "pca_sizes.svg",
        "errors.svg",
        "strangest.svg",
        "units.svg",
    }
    assert {entry.name for entry in (tmp_path / "run/model").iterdir()} == {
        "model.json",
        "model.safetensors",
    }
    report = json.loads((tmp_path / "run/report.json").read_text())
    assert (report["source"]["kind"], report["source"]["n_features"]) == ("texts", 14)
    assert (report["source"]["n_rows_train"], report["source"]["n_rows_held_out"]) == (48, 12)


def test_words_are_learned_from_the_training_texts_alone(train, tmp_path):
    table = write_texts(tmp_path)
    train("news.csv", "--text-column", "body", "--out", "run", "-q")
    document = json.loads((tmp_path / "run/model/model.json").read_text())
    stays, leaves = split_rows(60, 0.2, seed=0, purpose="test")
    words = document["preprocessing"]["blocks"][0]["words"]
    columns = set(words["vocabulary"])
    assert {f"only{k:03}" for k in stays} <= columns
    assert not {f"only{k:03}" for k in leaves} & columns
    body = np.array(table["body"].to_pylist(), dtype=object)
    own = TfidfVectorizer(max_features=2000, stop_words="english").fit(body[stays])
    assert words["vocabulary"] == list(own.get_feature_names_out())
    assert words["idf"] == pytest.approx(own.idf_)


def test_codes_need_the_artifact_alone(trained, cli, tmp_path):
    assert cli("encode", "run", "-o", "own.csv").code == 0
    own = pyarrow.csv.read_csv(tmp_path / "own.csv")
    assert own.column_names == ["code_0", "code_1", "kind"]
    table = pyarrow.csv.read_csv(tmp_path / "news.csv")
    (tmp_path / "run/model").rename(tmp_path / "alone")
    (tmp_path / "news.csv").unlink()
    pq.write_table(table, tmp_path / "new.parquet")
    joined = [f"{t} {b}" for t, b in zip(table["title"], table["body"], strict=True)]
    (tmp_path / "new.txt").write_text("\n".join(joined) + "\n")
    for source in ("new.parquet", "new.txt"):
        outcome = cli("encode", "alone", source, "-o", "codes.npy")
        assert outcome.code == 0, outcome.err
        codes = np.load(tmp_path / "codes.npy")
        assert codes.tolist() == [
            pytest.approx(row)
            for row in zip(*(own[f"code_{k}"].to_pylist() for k in range(2)), strict=True)
        ]


def test_codes_are_those_of_scikit_learns_pipeline(trained, cli, tmp_path):
    table = pyarrow.csv.read_csv(tmp_path / "news.csv")
    texts = [f"{t} {b}" for t, b in zip(table["title"], table["body"], strict=True)]
    stays, _ = split_rows(60, 0.2, seed=0, purpose="test")
    vectorizer = TfidfVectorizer(max_features=14, stop_words="english", dtype=np.float32)
    rows = vectorizer.fit([texts[k] for k in stays]).transform(texts)
    cli("encode", "run", "-o", "codes.npy")
    codes = isthmus.load(tmp_path / "run", device="cpu").transform(rows)
    assert np.load(tmp_path / "codes.npy") == pytest.approx(codes, abs=1e-7)


def test_reconstructions_and_scores_name_words(trained, cli, tmp_path):
    assert cli("reconstruct", "run", "-o", "rows.parquet").code == 0
    rows = pq.read_table(tmp_path / "rows.parquet")
    assert set(SUBJECTS["pets"]) <= set(rows.column_names)
    assert rows.num_columns == 14 + 1 and rows.num_rows == 60  # and the label
    assert cli("score", "run", "-o", "strange.csv").code == 0
    named = pyarrow.csv.read_csv(tmp_path / "strange.csv")["feature_1"].to_pylist()
    assert set(named) <= set(rows.column_names)


def test_a_classifier_learns_from_texts(cli, tmp_path):
    write_texts(tmp_path, n=80)
    words = ("--text-column", "body", "--label", "kind", "--estimator", "stacked-classifier")
    sizes = ("--layer-dims", "6,3", "--pretraining-epochs", "1", "--epochs", "40")
    outcome = cli("train", "news.csv", *words, *sizes, "--device", "cpu", "--out", "run", "-q")
    assert outcome.code == 0, outcome.err
    assert "Logistic regression" in outcome.out
    assert cli("encode", "run", "news.csv", "-o", "codes.csv").code == 0


def test_info_tells_a_stacks_layers(trained, cli):
    outcome = cli("info", "run")
    assert outcome.code == 0, outcome.err
    assert "14-6-2, mirrored decoder" in outcome.out


def test_a_runs_config_trains_the_same_model_again(trained, cli, tmp_path):
    assert cli("train", "--config", "run/config.yaml", "--out", "again", "-q").code == 0
    weights = [
        (tmp_path / run / "model/model.safetensors").read_bytes() for run in ("run", "again")
    ]
    assert weights[0] == weights[1]


def test_an_old_config_file_with_words_beside_the_parameters_still_trains(cli, tmp_path):
    write_texts(tmp_path)
    config = """
source: {source: news.csv, text_column: [body]}
estimator: autoencoder
parameters: {latent_dim: 2, hidden_dims: [4], epochs: 1, device: cpu, random_state: 0}
test_fraction: 0.2
labels_per_class: null
max_words: 3
"""
    (tmp_path / "old.yaml").write_text(config)
    for option, n_words in (((), 3), (("--max-words", "2"), 2)):
        assert (
            cli("train", "--config", "old.yaml", *option, "--out", "run", "-q", "--force").code == 0
        )
        assert isthmus.load(tmp_path / "run", device="cpu").n_features_in_ == n_words


def test_a_plain_autoencoder_learns_from_lines_and_encodes_a_table(train, cli, tmp_path):
    table = write_texts(tmp_path)
    (tmp_path / "lines.txt").write_text("\n".join(table["body"].to_pylist()))
    outcome = train("lines.txt", "--out", "run", "-q")
    assert outcome.code == 0, outcome.err
    refused = cli("encode", "run", "news.csv", "-o", "codes.csv")
    assert refused.code == 2
    assert "trained on texts: name the text column of the table with --text-col" in refused.sentence
    named = cli("encode", "run", "news.csv", "--text-column", "body", "-o", "codes.csv")
    assert named.code == 0 and "Wrote 60 codes to codes.csv (code size 2)." in named.err


@pytest.mark.parametrize(
    ("source", "message"),
    [("digits", "trained on texts. digits contains numbers"), ("rows.npy", "rows contains num")],
)
def test_a_run_of_texts_takes_no_numbers(trained, cli, tmp_path, source, message):
    np.save(tmp_path / "rows.npy", np.ones((3, 14)))
    outcome = cli("encode", "run", source, "-o", "codes.csv")
    assert outcome.code == 3 and message in outcome.sentence


def test_a_run_of_numbers_takes_no_texts(cli, digits_run, tmp_path):
    (tmp_path / "lines.txt").write_text("one\ntwo\n")
    outcome = cli("encode", digits_run, "lines.txt", "-o", "codes.csv")
    assert outcome.code == 3
    assert "trained on numbers. lines contains texts" in outcome.sentence


def test_damaged_words_are_exit_3(trained, cli, tmp_path):
    path = tmp_path / "run/model/model.json"
    document = json.loads(path.read_text())
    document["preprocessing"]["blocks"][0]["words"]["idf"].pop()
    path.write_text(json.dumps(signed(document)))
    outcome = cli("encode", "run", "-o", "codes.csv")
    assert outcome.code == 3 and "its block 'text' is damaged" in outcome.sentence


@pytest.mark.parametrize(
    ("content", "words", "code", "message"),
    [
        ('a,t\nx,""\ny,""\n', (), 3, "must contain texts. Got none in all 2 rows"),
        ("a,t\nx,good news\n", (), 3, "requires at least 2 training rows. `t` has 1: add rows."),
        ("a,t\nx,the\ny,and of\nz,is\n", (), 3, "The texts of t must contain words"),
        ("a,t\nx,same news\ny,same news\nz,same news\n", (), 3, "rows are equal"),
        ("a,t\nx,good\ny,bad\n", ("--text-column", "text"), 3, "`t.csv` has no column `text`."),
        ("a,t\nx,good\ny,bad\n", ("--max-words", "0"), 2, "--max-words must be an integer"),
        ("a,t\nx,good\ny,bad\n", ("--columns", "a"), 2, "--columns and --text-column exclude"),
    ],
)  # fmt: skip
def test_texts_that_nothing_can_be_learned_from(train, tmp_path, content, words, code, message):
    (tmp_path / "t.csv").write_text(content)
    column = () if "--text-column" in words else ("--text-column", "t")
    outcome = train("t.csv", *column, *words, "-q")
    assert message in outcome.sentence
    assert outcome.code == code
    assert not (tmp_path / "runs").exists()


def test_max_words_is_for_texts(train):
    outcome = train("digits", "--max-words", "5", "-q")
    assert outcome.code == 2
    assert outcome.sentence.startswith("--max-words does not apply to rows of numbers.")


def test_the_recipe_for_texts_needs_a_source_of_them(cli, tmp_path):
    outcome = cli("train", "--recipe", "document-codes", "-q")
    assert outcome.code == 2 and "A source is required. Pass one" in outcome.sentence
    write_texts(tmp_path)
    settings = ("--layer-dims", "8,4,3,2", "--epochs", "1")
    recipe = ("--recipe", "document-codes", "--device", "cpu", "-q")
    outcome = cli("train", "news.csv", "--label", "topic", *recipe)
    assert outcome.code == 2 and not (tmp_path / "runs").exists()
    assert outcome.sentence == (
        "This recipe is for texts. news.csv is a table: name its text column with --text-column."
    )
    outcome = cli("train", "news.csv", "--text-column", "body", *recipe, *settings)
    assert outcome.code == 0, outcome.err


@pytest.mark.filterwarnings("ignore:No installed font")
@pytest.mark.parametrize(("blank", "noted"), [("", True), (" ", False)])
def test_unsegmented_chinese_is_noted(train, tmp_path, blank, noted):
    sentences = ["今天北京天气很好", "股票市场大幅上涨", "球队昨晚赢得比赛", "新的手机正式发布"] * 4
    rows = "\n".join(blank.join(s[k : k + 2] for k in range(0, 8, 2)) for s in sentences)
    (tmp_path / "t.txt").write_text(rows + "\n", encoding="utf-8")
    settings = ("--epochs", "1", "--hidden-dims", "4", "--latent-dim", "2", "--device", "cpu")
    outcome = train("t.txt", *settings, "-q")
    assert outcome.code == 0, outcome.err
    assert ("Segment the texts into words" in outcome.out) == noted


def test_encode_tells_of_texts_without_words(trained, cli, tmp_path):
    (tmp_path / "new.txt").write_text("goal\n\nnothing of that\n")
    outcome = cli("encode", "run", "new.txt", "-o", "codes.csv")
    assert outcome.code == 0
    assert "Note: Lines without text in `new.txt`: 1 (first: " in outcome.err
    notes = outcome.err.splitlines()
    assert "3 texts contain none of the words of the model." in notes[1]
    last = "Wrote 3 codes to codes.csv (code size 2)."
    assert notes[-1] == last, "notes come before the long work"
    notes = cli("encode", "run", "new.txt", "-o", "codes.csv", "--lang", "zh").err.splitlines()
    assert [note[:2] for note in notes] == ["提示", "提示", "已将"]


def test_words_get_no_advice_about_columns(trained, cli):
    about_columns = {"constant_columns", "duplicate_columns", "wild_scales", "lost_columns"}
    for where in ("run", "news.csv"):
        words = () if where == "run" else ("--text-column", "body")
        outcome = cli("doctor", where, *words, "--json")
        assert outcome.code == 0, outcome.err
        codes = {finding["code"] for finding in json.loads(outcome.out)["findings"]}
        assert not codes & about_columns
