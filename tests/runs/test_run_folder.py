"""A run's folder is new, or replaces a run that stays whole until the new one is complete."""

from __future__ import annotations

import pytest

from isthmus.errors import OutputExistsError
from isthmus.runs import MetricsFile, new_run_folder


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(name="old")
def make_old_run(tmp_path):
    old = tmp_path / "old"
    old.mkdir()
    (old / "config.yaml").write_text("old")
    (old / "notes.txt").write_text("mine")
    return old


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def make(out, *, error=None, losses=False, **options):
    with new_run_folder(out, name="rows", **options) as place:
        (place.path / "config.yaml").write_text("new")
        if losses:
            (place.path / "metrics.jsonl").write_text("{}")
        if error:
            raise error
    return place


def test_without_a_name_runs_are_numbered(tmp_path):
    assert [str(make(None).final) for _ in range(3)] == [
        "runs/rows-1",
        "runs/rows-2",
        "runs/rows-3",
    ]


def test_a_gap_in_the_numbers_is_filled(tmp_path):
    (tmp_path / "runs/rows-2").mkdir(parents=True)
    assert [str(make(None).final) for _ in range(2)] == ["runs/rows-1", "runs/rows-3"]


def test_folders_above_are_made_and_an_empty_one_is_taken(tmp_path):
    assert make("a/b/c").path.is_dir()
    (tmp_path / "empty").mkdir()
    make("empty")
    assert names(tmp_path / "empty") == ["config.yaml"]


def test_a_run_that_is_there_is_not_touched(old):
    with pytest.raises(OutputExistsError, match="old is there already: choose another name, or"):
        make("old")
    assert names(old) == ["config.yaml", "notes.txt"]


@pytest.mark.parametrize("force", [False, True])
def test_what_is_no_run_is_never_replaced(tmp_path, force):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/cat.png").write_text("cat")
    (tmp_path / "file").write_text("text")
    for name in ("photos", "file"):
        with pytest.raises(OutputExistsError, match="no config.yaml" if force else "there already"):
            make(name, force=force)
    assert names(tmp_path) == ["file", "photos"]
    assert names(tmp_path / "photos") == ["cat.png"]


def test_force_replaces_a_run_once_the_new_one_is_complete(old, tmp_path):
    with new_run_folder("old", name="rows", force=True) as (path, final):
        (path / "config.yaml").write_text("new")
        assert (old / "config.yaml").read_text() == "old", "it is still there"
    assert str(final) == "old"
    assert names(tmp_path) == ["old"]
    assert names(old) == ["config.yaml"]
    assert (old / "config.yaml").read_text() == "new"


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError, ValueError])
def test_the_old_run_stays_whole_when_the_new_one_fails(old, tmp_path, error):
    with pytest.raises(error):
        make("old", force=True, losses=True, error=error())
    assert names(tmp_path) == ["old"]
    assert names(old) == ["config.yaml", "notes.txt"]
    assert (old / "config.yaml").read_text() == "old"


def test_the_old_run_comes_back_when_the_last_rename_fails(old, tmp_path, monkeypatch):
    rename = type(old).rename

    def failing(self, target):
        if ".new-" in self.name:
            raise OSError("no")
        return rename(self, target)

    monkeypatch.setattr(type(old), "rename", failing)
    with pytest.raises(OSError, match="no"):
        make("old", force=True)
    assert names(tmp_path) == ["old"]
    assert names(old) == ["config.yaml", "notes.txt"]


def test_force_follows_a_link_and_keeps_it(old, tmp_path):
    (tmp_path / "latest").symlink_to("old")
    make("latest", force=True)
    assert (tmp_path / "latest").is_symlink()
    assert (old / "config.yaml").read_text() == "new"
    assert names(tmp_path) == ["latest", "old"]


@pytest.mark.parametrize("out", [None, "mine"])
def test_a_run_that_fails_before_it_learned_anything_leaves_nothing(tmp_path, out):
    with pytest.raises(ValueError, match="bad"):
        make(out, error=ValueError("bad"))
    assert names(tmp_path) == []


def test_a_run_that_fails_later_keeps_its_losses(tmp_path):
    with pytest.raises(ValueError, match="bad"):
        make(None, losses=True, error=ValueError("bad"))
    assert names(tmp_path / "runs/rows-1") == ["config.yaml", "metrics.jsonl"]


def test_other_runs_stay_when_one_fails(tmp_path):
    make(None)
    with pytest.raises(ValueError, match="bad"):
        make(None, error=ValueError("bad"))
    assert names(tmp_path / "runs") == ["rows-1"]


def test_each_line_of_metrics_is_there_at_once(tmp_path):
    metrics = MetricsFile(tmp_path / "metrics.jsonl")
    for epoch in (1, 2):
        metrics.on_epoch_end({"epoch": epoch})
        assert len((tmp_path / "metrics.jsonl").read_text().splitlines()) == epoch
    metrics.on_train_end()
