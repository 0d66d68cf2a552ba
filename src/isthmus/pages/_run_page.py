"""Report of a run: report.html for readers, report.json with the same numbers for programs."""

from __future__ import annotations

import functools
import importlib.resources
import json
import math
import os
import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup, escape

from .._digests import signed
from .._files import replacing
from .._translation import Message, check_language, messages_in, translate
from ..artifacts import REPORT, REPORT_SCHEMA_VERSION
from ..errors import UsageError
from ..figures import BUNDLED_FONT
from ._cells import cell_text, literal_facts, plain_text, shown_table
from ._embedded_figures import embedded_figure
from ._evaluation_section import evaluation_heading, evaluation_items
from ._page_script import page_script
from ._web_font import web_font

__all__ = ["facts_of_model", "facts_of_source", "page_text", "write_report"]

_ABOUT_SOURCE = {"name", "kind", "notes"}

# Texts of the page.
_WORDS = {
    "report": Message("Isthmus report"),
    "comparison": Message("Comparison"),
    "data": Message("Data"),
    "model": Message("Model"),
    "settings": Message("Settings"),
    "findings": Message("Findings"),
    "evaluation": Message("Evaluation"),
    "time": Message("Time and memory"),
    "environment": Message("Environment"),
    "again": Message("Reproduce"),
    "contents": Message("Contents"),
    "figure": Message("figure"),
    "nothing": Message("No issues found."),
}
# Sections of figures and tables, in their order: what comes back, how it was learned, what is
# strange, how it compares, and what to do.
_SECTIONS = {
    "errors": Message("Errors"),
    "seeds": Message("Seeds"),
    "held_out": Message("Reconstructions"),
    "curves": Message("Training"),
    "runs": Message("Runs"),
    "classes": Message("Classes"),
    "map": Message("Codes"),
    "latents": Message("Latents"),
    "units": Message("What the code's numbers mean"),
    "samples": Message("Samples"),
    "reconstructions": Message("Best and worst"),
    "anomalies": Message("Anomalies"),
    "ranking": Message("Agreement with labels"),
    "features": Message("Features"),
    "categories": Message("Categories"),
    "missing": Message("Missing cells"),
    "filters": Message("First layer"),
    "pca": Message("Comparison with PCA"),
    "evaluation": _WORDS["evaluation"],
    "findings": _WORDS["findings"],
    "networks": Message("Training"),
    "columns": Message("Columns"),
    "more": Message("More figures"),
}
_SEVERITIES = {
    "problem": Message("problem"),
    "warning": Message("warning"),
    "note": Message("note"),
}
_KINDS = {
    "pictures": Message("pictures"),
    "table": Message("table"),
    "array": Message("array"),
    "texts": Message("texts"),
}
_FACTS = {
    "n_rows_train": Message("training rows"),
    "n_rows_held_out": Message("held-out rows"),
    "held_out": Message("held-out split"),
    "n_features": Message("features"),
    "fingerprint": Message("fingerprint"),
    "estimator": Message("estimator"),
    "latent_dim": Message("code size"),
    "linear_path": Message("linear path"),
    "likelihood": Message("likelihood"),
    "active_units": Message("active units"),
    "kl": Message("divergence (nats per row)"),
    "scaling": Message("scaling"),
    "weights": Message("weights"),
    "epochs": Message("epochs"),
    "best_epoch": Message("best epoch"),
    "networks": Message("networks"),
    "line": Message("threshold"),
    "pretraining": Message("pretraining"),
    "training_seconds": Message("training time (s)"),
    "fit_seconds": Message("fit time (s)"),
    "all_seconds": Message("total time (s)"),
    "peak_memory_mb": Message("peak memory (MB)"),
}


