"""The interactive report in a real Chromium: one script, admitted by its hash, and no network."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isthmus.runs import rebuild_report, run_training

_spec = importlib.util.spec_from_file_location(
    "_chromium", Path(__file__).with_name("_chromium.py")
)
assert _spec is not None and _spec.loader is not None
_chromium = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_chromium)

MAP = "[data-figure*=code_map] canvas"
CURVE = "[data-figure*=loss_curves] canvas"
EVIL = "</script><script>document.title='owned'</script><img src=x onerror=document.title='owned'>"
SAID = "[...document.querySelectorAll('.readout')].filter(e => !e.hidden).map(e => e.innerText)"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    program = _chromium.find()
    if program is None:
        pytest.skip(f"no Chromium here: install one of {', '.join(_chromium.NAMES)}")
    with _chromium.chromium(program, tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Interactive reports of a table with hostile ids and labels, in both languages."""
    folder = tmp_path_factory.mktemp("interactive")
    values = np.random.default_rng(0).normal(size=(60, 4))
    lines = ["key,a,b,c,d,label"]
    lines += [
        ",".join([f'"{EVIL}{k}"', *map(str, row), f'"{"<b>" * (k % 2)}客户 y"'])
        for k, row in enumerate(values)
    ]
    (folder / "rows.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    source = {"source": str(folder / "rows.csv"), "label": "label", "id": ["key"]}
    tiny = {"hidden_dims": (8,), "epochs": 3, "device": "cpu", "latent_dim": 2}
    config = {
        "source": source, "estimator": "autoencoder", "parameters": tiny, "test_fraction": 0.5,
    }  # fmt: skip
    run_training(config, out=folder / "run", interactive=True)
    chinese, _ = rebuild_report(folder / "run", language="zh", out=folder / "zh.html")
    return {"en": folder / "run/report.html", "zh": chinese}


def place(page: Any, selector: str) -> tuple[float, float, float, float]:
    page.value(f"document.querySelector('{selector}').scrollIntoView({{block: 'center'}})")
    box = f"document.querySelector('{selector}').getBoundingClientRect()"
    left, top, width, height = page.value(f"(b => [b.left, b.top, b.width, b.height])({box})")
    return left, top, width, height


def mouse(page: Any, kind: str, x: float, y: float, **more: Any) -> None:
    page.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)


def press(page: Any, key: str) -> None:
    for kind in ("keyDown", "keyUp"):
        text = {"text": key} if len(key) == 1 and kind == "keyDown" else {}
        text = {"text": "\r"} if key == "Enter" and kind == "keyDown" else text
        code = {"windowsVirtualKeyCode": 13} if key == "Enter" else {}
        page.call("Input.dispatchKeyEvent", type=kind, key=key, **text, **code)


def picture(page: Any, selector: str = MAP) -> str:
    return str(page.value(f"document.querySelector('{selector}').toDataURL()"))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("width", "dark"), [(390, True), (1280, False), (1280, True)])
def test_the_page_opens_without_a_complaint_or_a_request(page, pages, language, width, dark):
    page.open(pages[language], width=width, dark=dark)
    assert page.complaints() == []
    assert page.requests() == [pages[language].resolve().as_uri()]
    assert page.value("document.documentElement.scrollWidth") <= width
    assert page.value("document.querySelectorAll('.live canvas').length") >= 4
    assert page.value("document.title") != "owned"
    reset = page.value("document.querySelector('.controls button:last-of-type').textContent")
    assert reset == {"en": "Reset", "zh": "复位"}[language]


