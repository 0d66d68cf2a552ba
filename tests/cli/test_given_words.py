"""Words of the command line before they are parsed."""

from __future__ import annotations

import pytest

from isthmus.cli._given_words import check_not_empty, parsable_words
from isthmus.errors import UsageError


@pytest.fixture(autouse=True)
def home(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")


@pytest.mark.parametrize("word", ["--out=~/x", "-o=~/x", "--config=~/x", "--data-dir=~/x"])
def test_the_home_folder_is_expanded_in_values_after_an_equals_sign(word):
    assert parsable_words(["train", word]) == ["train", word.replace("~", "/home/me")]


@pytest.mark.parametrize("words", [["--out=~"], ["-o=~"]])
def test_a_lone_tilde_is_the_home_folder_as_an_output(words):
    assert parsable_words(words) == [word.replace("~", "/home/me") for word in words]


@pytest.mark.parametrize(
    "words",
    [["--missing=~"], ["--missing", "~"], ["--out=x~/y"], ["--out=~name/x"],
     ["--kinds=a=~"], ["--out=./~/x"],
     ["~/x"], ["--out", "~/x"]],
)  # fmt: skip
def test_other_tildes_stay(words):
    assert parsable_words(words) == words


def test_a_lone_hyphen_is_standard_input_unless_it_is_an_output():
    assert parsable_words(["encode", "-", "-o", "-"]) == ["encode", "/dev/stdin", "-o", "-"]


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["train", "rows.csv", "--out="], "--out"),
        (["train", "rows.csv", "--out", ""], "--out"),
        (["encode", "run", "-o", ""], "-o"),
        (["train", "--resume", ""], "--resume"),
        (["train", "--config="], "--config"),
    ],
)
def test_an_empty_value_is_refused(words, option):
    with pytest.raises(UsageError, match=f"^{option} must not be empty. Give it a value"):
        check_not_empty(words)


def test_an_empty_source_is_refused():
    with pytest.raises(UsageError, match=r"must be a name, a file .* Got an empty"):
        check_not_empty(["verify", ""])


def test_other_words_pass():
    check_not_empty(["train", "a=", "--out=x", "-o", "=", "--hidden-dims", "", "--rows="])
