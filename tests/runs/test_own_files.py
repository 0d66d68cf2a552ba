"""Which entries of a run's folder belong to the run."""

from __future__ import annotations

import pytest

from isthmus._owned_folders import foreign_entries
from isthmus.errors import OutputExistsError
from isthmus.runs import check_run_folder
from isthmus.runs._own_files import owned_by_run, remove_own_files


@pytest.mark.parametrize(
    "left",
    [
        ".changes/report.html",
        ".changes.49pyyquk/report.html",
        ".changes.49pyyquk/.config.yaml.fv4fo7md/config.yaml",
        ".config.yaml.fv4fo7md/config.yaml",
        "figures/.loss_curves.svg.fv4fo7md/loss_curves.svg",
        ".model.new-0123abcd/model.json",
        "checkpoint/.start.json.fv4fo7md/start.json",
    ],
)
def test_what_a_killed_process_left_belongs_to_the_run(tmp_path, left):
    folder = tmp_path / "run"
    (folder / left).parent.mkdir(parents=True)
    (folder / left).touch()
    assert foreign_entries(folder, owned_by_run(folder)) == []
    remove_own_files(folder)
    assert not folder.exists()


@pytest.mark.parametrize("name", ["notes.txt", ".changes.49pyyquk/notes.txt", ".notes.fv4fo7md/x"])
def test_other_files_do_not(tmp_path, name):
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).touch()
    assert foreign_entries(tmp_path, owned_by_run(tmp_path)) in ([name], [".notes.fv4fo7md/"])
    remove_own_files(tmp_path)
    assert (tmp_path / name).exists()


@pytest.mark.parametrize("left", ["checkpoint/", "checkpoint/.start.json.fv4fo7md/"])
def test_a_training_killed_before_its_first_file_does_not_take_a_name(tmp_path, left):
    (tmp_path / "run" / left).mkdir(parents=True)
    check_run_folder(tmp_path / "run", force=False)
    (tmp_path / "run/checkpoint/start.json").touch()
    with pytest.raises(OutputExistsError, match="not finished"):
        check_run_folder(tmp_path / "run", force=False)
