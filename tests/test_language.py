"""Sentences: English for programs, translated for people, safe to read back."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from isthmus._language import (
    Sentence,
    capitalised,
    check_language,
    locale_language,
    recalled,
    sentences_in,
    told,
    width,
)
from isthmus.errors import UsageError

ROWS = Sentence("{n} {n:number|numbers} a row", n=16)
NESTED = Sentence("Note: {note}", note=Sentence("Downloaded to `{folder}`.", folder="{n}"))


def test_a_sentence_is_its_english_text() -> None:
    assert ROWS == "16 numbers a row"
    assert json.dumps([ROWS]) == '["16 numbers a row"]'
    assert told(ROWS, "en") == "16 numbers a row"
    assert capitalised(Sentence("the autoencoder")) == "The autoencoder"
    assert capitalised("") == ""


@pytest.mark.parametrize(
    ("n", "english"),
    [(0, "0 rows hold"), (1, "1 row holds"), (1.0, "1 row holds"), (2, "2 rows hold")],
)
def test_a_bar_parts_the_word_for_one_from_that_for_more(n, english) -> None:
    assert Sentence("{n:.0f} {n:row holds|rows hold}", n=n) == english


def test_a_sentence_is_told_in_chinese_with_what_stands_in_it() -> None:
    assert told(ROWS, "zh") == "每行 16 个数"
    assert told(NESTED, "zh") == "提示\N{FULLWIDTH COLON}已下载到 `{n}`。"
    assert told(capitalised(Sentence("the autoencoder")), "zh") == "自编码器"


def test_what_has_no_translation_stays_as_it_is() -> None:
    assert told("a user's own {text}", "zh") == "a user's own {text}"
    assert told(Sentence("Nobody translated {n}.", n=1), "zh") == "Nobody translated 1."
    assert told(3, "zh") == "3"


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))]
)
def test_a_copy_is_a_sentence_too(again) -> None:
    assert told(again(NESTED), "zh") == told(NESTED, "zh")


def test_sentences_come_back_from_json() -> None:
    document = {"verdict": ROWS, "notes": [NESTED, "plain"], "n": 1}
    read = json.loads(json.dumps({**document, "sentences": sentences_in(document)}))
    again = recalled(read, read.pop("sentences"))
    assert again == document
    assert told(again["verdict"], "zh") == "每行 16 个数"
    assert told(again["notes"][0], "zh") == told(NESTED, "zh")
    assert not isinstance(again["notes"][1], Sentence)


@pytest.mark.parametrize(
    "plain",
    [
        {"template": "{n.__class__.__mro__}", "values": {"n": 1}},  # not of the catalogue
        {"template": "{n} numbers a row", "values": {"n": 17}},  # says something else
        {"template": "{n} numbers a row", "values": {}},
        {"template": "{n} numbers a row", "values": [16]},
        {"template": ["x"], "values": {}},
        {"template": {"a": 1}, "values": {}},
        [],
        None,
        16,
    ],
)
def test_a_forged_sentence_stays_plain_text(plain: object) -> None:
    again = recalled("16 numbers a row", {"16 numbers a row": plain})
    assert again == "16 numbers a row"
    assert not isinstance(again, Sentence)


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LC_MESSAGES": "zh_TW", "LANG": "en_US"}, "zh"),
        ({"LC_ALL": "", "LANG": "zh"}, "zh"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE"}, "en"),
    ],
)
def test_the_locale_chooses_the_language(environ, language) -> None:
    assert locale_language(environ) == language


def test_an_unknown_language_names_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"`lang` must be one of en, zh\. Got 'zn'"):
        check_language("zn")


def test_chinese_characters_are_two_columns_wide() -> None:
    assert width("编码 16") == 7
    assert width("e\u0301") == 1


def test_a_list_is_written_with_commas_and_its_sentences_are_told() -> None:
    columns = [Sentence("column {k}", k=3), "`{name}`", "..."]
    sentence = Sentence("{names} and {n} more", names=columns, n=2)
    assert sentence == "column 3, `{name}`, ... and 2 more"
    assert told(sentence, "zh").startswith(
        "第 3 列\N{IDEOGRAPHIC COMMA}`{name}`\N{IDEOGRAPHIC COMMA}..."
    )
    read = json.loads(json.dumps([sentence, sentences_in([sentence])]))
    assert told(recalled(*read), "zh") == told(sentence, "zh")
