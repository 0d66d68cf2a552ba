"""The part of a page, and of a model card, that tells of an evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._language import Sentence, told
from ..evaluation import METRICS, EstimateText, evaluation_table
from ._cells import plain_text

__all__ = ["evaluation_heading", "evaluation_items", "evaluation_metrics", "shown_evaluation"]

_NOTHING = "\N{EN DASH}"


def evaluation_heading(evaluation: Mapping[str, Any], language: str) -> str:
    """Return on which rows an evaluation was made."""
    return plain_text(evaluation_table(evaluation).heading, language)


def evaluation_items(evaluation: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """Return what the page's section shows: the verdict, the table, the notes."""
    notes = [plain_text(note["text"], language) for note in evaluation["notes"]]
    return [
        {"text": plain_text(evaluation["verdict"]["text"], language)},
        {"table": shown_evaluation(evaluation, language)},
        *([{"notes": notes}] if notes else []),
    ]


def shown_evaluation(evaluation: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return an evaluation's table in the form of ``shown_table``, intervals below the values."""
    table = evaluation_table(evaluation)
    titles = [(plain_text(title, language), True) for title in table.columns.values()]
    return {
        "title": "",
        "columns": [("", False), *titles],
        "rows": [
            [
                (plain_text(label, language), False, ""),
                *(_cell(estimates[key]) for key in table.columns),
            ]
            for label, estimates in table.rows
        ],
        "caption": plain_text(table.caption, language),
    }


def _cell(estimate: EstimateText) -> tuple[str, bool, str]:
    return estimate.value or _NOTHING, True, estimate.interval


def evaluation_metrics(evaluation: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """Return the model's own figures as a card's front matter has them.

    The Hub knows a value and a name; so the interval goes into the name.
    """
    confidence = evaluation["settings"]["confidence"]
    found = []
    for key, metric in evaluation["metrics"].items():
        own = metric["model"]
        if own is not None and own["value"] is not None:
            name: str = METRICS[key].label
            if own["interval"] is not None:
                low, high = (f"{end:z{METRICS[key].form}}" for end in own["interval"])
                name = Sentence(
                    "{metric} ({confidence:.0%} interval: {low} to {high})",
                    metric=name, confidence=confidence, low=low, high=high,
                )  # fmt: skip
            value = round(float(own["value"]), 6)
            found.append({"type": key, "value": value, "name": told(name, language)})
    return found
