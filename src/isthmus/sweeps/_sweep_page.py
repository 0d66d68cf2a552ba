"""One page about a sweep, in the form of a run's report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from .._files import write_text
from .._translation import Message
from ..figures import save_figure
from ..pages import page_text
from ..runs import curves_caption, curves_figure
from ._sweep_findings import draw_sweep

__all__ = ["PAGE", "write_page"]

PAGE = "sweep.html"
_ERRORS = Message("Error of each run; with several seeds, lines join the means.")
_COLUMNS = {
    "train_error": Message("train error"),
    "held_out_error": Message("held-out error"),
    "baseline_error": "",  # its name is in the document
    "variance_explained": Message("variance explained"),
    "epochs": Message("epochs"),
    "training_seconds": Message("seconds"),
}


def write_page(folder: Path, document: Mapping[str, Any], *, language: str = "en") -> None:
    """Write a sweep's figures, and a page with them, the findings and the errors of all runs.

    Parameters
    ----------
    folder : pathlib.Path
        Sweep folder.
    document : mapping
        Content of ``sweep.json``, with at least one complete run.
    language : {"en", "zh"}, default="en"
        Language of the page and of its figures.
    """
    done = [row for row in document["rows"] if "failure" not in row]
    best = sorted(done, key=lambda row: float(row[document["error"]]))
    save_figure(draw_sweep(document, language=language), folder / "sweep.svg")
    figures = [{"file": "sweep.svg", "section": "errors", "caption": _ERRORS}]
    curves = curves_figure([str(folder / row["run"]) for row in best], language=language)
    if curves is not None:
        save_figure(curves, folder / "curves.svg")
        figures.append({"file": "curves.svg", "section": "curves", "caption": curves_caption()})
    told = dict(zip(document["findings"], document["messages"], strict=True))
    shown = {
        "language": language,
        "title": Message("{source}: sweep", source=_source(document)),
        "created": datetime.now().astimezone().isoformat(timespec="seconds"),
        "verdict": told.pop("best"),
        "table": _table(document),
        "findings": [_finding(name, message) for name, message in told.items()],
        "figures": figures,
    }
    write_text(folder / PAGE, page_text(folder, shown))


def _source(document: Mapping[str, Any]) -> str:
    """Return the name of the source, without the folders of a file."""
    name = str(document["plan"]["settings"]["source"]["source"])
    return Path(name).name or name


def _finding(name: str, message: str) -> dict[str, str]:
    return {"severity": "warning" if name == "failed" else "note", "seen": message}


def _table(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the errors of all runs, whose names say their parameters; None for failed ones."""
    keys = {name: name for name in _COLUMNS} | {"baseline_error": document["baseline_error"]}
    heads = _COLUMNS | {"baseline_error": document["baseline"]}
    rows = document["rows"]
    shown = [name for name in _COLUMNS if any(row.get(keys[name]) is not None for row in rows)]
    return {
        "columns": ["", *(heads[name] for name in shown)],
        "rows": [[row["run"], *(row.get(keys[name]) for name in shown)] for row in rows],
        "shares": [_COLUMNS["variance_explained"]],
        "caption": Message("Errors: {measure}.", measure=document["measure"]),
    }
