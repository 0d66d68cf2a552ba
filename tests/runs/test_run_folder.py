"""A run's folder is new, or replaces a run that is kept until the new one is complete."""

from __future__ import annotations

from pathlib import Path

import pytest

from isthmus.errors import OutputExistsError
from isthmus.runs import MetricsFile, check_run_folder, new_run_folder

SETTINGS = """\
source: {source: digits}
estimator: autoencoder
parameters: {random_state: 0}
test_fraction: 0.2
"""
OURS = ["config.yaml", "environment.json", "metrics.jsonl"]


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(name="old")
def make_old_run(tmp_path):
    return make_run(tmp_path / "old")


def make_run(folder):
    """Leave the files of an interrupted training."""
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(SETTINGS)
    (folder / "environment.json").write_text('{"isthmus": "0.1", "torch": "2.13.0"}')
    (folder / "metrics.jsonl").write_text("{}")
    return folder


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
    with pytest.raises(OutputExistsError, match=r"old already exists\. Choose another name, or"):
        make("old")
    assert names(old) == OURS


@pytest.mark.parametrize("force", [False, True])
def test_what_is_no_run_is_never_replaced(tmp_path, force):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/cat.png").write_text("cat")
    (tmp_path / "file").write_text("text")
    for name, reason in (("photos", "no config.yaml"), ("file", "file is a file")):
        with pytest.raises(OutputExistsError, match=reason if force else "already exists"):
            make(name, force=force)
    assert names(tmp_path) == ["file", "photos"]
    assert names(tmp_path / "photos") == ["cat.png"]


def test_force_replaces_a_run_once_the_new_one_is_complete(old, tmp_path):
    with new_run_folder("old", name="rows", force=True) as (path, final):
        (path / "config.yaml").write_text("new")
        assert (old / "config.yaml").read_text() == SETTINGS, "it is still there"
    assert str(final) == "old"
    assert names(tmp_path) == ["old"]
    assert names(old) == ["config.yaml"]
    assert (old / "config.yaml").read_text() == "new"


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError, ValueError])
def test_the_old_run_stays_whole_when_the_new_one_fails(old, tmp_path, error):
    with pytest.raises(error):
        make("old", force=True, losses=True, error=error())
    assert names(tmp_path) == ["old"]
    assert names(old) == OURS
    assert (old / "config.yaml").read_text() == SETTINGS


def test_the_old_run_comes_back_when_the_last_rename_fails(old, tmp_path, monkeypatch):
    monkeypatch.setattr("isthmus._owned_folders.exchange", lambda one, other: False)
    rename = type(old).rename

    def failing(self, target):
        if ".new-" in self.name:
            raise OSError("no")
        return rename(self, target)

    monkeypatch.setattr(type(old), "rename", failing)
    with pytest.raises(OSError, match="no"):
        make("old", force=True)
    assert names(tmp_path) == ["old"]
    assert names(old) == OURS


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


# --- what --force may replace ---------------------------------------------------------------


