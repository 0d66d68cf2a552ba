"""Estimators of other packages, registered by a call or an entry point, work like built-in ones."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

import isthmus
from isthmus import _estimator_registry as registry
from isthmus.cli._options import refresh_options
from isthmus.errors import UsageError
from isthmus.estimators import TRAINABLE, Autoencoder
from isthmus.runs import Kind, register_kind
from isthmus.runs.kinds import KINDS

pytestmark = pytest.mark.usefixtures("blank_figures")

PLUGIN = '''
from isthmus.estimators import Autoencoder
from isthmus.runs import Kind


class Wavering(Autoencoder):
    """An autoencoder with a level of its own.

    Parameters
    ----------
    level : float, default=0.5
        How much it wavers.
    trim : float, default=0.25
        A number, where another estimator has a tuple.
    """

    def __init__(self, latent_dim=2, hidden_dims=(8,), *, level=0.5, trim=0.25, scaling="auto",
                 epochs=1, batch_size=32, device="cpu", random_state=None, callbacks=None):
        super().__init__(latent_dim, hidden_dims, scaling=scaling, epochs=epochs,
                         batch_size=batch_size, device=device, random_state=random_state,
                         callbacks=callbacks)
        self.level, self.trim = level, trim


KIND = Kind("wavering", Wavering)
'''


@pytest.fixture(name="_unregistered")
def forget_registered(monkeypatch):
    """Undo registrations after the test."""
    for table in (TRAINABLE, KINDS, registry._PLUGINS):
        for name in ("wavering", "other", "plain"):
            monkeypatch.setitem(table, name, None)
            del table[name]
    yield
    monkeypatch.undo()
    refresh_options()


@pytest.fixture(name="wavering")
def register_wavering(_unregistered):
    """The module of a kind, registered for one test."""
    module: dict = {"__name__": "a_module"}
    exec(PLUGIN, module)
    register_kind(module["KIND"])
    return module


@pytest.mark.drawn_figures
def test_its_parameters_are_options_beside_those_of_all(cli, wavering):
    cli("train", "--help-all")
    text = cli("train", "--help-all").out
    assert re.search(r"--level +NAME|--level +NUMBER", text)
    outcome = cli(
        "train", "digits", "--estimator", "wavering", "--level", "2", "--out", "run", "-q"
    )
    assert outcome.code == 0, outcome.err
    outcome = cli("train", "digits", "--estimator", "autoencoder", "--level", "2", "--out", "b")
    assert outcome.code == 2
    assert "Autoencoder has no parameter `level`" in outcome.sentence.replace("--level", "`level`")


def test_a_number_is_read_as_its_own_estimator_means_it(cli, wavering, tmp_path):
    words = ("--estimator", "wavering", "--trim", "0.75", "--out", "run", "--json", "-q")
    assert cli("train", "digits", *words).document["settings"]["trim"] == 0.75
    (tmp_path / "c.yaml").write_text("estimator: wavering\nparameters: {trim: 0.125}\n")
    again = cli("train", "--config", "c.yaml", "--out", "b", "--json", "-q").document
    assert again["settings"]["trim"] == 0.125


def test_its_run_does_what_any_autoencoders_does(cli, wavering, tmp_path):
    words = ("digits", "--estimator", "wavering", "-q")
    for name in ("a", "b"):
        assert cli("train", *words, "--level", "1", "--out", name).code == 0
    for command in (
        ("encode", "a", "-o", "codes.csv"),
        ("reconstruct", "a", "-o", "rows.npy"),
        ("reconstruct", "a", "-o", "rows.png"),
        ("score", "a", "-o", "scores.csv"),
        ("evaluate", "a", "--n-resamples", "5"),
        ("doctor", "a"),
        ("compare", "a", "b", "--n-resamples", "5"),
        ("report", "a", "--lang", "zh"),
        ("info", "a"),
        ("sweep", *words, "--level", "1,2", "--out", "sweep"),
    ):
        outcome = cli(*command)
        assert outcome.code == 0, (command, outcome.err)
    fitted = isthmus.load(tmp_path / "a")
    assert type(fitted) is wavering["Wavering"] and fitted.level == 1


def test_a_name_is_one_estimators_alone(wavering):
    class Other(Autoencoder):
        pass

    class Wavering(Autoencoder):
        pass

    with pytest.raises(UsageError, match=r"'Other' cannot be registered as 'wavering'"):
        register_kind(Kind("wavering", Other))
    with pytest.raises(UsageError, match=r"'Wavering' cannot be registered as 'other'"):
        register_kind(Kind("other", Wavering))
    with pytest.raises(UsageError, match="lower-case letters, digits and hyphens"):
        register_kind(Kind("Other one", Other))
    assert register_kind(wavering["KIND"]).estimator is wavering["Wavering"]  # again


@pytest.fixture(name="site")
def make_site(tmp_path):
    """A folder with an installed package that defines two kinds, and two invalid entry points."""
    site = tmp_path / "site"
    about = site / "plugins-1.0.dist-info"
    about.mkdir(parents=True)
    (site / "wavering_plugin.py").write_text(PLUGIN)
    (site / "broken_plugin.py").write_text("import nothing_of_this_name")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: plugins\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[isthmus.kinds]\nbroken = broken_plugin:KIND\nwrong = wavering_plugin:__name__\n"
        "wavering = wavering_plugin:KIND\n"
    )
    return site


@pytest.fixture(name="installed")
def install(site, monkeypatch, _unregistered):
    """The same, in this process."""
    monkeypatch.syspath_prepend(site)
    for name in ("wavering_plugin", "broken_plugin"):
        monkeypatch.setitem(sys.modules, name, None)
        del sys.modules[name]


def test_an_entry_point_is_found_by_name_and_by_what_a_run_holds(cli, installed, site, tmp_path):
    words = ("digits", "--estimator", "wavering", "--level", "3", "--out", "run", "-q")
    assert cli("train", *words).code == 0
    code = "import isthmus; print(isthmus.load('run').level)"
    path = os.pathsep.join([str(site), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        cwd=tmp_path,
        timeout=100,
    )
    assert (done.stdout, done.stderr) == ("3\n", "")


def test_a_run_of_an_estimator_that_is_nowhere_is_one_sentence(cli, wavering, monkeypatch):
    words = ("digits", "--estimator", "wavering", "--out", "run", "-q")
    assert cli("train", *words).code == 0
    monkeypatch.delitem(TRAINABLE, "wavering")
    outcome = cli("encode", "run", "-o", "codes.csv")
    assert outcome.code == 3
    assert "The estimator 'Wavering' of this model is unknown: import" in outcome.sentence


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("broken", "The estimator 'broken' cannot be loaded from broken_plugin:KIND (ModuleNotFou"),
        ("wrong", "The entry point 'wrong' of isthmus.kinds must be an estimator class or a"),
        ("waver", "broken, wrong, wavering, auto. Got 'waver'. Did you mean `wavering`?"),
    ],
)
def test_an_entry_point_that_gives_no_estimator_is_one_sentence(cli, installed, name, part):
    outcome = cli("train", "digits", "--estimator", name)
    assert outcome.code == 2
    assert part in outcome.sentence


def test_help_and_built_in_estimators_import_no_package_of_others(cli, installed):
    assert cli("train", "--help").code == 0
    assert cli("train", "digits", "--epochs", "1", "-q", "--out", "run").code == 0
    assert not {"wavering_plugin", "broken_plugin"} & sys.modules.keys()
    assert "--level" in cli("train", "--estimator", "wavering", "--help").out
