"""docs/cli-contract.md, promise by promise, for all commands."""

from __future__ import annotations

import errno
import importlib
import io
import json
import os
import resource
import shutil
import sys
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from types import SimpleNamespace

import pytest
from jsonschema import Draft202012Validator

from isthmus._files import replacing
from isthmus.cli import main
from isthmus.errors import WriteError

from .conftest import TINY, call, write_table

pytestmark = pytest.mark.usefixtures("blank_figures")

_app = importlib.import_module("isthmus.cli._app")
_text = importlib.import_module("isthmus.cli._terminal_text")
json_schema = importlib.import_module("isthmus.cli._json_documents").json_schema
COMMANDS = tuple(_app.COMMANDS)

# What each command is called with, in a folder with runs; OUT is what it writes. One without OUT
# writes into the run, or nothing.
WORDS = {
    "train": ("rows.csv", "--label", "kind", *TINY, "--out", "OUT"),
    "sweep": ("rows.csv", "--label", "kind", *TINY[:4], "--latent-dim", "1,2", "--out", "OUT"),
    "encode": ("a", "-o", "OUT.csv"),
    "reconstruct": ("a", "-o", "OUT.npy"),
    "export": ("a", "-o", "OUT.pt2"),
    "sample": ("a", "-n", "30", "-o", "OUT.csv"),
    "interpolate": ("a", "--rows", "3,7", "-n", "30", "-o", "OUT.parquet"),
    "similar": ("a", "--row", "3", "-o", "OUT.csv"),
    "score": ("a", "-o", "OUT.csv"),
    "impute": ("a", "gaps.csv", "-o", "OUT.csv"),
    "doctor": ("a",),
    "latents": ("sparse", "--top", "2"),
    "evaluate": ("a", "--n-resamples", "0"),
    "runs": (".",),
    "compare": ("a", "b", "--n-resamples", "0", "-o", "OUT.html"),
    "report": ("a", "-o", "OUT.html"),
    "info": ("a",),
    "verify": ("a",),
    "push": ("a", "someone/kept"),
    "completion": ("fish",),
}
WRITES = tuple(name for name in COMMANDS if json_schema(name)["$defs"].get("dry_run"))
WRITES_FILES = tuple(name for name in WRITES if any("OUT" in word for word in WORDS[name]))


@pytest.fixture(scope="module")
def runs(three_runs, tmp_path_factory):
    """A folder with rows, and with runs on them."""
    folder = tmp_path_factory.mktemp("contract") / "runs"
    shutil.copytree(three_runs, folder)
    write_table(folder / "rows.csv")
    lines = (folder / "rows.csv").read_text().splitlines()
    (folder / "gaps.csv").write_text("\n".join([*lines[:9], ",0.5,1,-1,x"]) + "\n")
    words = ("train", folder / "rows.csv", "--label", "kind", "--estimator", "sparse", "--k", "2")
    done = call(*words, "--n-latents", "8", "--epochs", "1", "-q", "--out", folder / "sparse")
    assert done.code == 0, done.err
    return folder


