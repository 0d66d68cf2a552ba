"""Model card, for the Hugging Face Hub and readers of the folder."""

from __future__ import annotations

import functools
import html
import importlib.resources
import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import yaml

from .._files import write_text
from .._translation import Message, translate
from ._cells import plain_text, shown_table
from ._evaluation_section import evaluation_heading, evaluation_metrics, shown_evaluation
from ._run_page import facts_of_model, facts_of_source

__all__ = ["card_text", "write_card"]

_FILE = "MODEL_CARD.md"
_WORDS = {
    "what": Message("Description"),
    "data": Message("Data"),
    "figures": Message("Metrics"),
    "load": Message("Usage"),
    "limits": Message("Limitations"),
    "again": Message("Reproduce"),
}
_CARD = {  # defaults for a document without a card
    "what": Message("A model trained with Isthmus on PyTorch; saved as safetensors and JSON."),
    "code": "Z = model.transform(X)",
    "tags": [],
    "task": "feature-extraction",
}
_METRICS = {
    "squared_error": Message("squared error per row"),
    "variance_explained": Message("variance explained"),
    "error_rate": Message("error rate"),
    "roc_auc": Message("ROC AUC"),
}


def write_card(folder: str | os.PathLike[str], document: Mapping[str, Any]) -> Path:
    """Write ``MODEL_CARD.md`` in the form that the Hugging Face Hub reads.

    The YAML front matter has library, tags and metrics, and the document's ``license``; without
    one, it is left to whoever publishes the model. User text is escaped, so that it is never markup
    or a link.

    Parameters
    ----------
    folder : str or path-like
        Run folder.
    document : mapping
        As for ``write_report``.

    Returns
    -------
    pathlib.Path
        Path of the card.
    """
    write_text(Path(folder) / _FILE, card_text(document))
    return Path(folder) / _FILE


def card_text(document: Mapping[str, Any]) -> str:
    """Return the text of ``write_card``.

    Parameters
    ----------
    document : mapping
        As for ``write_report``; with ``hub``, the usage loads the model from this place.

    Returns
    -------
    str
    """
    return _template().render(_for_card(document))


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=False, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip
    source = importlib.resources.files(__package__).joinpath("model_card.md.jinja")
    return environment.from_string(source.read_text("utf-8"))


def _for_card(document: Mapping[str, Any]) -> dict[str, Any]:
    language = str(document.get("language") or "en")
    card = _CARD | (document.get("card") or {})

    def text(value: object) -> str:
        return _escaped(plain_text(value or "", language))

    source = document.get("source") or {}
    return {
        "front": _front(document, card, language),
        "words": {name: translate(word, language) for name, word in _WORDS.items()},
        "title": text(document.get("title") or "Isthmus"),
        "verdict": text(document.get("verdict")),
        "lines": {
            "what": translate(card["what"], language),
            "data": text(Message("Trained on {name}.", name=source.get("name") or "?")),
            "load": translate(
                Message("`X` has the training columns, in their original units.")
                if "hub" in document
                else Message(
                    "`folder` is this run folder or its `model` folder; `X` has the training "
                    "columns, in their original units."
                ),
                language,
            ),
        },
        "model": _escaped_pairs(facts_of_model(document, language)),
        "data": _escaped_pairs(facts_of_source(document, language)),
        "notes": [text(note) for note in source.get("notes") or ()],
        "table": _escaped_table(shown_table(document.get("table") or {}, language)),
        "evaluation": _evaluation(document.get("evaluation"), language),
        "code": _usage(document) + str(card["code"]),
        "limits": [text(limit) for limit in _limits(document)],
        # Only backticks end a code block.
        "command": plain_text(document.get("command") or "", language).replace("`", "'"),
    }


def _usage(document: Mapping[str, Any]) -> str:
    place = repr(str(document["hub"])) if "hub" in document else "folder"
    return f"from isthmus import load\n\nmodel = load({place})\n"


def _evaluation(evaluation: Mapping[str, Any] | None, language: str) -> dict[str, Any]:
    """Return an evaluation as text for the card; an empty table if there is none."""
    if not evaluation:
        return {"columns": []}
    return {
        "heading": _escaped(evaluation_heading(evaluation, language)),
        "verdict": _escaped(plain_text(evaluation["verdict"]["text"], language)),
        **_escaped_table(shown_evaluation(evaluation, language)),
    }


def _escaped_table(table: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "columns": [(_escaped(name), numeric) for name, numeric in table["columns"]],
        "rows": [
            [_escaped(f"{cell} {below}".rstrip()) for cell, _, below in row]
            for row in table["rows"]
        ],
        "caption": _escaped(table["caption"]),
    }


def _front(document: Mapping[str, Any], card: Mapping[str, Any], language: str) -> str:
    task = str(card["task"])
    entries = [
        {
            "task": {"type": task},
            "dataset": {"name": name, "type": re.sub(r"[^\w.-]+", "-", name)[:96] or "data"},
            "metrics": metrics,
        }
        for name, metrics in _results(document, language)
        if metrics
    ]
    title = plain_text(document.get("title") or "Isthmus", "en")
    front = {
        "library_name": "isthmus",
        "pipeline_tag": task,
        "tags": ["isthmus", "autoencoder", *card["tags"]],
        **({"model-index": [{"name": title, "results": entries}]} if entries else {}),
    }
    if document.get("license"):
        return yaml.safe_dump(
            {"license": str(document["license"]), **front}, sort_keys=False, allow_unicode=True
        )
    hint = translate(Message("Choose a license before publishing."), language)
    lines = yaml.safe_dump(front, sort_keys=False, allow_unicode=True)
    return f"# license: {hint}\n{lines}"


def _results(document: Mapping[str, Any], language: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the model's metrics by name of the rows; those with intervals, if there are any."""
    name = plain_text((document.get("source") or {}).get("name") or "data", language)
    evaluation = document.get("evaluation")
    if not evaluation:
        return [(name, _trainings(document, language))]
    metrics = evaluation_metrics(evaluation, language)
    if evaluation["rows"]["which"] != "source":
        return [(name, metrics)]
    others = plain_text(evaluation["rows"]["source"], language)
    return [(name, _trainings(document, language)), (others, metrics)]


def _trainings(document: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """Return the metrics of the training, on held-out rows if there are any."""
    every = document.get("results") or {}
    own = every.get((document.get("model") or {}).get("estimator")) or {}
    figures = {**(own.get("held_out") or own.get("train") or {}), **own}
    return [
        {"type": key, "value": round(float(figures[key]), 6), "name": translate(name, language)}
        for key, name in _METRICS.items()
        if isinstance(figures.get(key), int | float) and math.isfinite(figures[key])
    ]


def _limits(document: Mapping[str, Any]) -> list[str]:
    found = [
        finding.get("seen") or ""
        for finding in document.get("findings") or ()
        if finding.get("severity") in ("warning", "problem")
    ]
    return [
        *found,
        Message(
            "Rows that differ from the training rows are reconstructed worse than these metrics "
            "show."
        ),
        Message(
            "The weights contain information about the training rows: check these rows before "
            "sharing the model."
        ),
    ]


def _escaped_pairs(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(_escaped(name), _escaped(value)) for name, value in pairs]


def _escaped(text: str) -> str:
    """Escape a text for Markdown: no tags, links, emphasis, formulas or tables."""
    safe = html.escape(text, quote=False)
    safe = re.sub(r"([\\`*_\[\]|~$!])", r"\\\1", safe)
    return safe.replace("://", ":&#47;&#47;").replace("www.", "www&#46;").replace("@", "&#64;")
