"""Several files of a folder are replaced together, also if the process is killed on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from isthmus._file_changes import complete_changes, replacing_files

OLD = {"page": "old", "numbers": "old", "figures/one": "old", "other": "mine"}


@pytest.fixture(name="folder")
def make_folder(tmp_path):
    for name, text in OLD.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def contents(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def change(folder):
    with replacing_files(folder) as place:
        (place / "figures").mkdir()
        for name in ("page", "numbers", "figures/one", "figures/two"):
            (place / name).write_text("new")


NEW = {"page": "new", "numbers": "new", "figures/one": "new", "figures/two": "new", "other": "mine"}


def test_the_files_are_replaced_and_others_stay(folder):
    change(folder)
    assert contents(folder) == NEW


def test_a_failure_changes_nothing(folder):
    def failing():
        with replacing_files(folder) as place:
            (place / "page").write_text("new")
            raise ValueError("bad")

    with pytest.raises(ValueError, match="bad"):
        failing()
    assert contents(folder) == OLD


@pytest.mark.parametrize("moment", range(5))
def test_changes_that_were_interrupted_are_completed(folder, monkeypatch, moment):
    replace, calls = Path.replace, []

    def killed(self, target):
        calls.append(target)
        if len(calls) > moment:
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt) if moment < 4 else pytest.MonkeyPatch.context():
        change(folder)
    monkeypatch.undo()
    complete_changes(folder)
    assert contents(folder) == NEW


def test_what_a_killed_process_had_not_completed_is_removed(folder):
    left = folder / ".changes.k3j9x2ab"
    left.mkdir()
    (left / "page").write_text("half")
    change(folder)
    assert contents(folder) == NEW
