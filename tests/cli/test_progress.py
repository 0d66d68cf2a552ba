"""Progress, with and without a terminal, and text that is safe for both."""

from __future__ import annotations

import importlib
import io
import re
from contextlib import redirect_stderr

import pytest

from isthmus._translation import width as columns
from isthmus.training import Plan

_progress = importlib.import_module("isthmus.cli._progress")
_text = importlib.import_module("isthmus.cli._terminal_text")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def _an_ordinary_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")


def play(stream, *, n_epochs=3, validation_loss=0.25, error=None, **options):
    """Call the hooks as the loop does; return what was written to the stream."""
    with redirect_stderr(stream):
        callbacks = _progress.progress(**options)
        try:
            for callback in callbacks:
                callback.on_train_begin(Plan(100, 4, 1, n_epochs))
            for epoch in range(1, n_epochs + 1):
                record = {"epoch": epoch, "train_loss": 0.5, "validation_loss": validation_loss}
                for callback in callbacks:
                    for step in range(1, 5):
                        callback.on_step_end(step)
                    callback.on_epoch_end(record)
                if error:
                    raise error
        finally:
            for callback in callbacks:
                callback.on_train_end()
    return stream.getvalue()


def test_one_line_stays_with_losses_speed_and_time(screen):
    (line,) = screen(play(Terminal()))
    assert re.fullmatch(r"Epoch 3/3 ━+ train 0.5  validation 0.25  \S+ rows/s  0:00\s*", line), line


def test_the_line_of_one_training_of_many_does_not_stay(screen):
    shown = play(Terminal(), of="[1/2] a")
    assert "[1/2] epoch 3/3" in shown and "validation 0.25" in shown
    assert screen(shown) == []


def test_a_wide_terminal_has_room_for_the_name_of_the_run(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    assert "[1/2] a: epoch 3/3" in play(Terminal(), of="[1/2] a")


def test_an_interrupted_line_stays_and_the_cursor_is_shown(screen):
    terminal = Terminal()
    with pytest.raises(KeyboardInterrupt):
        play(terminal, error=KeyboardInterrupt())
    shown = terminal.getvalue()
    assert screen(shown)[0].startswith("Epoch 1/3")
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")


def test_verbose_on_a_terminal_leaves_the_lines_and_no_bar(screen):
    first, *lines, last = screen(play(Terminal(), lines=True))
    assert last.startswith("Epoch 3/3 ━")
    assert first == "Training on 100 rows, 4 steps per epoch, at most 3 epochs"
    assert [line.partition(",")[0] for line in lines] == [f"Epoch [{k}/3]" for k in (1, 2, 3)]


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_line_is_one_line_at_any_width(screen, monkeypatch, width, language):
    monkeypatch.setenv("COLUMNS", str(width))
    (line,) = screen(play(Terminal(), language=language))
    assert columns(line) <= width


def test_off_a_terminal_a_long_training_has_about_ten_lines():
    lines = play(io.StringIO(), n_epochs=997).splitlines()
    assert 10 <= len(lines) <= 13
    assert lines[0].startswith("Epoch [1/997]") and lines[-1].startswith("Epoch [997/997]")
    assert len(set(lines)) == len(lines)
    assert len(play(io.StringIO(), n_epochs=997, lines=True).splitlines()) == 998


def test_a_stage_has_two_lines_off_a_terminal():
    with redirect_stderr(io.StringIO()) as stream:
        (lines,) = _progress.progress()
        lines.on_train_begin(Plan(100, 4, 3, 40, "layer 2"))
        for epoch in range(3, 20):  # stops early
            lines.on_epoch_end(
                {"epoch": epoch, "train_loss": 0.5, "validation_loss": None, "stage": "layer 2"}
            )
        lines.on_train_end()
    first, last = stream.getvalue().splitlines()
    assert first.startswith("Layer 2: Epoch [1/38]") and last.startswith("Layer 2: Epoch [17/38]")


def test_a_terminal_that_cannot_move_its_cursor_gets_lines(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    shown = play(Terminal())
    assert len(shown.splitlines()) == 3
    assert "\x1b" not in shown


def test_off_a_terminal_there_are_lines_without_escapes():
    assert play(io.StringIO()).splitlines() == [
        f"Epoch [{k}/3], Train Loss: 0.5000, Validation Loss: 0.2500" for k in (1, 2, 3)
    ]


def test_progress_is_in_the_language_asked_for():
    first, *_ = play(io.StringIO(), language="zh").splitlines()
    assert first.startswith("第 [1/3] 轮") and "验证损失" in first
    announced, *_ = play(io.StringIO(), language="zh", lines=True).splitlines()
    assert announced.startswith("训练数据 100 行")
    assert "第 1/3 轮" in play(Terminal(), language="zh", of="a")


def test_a_bar_counts_the_epochs_of_its_stage():
    with redirect_stderr(Terminal()) as stream:
        (bar,) = _progress.progress(lines=True)
        bar.on_train_begin(Plan(100, 4, 3, 4, "layer 2"))
        bar.on_epoch_end(
            {"epoch": 3, "train_loss": 0.5, "validation_loss": None, "stage": "layer 2"}
        )
        bar.on_train_end()
    shown = stream.getvalue()
    assert "Layer 2: epoch 1/2" in shown and "Layer 2: Epoch [1/2]" in shown


def test_quiet_shows_nothing():
    assert _progress.progress(quiet=True, lines=True) == []


def test_characters_that_do_not_show_are_escaped():
    assert _text.printable("a\x1b[1mb\x00\x7f\u202e\ud800\u2028é文[b]") == (
        r"a\x1b[1mb\x00\x7f\u202e\ud800\u2028é文[b]"
    )


def test_a_stream_that_knows_few_characters_gets_escapes():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", newline="\n")
    _text.say("größe\n文", stream=stream)
    stream.flush()
    assert stream.buffer.getvalue() == b"gr\\xf6\\xdfe\n\\u6587\n"


def test_an_error_is_one_line_of_bounded_length():
    assert _text.one_line("a\n\tb  c\r\n") == "a b c"
    assert len(_text.one_line("x" * 10**6)) == 2003
