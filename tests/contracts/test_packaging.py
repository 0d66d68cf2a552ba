"""The files about the package (citation, container, issue forms, extras) agree with it."""

from __future__ import annotations

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

import isthmus

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
FORMS = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("[!c]*.yml"))


def instructions(dockerfile: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile, as names and arguments, without comments."""
    lines = [line for line in dockerfile.splitlines() if line and not line.startswith("#")]
    joined = re.sub(r" *\\\n *", " ", "\n".join(lines))
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in joined.split("\n"))]


def of_last_stage(name: str) -> list[str]:
    """Return the arguments of an instruction after the last FROM."""
    found = instructions(DOCKERFILE)
    start = max(k for k, (instruction, _) in enumerate(found) if instruction == "FROM")
    return [rest for instruction, rest in found[start:] if instruction == name]


def test_the_citation_names_this_version_and_licence():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == isthmus.__version__
    assert citation["license"] == PROJECT["license"]
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert f"version = {{{isthmus.__version__}}}" in (ROOT / "docs/citing.md").read_text("utf-8")


def test_the_container_runs_the_command_without_privileges():
    assert of_last_stage("USER") == ["isthmus"]
    assert of_last_stage("ENTRYPOINT") == ['["isthmus"]']
    assert of_last_stage("WORKDIR") == ["/data"]


def test_the_container_installs_the_wheel_in_the_pinned_versions():
    (install,) = [rest for rest in of_last_stage("RUN") if "pip install" in rest]
    assert "/wheels/*.whl" in install
    assert "-c /wheels/constraints.txt" in install


def test_the_dockerfile_is_short_and_copies_only_what_the_build_context_has():
    assert len(DOCKERFILE.splitlines()) < 60
    allowed = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    copied = [
        source
        for name, rest in instructions(DOCKERFILE)
        if name == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]
    assert set(copied) == allowed
    assert all((ROOT / source).exists() for source in copied)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_an_issue_form_has_what_a_form_needs(path):
    form: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert {"name", "description", "body"} <= set(form)
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    assert all(field["attributes"]["label"] for field in fields)
    assert len({field["id"] for field in fields}) == len(fields)
    assert any(field.get("validations", {}).get("required") for field in fields)


def test_the_wheel_gets_the_files_that_are_no_modules():
    """Hatchling takes all files of the package, except those that Git ignores."""
    assert PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"] == {"packages": ["src/isthmus"]}
    package = ROOT / "src" / "isthmus"
    files = [
        path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]
    kinds = {path.suffix for path in files}
    assert {".po", ".mo", ".yaml", ".jinja", ".json", ".ttf", ".typed"} <= kinds
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    patterns = [line.strip("/") for line in lines if line and not line.startswith(("#", "/"))]
    names = {part for path in files for part in path.relative_to(package).parts}
    assert [name for name in names if any(fnmatch(name, pattern) for pattern in patterns)] == []


@pytest.mark.parametrize("extra", ["dev", "docs"])
def test_the_tools_of_developers_are_pinned(extra):
    pins = set(re.findall(r"^([\w.-]+)==", (ROOT / "constraints.txt").read_text("utf-8"), re.M))
    names = [re.match(r"[\w-]+", text)[0] for text in PROJECT["optional-dependencies"][extra]]
    assert [name for name in names if name.lower() not in pins] == []