def write_report(
    folder: str | os.PathLike[str],
    document: Mapping[str, Any],
    *,
    plots: Mapping[str, Any] | None = None,
) -> Path:
    """Write ``report.json`` and ``report.html``, both or neither.

    The JSON is the document in English with ``schema_version`` 1: its keys sorted, NaN and infinity
    as null, arrays as lists; ``messages`` holds the msgids and values of its texts, so that they
    can be shown in another language. The page is one self-contained file without scripts, unless
    ``plots`` are given, that asks for nothing from a network: the figures are inside it, large
    pictures as WebP.

    Parameters
    ----------
    folder : str or path-like
        Run folder; created if needed. File names of figures are relative to it.
    document : mapping
        Plain values: text, numbers, None, lists and mappings, and NumPy values; paths and dates
        become text. Every key is optional; unknown ones are only written to the JSON. The page
        shows:

        ``language`` : {"en", "zh"}, default "en"
            Language of the page.
        ``title`` : str, default "Isthmus report"
            Heading of the page.
        ``created`` : str
            Date and time; in ISO format, the page shows them without seconds.
        ``verdict`` : str
            Main result in one sentence.
        ``table`` : mapping
            ``columns`` (list of text), ``rows`` (list of lists as long as ``columns``; the first
            cell names the row) and ``caption``. Numbers are shown with four digits, those of
            columns in ``shares`` in per cent, None and NaN as a dash, and estimates (mappings of
            ``value`` and ``interval``) with the interval below the value.
        ``source`` : mapping
            ``name``, ``kind``, ``n_rows_train``, ``n_rows_held_out``, ``n_features``, ``notes``
            (list of sentences) and any other fact.
        ``model``, ``timing`` : mapping
            Facts; ``_`` in a key is shown as a space.
        ``settings``, ``environment`` : mapping
            Facts, folded; keys and values are shown as they are.
        ``resolved`` : mapping
            What settings with the value "auto" became, by the same keys.
        ``figures`` : list of mappings
            ``file`` (``"figures/loss_curves.svg"``; SVG or PNG), ``section`` (held_out, curves,
            classes, map, latents, units, samples, reconstructions, anomalies, ranking, features,
            categories, missing, filters, pca; others are shown after them), ``title``, ``caption``
            and ``alt`` (alternative text; default: title and caption). One that is ``left_out``
            is not shown.
        ``tables`` : list of mappings
            As ``table``, each with ``section`` and ``title``.
        ``findings`` : list of mappings
            ``severity`` (note, warning or problem), ``seen``, ``matters`` and ``advice``. An empty
            list is shown too.
        ``evaluation`` : mapping
            Content of evaluation.json (``features`` is not needed), and its ``table``, by
            ``isthmus.evaluation.evaluation_table``.
        ``command`` : str
            Command line that repeats the run.
        ``card`` : mapping
            Texts for the model card: ``what`` (a sentence), ``code`` (Python that uses the model),
            ``tags`` (list of text) and ``task``, in the Hugging Face Hub's terms.
    plots : mapping, default=None
        Values by ``isthmus.figures.interactive_data`` for an interactive page; None for one
        without a script.

    Returns
    -------
    pathlib.Path
        Path of ``report.html``.

    Raises
    ------
    UsageError
        If a figure is outside the folder or is neither SVG nor PNG, a row of the table is not as
        long as its columns, a value cannot be written as JSON, or the language is unknown.
    OSError
        If a file cannot be written; existing files are then not changed.
    """
    target = Path(folder)
    page = page_text(target, document, plots=plots)
    added = {
        "schema_version": REPORT_SCHEMA_VERSION,
        "messages": dict(sorted(messages_in(document).items())),
    }
    plain = signed(_plain({**document, **added}))
    plain = {key: plain[key] for key in sorted(plain)}  # nested facts keep their order
    # Lone surrogates, as in a broken file name, cannot be UTF-8; as \udcxx they are valid JSON.
    text = json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    # Both are complete before either is renamed.
    with (
        replacing(target / REPORT) as numbers,
        replacing(target / "report.html") as shown,
    ):
        numbers.write_bytes(text.encode(errors="backslashreplace"))
        shown.write_bytes(page.encode())
    return target / "report.html"


def page_text(
    folder: str | os.PathLike[str],
    document: Mapping[str, Any],
    *,
    plots: Mapping[str, Any] | None = None,
) -> str:
    """Return the page of a report as HTML.

    Parameters
    ----------
    folder : str or path-like
        Folder of the figures.
    document, plots
        As for ``write_report``.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    UsageError
        As for ``write_report``.
    """
    shown, template = _for_page(Path(folder), document) | {"font": None}, _template()
    shown["script"] = page_script(plots, str(document.get("language") or "en"))
    page = template.render(shown)
    font = web_font(page, BUNDLED_FONT[1])
    return template.render(shown | {"font": font}) if font else page