def contents(folder):
    """Return every path below a folder, with the bytes of its files."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def refused(out, message, **options):
    before = contents(Path.cwd())
    with pytest.raises(OutputExistsError, match=message):
        make(out, force=True, **options)
    assert contents(Path.cwd()) == before


def test_a_folder_with_another_programs_config_is_not_a_run():
    Path("p/.git").mkdir(parents=True)
    Path("p/config.yaml").write_text("port: 80")
    Path("p/thesis.txt").write_text("mine")
    refused("p", "replaces only the folders of runs. The config.yaml and environment.json")


def test_settings_alone_prove_no_run(tmp_path):
    Path("p").mkdir()
    Path("p/config.yaml").write_text(SETTINGS)
    refused("p", "environment.json of p are not those of a run")
    Path("p/environment.json").write_text('{"python": "3.13"}')
    refused("p", "environment.json of p are not those of a run")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("notes.txt", "notes.txt"),
        (".git/HEAD", ".git/"),
        ("figures/mine.png", "figures/mine.png"),
        ("model/weights.bin", "model/weights.bin"),
        ("events.out.tfevents.1/x", "events.out.tfevents.1/"),
        ("model", "model"),
        ("figures", "figures"),
        (".thesis.20240101/thesis", ".thesis.20240101/"),
        (".model.new-deadbeef/thesis", ".model.new-deadbeef/thesis"),
    ],
)
def test_a_users_own_file_in_a_run_stops_force(old, name, shown):
    (old / name).parent.mkdir(parents=True, exist_ok=True)
    (old / name).write_text("mine")
    refused(
        "old",
        f"replaces only files that a run wrote. old also contains `{shown}`: move it away, or "
        "choose another name.",
    )


def test_a_file_outside_the_figures_is_not_owned_because_a_report_names_it(old):
    (old / "report.json").write_text('{"figures": [{"file": "notes.txt"}]}')
    (old / "notes.txt").write_text("mine")
    refused("old", "also contains `notes.txt`")


@pytest.mark.parametrize("what", ["new", "old"])
def test_what_a_killed_save_leaves_may_be_replaced(old, what):
    left = old / f".model.{what}-deadbeef"
    left.mkdir()
    (left / "model.safetensors").write_text("half")
    make("old", force=True)
    assert names(old) == ["config.yaml"]


def test_many_files_are_counted_after_the_first(old):
    for k in range(7):
        (old / f"{k}.txt").write_text("mine")
    refused("old", "also contains `0.txt`, .*, `4.txt` and 2 more: move them away")


def test_a_link_in_a_run_is_not_its_own(old, tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "far/model.json").write_text("mine")
    (old / "model").symlink_to("../far")
    refused("old", "also contains `model`: move it away")


def test_the_working_folder_and_folders_around_it_are_not_replaced(old, monkeypatch):
    monkeypatch.chdir(old)
    refused(".", r"the working directory or a folder that contains it\. Got \.")
    (old / "figures").mkdir()
    monkeypatch.chdir(old / "figures")
    refused("..", "the working directory or a folder that contains it")


def test_the_home_folder_is_not_replaced(old, monkeypatch):
    monkeypatch.setenv("HOME", str(old))
    refused("old", "the home directory or a folder that contains it")


def test_the_source_is_not_replaced(old):
    (old / "figures").mkdir()
    (old / "figures/errors.svg").write_text("<svg/>")
    for source in ("old/figures", str(old), "old/metrics.jsonl"):
        refused("old", f"The source {source} is in old", source={"source": source})
    refused(
        "old", "The source old/figures is", source={"source": "mnist", "data_dir": "old/figures"}
    )
    make("old", force=True, source={"source": "digits"})


def test_all_that_runs_write_may_be_replaced(old):
    (old / "model").mkdir()
    (old / "figures").mkdir()
    for name in [
        "report.html",
        "report.json",
        "MODEL_CARD.md",
        "evaluation.json",
        "model/model.json",
        "model/model.safetensors",
        "figures/code_map.svg",
        "events.out.tfevents.17.host.1",
    ]:
        (old / name).write_text("{}")
    (old / "report.json").write_text('{"figures": [{"file": "figures/new_kind.svg"}]}')
    (old / "figures/new_kind.svg").write_text("<svg/>")
    (old / ".report.html.k3j9x2ab").mkdir()  # of a killed process
    (old / ".report.html.k3j9x2ab/report.html").write_text("half")
    make("old", force=True)
    assert names(old) == ["config.yaml"]


def test_a_file_that_comes_while_a_run_trains_is_kept(old):
    with new_run_folder("old", name="rows", force=True) as (path, _):
        (path / "config.yaml").write_text("new")
        (old / "notes.txt").write_text("mine")
        (old / "figures").mkdir()
        (old / "figures/mine.png").write_text("mine")
    assert contents(old) == {
        "config.yaml": b"new",
        "figures": None,
        "figures/mine.png": b"mine",
        "notes.txt": b"mine",
    }
    assert names(old.parent) == ["old"]


def test_nothing_is_deleted_where_both_have_such_a_file(old):
    with new_run_folder("old", name="rows", force=True) as (path, _):
        (path / "extra").write_text("new")
        (old / "extra").write_text("mine")
    kept = [entry for entry in old.parent.iterdir() if entry.name.startswith(".old.old-")]
    assert (kept[0] / "extra").read_text() == "mine"


def test_what_takes_the_old_folders_place_meanwhile_is_kept(old, tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "far/notes.txt").write_text("mine")
    with new_run_folder("old", name="rows", force=True) as (path, _):
        (path / "config.yaml").write_text("new")
        old.rename(tmp_path / "moved")
        old.symlink_to("far")
    assert (tmp_path / "far/notes.txt").read_text() == "mine"
    assert names(tmp_path / "moved") == OURS
    assert names(old) == ["config.yaml"]


def fail_after_a_note(path):
    with new_run_folder(path, name="rows") as place:
        (place.path / "config.yaml").write_text("new")
        (place.path / "notes.txt").write_text("mine")
        raise ValueError("bad")


def test_a_new_run_that_fails_keeps_a_file_of_the_users(tmp_path):
    with pytest.raises(ValueError, match="bad"):
        fail_after_a_note("mine")
    assert contents(tmp_path) == {"mine": None, "mine/notes.txt": b"mine"}


def test_a_run_below_a_file_is_refused_before_any_work():
    Path("rows.csv").write_text("a\n1\n")
    with pytest.raises(OutputExistsError, match=r"must be in a folder\. .*rows\.csv is not a fol"):
        check_run_folder("rows.csv/run", force=True)
