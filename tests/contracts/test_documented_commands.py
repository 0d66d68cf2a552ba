"""The commands and the Python of README.md and docs/ are valid for the installed version.

Nothing is trained: a command is parsed with its options, and the estimator of a training is made
from its settings, which checks the names of recipes and the values of parameters. The names of
files and runs are made up. The commands of the README's quick start are run by `.ci/run`.
"""

from __future__ import annotations

import ast
import importlib
import re
import shlex
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from isthmus.cli._app import app
from isthmus.cli._config import chosen_settings
from isthmus.cli._estimator_choice import know_estimator
from isthmus.cli._source_options import TrainingOptions
from isthmus.runs import make_estimator

ROOT = Path(__file__).resolve().parents[2]
GENERATED = ("commands.md", "benchmarks.md")
PAGES = [
    *(ROOT / name for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md")),
    *(page for page in sorted((ROOT / "docs").glob("*.md")) if page.name not in GENERATED),
]
EXAMPLES = sorted((ROOT / "examples").rglob("*.py"))

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?:^(?: {4}.*)?\n)+", re.MULTILINE)
CELL = re.compile(r"\| `(isthmus [^`]+)` (?=\|)")  # a cell of a table that is a command
SHELL_LINE = re.compile(r"^(?:isthmus|pip|pipx|uvx|docker|scripts/\w+|python -m) .*|^isthmus$")


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Yield the language, which may be empty, and the code of each block of a page."""
    yield from FENCE.findall(text)
    for found in INDENTED.findall(FENCE.sub("", text)):
        yield "", textwrap.dedent(found).strip("\n")


def shell_lines(text: str) -> list[str]:
    """Return the command lines of a page or, from its comments, of an example."""
    joined = re.sub(r" *\\\n *", " ", "\n".join(code for _, code in blocks(text)))
    lines = [line.strip() for line in joined.splitlines()]
    return [line for line in lines if SHELL_LINE.match(line)] + CELL.findall(text)


def page_lines(path: Path) -> list[str]:
    """Return the command lines of a page, or of the comments of an example."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        text = "\n".join(line[2:] for line in text.splitlines() if line.startswith("# "))
    return shell_lines(text)


SHELL = {path.relative_to(ROOT).as_posix(): page_lines(path) for path in [*PAGES, *EXAMPLES]}
COMMANDS = sorted(
    {part.strip() for lines in SHELL.values() for line in lines for part in line.split("&&")}
)
ISTHMUS = [line for line in COMMANDS if re.match(r"isthmus( |$)", line)]


def python_blocks(path: Path) -> list[str]:
    """Return the Python of a page: blocks that say so, and those that import something."""
    found = blocks(path.read_text(encoding="utf-8"))
    return [code for name, code in found if name == "python" or re.match(r"(from|import) \w", code)]


def test_commands_are_found_in_both_kinds_of_blocks_and_in_tables():
    page = (
        "```\nisthmus train a.csv\n```\n\nand\n\n    isthmus info runs/a \\\n      --json\n\n"
        "| check | `isthmus doctor a.csv` |\n"
    )
    found = ["isthmus train a.csv", "isthmus info runs/a --json", "isthmus doctor a.csv"]
    assert shell_lines(page) == found


def test_the_pages_show_every_command():
    shown = {line.split()[1] for line in ISTHMUS if len(line.split()) > 1}
    assert set(app.resolved_commands()) - {"--help", "-h", "--version"} <= shown


def test_a_shell_can_read_every_line():
    script = "\n".join(line for lines in SHELL.values() for line in lines)
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert done.stderr == ""


@pytest.mark.parametrize("command", ISTHMUS)
def test_the_command_line_accepts(command):
    words = shlex.split(command.partition(" > ")[0], comments=True)[1:]
    know_estimator(words)
    function, bound, _ = app.parse_args(words, exit_on_error=False, print_error=False)
    if words[:1] == ["train"]:
        given = bound.arguments
        options = given.get("chosen", TrainingOptions())
        make_estimator(chosen_settings(given.get("source"), options, given.get("parameters")))
    assert callable(function)


@pytest.mark.parametrize(
    ("path", "code"),
    [(path.name, code) for path in PAGES for code in python_blocks(path)],
    ids=lambda value: value if value.endswith(".md") else "",
)
def test_python_parses_and_its_imports_exist(path, code):
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("isthmus"):
            module = importlib.import_module(node.module)
            missing = [alias.name for alias in node.names if not hasattr(module, alias.name)]
            assert not missing, path
