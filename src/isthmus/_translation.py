"""Messages for people: English in the source, other languages from gettext catalogs.

Nothing here remembers a language. Whoever shows a message passes the language to ``translate``.
"""

from __future__ import annotations

import functools
import gettext
import importlib.resources
import io
import math
import operator
import os
import string
import struct
import unicodedata
from collections.abc import Mapping
from typing import Any

from .errors import UsageError, did_you_mean

__all__ = [
    "LANGUAGES",
    "Message",
    "catalog",
    "check_language",
    "gettext_noop",
    "locale_language",
    "message_of",
    "messages_in",
    "restore_messages",
    "translate",
    "two_sentences",
    "width",
]

LANGUAGES = ("en", "zh")


def gettext_noop(msgid: str) -> str:
    """Mark a text for extraction where it is stored, and is not yet a ``Message``.

    Parameters
    ----------
    msgid : str
        An English text, as for ``Message``.

    Returns
    -------
    str
        The same text.
    """
    return msgid


_LIST_SEPARATOR = gettext_noop(", ")


class Message(str):
    """A text that is English as a ``str`` and can be translated with ``translate``.

    Programs and JSON see the English text. ``scripts/translations.py`` extracts the literal
    arguments of ``Message`` and ``Message.plural`` into the catalogs.

    Parameters
    ----------
    msgid : str
        The English text, the key of the catalogs. Placeholders are those of ``str.format``:
        ``"Wrote {n:,} scores to {file}."``.
    msgid_plural : str, default=None
        Set by ``Message.plural``.
    **values
        Of the placeholders: numbers, text, other messages, or lists of those, which are joined by
        commas.

    Attributes
    ----------
    msgid : str
        The English text with its placeholders.
    msgid_plural : str or None
        The text for numbers other than one; ``values["n"]`` is the number.
    values : dict
        Of the placeholders.
    """

    msgid: str
    msgid_plural: str | None
    values: dict[str, Any]

    def __new__(cls, msgid: str, msgid_plural: str | None = None, /, **values: Any) -> Message:
        made = super().__new__(cls, _formatted(msgid, msgid_plural, values, "en"))
        made.msgid, made.msgid_plural, made.values = msgid, msgid_plural, values
        return made

    @classmethod
    def plural(cls, msgid: str, msgid_plural: str, n: int, /, **values: Any) -> Message:
        """Return a message whose form depends on a number, as with ``gettext.ngettext``.

        Where a sentence has two numbers, one of them is a message of its own among the values.

        Parameters
        ----------
        msgid : str
            For one: ``"{n:,} row of {total:,}"``.
        msgid_plural : str
            For any other number: ``"{n:,} rows of {total:,}"``.
        n : int
            The number, which is also the value of ``{n}``.
        **values
            Of the other placeholders.

        Returns
        -------
        Message
        """
        return cls(msgid, msgid_plural, n=operator.index(n), **values)

    def __getnewargs_ex__(self) -> tuple[tuple[str, str | None], dict[str, Any]]:
        return (self.msgid, self.msgid_plural), self.values  # for copy and pickle


def translate(text: object, language: str) -> str:
    """Return a text in a language.

    Parameters
    ----------
    text : object
        A message; anything else is returned as ``str(text)``. A message that the language's
        catalog lacks stays English.
    language : {"en", "zh"}
        The language to return it in.

    Returns
    -------
    str
    """
    if not isinstance(text, Message):
        return str(text)
    return _formatted(text.msgid, text.msgid_plural, text.values, language)


def message_of(error: BaseException) -> str:
    """Return the text of an error: a ``Message`` if it was raised with one, else a ``str``.

    Parameters
    ----------
    error : BaseException
        Any error.

    Returns
    -------
    str
    """
    first = error.args[0] if len(error.args) == 1 else None
    return first if isinstance(first, Message) else str(error)


def two_sentences(first: str, second: str) -> Message:
    """Return two sentences as one message, joined as each language does."""
    return Message("{first} {second}", first=first, second=second)


_NOT_ZERO = frozenset("123456789")


def _formatted(
    msgid: str, msgid_plural: str | None, values: Mapping[str, Any], language: str
) -> str:
    translations = _translations(language)
    if msgid_plural is None:
        template = translations.gettext(msgid)
    else:
        template = translations.ngettext(msgid, msgid_plural, values["n"])
    texts = {name: _value(value, language) for name, value in values.items()}
    return _PlainZeros().format(template, **texts)


