"""Packages import their names on first use, and list them before."""

from __future__ import annotations

import importlib

import pytest

import isthmus


@pytest.mark.parametrize("name", ["isthmus", "isthmus.preprocessing", "isthmus.runs"])
def test_every_public_name_is_listed_and_found(name: str) -> None:
    package = importlib.import_module(name)
    assert {*package.__all__, "__name__"} <= {*dir(package)}
    assert all(getattr(package, public) is not None for public in package.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'isthmus' has no attribute 'Autoencodr'"):
        isthmus.Autoencodr  # noqa: B018
