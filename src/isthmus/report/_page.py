"""The page of a run: report.html for people, report.json with the same numbers for programs."""

from __future__ import annotations

import base64
import functools
import importlib.resources
import json
import math
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from .._files import replacing
from ..errors import UsageError
from ._text import clean, shorten

SCHEMA_VERSION = 1
_MEDIA_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}
_LONGEST_CELL = 200  # columns of text; the JSON keeps the whole
_LONGEST_TEXT = 2_000
_FACTS = {
    "n_rows_train": "training rows",
    "n_rows_held_out": "held-out rows",
    "n_features": "features",
}


def write_report(folder: str | os.PathLike[str], document: Mapping[str, Any]) -> Path:
    """Write ``report.json`` and ``report.html``, both whole or neither.

    The JSON is the document with ``schema_version`` 1: keys sorted, NaN and infinity as null,
    arrays as lists. The page is one self-contained file without scripts that asks for nothing
    from a network: the figures are inside it, so its size is about 4/3 of theirs.

    Parameters
    ----------
    folder : str or path-like
        The run's folder; made where it is not there. The figures' names are relative to it.
    document : mapping
        Plain values: text, numbers, None, lists and mappings, NumPy's too; paths and dates
        become text. Every key is optional, unknown ones go to the JSON only. Those that the page
        shows, in its order:

        ``language`` : str, default "en"
            Language of the page, as in HTML's ``lang``.
        ``title`` : str, default "Isthmus report"
        ``created`` : str
            When, as it should be read.
        ``verdict`` : str
            The one sentence to remember.
        ``table`` : mapping
            ``columns`` (list of text), ``rows`` (list of lists as long as ``columns``; the first
            cell names the row) and ``caption``. Numbers are shown with four digits, those of
            the columns that ``shares`` names in per cent, None and NaN as a dash.
        ``figures`` : list of mappings
            ``file`` (``"figures/loss_curves.svg"``; SVG or PNG), ``title``, ``caption`` and
            ``alt`` (a description for those who cannot see it; the title and caption if absent).
        ``source`` : mapping
            ``name``, ``kind``, ``n_rows_train``, ``n_rows_held_out``, ``n_features``, ``notes``
            (list of sentences) and any other fact.
        ``model``, ``timing`` : mapping
            Facts; ``_`` in a key is shown as a space.
        ``settings``, ``environment`` : mapping
            Facts; keys and values are shown as they are.
        ``command`` : str
            A command line that does the same again.

    Returns
    -------
    pathlib.Path
        Where ``report.html`` is.

    Raises
    ------
    UsageError
        If a figure lies outside the folder or is neither SVG nor PNG, a row of the table is not
        as long as its columns, or a value cannot be written as JSON.
    OSError
        If a file cannot be written; older files are then untouched.
    """
    target = Path(folder)
    plain = _plain(document) | {"schema_version": SCHEMA_VERSION}
    # Lone surrogates, as in a broken file name, cannot be UTF-8; as \udcxx they are valid JSON.
    text = json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
    page = _template().render(_for_page(target, document))
    # Both are complete before either gets its name.
    with (
        replacing(target / "report.json") as numbers,
        replacing(target / "report.html") as shown,
    ):
        numbers.write_bytes(text.encode(errors="backslashreplace"))
        shown.write_bytes(page.encode())
    return target / "report.html"


def _plain(value: Any) -> Any:
    """Return ``value`` in the types of JSON."""
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
    source = importlib.resources.files(__package__).joinpath("report.html.jinja")
    return environment.from_string(source.read_text("utf-8"))