class _PlainZeros(string.Formatter):
    """``str.format``, which shows numbers that round to zero without a minus sign."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """Format one value."""
        text = format(value, format_spec)
        is_zero = isinstance(value, float) and math.isfinite(value) and not _NOT_ZERO & {*text}
        return text.replace("-", "", 1) if is_zero else text


def _value(value: Any, language: str) -> Any:
    """Return a value as ``str.format`` takes it."""
    if isinstance(value, list | tuple):
        separator = _translations(language).gettext(_LIST_SEPARATOR)
        return separator.join(translate(item, language) for item in value)
    return translate(value, language) if isinstance(value, str) else value


@functools.cache
def _translations(language: str) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()  # gives msgid and msgid_plural themselves
    return gettext.GNUTranslations(io.BytesIO(_mo_file(language)))


def _mo_file(language: str) -> bytes:
    place = f"locale/{language}/LC_MESSAGES/isthmus.mo"
    return importlib.resources.files(__package__).joinpath(place).read_bytes()


@functools.cache
def catalog(language: str) -> Mapping[tuple[str, ...], tuple[str, ...]]:
    """Return the messages of a language's catalog with their translations.

    Parameters
    ----------
    language : {"en", "zh"}
        English has none.

    Returns
    -------
    mapping
        The plural forms by ``(msgid,)`` or ``(msgid, msgid_plural)``. ``gettext`` has no function
        that lists them, so the file is read as its manual describes it:
        https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html
    """
    if language == "en":
        return {}
    data = _mo_file(language)
    n, originals, translated = struct.unpack_from("<3I", data, 8)

    def strings(table: int) -> list[tuple[str, ...]]:
        places = (struct.unpack_from("<2I", data, table + 8 * k) for k in range(n))
        return [tuple(data[at : at + size].decode().split("\0")) for size, at in places]

    pairs = zip(strings(originals), strings(translated), strict=True)
    return {msgids: forms for msgids, forms in pairs if msgids != ("",)}  # that is the header


def messages_in(document: Any) -> dict[str, Any]:
    """Return all messages in a document, as plain values by their English text.

    Parameters
    ----------
    document : object
        Mappings and lists of anything.

    Returns
    -------
    dict
        For ``restore_messages``.
    """
    if isinstance(document, Message):
        return {str(document): _plain(document)}
    items = document.values() if isinstance(document, Mapping) else document
    found: dict[str, Any] = {}
    if isinstance(items, list | tuple) or isinstance(document, Mapping):
        for item in items:
            found |= messages_in(item)
    return found


def restore_messages(document: Any, messages: Mapping[str, Any]) -> Any:
    """Return a document with messages where JSON has only their English text.

    Parameters
    ----------
    document : object
        What JSON can hold.
    messages : mapping
        The result of ``messages_in``. It is not trusted: an entry is used only if its msgids are
        in a catalog and give exactly the text in the document.

    Returns
    -------
    object
    """
    if isinstance(document, dict):
        return {key: restore_messages(item, messages) for key, item in document.items()}
    if isinstance(document, list):
        return [restore_messages(item, messages) for item in document]
    if not isinstance(document, str) or document not in messages:
        return document
    message = _message(messages[document])
    return message if message == document else document


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if not isinstance(value, Message):
        return value
    plural = {} if value.msgid_plural is None else {"msgid_plural": value.msgid_plural}
    values = {name: _plain(item) for name, item in value.values.items()}
    return {"msgid": value.msgid, **plural, "values": values}


def _message(plain: Any) -> Any:
    if isinstance(plain, list):
        return [_message(item) for item in plain]
    if not isinstance(plain, dict):
        return plain
    msgid, msgid_plural = plain.get("msgid"), plain.get("msgid_plural")
    values = plain.get("values")
    if not isinstance(msgid, str) or not isinstance(msgid_plural, str | None):
        return None
    msgids = (msgid,) if msgid_plural is None else (msgid, msgid_plural)
    if msgids not in _known() or not isinstance(values, dict):
        return None
    if msgid_plural is not None and type(values.get("n")) is not int:
        return None
    try:
        return Message(msgid, msgid_plural, **{str(k): _message(v) for k, v in values.items()})
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return None


@functools.cache
def _known() -> frozenset[tuple[str, ...]]:
    return frozenset().union(*(catalog(language) for language in LANGUAGES))


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
