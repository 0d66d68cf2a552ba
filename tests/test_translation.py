"""Messages: English to programs, translated for people, safe to read back."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from isthmus._translation import (
    Message,
    check_language,
    locale_language,
    messages_in,
    restore_messages,
    translate,
    width,
)
from isthmus.errors import UsageError

COLUMNS = ("{n:,} column", "{n:,} columns")
ROWS = Message.plural(*COLUMNS, 16)
NESTED = Message("Note: {note}", note=Message("Downloaded to `{folder}`.", folder="{n}"))


def test_a_message_is_its_english_text() -> None:
    assert ROWS == "16 columns"
    assert json.dumps([ROWS]) == '["16 columns"]'
    assert translate(ROWS, "en") == "16 columns"
    assert (ROWS.msgid, ROWS.msgid_plural, ROWS.values) == (*COLUMNS, {"n": 16})


@pytest.mark.parametrize(("n", "english"), [(0, "0 columns"), (1, "1 column"), (2, "2 columns")])
def test_the_number_chooses_the_plural_form(n, english) -> None:
    assert Message.plural(*COLUMNS, n) == english


@pytest.mark.parametrize("value", [-0.0, -0.0004, 0.0004])
def test_a_number_that_rounds_to_zero_has_no_minus_sign(value) -> None:
    assert Message("{share:.1%}, {z:.2f}", share=value, z=value) == "0.0%, 0.00"
    assert Message("{share:.1%}, {z:.3g}", share=-0.05, z=-float("inf")) == "-5.0%, -inf"


def test_a_message_is_translated_with_the_messages_in_it() -> None:
    assert translate(ROWS, "zh") == "16 列"
    assert translate(Message.plural(*COLUMNS, 1), "zh") == "1 列"
    assert translate(NESTED, "zh") == "提示\N{FULLWIDTH COLON}已下载到 `{n}`。"


def test_what_has_no_translation_stays_as_it_is() -> None:
    assert translate("a user's own {text}", "zh") == "a user's own {text}"
    assert translate(Message("Nobody translated {n}.", n=1), "zh") == "Nobody translated 1."
    assert translate(3, "zh") == "3"


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))]
)
def test_a_copy_is_a_message_too(again) -> None:
    assert translate(again(NESTED), "zh") == translate(NESTED, "zh")
    assert translate(again(ROWS), "zh") == "16 列"


def test_messages_are_restored_from_json() -> None:
    document = {"verdict": ROWS, "notes": [NESTED, "plain"], "n": 1}
    read = json.loads(json.dumps({**document, "messages": messages_in(document)}))
    again = restore_messages(read, read.pop("messages"))
    assert again == document
    assert translate(again["verdict"], "zh") == "16 列"
    assert translate(again["notes"][0], "zh") == translate(NESTED, "zh")
    assert not isinstance(again["notes"][1], Message)


KNOWN = {"msgid": COLUMNS[0], "msgid_plural": COLUMNS[1]}


@pytest.mark.parametrize(
    "plain",
    [
        {"msgid": "{n.__class__.__mro__}", "values": {"n": 1}},  # not in a catalog
        {**KNOWN, "msgid_plural": "{n.__class__.__mro__}", "values": {"n": 16}},
        {"msgid": COLUMNS[1], "values": {"n": 16}},
        {**KNOWN, "values": {"n": 17}},  # another text
        {**KNOWN, "values": {"n": 16.0}},
        {**KNOWN, "values": {"n": "16"}},
        {**KNOWN, "values": {}},
        {**KNOWN, "values": [16]},
        {"msgid": ["x"], "values": {}},
        {"msgid": {"a": 1}, "values": {}},
        {"template": "{n} columns", "values": {"n": 16}},  # of an earlier version
        [],
        None,
        16,
    ],
)
def test_a_forged_message_stays_plain_text(plain: object) -> None:
    again = restore_messages("16 columns", {"16 columns": plain})
    assert again == "16 columns"
    assert not isinstance(again, Message)


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


def test_a_list_is_joined_by_commas_and_its_messages_are_translated() -> None:
    columns = [Message("column {k}", k=3), "`{name}`", "..."]
    message = Message("{names} and {n} more", names=columns, n=2)
    assert message == "column 3, `{name}`, ... and 2 more"
    assert translate(message, "zh").startswith(
        "第 3 列\N{IDEOGRAPHIC COMMA}`{name}`\N{IDEOGRAPHIC COMMA}..."
    )
    read = json.loads(json.dumps([message, messages_in([message])]))
    assert translate(restore_messages(*read), "zh") == translate(message, "zh")
