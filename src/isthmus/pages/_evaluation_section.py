"""Section about an evaluation, for the report and the model card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._translation import Message, translate
from ._cells import plain_text, shown_table

__all__ = ["evaluation_heading", "evaluation_items", "evaluation_metrics", "shown_evaluation"]

_MOST_DRIFTED, _FEWEST = 10, 3  # lines of the table of drift, with and without drift
_MEASURES = {
    "kolmogorov_smirnov": Message("numbers"),
    "total_variation": Message("levels"),
    "missing": Message("missing cells"),
}
_NOTHING = "\N{EN DASH}"


def evaluation_heading(evaluation: Mapping[str, Any], language: str) -> str:
    """Return a heading that names the evaluated rows."""
    return plain_text(evaluation["table"]["heading"], language)


def evaluation_items(evaluation: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """Return the items of the section: verdict, table and notes."""
    notes = [plain_text(note["text"], language) for note in evaluation["notes"]]
    return [
        {"text": plain_text(evaluation["verdict"]["text"], language)},
        {"table": shown_evaluation(evaluation, language)},
        *_drift_items(evaluation.get("drift") or {}, language),
        *([{"notes": notes}] if notes else []),
    ]


def _drift_items(drift: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """Return the table of the columns that are farthest from the training rows."""
    distances = drift.get("distances")
    if not distances:
        return []
    ordered = sorted(distances, key=lambda own: own["threshold"] - own["distance"])
    shown = [own for own in ordered if own["is_drifted"]][:_MOST_DRIFTED] or ordered[:_FEWEST]
    n_columns = len({own["name"] for own in distances})
    caption = Message(
        "Evaluated rows (n = {n_rows:,}) beside the training rows: {n:,} of {total:,} columns have "
        "drifted. Distances of the distributions are from 0 to 1; above the threshold, chance does "
        "not explain them.",
        n_rows=drift["n_rows"],
        n=len(drift["columns"]),
        total=n_columns,
    )
    table = {
        "title": Message("Drift of columns"),
        "columns": [
            "", Message("compared"), Message("distance"), Message("threshold"), Message("drifted"),
        ],
        "rows": [
            [
                own["name"],
                _MEASURES.get(own["measure"], own["measure"]),
                round(own["distance"], 3),
                round(own["threshold"], 3),
                Message("yes") if own["is_drifted"] else Message("no"),
            ]
            for own in shown
        ],
        "caption": caption,
    }  # fmt: skip
    return [{"table": shown_table(table, language)}]


def shown_evaluation(evaluation: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return an evaluation's table in the form of ``shown_table``, with intervals below values."""
    table = evaluation["table"]
    titles = [(plain_text(title, language), True) for title in table["columns"].values()]
    return {
        "title": "",
        "columns": [("", False), *titles],
        "rows": [
            [
                (plain_text(row["label"], language), False, ""),
                *((value or _NOTHING, True, interval) for value, interval in row["cells"].values()),
            ]
            for row in table["rows"]
        ],
        "caption": plain_text(table["caption"], language),
    }


def evaluation_metrics(evaluation: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """Return the model's own metrics for the front matter of a model card.

    The Hub supports a value and a name, so the interval is part of the name.
    """
    confidence = evaluation["settings"]["confidence"]
    found = []
    for (key, metric), row in zip(
        evaluation["metrics"].items(), evaluation["table"]["rows"], strict=True
    ):
        own = metric["model"]
        if own is not None and own["value"] is not None:
            name, (_, interval) = row["label"], row["cells"]["model"]
            if interval:
                name = Message(
                    "{metric} ({confidence:.0%} interval: {interval})",
                    metric=name, confidence=confidence, interval=interval,
                )  # fmt: skip
            value = round(float(own["value"]), 6)
            found.append({"type": key, "value": value, "name": translate(name, language)})
    return found
