"""Files and folders are on the disk before a rename, and the rename after it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from isthmus._file_changes import replacing_files
from isthmus._files import write_text
from isthmus._owned_folders import replacing_folder


@pytest.fixture
def events(monkeypatch, tmp_path):
    """The order of flushes and renames: names of paths, those of renames with an arrow."""
    found: list[str] = []
    fsync, rename, replace = os.fsync, Path.rename, Path.replace
    monkeypatch.setattr("isthmus._owned_folders.exchange", lambda one, other: False)

    def flushed(descriptor):
        status = os.fstat(descriptor)
        (path,) = [
            p for p in (tmp_path, *tmp_path.rglob("*")) if os.path.samestat(p.stat(), status)
        ]
        found.append("." if path == tmp_path else path.name)
        fsync(descriptor)

    def moved(move):
        def call(self, target):
            found.append(f"-> {Path(target).name}")
            return move(self, target)

        return call

    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(Path, "rename", moved(rename))
    monkeypatch.setattr(Path, "replace", moved(replace))
    return found


def test_of_one_file(tmp_path, events):
    write_text(tmp_path / "a.txt", "new")
    assert events == ["a.txt", "-> a.txt", "."]


def test_of_a_folder(tmp_path, events):
    with replacing_folder(tmp_path / "run", lambda path: True) as fresh:
        (fresh / "a.txt").write_text("new")
    assert events == ["a.txt", fresh.name, "-> run", "."]


def test_of_several_files(tmp_path, events):
    (tmp_path / "a.txt").write_text("old")
    with replacing_files(tmp_path) as fresh:
        (fresh / "a.txt").write_text("new")
    assert events == ["a.txt", fresh.name, "-> .changes", ".", "-> a.txt", "."]
    assert (tmp_path / "a.txt").read_text() == "new"
