"""Several files of a folder are replaced together, also if the process is killed on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from isthmus._file_changes import complete_changes, replacing_files
from isthmus.errors import OutputExistsError

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


def pending(folder, *names):
    for name in names:
        (folder / ".changes" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / ".changes" / name).write_text("made by anyone")


@pytest.fixture(name="elsewhere")
def make_elsewhere(tmp_path_factory):
    place = tmp_path_factory.mktemp("elsewhere")
    (place / "one").write_text("precious")
    return place


def link_of_a_subfolder(folder, elsewhere):
    (folder / "figures/one").unlink()
    (folder / "figures").rmdir()
    (folder / "figures").symlink_to(elsewhere)
    pending(folder, "figures/one", "figures/two")


def link_of_all_changes(folder, elsewhere):
    (folder / ".changes").symlink_to(elsewhere)


def link_within_changes(folder, elsewhere):
    pending(folder, "page")
    (folder / ".changes/figures").symlink_to(elsewhere)


def link_of_a_changed_file(folder, elsewhere):
    pending(folder, "page")
    (folder / ".changes/numbers").symlink_to(elsewhere / "one")


@pytest.mark.parametrize(
    "trap",
    [link_of_a_subfolder, link_of_all_changes, link_within_changes, link_of_a_changed_file],
    ids=lambda trap: trap.__name__,
)
def test_links_never_lead_changes_out_of_the_folder(folder, elsewhere, trap):
    trap(folder, elsewhere)
    before = contents(folder)
    complete_changes(folder)
    with pytest.raises(OutputExistsError, match=r"is a link: move it away|that Isthmus wrote"):
        change(folder)
    assert contents(elsewhere) == {"one": "precious"}
    assert contents(folder) == before


def folder_for_a_file(folder):
    (folder / "page").unlink()
    (folder / "page").mkdir()
    return "page is a folder"


def file_for_a_folder(folder):
    (folder / "figures/one").unlink()
    (folder / "figures").rmdir()
    (folder / "figures").write_text("mine")
    return "figures is a file"


def link_for_a_folder(folder):
    (folder / "figures").rename(folder / "elsewhere")
    (folder / "figures").symlink_to(folder / "elsewhere")
    return "figures is a link"


@pytest.mark.parametrize("in_the_way", [folder_for_a_file, file_for_a_folder, link_for_a_folder])
def test_what_is_in_the_way_is_named_and_nothing_changes(folder, in_the_way):
    message = in_the_way(folder)
    before = contents(folder)
    with pytest.raises(OutputExistsError, match=f"{message}: move it away"):
        change(folder)
    assert contents(folder) == before
    assert not (folder / ".changes").exists()
    complete_changes(folder)


def test_changes_that_something_is_in_the_way_of_wait_without_an_error(folder):
    pending(folder, "page", "numbers")
    message = folder_for_a_file(folder)
    before = contents(folder)
    complete_changes(folder)
    assert contents(folder) == before
    with pytest.raises(OutputExistsError, match=f"{message}: move it away"):
        change(folder)
    (folder / "page").rmdir()
    complete_changes(folder)
    assert (folder / "page").read_text() == (folder / "numbers").read_text() == "made by anyone"
