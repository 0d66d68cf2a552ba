"""How sources are read: the options of every reader, declared once.

``isthmus.sources.read_source`` takes them as keyword arguments; the command line and the keys of a
YAML file are derived from here.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict, get_type_hints

from .errors import UsageError

__all__ = ["READING_OPTIONS", "ReadingOption", "ReadingOptions", "name_list"]


@dataclass(frozen=True)
class Form:
    """The values that an option takes, as a command line and as a YAML file write them.

    Attributes
    ----------
    metavar : str
        What the command line's help calls a value.
    from_text : callable
        From the option's name and its text on the command line to a value.
    from_yaml : callable
        From what YAML has read to a value.
    holds : callable
        Whether a value in a run's config.yaml is one that a training may have written.
    normalised : callable
        From what Python code passes to what readers take.
    """

    metavar: str
    from_text: Callable[[str, str], Any]
    from_yaml: Callable[[Any], Any]
    holds: Callable[[Any], bool]
    normalised: Callable[[Any], Any] = lambda value: value


def name_list(text: str | None, option: str) -> list[str] | None:
    """Return the names in an option's text, separated by commas; None for None.

    A name that holds a comma is put in double quotes, as in a CSV file.

    Parameters
    ----------
    text : str or None
        As it was given.
    option : str
        The option's name, for the message.

    Returns
    -------
    list of str or None

    Raises
    ------
    UsageError
        If a name is empty: a column without a name is called ``unnamed_1``.
    """
    if text is None:
        return None
    names = [name.strip() for name in next(csv.reader([text], skipinitialspace=True), [])]
    if not all(names):
        raise UsageError(
            f"`{option}` must be names with commas between, none of them empty. Got {text!r}."
        )
    return names


def _names_from_yaml(value: Any) -> list[str]:
    # Columns may be called 0, 1, 2, which YAML reads as numbers.
    return [str(name) for name in (value if isinstance(value, list) else [value])]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


TEXT = Form("NAME", lambda option, text: text, str, _is_text)
FOLDER = Form("FOLDER", lambda option, text: text, str, _is_text)
SIZE = Form("SIZE", lambda option, text: text, lambda value: value, lambda value: True)
FLAG = Form("", lambda option, text: bool(text), bool, lambda value: isinstance(value, bool))
NAMES = Form(
    "A,B,...",
    lambda option, text: name_list(text, option),
    _names_from_yaml,
    lambda value: isinstance(value, str | list),
    lambda value: (value,) if isinstance(value, str) else value,
)


@dataclass(frozen=True)
class ReadingOption:
    """One option of the readers.

    Attributes
    ----------
    form : Form
        The values it takes.
    help : str
        What it does, for a training; empty for an option that the command line does not have.
    help_later : str, default=""
        What it does for rows that a trained run is given; empty where it does not apply there.
    """

    form: Form
    help: str
    help_later: str = ""


class ReadingOptions(TypedDict, total=False):
    """Keyword arguments of ``read_source`` beside the source; None leaves one out."""

    data_dir: Annotated[
        str | os.PathLike[str] | None,
        ReadingOption(
            FOLDER,
            "Where to look first for the files of mnist or fashion-mnist.",
            "Where to look first for the files of mnist or fashion-mnist.",
        ),
    ]
    columns: Annotated[
        Sequence[str] | None,
        ReadingOption(
            NAMES,
            "A table's columns to use, separated by commas; a name that holds a comma is put in "
            "double quotes. Default: all numeric ones.",
        ),
    ]
    label: Annotated[
        str | None,
        ReadingOption(
            TEXT,
            "The column of a table, or the array of a .npz file, that holds labels and is not a "
            "feature. They colour the map of codes; only a classifier learns from them.",
        ),
    ]
    text_column: Annotated[
        str | Sequence[str] | None,
        ReadingOption(
            NAMES,
            "A table's column of texts, which are then the rows; several, separated by commas, "
            "are joined by a space.",
            "For a run of texts: the table's column of texts, or several separated by commas. "
            "Default: as in the training.",
        ),
    ]
    image_size: Annotated[
        int | str | Sequence[int] | None,
        ReadingOption(
            SIZE,
            "Resize a folder's pictures: 32, or HEIGHTxWIDTH.",
            "Resize a folder's pictures: 32, or HEIGHTxWIDTH. Default: as in the training.",
        ),
    ]
    colour: Annotated[bool | None, ReadingOption(FLAG, "")]


def _declared() -> dict[str, ReadingOption]:
    hints = get_type_hints(ReadingOptions, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items()}


READING_OPTIONS: Mapping[str, ReadingOption] = _declared()
