"""Text and tables fit a terminal: lines break at words, cells wrap, columns stack."""

from __future__ import annotations

import importlib
import io

import pytest

from isthmus._translation import width

_wrapped = importlib.import_module("isthmus.cli._wrapped_text")
_tables = importlib.import_module("isthmus.cli._fitted_tables")
_text = importlib.import_module("isthmus.cli._terminal_text")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def _an_ordinary_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(_text._Screen, "is_plain", False)


def test_lines_break_between_words_and_keep_their_indent():
    assert _wrapped.wrapped("  one two three four", 12) == ["  one two", "  three four"]


def test_a_line_that_fits_is_unchanged():
    assert _wrapped.wrapped("a   b", 5) == ["a   b"]


def test_a_word_that_is_too_long_stays_whole():
    assert _wrapped.wrapped("see /a/very/long/path now", 10) == ["see", "/a/very/long/path", "now"]


def test_chinese_breaks_between_characters_but_not_before_punctuation():
    comma = "\N{FULLWIDTH COMMA}"
    lines = _wrapped.wrapped(f"一二三四五{comma}六七", 10)
    assert lines == ["一二三四", f"五{comma}六七"]
    assert all(width(line) <= 10 for line in lines)


def test_a_cut_text_says_so():
    assert _wrapped.cut("Reading rows.csv...", 12) == "Reading r..."
    assert _wrapped.cut("short", 12) == "short"


TABLE = [
    ["", "squared error", "explained"],
    ["model", "0.3148 [0.292, 0.3376]", "93.3%"],
    ["PCA", "0.7594", "83.8%"],
]


def test_a_table_that_fits_has_a_line_for_each_row():
    assert _tables.fitted_table(TABLE, 80).splitlines() == [
        "                squared error  explained",
        "model  0.3148 [0.292, 0.3376]      93.3%",
        "PCA                    0.7594      83.8%",
    ]
    assert _tables.fitted_table(TABLE) == _tables.fitted_table(TABLE, 80)


def test_cells_wrap_at_words_and_an_interval_stays_whole():
    assert _tables.fitted_table(TABLE, 33).splitlines() == [
        "         squared error  explained",
        "model           0.3148      93.3%",
        "       [0.292, 0.3376]",
        "PCA             0.7594      83.8%",
    ]


def test_columns_that_do_not_fit_stand_below_with_the_same_first_column():
    assert _tables.fitted_table(TABLE, 22).splitlines() == [
        "         squared error",
        "model           0.3148",
        "       [0.292, 0.3376]",
        "PCA             0.7594",
        "",
        "       explained",
        "model      93.3%",
        "PCA        83.8%",
    ]


def test_a_terminal_gets_wrapped_lines_and_weight_a_pipe_gets_neither():
    terminal, pipe = Terminal(), io.StringIO()
    for stream in (terminal, pipe):
        _text.say("one two three four five", stream=stream, style="bold")
    assert terminal.getvalue() == "\x1b[1mone two three four\nfive\x1b[0m\n"
    assert pipe.getvalue() == "one two three four five\n"


def test_a_style_may_be_for_the_beginning_only():
    terminal = Terminal()
    _text.say("isthmus: no", stream=terminal, style="red", styled="isthmus:")
    assert terminal.getvalue() == "\x1b[1;31misthmus:\x1b[0m no\n"


@pytest.mark.parametrize("how", ["NO_COLOR", "--no-color", "dumb"])
def test_colour_can_be_switched_off(monkeypatch, how):
    if how == "--no-color":
        monkeypatch.setattr(_text._Screen, "is_plain", True)
    else:
        monkeypatch.setenv(*{"NO_COLOR": ("NO_COLOR", "1"), "dumb": ("TERM", "dumb")}[how])
    terminal = Terminal()
    _text.say("no", stream=terminal, style="red")
    assert terminal.getvalue() == "no\n"


def test_a_status_line_is_erased_by_what_is_printed_next(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("NO_COLOR", "1")
    _text.show_line("Reading a file with a long name...")
    _text.say("done", stream=terminal)
    assert terminal.getvalue() == "Reading a file w...\r\x1b[2Kdone\n"
    _text.show_line()
    assert terminal.getvalue().endswith("done\n")