@pytest.fixture
def place(runs, tmp_path, monkeypatch):
    """A working folder with copies of the runs' folder."""
    shutil.copytree(runs, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def words_of(command):
    return [command, *WORDS[command]]


def out_of(command):
    return next(word for word in words_of(command) if word.startswith("OUT"))


def snapshot(folder):
    """Return all files of a folder with their bytes, and its subfolders."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def document_of(text):
    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    return json.loads(text, parse_constant=refuse)


def checked(command, document, kind):
    schema = json_schema(command)
    Draft202012Validator({**schema, "anyOf": [{"$ref": f"#/$defs/{kind}"}]}).validate(document)
    return document


def test_every_command_is_in_the_table():
    assert (*WORDS,) == COMMANDS


# Documents of `isthmus sweep`, and more of all others, are checked in the tests that make them:
# `call` compares each with its schema. `push` needs the Hub.
@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in ("sweep", "push")])
def test_json_is_one_document_of_the_published_schema(place, command):
    done = call(*words_of(command), "--json")
    assert done.code == 0, done.err
    checked(command, document_of(done.out), "result")
    assert "{" not in done.err
    printed = call(command, "--json-schema")
    assert (printed.code, printed.err) == (0, "")
    assert document_of(printed.out) == json_schema(command)
    Draft202012Validator.check_schema(json_schema(command))


@pytest.mark.parametrize("command", COMMANDS)
def test_an_error_is_one_line_on_stderr_one_document_and_with_debug_a_traceback(cli, command):
    done = call(command, "--json", "--frobnicate")
    error = checked(command, document_of(done.out), "error")["error"]
    assert (done.code, error["exit_code"], error["type"]) == (2, 2, "UsageError")
    assert done.err == f"isthmus: {error['message']}\n"
    debugged = call(command, "--json", "--frobnicate", "--debug")
    assert (debugged.code, debugged.out) == (2, done.out)
    assert debugged.err.startswith("Traceback ") and debugged.err.endswith(done.err)
    assert call(command, "--frobnicate").out == ""


def test_a_failed_check_still_has_the_result_as_its_only_document(place):
    done = call(*words_of("evaluate"), "--fail-under", "variance_explained=2", "--json")
    assert done.code == 4
    checked("evaluate", document_of(done.out), "result")


def test_numbers_that_json_lacks_are_null(capsys):
    _text.say_json({"a": [float("nan"), 1.5], "b": float("inf")})
    assert document_of(capsys.readouterr().out) == {"a": [None, 1.5], "b": None}


@pytest.mark.parametrize("command", WRITES)
def test_a_dry_run_says_what_would_be_written_and_writes_nothing(place, command):
    before = snapshot(place)
    done = call(*words_of(command), "--dry-run", "--json")
    assert done.code == 0, done.err
    document = checked(command, document_of(done.out), "dry_run")
    assert document["reads"]
    files = [one["file"] for one in document["writes"]]
    if command in WRITES_FILES:
        assert document["writes"] == [{"file": out_of(command), "exists": False}]
    else:
        assert files and all(one["exists"] or "evaluation" in one["file"] for one in
                             document["writes"])  # fmt: skip
    told = call(*words_of(command), "--dry-run")
    assert told.out.splitlines()[-1] == "Nothing was written."
    assert all(file in told.out for file in files)
    assert snapshot(place) == before


def test_a_dry_run_makes_the_checks_of_the_command(place):
    for words, code in (
        (("encode", "a", "gaps.csv", "-o", "gaps.csv"), 2),
        (("encode", "a", "none.csv", "-o", "a.csv"), 3),
        (("train", "rows.csv", "--latent-dim", "0"), 2),
        (("train", "rows.csv", "--latent-dim", "1000"), 2),
        (("train", "rows.csv", "--device", "cuda:99"), 2),
        (("train", "rows.csv", "--out", "a"), 2),
        (("report", "a", "-o", "a/report.html"), 2),
    ):
        assert call(*words, "--dry-run").code == code, words


@contextmanager
def largest_file(n_bytes):
    """Let writes beyond a file size fail, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("n_bytes", [0, 100])
@pytest.mark.parametrize("command", [name for name in WRITES_FILES if name != "sweep"])
def test_what_cannot_be_written_is_one_sentence_and_leaves_the_old_file(place, command, n_bytes):
    out = Path(out_of(command))
    if out.suffix:
        out.write_text("old")
    before = snapshot(place)
    with largest_file(n_bytes):
        done = call(*words_of(command))
    last = done.err.splitlines()[-1]
    assert done.code == 1
    assert last.startswith(f"isthmus: {out} cannot be written: File too large. "), done.err
    assert snapshot(place) == before


@pytest.mark.parametrize("command", ["evaluate", "report"])
def test_a_run_that_cannot_be_written_keeps_its_files(place, command):
    before = snapshot(place)
    with largest_file(100):
        done = call(command, "a", *(["--n-resamples", "0"] if command == "evaluate" else []))
    assert done.code == 1
    assert "cannot be written: File too large." in done.err.splitlines()[-1]
    assert snapshot(place) == before


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "No space left on device. Free some space, or write elsewhere."),
        (errno.EACCES, "Permission denied. Choose a folder that you may write to."),
        (errno.EROFS, "Read-only file system. Choose a folder that you may write to."),
    ],
)
def test_a_folder_that_cannot_be_written_is_told_by_the_output(place, monkeypatch, number, reason):
    def fails(prefix, dir):
        raise OSError(number, os.strerror(number), os.path.join(dir, f"{prefix}abc"))

    monkeypatch.setattr("tempfile.mkdtemp", fails)
    done = call(*words_of("encode"))
    assert done.code == 1
    assert done.err.splitlines()[-1] == f"isthmus: OUT.csv cannot be written: {reason}"


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("Error while serializing: I/O error: No space left (os error 28)"),
        OSError("1000 requested and 12 written"),
        OSError(errno.ENOSPC, "No space left on device"),
    ],
)
def test_errors_of_libraries_without_a_name_are_about_the_output(tmp_path, error):
    with (
        pytest.raises(WriteError, match=r"a\.npy cannot be written: No space") as caught,
        replacing(tmp_path / "a.npy"),
    ):
        raise error
    assert caught.value.errno == errno.ENOSPC


