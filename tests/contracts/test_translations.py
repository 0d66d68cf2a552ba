"""The gettext catalogs have every message of the source, translated, with its placeholders."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from types import ModuleType

import pytest

from isthmus._translation import LANGUAGES, catalog, gettext_noop

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "isthmus"
TRANSLATED = [language for language in LANGUAGES if language != "en"]


def calls_of(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Yield the calls that make or mark a message."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="Message" | "gettext_noop" as name)):
                yield name, node
            case ast.Call(func=ast.Attribute(value=ast.Name(id="Message"), attr="plural")):
                yield "plural", node


def messages_of(tree: ast.AST) -> Iterator[tuple[str, ...]]:
    for name, call in calls_of(tree):
        arguments = call.args[: 2 if name == "plural" else 1]
        if all(isinstance(text, ast.Constant) for text in arguments):
            yield tuple(text.value for text in arguments if isinstance(text, ast.Constant))


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def used() -> set[tuple[str, ...]]:
    return {message for _, tree in trees() for message in messages_of(tree)}


def placeholders(template: str) -> set[tuple[str, str | None]]:
    """Return the names of placeholders with their formats."""
    return {(name, form) for _, name, form, _ in Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalog_has_every_message_and_no_other(language: str) -> None:
    assert used() == catalog(language).keys()


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated(language: str) -> None:
    assert [msgids for msgids, forms in catalog(language).items() if not all(forms)] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_placeholders_of_its_message(language: str) -> None:
    # The singular may do without its number: "The only column is ...".
    wrong = {
        msgids: forms
        for msgids, forms in catalog(language).items()
        if any(placeholders(form) != placeholders(msgids[-1]) for form in forms)
        or any(name != "n" for name, _ in placeholders(msgids[0]) ^ placeholders(msgids[-1]))
    }
    assert wrong == {}


def test_a_message_is_a_literal_or_marked_by_gettext_noop() -> None:
    """Extraction sees literals only: no f-string, no condition, no sum."""
    wrong = [
        f"{path.name}:{call.lineno}"
        for path, tree in trees()
        for name, call in calls_of(tree)
        for text in call.args[: 2 if name == "plural" else 1]
        if not isinstance(text, ast.Constant)
        and (name != "Message" or not isinstance(text, ast.Name | ast.Attribute | ast.Subscript))
        and path.name != "_translation.py"
    ]
    assert wrong == []


def test_a_marked_message_is_itself() -> None:
    assert gettext_noop("code size") == "code size"


def test_chinese_has_no_word_left_in_english() -> None:
    """Names of things that are typed, units and the field's abbreviations stay."""
    known = (
        "SHA Satopaa et al PCA ROC ReLU r s n p AUC JSON PyTorch pickle safetensors MB GBK UTF "
        "log cosh Huber Isthmus k PSNR dB SSIM NMI ARI RMSE UMAP OMP NUM THREADS "
        "IterativeImputer scikit learn Ctrl C L N P FID Kynk nniemi"
    )
    for msgids, forms in catalog("zh").items():
        plain = re.sub(r"\{[^}]*\}|`[^`]*`", "", "".join(forms))
        left = set(re.findall(r"[A-Za-z]+", plain)) - set(known.split())
        assert not left, f"{msgids}: {left}"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    pytest.importorskip("babel", reason="compares the catalogs with Babel's: extra `dev`")
    place = ROOT / "scripts" / "translations.py"
    spec = importlib.util.spec_from_file_location("translations_script", place)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def po_of(language: str) -> Path:
    return SOURCE / "locale" / language / "LC_MESSAGES" / "isthmus.po"


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_po_is_what_extraction_gives(script: ModuleType, language: str) -> None:
    po = script.read(po_of(language))
    assert {m.id for m in po if m.id} == {m.id for m in script.extracted() if m.id}
    assert [m.id for m in po if m.fuzzy and m.id] == [] and not po.obsolete


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_mo_is_compiled_from_the_po(
    script: ModuleType, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = script.compiled(script.read(po_of(language)))
    committed = catalog(language)
    catalog.cache_clear()
    monkeypatch.setattr("isthmus._translation._mo_file", lambda _: fresh)
    try:
        assert catalog(language) == committed
    finally:
        catalog.cache_clear()
