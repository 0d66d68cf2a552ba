"""The README's commands, links and pictures work, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
READMES = ("README.md", "README.zh-CN.md")
MAIN_JOB = "pip install -c constraints.txt . && isthmus train"
TESTS = "pip install -c constraints.txt -e '.[dev]' && scripts/test"

FENCE = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TARGET = re.compile(r"\]\(([^)\s]+)[^)]*\)|\b(?:src|href|srcset)=\"([^\"]+)\"")
# A home or a work folder of somebody's machine; `C:\` for the other kind of machine.
MACHINE_PATH = re.compile(r"(?<![\w.~-])/(?:home|root|Users|work|farm|opt|tmp)/|\b[A-Z]:\\")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def fenced_lines(text: str) -> list[str]:
    """Return the lines of all code blocks, in order."""
    return [line for block in FENCE.findall(text) for line in block.splitlines()]


def texts() -> list[str]:
    """Return every page of documentation, as a path from the top of the repository."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")]
    return sorted(page.relative_to(ROOT).as_posix() for page in pages)


def missing_targets(page: str) -> list[str]:
    """List the broken relative links and pictures of a page."""
    folder = (ROOT / page).parent
    found = [first or second for first, second in TARGET.findall(read(page))]
    local = [t for t in found if not re.match(r"[a-z]+:|#", t)]
    return [t for t in local if not (folder / t.partition("#")[0]).exists()]


@pytest.mark.parametrize("readme", READMES)
@pytest.mark.parametrize("command", [MAIN_JOB, TESTS])
def test_each_command_stands_once_on_a_line_of_its_own(readme: str, command: str) -> None:
    assert fenced_lines(read(readme)).count(command) == 1
    # .ci/run takes the commands from lines, not from blocks: the two have to come to the same.
    assert read(readme).splitlines().count(command) == 1


def test_both_languages_show_the_same_commands() -> None:
    english, chinese = (
        [line.partition("  #")[0].rstrip() for line in fenced_lines(read(name))] for name in READMES
    )
    starts = ("pip ", "isthmus ", "scripts/")
    wanted = [line for line in english if line.startswith(starts)]
    assert [line for line in chinese if line.startswith(starts)] == wanted


def test_both_languages_list_the_same_features() -> None:
    english, chinese = (
        re.findall(r"^\|[^|]+\| `(isthmus [^`]+)` \|", read(name), re.MULTILINE) for name in READMES
    )
    assert len(english) > 5
    assert chinese == english


@pytest.mark.parametrize("page", texts())
def test_relative_links_and_pictures_exist(page: str) -> None:
    assert missing_targets(page) == []


@pytest.mark.parametrize("page", texts())
def test_no_page_names_a_path_of_one_machine(page: str) -> None:
    lines = read(page).splitlines()
    assert [line for line in lines if MACHINE_PATH.search(line)] == []
