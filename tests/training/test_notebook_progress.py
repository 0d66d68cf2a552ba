"""Progress in notebooks: a bar on the cell's output, in place, and nothing on stderr."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from isthmus import Autoencoder
from isthmus.training import EpochLines, NotebookProgress, Plan, as_callbacks


class Display:
    """IPython's display, which keeps what was shown."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.n_bars = 0

    def __call__(self, thing: NotebookProgress, *, display_id: bool) -> Display:
        assert display_id
        self.n_bars += 1
        self.update(thing)
        return self

    def update(self, thing: NotebookProgress) -> None:
        self.shown.append(thing._repr_html_())


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Display:
    """Let this process look like the kernel of a notebook."""
    shown = Display()
    ipython = ModuleType("IPython")
    ipython.get_ipython = lambda: SimpleNamespace(kernel=object())  # type: ignore[attr-defined]
    parts = ModuleType("IPython.display")
    parts.display = shown  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", parts)
    return shown


def test_verbose_shows_one_bar_in_a_notebook_and_writes_no_line(
    display: Display, capsys: pytest.CaptureFixture[str]
) -> None:
    X = np.random.default_rng(0).normal(size=(30, 4))
    settings = {"hidden_dims": (4,), "random_state": 0, "device": "cpu"}
    Autoencoder(latent_dim=2, epochs=3, verbose=1, **settings).fit(X)
    assert capsys.readouterr() == ("", "")
    assert display.n_bars == 1
    assert display.shown[0] == '<div><progress value="0" max="3"></progress> Training</div>'
    assert display.shown[-1].startswith(
        '<div><progress value="3" max="3"></progress> Epoch [3/3], Train Loss: '
    )


def test_the_bar_of_a_fast_training_is_updated_at_most_ten_times_a_second(
    display: Display,
) -> None:
    bar = NotebookProgress()
    bar.on_train_begin(Plan(n_rows=1, n_steps_per_epoch=1, first_epoch=1, last_epoch=1000))
    for epoch in range(1, 1001):
        bar.on_epoch_end({"epoch": epoch, "train_loss": 1.0, "validation_loss": None})
    bar.on_train_end()
    assert len(display.shown) < 100
    assert 'value="1000"' in display.shown[-1]


def test_outside_notebooks_verbose_writes_lines() -> None:
    assert [type(made) for made in as_callbacks(None, verbose=True)] == [EpochLines]
