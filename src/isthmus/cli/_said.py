"""Notes and warnings about sources."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from .._translation import Message, translate
from ._drift_warning import say_warning
from ._terminal_text import say

if TYPE_CHECKING:
    from ..runs import FittedRun

__all__ = ["Said"]


class Said:
    """Notes and warnings about sources, each of which is printed once on stderr.

    Parameters
    ----------
    language : {"en", "zh"}
        Language of the lines.
    """

    def __init__(self, language: str) -> None:
        self._language = language
        self._notes: set[str] = set()
        self._is_warned = False

    def note(self, note: str) -> None:
        """Print a note, unless it is printed already."""
        if note not in self._notes:
            self._notes.add(note)
            line = translate(Message("Note: {note}", note=note), self._language)
            say(line, stream=sys.stderr)

    def warn_of_drift(self, fitted: FittedRun, source: str | None, X: Any) -> bool:
        """Return whether rows are unlike the training rows, and print a warning for the first.

        Parameters
        ----------
        fitted : FittedRun
            Loaded run.
        source : str or None
            Source on the command line; the run's own rows are not compared.
        X : ndarray or CSR array of shape (n_samples, n_features)
            Checked rows.

        Returns
        -------
        bool
        """
        from ..doctor import measure_drift

        if source is None or fitted.sketch is None:
            return False
        finding = measure_drift(fitted.estimator, X, fitted.sketch).finding()
        if finding is not None and not self._is_warned:
            say_warning(finding.seen, language=self._language)
            self._is_warned = True
        return finding is not None
