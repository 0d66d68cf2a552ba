"""The script of an interactive page, and its data."""

from __future__ import annotations

import base64
import hashlib
import json

from isthmus.pages import page_text
from isthmus.pages._page_script import page_script

EVIL = "</script><script>alert(1)</script><!--&amp;\u2028"


def test_data_cannot_end_their_element_and_stay_what_they_are():
    plots = {"figures/code_map.png": {"kind": "map", "name": [EVIL, "客户"]}}
    script = page_script(plots, "zh")
    assert script is not None
    assert not set(script.data) & set("<>&\u2028\u2029")
    assert "客户" in script.data  # for the font of the page, which has the characters in its text
    assert json.loads(script.data)["figures"] == plots
    assert json.loads(script.data)["words"]["reset"] == "复位"


def test_the_script_is_one_constant_ascii_text_with_its_hash():
    one, other = (page_script({name: {}}, "en") for name in ("a", "b"))
    assert one is not None and other is not None
    assert one.text == other.text
    assert one.text.isascii()
    assert "</" not in one.text and "<!--" not in one.text
    digest = hashlib.sha256(one.text.encode()).digest()
    assert one.sha256 == base64.b64encode(digest).decode()
    for word in ("innerHTML", "eval(", "fetch(", "XMLHttpRequest", "import(", "http"):
        assert word not in one.text


def test_without_values_the_page_has_no_script(tmp_path):
    assert page_script(None, "en") is None
    plain = page_text(tmp_path, {"verdict": "v"})
    assert "<script" not in plain and "script-src" not in plain
    assert page_text(tmp_path, {"verdict": "v"}, plots={}).count("<script") == 2
