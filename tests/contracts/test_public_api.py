"""Public names exist, are documented, and their docstrings agree with their signatures.

The order of ``__all__`` is checked by ruff (RUF022), so that the rule has one place.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from functools import cache
from types import ModuleType
from typing import Any

import pytest

import isthmus

SECTION = re.compile(r"^(?P<title>[A-Z][A-Za-z ]+)\n-{3,}$", re.MULTILINE)
# "name : type", "a, b : type" or a bare "name", at the left margin of its section.
ENTRY = re.compile(r"^(?P<names>\*{0,2}\w+(?:, ?\*{0,2}\w+)*)(?: ?: ?(?P<type>.*))?$", re.MULTILINE)
DEFAULT = re.compile(r"default[= ](?P<value>.+)$")


@cache
def public_modules() -> tuple[ModuleType, ...]:
    """Return the package and all below it in whose dotted name no part is private."""
    names = [isthmus.__name__]
    names += [info.name for info in pkgutil.walk_packages(isthmus.__path__, "isthmus.")]
    public = [n for n in names if not any(part.startswith("_") for part in n.split("."))]
    return tuple(importlib.import_module(name) for name in public)


def exported(module: ModuleType) -> list[str]:
    return list(getattr(module, "__all__", ()))


@cache
def public_objects() -> dict[str, Any]:
    """Map a full name to each public function and class, counted where it is defined."""
    found: dict[str, Any] = {}
    for module in public_modules():
        for name in exported(module):
            thing = getattr(module, name, None)
            is_ours = getattr(thing, "__module__", "").split(".")[0] == "isthmus"
            if is_ours and (inspect.isfunction(thing) or inspect.isclass(thing)):
                found[f"{thing.__module__}.{thing.__qualname__}"] = thing
    return found


def public_methods(cls: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the public methods and properties that the class itself defines."""
    for name, member in vars(cls).items():
        function = getattr(member, "__func__", None) or getattr(member, "fget", None) or member
        if not name.startswith("_") and inspect.isfunction(function):
            yield name, function


def sections(doc: str) -> dict[str, str]:
    """Split a numpydoc docstring into the text of its titled sections."""
    marks = list(SECTION.finditer(doc))
    ends = [*[mark.start() for mark in marks[1:]], len(doc)]
    return {m["title"]: doc[m.end() : end] for m, end in zip(marks, ends, strict=False)}


def entries(section: str) -> dict[str, str]:
    """Map each name of a Parameters or Attributes section to its type line, in order."""
    found = {}
    for entry in ENTRY.finditer(section):
        for name in entry["names"].split(","):
            found[name.strip()] = entry["type"] or ""
    return {name: kind for name, kind in found.items() if not name.startswith("*")}


def parameters(thing: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """Return the parameters a caller names: no self, cls, ``*args`` or ``**kwargs``."""
    if inspect.isclass(thing) and not _has_own_init(thing):
        return {}
    stars = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    found = inspect.signature(thing).parameters.items()
    return {n: p for n, p in found if p.kind not in stars and n not in ("self", "cls")}


def _has_own_init(cls: type) -> bool:
    """Whether a class of Isthmus documents its constructor (a Protocol or an error does not)."""
    if getattr(cls, "_is_protocol", False):
        return False
    return any("__init__" in vars(c) and c.__module__.startswith("isthmus") for c in cls.__mro__)


def documented(thing: Callable[..., Any]) -> dict[str, str] | None:
    """Return the documented parameters, or None without such a section.

    A dataclass may call its fields Attributes, which they are once it is created.
    """
    found = sections(inspect.cleandoc(thing.__doc__ or ""))
    titles = ["Parameters", "Attributes"] if dataclasses.is_dataclass(thing) else ["Parameters"]
    return next((entries(found[title]) for title in titles if title in found), None)


def disagreements(thing: Callable[..., Any], *, section_required: bool = True) -> list[str]:
    """List the differences between the Parameters section and the signature of ``thing``."""
    signature, doc = parameters(thing), documented(thing)
    if doc is None:
        return [f"no Parameters for {list(signature)}"] if signature and section_required else []
    if list(doc) != list(signature):
        return [f"documents {list(doc)}, takes {list(signature)}"]
    return [
        f"{name}: documents {stated['value']}, defaults to {signature[name].default!r}"
        for name, kind in doc.items()
        if (stated := DEFAULT.search(kind)) and not _is_default(stated["value"], signature[name])
    ]


def _is_default(stated: str, parameter: inspect.Parameter) -> bool:
    default = parameter.default
    try:
        value = ast.literal_eval(stated)
    except (SyntaxError, ValueError):
        return stated in (str(default), repr(default), getattr(default, "__name__", None))
    return bool(value == default and isinstance(value, type(default)))


def listed(wrong: dict[str, list[str]]) -> str:
    return "\n".join(f"{name}: {'; '.join(why)}" for name, why in wrong.items() if why)


def test_every_public_module_says_what_is_public() -> None:
    assert [m.__name__ for m in public_modules() if not hasattr(m, "__all__")] == []


def test_every_public_module_has_a_docstring() -> None:
    assert [m.__name__ for m in public_modules() if not m.__doc__] == []


def test_every_name_in_all_exists_once() -> None:
    for module in public_modules():
        names = exported(module)
        assert [n for n in names if not hasattr(module, n)] == [], module.__name__
        assert len(names) == len(set(names)), module.__name__


def test_every_public_name_and_method_has_a_docstring() -> None:
    bare = [name for name, thing in public_objects().items() if not thing.__doc__]
    for name, thing in public_objects().items():
        if inspect.isclass(thing):
            bare += [f"{name}.{m}" for m, function in public_methods(thing) if not function.__doc__]
    assert bare == []


def test_documented_parameters_are_the_signature() -> None:
    wrong = {name: disagreements(thing) for name, thing in public_objects().items()}
    assert listed(wrong) == ""


def test_documented_parameters_of_methods_are_the_signature() -> None:
    wrong = {
        f"{name}.{method}": disagreements(function, section_required=False)
        for name, thing in public_objects().items()
        if inspect.isclass(thing)
        for method, function in public_methods(thing)
    }
    assert listed(wrong) == ""


# --- the checker itself ---------------------------------------------------------------------------


def _scale(X, *, dims=(128, 64), kind="relu", bias=True, **options):
    """Scale.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Rows: any unit.

        note : this is text, not a parameter
    dims : tuple of int, default=(128, 64)
        Widths.
    kind, bias : str or bool
        Two at once.
    **options
        More.

    Returns
    -------
    value : float
        Unitless.
    """


def _documenting(dims: str) -> Callable[..., Any]:
    def scale(dims=(128, 64)):
        pass

    scale.__doc__ = f"Scale.\n\nParameters\n----------\n{dims}\n    Widths.\n"
    return scale


def test_the_check_accepts_a_docstring_that_agrees() -> None:
    assert disagreements(_scale) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("widths : tuple", "documents ['widths'], takes ['dims']"),
        ("dims : tuple, default=(128, 32)", "documents (128, 32), defaults to (128, 64)"),
        ("dims : tuple, default=None", "documents None, defaults to (128, 64)"),
        ("dims : tuple, default=wide", "documents wide, defaults to (128, 64)"),
    ],
)
def test_the_check_sees_a_docstring_that_differs(text: str, why: str) -> None:
    assert [line for line in disagreements(_documenting(text)) if why in line]


def test_the_check_sees_a_missing_section() -> None:
    function = _documenting("dims : tuple")
    function.__doc__ = "Scale."
    assert disagreements(function) == ["no Parameters for ['dims']"]
