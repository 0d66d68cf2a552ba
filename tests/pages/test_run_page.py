"""The page: self-contained, safe to open, with everything it was given."""

from __future__ import annotations

import base64
import io
import json
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from isthmus._translation import Message
from isthmus.errors import UsageError
from isthmus.pages import write_report
from isthmus.pages._run_page import _with_code

HOSTILE = "<script>alert('1')</script>\x1b[31m\"><img src=http://x.example/a.png>"
SAFE = (
    "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&#34;&gt;&lt;img src=http://x.example/a.png&gt;"
)


class Tags(HTMLParser):
    """Collects the tags and attributes of a page, and checks that tags are closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def hostile_document(text: str) -> dict[str, Any]:
    return {
        "title": text,
        "created": text,
        "verdict": text,
        "table": {"columns": [text, text], "rows": [[text, text]], "caption": text},
        "figures": [{"file": "figures/a.svg", "title": text, "caption": text}],
        "source": {"name": text, "kind": text, "notes": [text], text: text},
        "model": {text: text},
        "timing": {text: [text]},
        "settings": {text: {text: text}},
        "environment": {text: (text,)},
        "command": text,
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures/a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    return tmp_path


def page_of(folder: Path, document: dict[str, Any]) -> str:
    return write_report(folder, document).read_text("utf-8")


def test_hostile_text_is_escaped_everywhere(folder: Path) -> None:
    page = page_of(folder, hostile_document(HOSTILE))
    tags = Tags(page).tags
    assert not {"script", "iframe", "link", "object", "form"} & {tag for tag, _ in tags}
    assert [attrs["src"] for tag, attrs in tags if tag == "img"] == [
        attrs["src"]
        for tag, attrs in tags
        if tag == "img" and (attrs["src"] or "").startswith("data:")
    ]
    assert not any(name.startswith("on") for _, attrs in tags for name in attrs)
    assert "\x1b" not in page
    assert page.count(SAFE) >= 20
    assert json.loads((folder / "report.json").read_text("utf-8"))["title"] == HOSTILE


def test_the_page_asks_for_nothing_from_outside(folder: Path) -> None:
    page = page_of(folder, {"title": "t", "figures": [{"file": "figures/a.svg"}]})
    assert (
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "font-src data:; style-src 'unsafe-inline'\">" in page
    )
    others = page.replace("xmlns='http://www.w3.org/2000/svg'", "")  # a name, not an address
    assert not re.search(r"https?:|url\(|@import|<script|src=\"(?!data:)", others)


def test_a_page_with_chinese_brings_the_letters_that_it_needs(folder: Path) -> None:
    page = page_of(folder, {"title": "t", "verdict": "编码 \N{GRINNING FACE}"})
    [uri] = re.findall(r'url\(data:font/woff;base64,([^)]*)\) format\("woff"\)', page)
    with TTFont(io.BytesIO(base64.b64decode(uri))) as font:
        assert set(font.getBestCmap()) == set(map(ord, "编码"))
    assert "@font-face" not in page_of(folder, {"title": "t", "verdict": "codes"})


def test_the_time_is_shown_without_seconds(folder: Path) -> None:
    page = page_of(folder, {"title": "t", "created": "2026-05-03T09:08:07+02:00"})
    assert '<p class="created">2026-05-03 09:08 UTC+02:00</p>' in page


def test_figures_are_inside_with_a_description(folder: Path) -> None:
    figures = [{"file": "figures/a.svg", "title": "Losses", "caption": "They fall."}]
    (image,) = (
        attrs for tag, attrs in Tags(page_of(folder, {"figures": figures})).tags if tag == "img"
    )
    assert (image["src"] or "").startswith("data:image/svg+xml,%3Csvg")
    assert image["alt"] == "Losses. They fall"
    page = page_of(folder, {"figures": [figures[0] | {"alt": "A curve"}]})
    assert 'alt="A curve"' in page


def test_a_figure_that_is_gone_is_said_to_be_gone(folder: Path) -> None:
    page = page_of(folder, {"figures": [{"file": "figures/b.png"}]})
    assert "File not found: figures/b.png" in page
    assert "<img" not in page


@pytest.mark.parametrize("file", ["../secret.png", "/etc/secret.svg", "figures/a.html"])
def test_a_figure_from_elsewhere_is_refused(file: str, folder: Path) -> None:
    with pytest.raises(UsageError, match="must be an SVG or PNG file in the run's folder"):
        write_report(folder, {"figures": [{"file": file}]})


def test_the_page_is_a_story_and_settings_are_folded_at_its_end(folder: Path) -> None:
    names = ["pca", "anomalies", "map", "curves", "held_out"]
    figures = [{"file": "figures/a.svg", "section": name} for name in names]
    document = hostile_document("x") | {
        "verdict": "It won.", "language": "en", "figures": figures, "findings": [],
        "settings": {"epochs": "auto", "loss": "mse"}, "resolved": {"epochs": 20},
    }  # fmt: skip
    page = page_of(folder, document)
    parts = ["It won.", "<table", *(f'<section id="{name}">' for name in names[::-1])]
    parts += ['<section id="findings">', '<section id="data">', '<details id="settings">']
    order = [page.index(part) for part in [*parts, '<details id="environment">']]
    assert order == sorted(order)
    assert "<dt>epochs</dt><dd>auto \N{RIGHTWARDS ARROW} 20</dd>" in page
    assert "<dt>loss</dt><dd>mse</dd>" in page


def test_a_value_is_above_the_expected_one_beside_its_code(folder: Path) -> None:
    pair, code = {"value": 4.0, "expected": 3.91}, {"code": [1.0, -0.5, 0.0, None], "peak": 2.0}
    table = {"section": "held_out", "columns": ["", "a", "code"], "rows": [["row 1", pair, code]]}
    page = page_of(folder, {"tables": [table]})
    assert '<td data-label="a" class="number">4 <span class="below">3.91</span></td>' in page
    cells = (
        '<i class="p" style="opacity:0.50"></i><i class="n" style="opacity:0.25"></i><i></i><i></i>'
    )
    assert f'aria-label="1, -0.5, 0, -">{cells}</span>' in page


def test_a_figure_without_dark_colours_keeps_a_light_sheet(folder: Path) -> None:
    style = "<style>@media (prefers-color-scheme:dark){}</style>"
    own = f'<svg xmlns="http://www.w3.org/2000/svg">{style}</svg>'
    (folder / "figures/b.svg").write_text(own)
    page = page_of(folder, {"figures": [{"file": "figures/a.svg"}, {"file": "figures/b.svg"}]})
    assert page.count('<div class="figure sheet">') == page.count('<div class="figure">') == 1


def test_the_json_has_numbers_as_they_are_and_null_for_nan(folder: Path) -> None:
    document: dict[Any, Any] = {
        "z": np.float32(0.5),
        "a": float("nan"),
        "inf": np.array([1.0, np.inf]),
        "n": np.int64(3),
        "shape": (8, 8),
        "path": Path("a/b"),
        "day": date(2025, 1, 2),
        "中": "文 \udcff",
        7: True,
    }
    write_report(folder, document)
    text = (folder / "report.json").read_text("utf-8")
    assert "文" in text
    assert text.endswith("}\n")
    assert '\n  "a": null' in text
    read = json.loads(text, parse_constant=pytest.fail)
    assert list(read) == sorted(read)
    assert read.pop("sha256").keys() == {"document"}
    assert read == {
        "z": 0.5, "a": None, "inf": [1.0, None], "n": 3, "shape": [8, 8], "path": "a/b",
        "day": "2025-01-02", "中": "文 \udcff", "7": True, "schema_version": 1, "messages": {},
    }  # fmt: skip


def test_a_value_that_json_cannot_hold_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"None, lists or mappings\. Got object"):
        write_report(folder, {"x": object()})


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.123456, "0.1235"),
        (12345.678, "12,346"),
        (1e-7, "1.000e-07"),
        (1797, "1,797"),
        (float("nan"), "\N{EN DASH}"),
        (None, "\N{EN DASH}"),
        (np.float32(0.25), "0.25"),
        (-0.5, "-0.5"),
        (-0.0, "0"),
    ],
)
def test_cells_are_numbers_for_people(value: object, shown: str, folder: Path) -> None:
    page = page_of(folder, {"table": {"columns": ["", "error"], "rows": [["PCA", value]]}})
    assert f'<td class="number">{shown}</td>' in page


def test_settings_are_shown_as_they_are_typed(folder: Path) -> None:
    page = page_of(folder, {"settings": {"hidden_dims": (1024, 64), "x": None, "rate": 1e-05}})
    assert "<dt>hidden_dims</dt><dd>1024, 64</dd>" in page
    assert "<dd>None</dd>" in page
    assert "<dd>1e-05</dd>" in page


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.92409, "92.4%"),
        (1.0, "100.0%"),
        (-1e-5, "0.0%"),
        (-1.5, "-150.0%"),
        (np.float32(0.5), "50.0%"),
    ]
    + [(value, "\N{EN DASH}") for value in (None, float("nan"), -np.inf)],
)
def test_shares_are_shown_in_per_cent_and_kept_as_numbers(folder, value, shown) -> None:
    table = {"columns": ["", "error", "kept"], "shares": ["kept"], "rows": [["PCA", 0.25, value]]}
    page = page_of(folder, {"table": table})
    assert f'<td class="number">{shown}</td>' in page and ">0.25<" in page
    kept = json.loads((folder / "report.json").read_text())["table"]["rows"][0][2]
    assert kept == (float(value) if shown.endswith("%") else None)


def test_a_ragged_table_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"as many cells as there are columns, 2\. Got 1"):
        write_report(folder, {"table": {"columns": ["a", "b"], "rows": [["x"]]}})


def test_an_empty_document_gives_a_page(tmp_path: Path) -> None:
    page = page_of(tmp_path / "new", {})
    Tags(page)
    assert "<title>Isthmus report</title>" in page


def test_ten_thousand_characters_are_cut_in_the_page_and_kept_in_the_json(folder: Path) -> None:
    page = page_of(folder, hostile_document("x" * 10_000))
    assert not re.search("x{2001}", page)
    assert len(json.loads((folder / "report.json").read_text())["verdict"]) == 10_000


@pytest.mark.parametrize("function", ["os.fsync", "os.replace"])
def test_a_crash_in_mid_write_leaves_the_old_files_whole(
    function: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_report(folder, {"title": "old"})
    names = sorted(path.name for path in folder.iterdir())
    old = [(folder / name).read_bytes() for name in ("report.html", "report.json")]

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(function, stop)
    with pytest.raises(KeyboardInterrupt):
        write_report(folder, {"title": "new"})
    assert [(folder / name).read_bytes() for name in ("report.html", "report.json")] == old
    assert sorted(path.name for path in folder.iterdir()) == names


def test_the_same_document_gives_the_same_files(folder: Path) -> None:
    document = hostile_document("same")
    first = write_report(folder, document).read_bytes()
    assert write_report(folder, document).read_bytes() == first


def test_figures_and_tables_stand_in_their_sections_in_order(folder: Path) -> None:
    figure = {"file": "figures/a.svg"}
    document = {
        "figures": [
            figure | {"section": "filters", "title": "F"},
            figure | {"section": "curves", "title": "L"},
            figure | {"section": "<b>", "title": "U"},
            figure | {"title": "N"},
        ],
        "tables": [{"section": "reconstructions", "title": "T", "columns": ["a"], "rows": [["x"]]}],
    }
    page = page_of(folder, document)
    parts = ("L", "T", "F", "U", "N")
    order = [page.index(f"<h3>{part}</h3>") for part in parts]
    assert order == sorted(order)
    headings = re.findall("<h2>(.*?)</h2>", page)
    assert headings == ["Training", "Best and worst", "First layer", "More figures"]
    for name in ("curves", "reconstructions", "filters", "more"):
        assert f'href="#{name}"' in page and f'id="{name}"' in page


def test_findings_are_shown_with_how_grave_they_are(folder: Path) -> None:
    found = {"severity": "problem", "seen": "3 units <b> died.", "matters": "M.", "advice": "A."}
    page = page_of(folder, {"findings": [found, {"severity": "x' onload='y", "seen": "S"}]})
    assert '<div class="finding problem">' in page
    assert '<div class="finding note">' in page
    assert "3 units &lt;b&gt; died." in page
    assert "<p>M.</p>" in page and "<p>A.</p>" in page


def test_long_names_may_be_broken_after_their_underlines(folder: Path) -> None:
    name = "a_name_with_<b>_and_more_than_24_letters"
    page = page_of(folder, {"table": {"columns": ["", "x"], "rows": [[name, 1]]}})
    assert "a_<wbr>name_<wbr>with_<wbr>&lt;b&gt;_<wbr>and_" in page


def test_no_findings_are_said_to_be_none_and_absent_ones_not_mentioned(folder: Path) -> None:
    assert "No issues found." in page_of(folder, {"findings": []})
    assert "Findings" not in page_of(folder, {})


def test_the_page_is_told_in_chinese(folder: Path) -> None:
    document = {
        "language": "zh",
        "verdict": Message.plural("{n:,} column", "{n:,} columns", 3),
        "source": {"name": "rows", "kind": "table", "n_features": 4},
        "model": {"latent_dim": 2},
        "figures": [{"file": "figures/b.png"}],
    }
    page = page_of(folder, document)
    assert '<html lang="zh-CN">' in page
    for told in (
        "3 列",
        "rows\N{FULLWIDTH LEFT PARENTHESIS}表格\N{FULLWIDTH RIGHT PARENTHESIS}",
        "<dt>特征数</dt>",
        "<dt>编码维数</dt>",
    ):
        assert told in page
    assert "找不到文件\N{FULLWIDTH COLON}figures/b.png" in page
    assert json.loads((folder / "report.json").read_text("utf-8"))["verdict"] == "3 columns"


def test_a_language_that_nobody_speaks_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="must be one of en, zh"):
        write_report(folder, {"language": HOSTILE})
    assert not (folder / "report.json").exists()


def test_a_large_picture_is_smaller_in_the_page_and_stays_exact_in_the_run(folder: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "figures/b.png")
    Image.fromarray(noise[:50, :50]).save(folder / "figures/c.png")
    before = (folder / "figures/b.png").read_bytes()
    page = page_of(folder, {"figures": [{"file": f"figures/{name}.png"} for name in "bc"]})
    uris = re.findall(r'src="data:image/(\w+);base64,([^"]+)"', page)
    assert [kind for kind, _ in uris] == ["webp", "png"]
    content = base64.b64decode(uris[0][1])
    assert len(content) < 0.8 * len(before)
    assert Image.open(io.BytesIO(content)).size == (300, 300)
    assert (folder / "figures/b.png").read_bytes() == before


def test_a_picture_that_webp_cannot_hold_stays_as_it_is(folder: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (16_384, 5, 3), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "figures/b.png")
    page = page_of(folder, {"figures": [{"file": "figures/b.png"}]})
    ((kind, content),) = re.findall(r'src="data:image/(\w+);base64,([^"]+)"', page)
    assert kind == "png"
    assert base64.b64decode(content) == (folder / "figures/b.png").read_bytes()


def test_what_findings_tell_to_type_is_set_as_code_and_names_stay_escaped() -> None:
    assert _with_code("Raise `epochs` of `<b>`, `") == (
        "Raise <code>epochs</code> of <code>&lt;b&gt;</code>, `"
    )