def test_the_policy_admits_the_script_by_its_hash_alone(page, pages, tmp_path):
    text = pages["en"].read_text("utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert policy is not None
    assert policy[1].split("; ") == [
        "default-src 'none'", "img-src data:", "font-src data:", "style-src 'unsafe-inline'",
        f"script-src 'sha256-{digest}'",
    ]  # fmt: skip
    evil = "<script>document.title='owned'</script><p onclick=document.title='owned'>x</p>"
    (tmp_path / "evil.html").write_text(text.replace("<main>", f"<main>{evil}"), encoding="utf-8")
    page.open(tmp_path / "evil.html")
    page.value("document.querySelector('p[onclick]').click()")
    assert page.value("document.title") != "owned"
    assert page.complaints()


def test_a_code_under_the_pointer_is_read_with_its_id_row_label_and_error(page, pages):
    page.open(pages["en"], width=1280)
    left, top, width, height = place(page, MAP)
    lines: list[str] = []
    for across in np.linspace(0.2, 0.8, 13):
        mouse(page, "mouseMoved", left + across * width, top + 0.45 * height)
        lines = page.value(SAID) or lines
    assert len(lines) == 1
    name, row, label, error = lines[0].split("\n")
    assert name.startswith("</script><script>document.title='owned'")  # shown, not run
    assert re.fullmatch(r"row \d+", row)
    number = int(row.removeprefix("row "))
    assert label == f"label: {'<b>' * (number % 2)}客户 y"
    assert re.fullmatch(r"error: \d+\.\d+", error)
    assert page.value("document.title") != "owned"
    mouse(page, "mouseMoved", left + width / 2, top - 5)
    assert page.value(SAID) == []


def test_a_map_is_moved_zoomed_and_reset_by_mouse_and_keys(page, pages):
    page.open(pages["en"], width=1280)
    left, top, width, height = place(page, MAP)
    x, y = left + width / 2, top + height / 2
    scrolled = page.value("scrollY")
    whole = picture(page)
    page.value(f"document.querySelector('{MAP}').focus()")
    seen = {whole}
    mouse(page, "mouseWheel", x, y, deltaX=0, deltaY=-300)
    seen.add(picture(page))
    assert page.value("scrollY") == scrolled
    for kind, at in (("mousePressed", x), ("mouseMoved", x + 60), ("mouseReleased", x + 60)):
        mouse(page, kind, at, y, button="left", buttons=1, clickCount=1)
    mouse(page, "mouseMoved", x, top - 5)
    for key in ("+", "ArrowLeft", "-", "n"):
        seen.add(picture(page))
        press(page, key)
    assert len(page.value(SAID)) == 1
    assert len(seen) == 6
    press(page, "0")
    mouse(page, "mouseMoved", x, y)
    mouse(page, "mouseMoved", x, top - 5)
    assert picture(page) == whole


def test_two_fingers_zoom_a_map(page, pages):
    page.open(pages["en"], width=390)
    left, top, width, height = place(page, MAP)
    whole, y = picture(page), top + height / 2
    page.call("Emulation.setTouchEmulationEnabled", enabled=True, maxTouchPoints=2)
    try:
        for kind, apart in (("touchStart", 30), ("touchMove", 60), ("touchMove", 110)):
            points = [
                {"x": left + width / 2 + side * apart, "y": y, "id": side + 1} for side in (-1, 1)
            ]
            page.call("Input.dispatchTouchEvent", type=kind, touchPoints=points)
        page.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
    finally:
        page.call("Emulation.setTouchEmulationEnabled", enabled=False)
    assert picture(page) != whole
    assert page.value(f"document.querySelector('{MAP}').style.touchAction") == "none"


def test_curves_are_read_at_the_pointer_and_by_keys(page, pages):
    page.open(pages["zh"], width=1280)
    left, top, width, height = place(page, CURVE)
    mouse(page, "mouseMoved", left + 0.97 * width, top + 0.5 * height)
    assert re.fullmatch(r"轮次 3\n训练: [\d.]+\n验证: [\d.]+", page.value(SAID)[0])
    page.value(f"document.querySelector('{CURVE}').focus()")
    press(page, "Home")
    assert page.value(SAID)[0].startswith("轮次 1\n")


def test_tables_are_sorted_by_their_heads(page, pages):
    page.open(pages["en"], width=1280)
    table = "[...document.querySelectorAll('table')].find(t => t.querySelector('th.number'))"
    head = f"{table}.querySelector('th.number')"
    column = f"[...{head}.parentElement.cells].indexOf({head})"
    cells = f"[...{table}.tBodies[0].rows].map(r => parseFloat(r.cells[{column}].innerText))"
    before = page.value(cells)
    assert len(before) >= 2
    orders = []
    for _ in range(3):
        page.value(f"{head}.querySelector('button').focus()")
        press(page, "Enter")
        orders.append((page.value(f"{head}.getAttribute('aria-sort')"), page.value(cells)))
    assert orders == [
        ("ascending", sorted(before)),
        ("descending", sorted(before, reverse=True)),
        (None, before),
    ]


def test_paper_has_the_figures_as_pictures(page, pages):
    page.open(pages["en"], media="print")
    shown = "[...document.querySelectorAll('{}')].filter(e => e.offsetParent !== null).length"
    assert page.value(shown.format(".live")) == 0
    assert page.value(shown.format("[data-figure] img")) == page.value("document.images.length")
