"""Findings of a sweep: the elbow, the best training, messages and a figure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from .._translation import Message, gettext_noop
from ..figures import SweepCurve, search_slices, sweep_curves
from ..metrics import elbow
from ._sweep_plan import value_text

__all__ = ["draw_sweep", "find", "messages_about"]

_MESSAGES = {
    "elbow": gettext_noop(
        "Elbow at code size {size} (error {error:.4g}): of the sizes tried, it is farthest below "
        "the straight line from the first to the last, sizes on a logarithmic axis (Satopaa et "
        "al., 2011)."
    ),
    "no_elbow": gettext_noop("No elbow: no code size is clearly better than its neighbours."),
    "best": gettext_noop("Lowest {measure} on {which} rows: {error:.4g}, with {values}."),
    "against": gettext_noop(
        "{model} has a lower error than {baseline} in {better} of {n} comparisons."
    ),
    "failed": gettext_noop("{n} of {total} trainings failed."),
}
_WHICH = {"train": Message("training"), "held_out": Message("held-out")}
_MOST_CURVES = 10


def find(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the findings about a sweep's rows.

    Parameters
    ----------
    document : mapping
        From ``sweep.json``: ``rows``, ``parameters``, ``error`` and the kind of errors.

    Returns
    -------
    dict of str to dict
        Plain values by the name of the finding: ``elbow`` or ``no_elbow``, ``best``, ``against``
        and ``failed``.
    """
    rows, error = document["rows"], document["error"]
    done = [row for row in rows if "failure" not in row]
    found: dict[str, dict[str, Any]] = {}
    if done:
        names = document["parameters"]
        if len(names) == 1 and not _is_search(document) and _are_sizes(done, names[0]):
            found |= _elbow(done, error)
        errors = _means([{**row, "at": _values(row, names)} for row in done], "at", error)
        best = min(errors, key=lambda at: errors[at])
        row = next(row for row in done if _values(row, names) == best)
        facts = {"measure": document["measure"], "which": _WHICH[document["which"]]}
        shown = {n: f"{row[n]:.4g}" if isinstance(row[n], float) else row[n] for n in names}
        found["best"] = {**facts, "error": errors[best], "values": _values(shown, names)}
    if done and document["baseline"] is not None:
        better = sum(row[error] < row[document["baseline_error"]] for row in done)
        names = {name: document[name] for name in ("model", "baseline")}
        found["against"] = {**names, "better": better, "n": len(done)}
    if len(done) < len(rows):
        found["failed"] = {"n": len(rows) - len(done), "total": len(rows)}
    return found


def _is_search(document: Mapping[str, Any]) -> bool:
    return bool(document["plan"].get("search"))


def messages_about(findings: Mapping[str, Mapping[str, Any]]) -> list[Message]:
    """Return a sentence for each finding."""
    return [Message(_MESSAGES[name], **values) for name, values in findings.items()]


def _elbow(done: Sequence[Mapping[str, Any]], error: str) -> dict[str, dict[str, Any]]:
    curve = _means(done, "code_size", error)
    sizes = sorted(curve)
    if len(sizes) < 3:
        return {}
    at = elbow(sizes, [curve[size] for size in sizes])
    if at is None:
        return {"no_elbow": {}}
    return {"elbow": {"size": sizes[at], "error": curve[sizes[at]]}}


def _values(row: Mapping[str, Any], names: Iterable[str]) -> str:
    return Message("{names}", names=[f"{name} {value_text(row[name])}" for name in names])


def _means(rows: Iterable[Mapping[str, Any]], x: str, y: str) -> dict[Any, float]:
    return {at: sum(values) / len(values) for at, values in _by(rows, x, y).items()}


def _by(rows: Iterable[Mapping[str, Any]], x: str, y: str) -> dict[Any, list[float]]:
    """Return the values of ``y`` at each ``x``, one per seed."""
    found: dict[Any, list[float]] = {}
    for row in rows:
        found.setdefault(row[x], []).append(row[y])
    return found


def _are_sizes(rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    """Return whether each value of a parameter is a different code size."""
    pairs = {(row[name], row["code_size"]) for row in rows}
    sizes = {size for _, size in pairs}
    return None not in sizes and 1 < len(sizes) == len(pairs)


def draw_sweep(document: Mapping[str, Any], *, language: str = "en") -> Figure:
    """Draw a sweep: error against code size, or against another parameter.

    Parameters
    ----------
    document : mapping
        From ``sweep.json``, with at least one complete run.
    language : {"en", "zh"}, default="en"
        Language of the figure.

    Returns
    -------
    matplotlib.figure.Figure
    """
    done = [row for row in document["rows"] if "failure" not in row]
    names = document["parameters"]
    y_name = Message(
        "{measure}, {which} rows", measure=document["measure"], which=_WHICH[document["which"]]
    )
    if _is_search(document):
        tried = {name: [row[name] for row in done] for name in names}
        errors = [row[document["error"]] for row in done]
        return search_slices(tried, errors, y_name=y_name, language=language)
    along = next((name for name in names if _are_sizes(done, name)), None)
    x = "code_size" if along is not None else names[0]
    others = [name for name in names if name != (along or x)]
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in done:
        groups.setdefault(_values(row, others) or document["model"], []).append(row)
    error = document["error"]
    best = sorted(groups, key=lambda label: min(row[error] for row in groups[label]))
    curves = [
        SweepCurve(label, _by(rows, x, error))
        for label, rows in groups.items()
        if label in best[:_MOST_CURVES]
    ]
    if document["baseline"] is not None:
        beside = _by(done, x, document["baseline_error"])
        curves.append(SweepCurve(document["baseline"], beside, is_baseline=True))
    return sweep_curves(
        curves,
        x_name=Message("code size") if along is not None else x,
        y_name=y_name,
        elbow=document["findings"].get("elbow", {}).get("size"),
        language=language,
    )
