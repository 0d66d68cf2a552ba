"""Runs, sweeps, figures, pages and the command line use the kind, never a class."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from isthmus.estimators import TRAINABLE, BaseAutoencoder

SOURCE = Path(__file__).resolve().parents[2] / "src" / "isthmus"
PACKAGES = ("runs", "sweeps", "figures", "pages", "cli")
CLASSES = {estimator.__name__ for estimator in TRAINABLE.values()} | {BaseAutoencoder.__name__}


def names_in(node: ast.AST) -> set[str]:
    found = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    return found | {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}


def is_class_name(node: ast.AST) -> bool:
    """Whether an expression is ``type(x).__name__`` or ``x.__class__.__name__``."""
    return isinstance(node, ast.Attribute) and node.attr == "__name__"


def questions(tree: ast.AST) -> Iterator[str]:
    """Yield checks of an estimator's class: isinstance, comparisons, its name as a text."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[_, kinds]):
                if names_in(kinds) & CLASSES:
                    yield f"{node.lineno}: {ast.unparse(node)}"
            case ast.Constant(value=str(text)) if text in CLASSES:
                yield f"{node.lineno}: {text!r}"
            case ast.Compare(left=left, comparators=others):
                if any(is_class_name(one) or names_in(one) & CLASSES for one in (left, *others)):
                    yield f"{node.lineno}: {ast.unparse(node)}"
            case ast.Dict(keys=keys):
                if any(key is not None and names_in(key) & CLASSES for key in keys):
                    yield f"{node.lineno}: a dict by class"


@pytest.mark.parametrize("package", PACKAGES)
def test_no_package_above_the_estimators_asks_for_a_class(package: str) -> None:
    files = [path for path in (SOURCE / package).rglob("*.py") if not _is_of_a_kind(path)]
    assert len(files) > 3
    found = [
        f"{path.relative_to(SOURCE)}:{line}"
        for path in files
        for line in questions(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def _is_of_a_kind(path: Path) -> bool:
    """Whether a file is a kind's own, which may name its class."""
    return (
        path.parent.name == "kinds" and path.name.endswith("_kind.py") and path.name != "_kind.py"
    )


@pytest.mark.parametrize(
    "text",
    [
        "isinstance(x, Autoencoder)",
        "isinstance(x, (int, estimators.StackedAutoencoder))",
        "isinstance(x, Autoencoder | None)",
        "issubclass(type(x), BaseAutoencoder)",
        "type(x).__name__ == y",
        "x.__class__ is Autoencoder",
        "'StackedAutoencoderClassifier' in names",
        "KINDS = {'AutoencoderOutlierDetector': 1}",
        "KINDS = {Autoencoder: 1}",
    ],
)
def test_the_check_sees_a_question_about_a_class(text: str) -> None:
    assert list(questions(ast.parse(text)))


@pytest.mark.parametrize(
    "text",
    [
        "isinstance(x, int | str)",
        "kind.can('transform')",
        "f'Got {type(x).__name__}.'",
        "register_kind(Kind('autoencoder', Autoencoder))",
    ],
)
def test_the_check_lets_pass_what_asks_nothing(text: str) -> None:
    assert list(questions(ast.parse(text))) == []
