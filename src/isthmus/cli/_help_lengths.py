"""Help in two lengths: ``--help`` shows the common options, ``--help-all`` shows all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ._option_groups import is_common

if TYPE_CHECKING:
    from cyclopts.help import HelpEntry, HelpPanel
    from rich.console import Console, ConsoleOptions

__all__ = ["HELP_ALL", "CommonHelp", "common_help"]

HELP_ALL = "--help-all"
_HELP = {"--help", "-h"}
_SHORTENED = ("train", "sweep")  # the commands with the parameters of all estimators


def common_help(words: Sequence[str], estimator: str) -> CommonHelp | None:
    """Return what shows the help that a command line asks for; None for the whole.

    Parameters
    ----------
    words : sequence of str
        Arguments of the command line.
    estimator : str
        Name of its estimator, whose own options are shown too; "" for none.

    Returns
    -------
    CommonHelp or None
    """
    is_short = words[:1] and words[0] in _SHORTENED and _HELP & {*words}
    return CommonHelp(words[0], estimator) if is_short and HELP_ALL not in words else None


class CommonHelp:
    """Formatter of help for cyclopts: shows groups of common options, and names the others.

    Parameters
    ----------
    command : str
        Name of the command.
    estimator : str
        Estimator whose own options are shown too.
    """

    def __init__(self, command: str, estimator: str) -> None:
        from cyclopts.help import DefaultFormatter

        self._show: Callable[..., Any] = DefaultFormatter()
        self._command = command
        self._estimator = estimator
        self._others: list[HelpEntry] = []
        self._console: Console | None = None

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Show a group of options, or note their names."""
        from cyclopts.help import HelpEntry

        self._console = console
        title = str(panel.title)
        if is_common(title) or (self._estimator and self._estimator in title.split()):
            self._show(console, options, panel)
            return
        names = ", ".join(entry.positive_names[0] for entry in panel.entries)
        if names:
            self._others.append(HelpEntry(positive_names=(title,), description=names))

    def finish(self) -> None:
        """Show the names of the options that were left out, by group."""
        from cyclopts.help import HelpPanel

        if self._console is None:  # the command line was refused
            return
        title = f"More options: see isthmus {self._command} {HELP_ALL}"
        panel = HelpPanel(format="parameter", title=title, entries=self._others)
        self._show(self._console, self._console.options, panel)
