"""Help is fast, and short unless all of it is asked for."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys

import pytest

from isthmus.runs.kinds import KINDS

COMMANDS = importlib.import_module("isthmus.cli._app").COMMANDS


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_loads_no_numerical_package(command):
    words = [word for word in (command, "--help") if word]
    program = (
        "import sys\n"
        "from isthmus.cli import main\n"
        "try:\n"
        f"    main({words})\n"
        "finally:\n"
        "    assert not {'torch', 'matplotlib', 'sklearn', 'numpy', 'pyarrow'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Usage: isthmus {command}".rstrip() in done.stdout


@pytest.mark.parametrize("command", ["train", "sweep"])
def test_help_explains_the_common_options_and_names_the_others(cli, command):
    text = cli(command, "--help").out
    assert "--latent-dim N" in text and "--label NAME" in text and "--json" in text
    assert f"More options: see isthmus {command} --help-all" in text
    assert "--weight-decay," in text and "--weight-decay NUMBER" not in text
    assert len(text.splitlines()) < 145


@pytest.mark.parametrize("command", ["train", "sweep"])
def test_help_names_every_estimator(cli, command):
    text = cli(command, "--help").out
    listed = text[text.index("--estimator NAME") : text.index("--seed N")]
    assert {*re.findall(r"[a-z-]+", listed)} >= {*KINDS}


@pytest.mark.parametrize("command", ["train", "sweep"])
def test_help_all_explains_every_option(cli, command):
    text = cli(command, "--help-all").out
    assert "--weight-decay NUMBER" in text and "More options" not in text


def test_help_explains_the_options_of_the_estimator_that_is_named(cli):
    text = cli("train", "--estimator", "stacked", "--help").out
    assert "--stacking NAME" in text and "--tied-weights NAME" in text
    assert "--contamination NUMBER" not in text


@pytest.mark.parametrize("command", ["", "encode"])
def test_help_all_is_help_where_nothing_is_left_out(cli, command):
    assert cli(*command.split(), "--help-all").out == cli(*command.split(), "--help").out
