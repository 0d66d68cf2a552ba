"""Sentences that can be said in another language: English templates and a catalogue of the others.

Nothing here remembers a language. Who shows text to people is told which one, and passes it on.
"""

from __future__ import annotations

import functools
import importlib.resources
import os
import string
import unicodedata
from collections.abc import Mapping
from typing import Any

import yaml

from .errors import UsageError, did_you_mean

__all__ = [
    "LANGUAGES",
    "Sentence",
    "capitalised",
    "catalogue",
    "check_language",
    "locale_language",
    "recalled",
    "sentences_in",
    "told",
    "width",
]

LANGUAGES = ("en", "zh")


class _Formatter(string.Formatter):
    """Knows ``{n:row|rows}`` beside what ``str.format`` knows."""

    def format_field(self, value: Any, format_spec: str) -> str:
        one, bar, several = format_spec.partition("|")
        if bar:
            return one if value == 1 else several
        shown: str = super().format_field(value, format_spec)
        return shown


_FORMATTER = _Formatter()


class Sentence(str):
    """An English text that knows its template and values, and so its translation.

    It is the English text in every way: to programs, JSON and whoever knows no languages.

    Parameters
    ----------
    template : str
        English, with named placeholders: ``"{n:,} of {total:,} {total:row|rows}"``, where the bar
        parts the word for one from that for any other number. It is the key of the catalogue.
    **values
        Of the placeholders: numbers, text, sentences in turn, or lists of those, which are
        written with commas between.
    """

    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, /, **values: Any) -> Sentence:
        shown = {name: _said(value, "en") for name, value in values.items()}
        made = super().__new__(cls, _FORMATTER.format(template, **shown))
        made.template, made.values = template, values
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self.template,), self.values  # copies and pickles are sentences too


def told(text: object, language: str) -> str:
    """Return a text in a language.

    Parameters
    ----------
    text : object
        A sentence without a translation, and whatever is no sentence, stays as it is.
    language : {"en", "zh"}
        Of people.

    Returns
    -------
    str
    """
    template = catalogue(language).get(text.template) if isinstance(text, Sentence) else None
    if template is None or not isinstance(text, Sentence):
        return str(text)
    values = {name: _said(value, language) for name, value in text.values.items()}
    return _FORMATTER.format(template, **values)


def _said(value: Any, language: str) -> Any:
    """Return a value as a template takes it."""
    if isinstance(value, list | tuple):
        return ("、" if language == "zh" else ", ").join(told(item, language) for item in value)
    return told(value, language) if isinstance(value, str) else value


def capitalised(text: str) -> str:
    """Return a text, or a sentence, with a capital letter at its beginning."""
    if isinstance(text, Sentence):
        return Sentence(text.template[:1].upper() + text.template[1:], **text.values)
    return text[:1].upper() + text[1:]


@functools.cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return a language's templates by their English ones: ``languages/zh.yaml``.

    Parameters
    ----------
    language : {"en", "zh"}
        English has none.

    Returns
    -------
    mapping
    """
    if language == "en":
        return {}
    file = importlib.resources.files(__package__).joinpath(f"languages/{language}.yaml")
    return dict(yaml.safe_load(file.read_text("utf-8")))


def sentences_in(value: Any) -> dict[str, Any]:
    """Return all sentences in a document, as plain values by their English text.

    Parameters
    ----------
    value : object
        Mappings and lists of anything.

    Returns
    -------
    dict
        For ``recalled``.
    """
    if isinstance(value, Sentence):
        return {str(value): _plain(value)}
    items = value.values() if isinstance(value, Mapping) else value
    found: dict[str, Any] = {}
    if isinstance(items, list | tuple) or isinstance(value, Mapping):
        for item in items:
            found |= sentences_in(item)
    return found


def recalled(value: Any, sentences: Mapping[str, Any]) -> Any:
    """Return a document with sentences again where JSON left their English text.

    Parameters
    ----------
    value : object
        What JSON can hold.
    sentences : mapping
        What ``sentences_in`` gave. It is not trusted: only a template of the catalogues that
        gives the very text is taken.

    Returns
    -------
    object
    """
    if isinstance(value, dict):
        return {key: recalled(item, sentences) for key, item in value.items()}
    if isinstance(value, list):
        return [recalled(item, sentences) for item in value]
    if not isinstance(value, str) or value not in sentences:
        return value
    made = _sentence(sentences[value])
    return made if made == value else value


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if not isinstance(value, Sentence):
        return value
    return {"template": value.template, "values": {k: _plain(v) for k, v in value.values.items()}}


def _sentence(plain: Any) -> Any:
    if isinstance(plain, list):
        return [_sentence(item) for item in plain]
    if not isinstance(plain, dict):
        return plain
    template, values = plain.get("template"), plain.get("values")
    if (
        not isinstance(template, str)
        or template not in _known_templates()
        or not isinstance(values, dict)
    ):
        return None
    try:
        return Sentence(template, **{str(k): _sentence(v) for k, v in values.items()})
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return None


@functools.cache
def _known_templates() -> frozenset[str]:
    return frozenset().union(*(catalogue(language) for language in LANGUAGES))


def check_language(language: str) -> None:
    """Raise ``UsageError`` unless it is a language that Isthmus speaks."""
    if language not in LANGUAGES:
        raise UsageError(
            f"`lang` must be one of {', '.join(LANGUAGES)}. Got {language!r}."
            + did_you_mean(language, LANGUAGES)
        )


def locale_language(environ: Mapping[str, str] = os.environ) -> str:
    """Return the language of the locale: the first that is set of LC_ALL, LC_MESSAGES and LANG.

    Parameters
    ----------
    environ : mapping, default=os.environ
        The environment's variables.

    Returns
    -------
    str
        English where it is none that Isthmus speaks.
    """
    names = (environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    spoken = next(filter(None, names), "")[:2].lower()
    return spoken if spoken in LANGUAGES else "en"


def width(text: str) -> int:
    """Return how many columns of a terminal ``text`` takes: Chinese characters take two."""
    return sum(_character_width(c) for c in text)


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