def _for_page(folder: Path, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the template shows, all of it cleaned text."""
    source = document.get("source") or {}
    known = {"name", "kind", "notes"}
    return {
        "language": _text(document.get("language") or "en"),
        "title": _text(document.get("title") or "Isthmus report"),
        "created": _text(document.get("created") or ""),
        "verdict": _text(document.get("verdict") or ""),
        "table": _table(document.get("table") or {}),
        "figures": [_figure(folder, figure) for figure in document.get("figures") or ()],
        "source": _text(source.get("name") or ""),
        "kind": _text(source.get("kind") or ""),
        "data": _facts({key: item for key, item in source.items() if key not in known}),
        "notes": [_text(note) for note in source.get("notes") or ()],
        "model": _facts(document.get("model") or {}),
        "timing": _facts(document.get("timing") or {}),
        "settings": _literals(document.get("settings") or {}),
        "environment": _literals(document.get("environment") or {}),
        "command": _text(document.get("command") or "", keep_lines=True),
    }


def _text(value: object, *, keep_lines: bool = False) -> str:
    return shorten(clean(value, keep_lines=keep_lines), _LONGEST_TEXT)


def _table(table: Mapping[str, Any]) -> dict[str, Any]:
    names, shares = list(table.get("columns") or ()), table.get("shares") or ()
    columns = [_cell(name) for name in names]
    shown = [_share if name in shares else _cell for name in names]
    rows = [list(row) for row in table.get("rows") or ()]
    wrong = next((row for row in rows if len(row) != len(columns)), None)
    if wrong is not None:
        raise UsageError(
            f"Each row of a report's table must have as many cells as there are columns, "
            f"{len(columns)}. Got {len(wrong)}: {str(wrong)[:80]}."
        )
    numeric = [_is_numeric(cells) for cells in zip(*rows, strict=True)] or [False] * len(columns)
    return {
        "columns": list(zip(columns, numeric, strict=True)),
        "rows": [
            [
                (show(cell), is_numeric)
                for show, cell, is_numeric in zip(shown, row, numeric, strict=True)
            ]
            for row in rows
        ],
        "caption": _text(table.get("caption") or ""),
    }


def _is_numeric(cells: tuple[Any, ...]) -> bool:
    return all(cell is None or isinstance(_scalar(cell), int | float) for cell in cells)


def _scalar(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _cell(value: Any) -> str:
    """Return a value as a person reads it."""
    value = _scalar(value)
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "\N{EN DASH}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return _float_text(value)
    return _structure_text(value, _cell)


def _share(value: Any) -> str:
    """Return a share as a person reads it, such as 92.4%."""
    value = _scalar(value)
    is_number = isinstance(value, int | float) and math.isfinite(value)
    return f"{value:.1%}" if is_number else _cell(value)


def _float_text(value: float) -> str:
    if value == 0 or 1e-4 <= abs(value) < 1e4:
        return f"{value:.4g}"
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:.3e}"


def _literal(value: Any) -> str:
    """Return a value as it is typed."""
    value = _scalar(value)
    if value is None or isinstance(value, bool | int | float):
        return str(value)
    return _structure_text(value, _literal)


def _structure_text(value: Any, inner: Any) -> str:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, Mapping):
        text = ", ".join(f"{key}: {inner(item)}" for key, item in value.items())
    elif isinstance(value, list | tuple):
        text = ", ".join(inner(item) for item in value)
    else:
        text = str(value)
    return shorten(clean(text), _LONGEST_CELL)


def _facts(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    names = {key: _FACTS.get(key, str(key).replace("_", " ")) for key in facts}
    return [(_structure_text(names[key], _cell), _cell(value)) for key, value in facts.items()]


def _literals(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(_structure_text(key, _literal), _literal(value)) for key, value in facts.items()]


def _figure(folder: Path, figure: Mapping[str, Any]) -> dict[str, str]:
    title, caption = _text(figure.get("title") or ""), _text(figure.get("caption") or "")
    described = ". ".join(part.rstrip(".") for part in (title, caption) if part)
    return {
        "title": title,
        "caption": caption,
        "alt": _text(figure.get("alt") or described or "figure"),
        "file": _text(figure["file"]),
        "uri": _data_uri(folder, str(figure["file"])),
    }


def _data_uri(folder: Path, file: str) -> str:
    """Return a figure as a data: URI, or an empty string where the file is not there."""
    path = folder / file
    media_type = _MEDIA_TYPES.get(path.suffix.lower())
    # A report may be sent to others: it must not carry a file that is not the run's.
    if media_type is None or not path.resolve().is_relative_to(folder.resolve()):
        raise UsageError(
            f"A report's figure must be an SVG or PNG file in the run's folder. Got {file!r}."
        )
    if not path.is_file():
        return ""
    return f"data:{media_type};base64,{base64.b64encode(path.read_bytes()).decode()}"