def test_errors_of_reading_stay_while_a_file_is_written(tmp_path):
    (tmp_path / "rows").mkdir()
    with pytest.raises(PermissionError), replacing(tmp_path / "a.npy"):
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "rows/b.npy"))


def run_with(monkeypatch, *words, **streams):
    """Return exit code, stdout and stderr of a command with other standard streams."""
    out, err = io.StringIO(), io.StringIO()
    with monkeypatch.context() as patch:
        for name, stream in {"stdout": out, "stderr": err, **streams}.items():
            patch.setattr(sys, name, stream)
        with pytest.raises(SystemExit) as leaving:
            main([str(word) for word in words])
    return leaving.value.code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("command", ["info", "runs", "doctor"])
def test_a_result_for_a_closed_stdout_is_one_sentence_and_exit_1(place, monkeypatch, command):
    code, _, err = run_with(monkeypatch, *words_of(command), stdout=None)
    assert code == 1
    assert err == (
        "isthmus: The result could not be printed: standard output is closed. Redirect it to a "
        "file, or to /dev/null.\n"
    )


def test_a_file_is_written_with_closed_streams(place, monkeypatch):
    code, out, err = run_with(monkeypatch, *words_of("encode"), stdout=None, stderr=None)
    assert (code, out, err) == (0, "", "")
    assert len(Path("OUT.csv").read_text().splitlines()) == 41


def test_an_error_for_a_closed_stderr_stays_away_from_stdout(place, monkeypatch):
    assert run_with(monkeypatch, "info", "none", stderr=None) == (3, "", "")


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), 1,
         "isthmus: Standard output cannot be written: No space left on device. Free some space, "
         "or write elsewhere.\n"),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), 141, ""),
    ],
)  # fmt: skip
def test_a_full_or_broken_stdout(place, monkeypatch, error, code, says):
    stream = io.StringIO()

    def flush():
        raise error

    stream.flush = flush
    assert run_with(monkeypatch, "info", "a", stdout=stream)[::2] == (code, says)


def test_a_broken_stderr_does_not_hide_the_exit_code(place, monkeypatch):
    def write(text):
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    stream = io.StringIO()
    stream.write = write
    with redirect_stderr(io.StringIO()):
        assert run_with(monkeypatch, "info", "none", stderr=stream)[:2] == (3, "")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_removed_working_folder_is_one_sentence(monkeypatch, command):
    def gone():
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    monkeypatch.setattr(os, "getcwd", gone)
    done = call(command, *WORDS[command])
    assert done.code == 2
    assert done.sentence.startswith("The working folder does not exist any more. Change to another")


@pytest.mark.parametrize(
    ("variables", "is_terminal", "is_coloured"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_variables_decide_about_colours(monkeypatch, variables, is_terminal, is_coloured):
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", **variables}.items():
        monkeypatch.setenv(name, value)
    assert _text.uses_colour(SimpleNamespace(isatty=lambda: is_terminal)) is is_coloured


def test_the_page_of_the_contract_names_every_exit_code():
    page = (Path(__file__).parents[2] / "docs/cli-contract.md").read_text("utf-8")
    listed = {int(line.split("|")[1]) for line in page.splitlines() if line.startswith("| ") and
              line.split("|")[1].strip().isdigit()}  # fmt: skip
    assert listed == {0, 1, 2, 3, 4, 130, 141, 143}
