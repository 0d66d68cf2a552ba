from __future__ import annotations

import importlib
import sys

import pytest

from isthmus._extras import imported
from isthmus.errors import MissingExtraError


def test_a_package_that_is_there_is_returned() -> None:
    assert imported("json.decoder", "x") is sys.modules["json.decoder"]


def test_a_package_that_is_missing_names_the_pip_command(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "colorsys", None)
    with pytest.raises(MissingExtraError) as error:
        imported("colorsys", "umap", package="color-sys")
    assert str(error.value) == ("color-sys is not installed. Run `pip install 'isthmus[umap]'`.")


def test_a_package_that_breaks_on_import_says_why(monkeypatch, tmp_path) -> None:
    (tmp_path / "broken_here.py").write_text("raise ImportError('Numba needs NumPy 2.3 or less')")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    with pytest.raises(MissingExtraError, match=r"broken_here cannot be imported \(Numba needs Nu"):
        imported("broken_here.inner", "umap")
