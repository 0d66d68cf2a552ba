"""Every sentence that is shown has its translation, with the same placeholders."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
import yaml

from isthmus._language import LANGUAGES, Sentence, catalogue, told

SOURCE = Path(__file__).resolve().parents[2] / "src" / "isthmus"
TRANSLATED = [language for language in LANGUAGES if language != "en"]
# Said by `capitalised`, which the source does not spell out.
DERIVED = {
    "The autoencoder",
    "The stacked autoencoder",
    "Held-out",
    "Training",
    "Note",
    "Warning",
    "Problem",
}


def strings(node: ast.AST, tables: dict[str, ast.expr]) -> Iterator[str]:
    """Yield the texts that an expression may be; names are looked up in the module."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from strings(one, tables)
            yield from strings(other, tables)
        case ast.Dict(values=values):
            for value in values:
                yield from strings(value, tables)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                yield from strings(part, tables)
        case ast.Call(func=ast.Name(id=name), args=parts) if name in NAMED_TUPLES:
            for part in parts:
                yield from strings(part, tables)
        case ast.Name(id=name) if name in tables:
            yield from strings(tables[name], {})
        case ast.Subscript(value=owner) | ast.Attribute(value=owner):
            yield from strings(owner, tables)


NAMED_TUPLES = ("Sentences",)


def templates_of(tree: ast.Module) -> set[str]:
    """Return the templates in a module: what `Sentence(...)` is given."""
    tables: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                tables[name] = value
            case ast.For(target=ast.Name(id=name), iter=value):
                tables[name] = value
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="Sentence"), args=[first, *_]):
                found |= set(strings(first, tables))
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ) if name.endswith("SENTENCES"):
                found |= set(strings(value, tables))
    return found


def used() -> set[str]:
    found = set(DERIVED)
    for path in SOURCE.rglob("*.py"):
        found |= templates_of(ast.parse(path.read_text(encoding="utf-8")))
    return found


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_has_its_translation(language: str) -> None:
    assert sorted(used() - catalogue(language).keys()) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogue_has_nothing_that_is_not_said(language: str) -> None:
    assert sorted(catalogue(language).keys() - used()) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_placeholders_of_its_sentence(language: str) -> None:
    # A number may be spelt out in one language and not in the other: "1 row", "{n} 行".
    wrong = {
        english: theirs
        for english, theirs in catalogue(language).items()
        if not placeholders(theirs) <= placeholders(english) | {"n"}
        or not {p for p in placeholders(english) if p.lower() != "model"}
        <= placeholders(theirs) | {"n", "before"}
    }
    assert wrong == {}


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_file_has_each_sentence_once(language: str) -> None:
    text = (SOURCE / f"languages/{language}.yaml").read_text(encoding="utf-8")
    node = yaml.compose(text)
    keys = [key.value for key, _ in node.value]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []


def test_the_search_sees_how_sentences_are_written() -> None:
    module = """
TABLE = {"a": "one {n}"}
Sentence("two")
Sentence("three" if n else "four", n=1)
Sentence(TABLE["a"], n=1)
for name in ("five", "six"):
    Sentence(name)
"""
    assert templates_of(ast.parse(module)) == {"one {n}", "two", "three", "four", "five", "six"}


def test_no_sentence_is_glued_together() -> None:
    """A template is written out where it is used: an f-string could have no translation."""
    glued = [
        f"{path.name}:{node.lineno}"
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "Sentence"
        and isinstance(node.args[0], ast.JoinedStr | ast.BinOp)
        and path.name != "_language.py"  # puts a capital letter at the beginning
    ]
    assert glued == []


def test_a_count_has_its_noun_in_the_singular_too() -> None:
    """Nouns that are counted: in English `{n:,} {n:row|rows}`, never `{n:,} rows`."""
    counted = re.compile(r"\{[a-z_]+(?::,)?\} (?:[a-z-]+ )?(rows|numbers|columns|epochs|steps)\b")
    at_least_two = {
        template
        for template in used()
        if "{total:,} rows" in template or "{total} units" in template
    }
    plural = {template for template in used() - at_least_two if counted.search(template)}
    # `{rows} rows` and `{which} rows` say which rows, not how many.
    assert {t for t in plural if not re.search(r"\{(rows|Rows|which)\} rows", t)} == set()


def test_chinese_has_no_word_left_in_english() -> None:
    """Names of things that are typed, units and the field's abbreviations stay."""
    known = (
        "Satopaa et al PCA ROC ReLU r s JSON PyTorch pickle safetensors MB GBK UTF tf idf log cosh "
        "Huber Isthmus isthmus Hub html k PSNR dB SSIM NMI ARI RMSE UMAP"
    )
    for english, chinese in catalogue("zh").items():
        plain = re.sub(r"\{[^}]*\}|`[^`]*`", "", chinese)
        left = set(re.findall(r"[A-Za-z]+", plain)) - set(known.split())
        assert not left, f"{english}: {left}"


def test_a_verdict_is_told_whole() -> None:
    sentence = Sentence("{n} {n:number|numbers} a row", n=16)
    assert told(sentence, "en") == "16 numbers a row"
    assert told(sentence, "zh") == catalogue("zh")[sentence.template].format(n=16)
