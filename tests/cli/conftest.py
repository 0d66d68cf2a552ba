"""The command line called in process, and a tiny run that tests share."""

from __future__ import annotations

import functools
import importlib
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from isthmus.artifacts import signed
from isthmus.cli import main
from isthmus.cli._options import refresh_options
from isthmus.estimators import TRAINABLE
from isthmus.runs import KINDS, Kind, register_kind

COMMANDS = importlib.import_module("isthmus.cli._app").COMMANDS
json_schema = importlib.import_module("isthmus.cli._json_documents").json_schema
TINY = ("--epochs", "1", "--hidden-dims", "8", "--latent-dim", "2", "--device", "cpu")


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one line of an error."""
        assert self.out == ""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("isthmus: ")
        assert "Traceback" not in lines[0]
        return lines[0].removeprefix("isthmus: ")

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        assert self.code == 0, self.err
        return dict(json.loads(self.out))


def call(*words: Any, locale: str = "C") -> Outcome:
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setenv("LC_ALL", locale)
        with pytest.raises(SystemExit) as leaving:
            main([str(word) for word in words])
    outcome = Outcome(int(leaving.value.code or 0), out.getvalue(), err.getvalue())
    if "--json" in words and words[0] in COMMANDS:
        validator(words[0]).validate(json.loads(outcome.out))
    return outcome


@functools.cache
def validator(command: str) -> Draft202012Validator:
    """Return the validator of the documents of a command."""
    return Draft202012Validator(json_schema(command))


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """The command line in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    return call


@pytest.fixture
def train(cli: Callable[..., Outcome]) -> Callable[..., Outcome]:
    """`isthmus train` with settings that take no time; later arguments take precedence."""

    def tiny(*words: Any) -> Outcome:
        named = {str(word).partition("=")[0] for word in words}
        pairs = zip(TINY[::2], TINY[1::2], strict=True)
        return cli("train", *words, *(w for pair in pairs if pair[0] not in named for w in pair))

    return tiny


@pytest.fixture(scope="session")
def digits_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on digits; read-only."""
    folder = tmp_path_factory.mktemp("digits") / "run"
    outcome = call("train", "--out", folder, "-q", *TINY)
    assert outcome.code == 0, outcome.err
    return folder


TABLE_ROWS = 40


def write_table(path: Path, *, order: str = "abcd", n_rows: int = TABLE_ROWS, seed: int = 0) -> Any:
    """Write a CSV table with four columns of numbers and a label; return the numbers."""
    values = np.random.default_rng(seed).normal(size=(n_rows, 4)).round(4)
    lines = [",".join([*order, "kind"])]
    for number, row in enumerate(values):
        cells = [str(row["abcd".index(name)]) if name in "abcd" else "7" for name in order]
        lines.append(",".join([*cells, "xy"[number % 2]]))
    path.write_text("\n".join(lines) + "\n")
    return values


@pytest.fixture(name="write_table")
def _write_table() -> Callable[..., Any]:
    return write_table


@pytest.fixture(scope="session")
def table_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on a table with labels, next to its source, rows.csv. Read-only."""
    folder = tmp_path_factory.mktemp("table")
    write_table(folder / "rows.csv")
    words = ("train", folder / "rows.csv", "--label", "kind", "--out", folder / "run", "-q", *TINY)
    outcome = call(*words)
    assert outcome.code == 0, outcome.err
    return folder / "run"


@pytest.fixture(scope="session")
def three_runs(tmp_path_factory: pytest.TempPathFactory, blank_paper: Any) -> Path:
    """A folder with rows.csv and runs on it: a and b with two seeds, c with a larger code."""
    folder = tmp_path_factory.mktemp("three")
    write_table(folder / "rows.csv")
    given = {
        "a": TINY,
        "b": (*TINY, "--seed", "1"),
        "c": (*TINY[:4], "--latent-dim", "3", *TINY[6:]),
    }
    for name, words in given.items():
        source = (folder / "rows.csv", "--label", "kind")
        with blank_paper():
            outcome = call("train", *source, "--out", folder / name, "-q", *words)
        assert outcome.code == 0, outcome.err
    return folder


@pytest.fixture
def screen() -> Callable[[str], list[str]]:
    """Interpret the few control sequences of a bar; return the resulting lines."""
    return left_on_screen


def left_on_screen(shown: str) -> list[str]:
    lines, row, column = [""], 0, 0
    for piece in re.findall(r"\x1b\[\??[\d;]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", shown):
        if piece == "\r":
            column = 0
        elif piece == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif piece.startswith("\x1b"):
            if piece.endswith("A"):
                row -= int(piece[2:-1] or 1)
            elif piece.endswith("K"):
                lines[row] = "" if piece[2:-1] == "2" else lines[row][:column]
        else:
            lines[row] = (
                lines[row][:column].ljust(column) + piece + lines[row][column + len(piece) :]
            )
            column += len(piece)
    return [line for line in lines if line.strip()]


@pytest.fixture
def registered() -> Iterator[Callable[[Kind], Kind]]:
    """Register kinds for one test."""
    tables: tuple[dict[str, Any], ...] = (KINDS, TRAINABLE)
    before = [dict(table) for table in tables]
    yield register_kind
    for table, kept in zip(tables, before, strict=True):
        table.clear()
        table.update(kept)
    refresh_options()


@pytest.fixture
def relocated():
    """Replace a folder's name in the settings and the model of a copied run."""

    def replace(run, old, new):
        config, model = run / "config.yaml", run / "model/model.json"
        for path in (config, model):
            path.write_text(path.read_text("utf-8").replace(str(old), str(new)), "utf-8")
        model.write_text(json.dumps(signed(json.loads(model.read_text("utf-8")))), "utf-8")

    return replace