def _plain(value: Any) -> Any:
    """Convert ``value`` to JSON types."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, os.PathLike | date):
        return str(value)
    raise UsageError(
        "A report's values must be text, numbers, None, lists or mappings. "
        f"Got {type(value).__name__}: {str(value)[:60]!r}."
    )


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["with_code"] = _with_code
    source = importlib.resources.files(__package__).joinpath("report.html.jinja")
    return environment.from_string(source.read_text("utf-8"))


def _with_code(text: str) -> Markup:
    """Return escaped text, with text between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _for_page(folder: Path, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the template, all of it cleaned text."""
    language = str(document.get("language") or "en")
    check_language(language)
    source = document.get("source") or {}
    environment = dict(document.get("environment") or {})
    timing = dict(document.get("timing") or {})
    if "peak_memory_mb" in environment:
        timing["peak_memory_mb"] = environment.pop("peak_memory_mb")

    def text(value: object, *, keep_lines: bool = False) -> str:
        return plain_text(value or "", language, keep_lines=keep_lines)

    return {
        "language": "zh-CN" if language == "zh" else language,
        "words": {name: translate(word, language) for name, word in _WORDS.items()},
        "title": text(document.get("title") or _WORDS["report"]),
        "created": text(_moment(document.get("created"))),
        "verdict": text(document.get("verdict")),
        "table": shown_table(document.get("table") or {}, language),
        "source": text(_named_source(source)),
        "data": facts_of_source(document, language),
        "notes": [text(note) for note in source.get("notes") or ()],
        "model": facts_of_model(document, language),
        "settings": _settings(document),
        "sections": _sections(folder, document, language),
        "timing": _facts(timing, language),
        "environment": literal_facts(environment),
        "command": text(document.get("command"), keep_lines=True),
    }


def _settings(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return all settings, with what "auto" became."""
    settings = literal_facts(document.get("settings") or {})
    resolved = dict(literal_facts(document.get("resolved") or {}))
    return [
        (name, f"auto \N{RIGHTWARDS ARROW} {resolved[name]}" if name in resolved else value)
        for name, value in settings
    ]


def _named_source(source: Mapping[str, Any]) -> str:
    name, kind = str(source.get("name") or ""), source.get("kind")
    if not kind:
        return name
    return Message("{name} ({kind})", name=name, kind=_KINDS.get(kind, str(kind)))


def _sections(folder: Path, document: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """Return the existing sections before those about the data and the model, in order."""
    parts: dict[str, dict[str, Any]] = {
        name: {"name": name, "title": translate(title, language), "items": []}
        for name, title in _SECTIONS.items()
    }
    for table in document.get("tables") or ():
        _part(parts, table)["items"].append({"table": shown_table(table, language)})
    for figure in document.get("figures") or ():
        if figure.get("left_out"):  # a note says why
            continue
        _part(parts, figure)["items"].append({"figure": _figure(folder, figure, language)})
    if document.get("findings") is not None:
        found = [_finding(finding, language) for finding in document["findings"]]
        parts["findings"]["items"].append({"findings": found})
    if evaluation := document.get("evaluation"):
        parts["evaluation"]["title"] = evaluation_heading(evaluation, language)
        parts["evaluation"]["items"] += evaluation_items(evaluation, language)
    return [part for part in parts.values() if part["items"]]


def _part(parts: dict[str, dict[str, Any]], item: Mapping[str, Any]) -> dict[str, Any]:
    return parts.get(str(item.get("section")), parts["more"])


def _finding(finding: Mapping[str, Any], language: str) -> dict[str, str]:
    severity = str(finding.get("severity"))
    return {
        "severity": severity if severity in _SEVERITIES else "note",
        "label": plain_text(_SEVERITIES.get(severity, severity), language),
        **{
            key: plain_text(finding.get(key) or "", language)
            for key in ("seen", "matters", "advice")
        },
    }


def _moment(created: Any) -> Any:
    """Return a time in ISO format as people write it; other texts as they are."""
    try:
        return datetime.fromisoformat(created).strftime("%Y-%m-%d %H:%M %Z").strip()
    except (TypeError, ValueError):
        return created


def facts_of_source(document: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """Return further facts about the source, without name, kind and notes."""
    source = document.get("source") or {}
    return _facts({k: item for k, item in source.items() if k not in _ABOUT_SOURCE}, language)


def facts_of_model(document: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """Return the facts about the model."""
    return _facts(document.get("model") or {}, language)


def _facts(facts: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    names = {key: _FACTS.get(key, str(key).replace("_", " ")) for key in facts}
    return [
        (cell_text(names[key], language), cell_text(value, language))
        for key, value in facts.items()
    ]


def _figure(folder: Path, figure: Mapping[str, Any], language: str) -> dict[str, Any]:
    title, caption, alt = (
        plain_text(figure.get(key) or "", language) for key in ("title", "caption", "alt")
    )
    described = ". ".join(
        part.rstrip(".\N{IDEOGRAPHIC FULL STOP}") for part in (title, caption) if part
    )
    file = str(figure["file"])
    embedded = embedded_figure(folder, file)
    return {
        "title": title,
        "caption": caption,
        "alt": alt or described or translate(_WORDS["figure"], language),
        "missing": plain_text(Message("File not found: {file}", file=file), language),
        "file": plain_text(file, language),
        "uri": embedded.uri,
        "is_adaptive": embedded.is_adaptive,
    }
