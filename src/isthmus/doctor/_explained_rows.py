"""Rows that are unlike the others, and the columns that make them so, in sentences."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np

from .._parameter_rules import check_parameters, integer
from .._rendered import Rendered, View
from .._row_blocks import as_dense
from .._translation import Message
from ..preprocessing import is_table
from ._row_sketch import row_errors

__all__ = ["ExplainedRow", "Explanations", "Reason", "explain_rows", "unlike_sentence"]

_NAMED = 0.1  # smallest share of an error for a column to be named after the first
_MOSTLY = 0.5  # smallest share of the named columns for the row to be unlike mostly by these
_PARAMETERS = {"n_rows": integer(1), "n_features": integer(1)}


@dataclass(frozen=True)
class Reason:
    """A column of a row, and its part in the row's error.

    Attributes
    ----------
    column : str
        Name of the column.
    value : object
        Value of the row, in the unit of the column.
    expected : object
        What the model expects instead.
    share : float
        Share of the row's error, from 0 to 1.
    """

    column: str
    value: Any
    expected: Any
    share: float


@dataclass(frozen=True)
class ExplainedRow:
    """A row with its error and the columns responsible, largest share first.

    Attributes
    ----------
    row : int
        Position of the row, from 0.
    error : float
        Its error, as from ``reconstruction_error``; of an outlier detector the negative of
        ``score_samples``.
    reasons : tuple of Reason
        Columns responsible.
    """

    row: int
    error: float
    reasons: tuple[Reason, ...]

    @property
    def sentence(self) -> Message:
        """The reasons in one sentence."""
        return unlike_sentence(self.row, self.reasons)


class Explanations(Rendered, list[ExplainedRow]):
    """Rows from ``explain_rows``: a list, most anomalous first.

    A notebook shows a table of the columns responsible, and a sentence for each row.
    """

    n_rows = 0  # that were examined

    def _view(self) -> View:
        head = f"Rows with the largest errors, {len(self):,} of {self.n_rows:,}."
        lines = [
            (
                f"row {own.row:,}" if k == 0 else "",
                f"{own.error:.4g}" if k == 0 else "",
                reason.column,
                _shown(reason.value),
                _shown(reason.expected),
                f"{reason.share:.0%}",
            )
            for own in self
            for k, reason in enumerate(own.reasons)
        ]
        columns = ("", "error", "column", "value", "expected", "share of error")
        return View(head, columns, tuple(lines), tuple(("", own.sentence) for own in self))


def explain_rows(estimator: Any, X: Any, *, n_rows: int = 5, n_features: int = 3) -> Explanations:
    """Explain why the most anomalous rows are unlike the others, in tables and sentences.

    These are the rows with the largest errors. ``estimator.explain`` returns the shares of all
    columns in the errors of all rows.

    Parameters
    ----------
    estimator : estimator
        Fitted autoencoder or outlier detector.
    X : array-like, sparse matrix, table or sequence of texts
        Rows with the columns of the training data; not modified.
    n_rows : int, default=5
        Number of rows to explain, at least 1.
    n_features : int, default=3
        Largest number of columns to name for a row, at least 1: the first, and others with at
        least a tenth of the row's error.

    Returns
    -------
    Explanations
        A list of ``ExplainedRow``, most anomalous first; fewer than ``n_rows`` if there are fewer
        rows with an error. A notebook shows it as a table and sentences.

    Raises
    ------
    UsageError
        If ``n_rows`` or ``n_features`` is below 1.
    DataError
        If the rows cannot be read.
    """
    given = {"n_rows": n_rows, "n_features": n_features}
    check_parameters("explain_rows", given, _PARAMETERS)
    errors = row_errors(estimator, X)
    known = np.flatnonzero(errors > 0)
    worst = known[np.argsort(-errors[known], kind="stable")][:n_rows]
    found = Explanations()
    found.n_rows = len(errors)
    if not len(worst):
        return found
    names, values, expected, shares = _cells(estimator, X, worst)
    for k, row in enumerate(worst):
        top = [c for c in np.argsort(-shares[k], kind="stable")[:n_features] if shares[k, c] > 0]
        reasons = [Reason(names[c], values[c][k], expected[c][k], float(shares[k, c])) for c in top]
        found.append(ExplainedRow(int(row), float(errors[row]), _named(reasons)))
    return found


def unlike_sentence(row: int, reasons: Sequence[Reason]) -> Message:
    """Return why a row is unlike the others.

    Parameters
    ----------
    row : int
        Position of the row.
    reasons : sequence of Reason
        Columns responsible, largest share first; those with a small share are left out.

    Returns
    -------
    Message
        "Row 17 is unlike the others mostly by LB (got 420, expected 130)."
    """
    named = _named(reasons)
    listed = [_reason(own) for own in named]
    if sum(own.share for own in named) < _MOSTLY:
        return Message(
            "Row {row:,} is unlike the others in many columns, most in {reasons}.",
            row=row,
            reasons=listed,
        )
    return Message("Row {row:,} is unlike the others mostly by {reasons}.", row=row, reasons=listed)


def _reason(own: Reason) -> Message:
    value, expected = _shown(own.value), _shown(own.expected)
    if value == expected:  # of a category: the model was unsure of the level
        return Message("{column} ({value})", column=own.column, value=value)
    return Message(
        "{column} (got {value}, expected {expected})",
        column=own.column,
        value=value,
        expected=expected,
    )


def _named(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    return tuple(own for k, own in enumerate(reasons) if k == 0 or own.share >= _NAMED)


def _cells(estimator: Any, X: Any, rows: Any) -> tuple[list[str], list[Any], list[Any], Any]:
    """Return the names, values and expected values of columns, and shares, of chosen rows."""
    restore = getattr(estimator, "expected_rows", None) or estimator.reconstruct
    reader = estimator.preprocessor_.table
    if is_table(X) or reader is not None:
        chosen = nw.from_native(
            X if is_table(X) else reader.table_of(estimator.prepared_rows(X)), eager_only=True
        )[rows.tolist()]
        shares = nw.from_native(estimator.explain(chosen.to_native()), eager_only=True)
        restored = nw.from_native(restore(chosen.to_native()), eager_only=True)
        lists = [[_list(t, name) for name in shares.columns] for t in (chosen, restored)]
        return list(shares.columns), *lists, shares.to_numpy()
    matrix = estimator.prepared_rows(X)[rows]
    names = estimator.column_names or [f"column {k}" for k in range(matrix.shape[1])]
    values = as_dense(matrix)
    shares = np.asarray(estimator.explain(matrix))
    return list(names), [*values.T], [*np.asarray(restore(matrix)).T], shares


def _list(table: Any, name: str) -> list[Any]:
    """Return a column as a list; of None if the table lacks it."""
    return table[name].to_list() if name in table.columns else [None] * len(table)


def _shown(value: Any) -> str | Message:
    if value is None:
        return Message("unknown")
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return str(value)
    number = float(value)
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}"
