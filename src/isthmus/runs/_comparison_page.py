"""One page about a comparison of runs, in the form of a run's report."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from matplotlib.figure import Figure

from .._translation import Message
from ..figures import overlaid_curves, save_figure
from ..pages import page_text
from ._compare_runs import comparison_figure
from ._comparison_tables import comparison_table, seeds_table, settings_table, short_names
from ._learning_curves import learning_curves

__all__ = ["comparison_page", "curves_caption", "curves_figure"]

_ERRORS = Message(
    "Left: error of each run, with its code size in parentheses, beside PCA. Right: its difference "
    "from the first run on the same rows. Lines are intervals."
)


def comparison_page(document: Mapping[str, Any], *, language: str = "en") -> str:
    """Return a comparison as a page: errors, seeds, learning curves and settings.

    Parameters
    ----------
    document : mapping
        Return value of ``compare_runs``. Settings and losses are read from the folders of its runs.
    language : {"en", "zh"}, default="en"
        Language of the page.

    Returns
    -------
    str
        HTML: one self-contained file without scripts, in the form of ``report.html``.
    """
    models = document["models"]
    runs = [model["name"] for model in models]
    tables = {"seeds": seeds_table(document), "runs": settings_table(runs)}
    best = sorted(models, key=lambda model: model["squared_error"]["value"])
    curves = curves_figure([model["name"] for model in best], language=language)
    told = document if len(models) == 2 else document["runner_up"]
    with TemporaryDirectory() as name:
        folder = Path(name)
        save_figure(comparison_figure(document, language=language), folder / "errors.svg")
        figures = [{"file": "errors.svg", "section": "errors", "caption": _ERRORS}]
        if curves is not None:
            save_figure(curves, folder / "curves.svg")
            figures.append({"file": "curves.svg", "section": "curves", "caption": curves_caption()})
        shown = {
            "language": language,
            "title": Message("{source}: comparison of runs", source=document["rows"]["source"]),
            "created": datetime.now().astimezone().isoformat(timespec="seconds"),
            "verdict": told["verdict"]["text"],
            "table": comparison_table(document),
            "tables": [{**table, "section": key} for key, table in tables.items() if table],
            "figures": figures,
            "command": shlex.join(["isthmus", "compare", *runs]),
        }
        return page_text(folder, shown)


def curves_figure(runs: list[str], *, language: str = "en") -> Figure | None:
    """Draw the learning curves of runs, or return None if no run has stored losses.

    Parameters
    ----------
    runs : list of str
        Run folders, the best run first.
    language : {"en", "zh"}, default="en"
        Language of the figure.

    Returns
    -------
    matplotlib.figure.Figure or None
    """
    names = short_names(runs)
    # A saved model given by its own path is the folder `model` of a run.
    folders = {
        names[run]: os.path.dirname(run) if os.path.basename(run) == "model" else run
        for run in runs
    }
    curves, is_validated = learning_curves(folders)
    if not curves:
        return None
    y_name = Message("validation loss") if is_validated else Message("training loss")
    return overlaid_curves(curves, y_name=y_name, language=language)


def curves_caption() -> Message:
    """Return the caption of ``curves_figure``."""
    return Message(
        "Loss after each epoch, of the last stage if there are several. Losses are comparable only "
        "between runs with the same loss and scaling."
    )
