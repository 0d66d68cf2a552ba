"""The report in a real Chromium: from disk, without a network, wide and narrow, light and dark."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isthmus.runs import (
    compare_runs,
    comparison_page,
    evaluate_run,
    rebuild_report,
    run_training,
)

_spec = importlib.util.spec_from_file_location(
    "_chromium", Path(__file__).with_name("_chromium.py")
)
assert _spec is not None and _spec.loader is not None
_chromium = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_chromium)

SHADES = "getComputedStyle(document.body).backgroundColor"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    program = _chromium.find()
    if program is None:
        pytest.skip(f"no Chromium here: install one of {', '.join(_chromium.NAMES)}")
    with _chromium.chromium(program, tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Reports of pictures and of a table with hostile names, each in both languages."""
    folder = tmp_path_factory.mktemp("runs")
    names = ["<script>fetch('http://x.example')</script>", "<img src=//x.example onerror=alert(1)>"]
    columns = [*names, "x" * 5_000, "客户年龄", "e", "f"]
    values = np.random.default_rng(0).normal(size=(60, 6))
    lines = [",".join(f'"{name}"' for name in [*columns, "label"])]
    lines += [",".join([*map(str, row), "<b>" * (k % 2) + "y"]) for k, row in enumerate(values)]
    (folder / "rows.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    other_rows = folder / f"{'long' * 16}.csv"
    other_rows.write_bytes((folder / "rows.csv").read_bytes())
    tiny = {"hidden_dims": (8,), "epochs": 2, "device": "cpu", "latent_dim": 2}
    sources = {
        "digits": {"source": "digits"},
        "table": {"source": str(folder / "rows.csv"), "label": "label"},
    }
    made = {}
    for name, source in sources.items():
        config = {
            "source": source, "estimator": "autoencoder", "parameters": tiny, "test_fraction": 0.2,
        }  # fmt: skip
        run_training(config, out=folder / name)
        others = None if name == "digits" else str(other_rows)
        evaluate_run(folder / name, others, n_resamples=20)
        made[f"{name} en"] = folder / name / "report.html"
        made[f"{name} zh"], _ = rebuild_report(
            folder / name, language="zh", out=folder / f"{name}.html"
        )
    return made


@pytest.mark.parametrize("name", ["digits en", "digits zh", "table en", "table zh"])
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1200])
def test_the_page_opens_without_a_complaint_or_a_request(page, pages, name, dark, width) -> None:
    page.open(pages[name], width=width, dark=dark)
    assert page.complaints() == []
    assert page.requests() == [pages[name].resolve().as_uri()]
    assert pages[name].stat().st_size < 2_000_000
    assert page.value("document.scripts.length") == 0
    images = "[...document.images].filter(i => !i.complete || i.naturalWidth == 0).length"
    assert page.value(images) == 0
    assert page.value("document.querySelectorAll('#evaluation td .below').length") > 5
    # Nothing sticks out: wide tables scroll aside, within themselves.
    assert page.value("document.documentElement.scrollWidth") <= width
    is_dark = page.value(SHADES) == "rgb(20, 24, 29)"
    assert is_dark == dark
    assert page.value("document.documentElement.lang") == {"en": "en", "zh": "zh-CN"}[name[-2:]]


WIDER = (
    "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth).length"
)


@pytest.mark.parametrize("name", ["digits en", "digits zh", "table en", "table zh"])
def test_no_table_needs_to_be_scrolled_on_a_phone(page, pages, name) -> None:
    page.open(pages[name], width=390)
    assert page.value(WIDER) == 0
    # A row's name has a line of its own, and its numbers stay below their columns' names.
    over = """(() => {
      const table = document.querySelector("#evaluation table");
      const head = table.tHead.rows[0], row = table.tBodies[0].rows[0];
      const right = cell => Math.round(cell.getBoundingClientRect().right);
      const under = [...row.cells].slice(1).every((c, k) => right(c) == right(head.cells[k + 1]));
      const [first, ...others] = [...row.cells].map(cell => cell.getBoundingClientRect());
      const tops = new Set(others.map(place => Math.round(place.top)));
      return under && tops.size == 1 && first.bottom <= others[0].top;
    })()"""
    assert page.value(over)


@pytest.fixture(scope="module")
def comparisons(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return pages that compare two runs, in both languages."""
    folder = tmp_path_factory.mktemp("compared")
    np.save(folder / "rows.npy", np.random.default_rng(0).normal(size=(60, 6)))
    for size in (2, 3):
        tiny = {"hidden_dims": (8,), "epochs": 2, "device": "cpu", "latent_dim": size}
        source = {"source": str(folder / "rows.npy")}
        config = {"source": source, "estimator": "autoencoder", "parameters": tiny}
        run_training(config | {"test_fraction": 0.2}, out=folder / f"size-{size}")
    document = compare_runs([folder / f"size-{size}" for size in (2, 3)], n_resamples=20)
    for language in ("en", "zh"):
        page = comparison_page(document, language=language)
        (folder / f"{language}.html").write_text(page, encoding="utf-8")
    return {language: folder / f"{language}.html" for language in ("en", "zh")}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [390, 700, 1280])
def test_no_table_of_a_comparison_needs_to_be_scrolled(page, comparisons, language, width) -> None:
    page.open(comparisons[language], width=width)
    assert page.value("document.querySelectorAll('.wide').length") > 0
    assert page.value(WIDER) == 0


def test_chinese_heads_stay_in_one_piece(page, comparisons) -> None:
    page.open(comparisons["zh"], width=700)
    tall = "[...document.querySelectorAll('.wide thead th')].filter(e => e.innerText"
    lines = "e.clientHeight > 2.4 * parseFloat(getComputedStyle(e).lineHeight)"
    assert page.value(f"{tall} && {lines}).length") == 0


@pytest.mark.parametrize("name", ["digits en", "table zh"])
def test_tables_fit_on_paper(page, pages, name) -> None:
    page.open(pages[name], width=720, media="print")  # A4 and Letter without their margins
    assert page.value(WIDER) == 0


def test_it_prints_as_ink_on_paper_even_in_the_dark(page, pages, tmp_path) -> None:
    page.open(pages["digits en"], dark=True, media="print")
    assert page.value(SHADES) == "rgb(255, 255, 255)"
    page.pdf(tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")


def test_the_policy_stops_what_an_escape_would_let_through(page, pages, tmp_path) -> None:
    text = pages["digits en"].read_text("utf-8")
    evil = "<script>document.title='owned'</script><img src='http://x.example/a.png'>"
    (tmp_path / "evil.html").write_text(text.replace("<main>", f"<main>{evil}"), encoding="utf-8")
    page.open(tmp_path / "evil.html")
    assert page.value("document.title") != "owned"
    assert page.complaints()
    assert page.requests() == [(tmp_path / "evil.html").resolve().as_uri()]
