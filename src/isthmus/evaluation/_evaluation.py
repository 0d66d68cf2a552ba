"""The result of ``evaluate``."""

from __future__ import annotations

from typing import Any

from .._rendered import Rendered, View
from ._evaluate_table import EstimateText, evaluation_table

__all__ = ["Evaluation"]


class Evaluation(Rendered, dict[str, Any]):
    """Result of ``evaluate``: a dict of JSON types.

    A notebook shows it as the verdict, a table of the metrics and the notes.
    """

    def _view(self) -> View:
        table = evaluation_table(self)
        columns = table["columns"]
        return View(
            self["verdict"]["text"],
            ("", *columns.values()),
            tuple(
                (row["label"], *(_cell(row["cells"][name]) for name in columns))
                for row in table["rows"]
            ),
            tuple(("", text) for text in (table["caption"], *(n["text"] for n in self["notes"]))),
        )


def _cell(estimate: EstimateText) -> str:
    return f"{estimate.value} {estimate.interval}".strip()
