"""Options of all readers, declared once.

``isthmus.sources.read_source`` takes them as keyword arguments. The options of the command line
and the keys of a YAML file are derived from them.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict, get_type_hints

from .errors import UsageError, did_you_mean

__all__ = ["READING_OPTIONS", "SWITCH", "ReadingOption", "ReadingOptions", "name_list"]


@dataclass(frozen=True)
class Form:
    """Type of an option's value, with its forms on the command line and in YAML.

    Attributes
    ----------
    metavar : str
        Placeholder in the command line's help.
    from_text : callable
        From the option's name and its command-line text to a value.
    from_yaml : callable
        From a YAML value to a value.
    holds : callable
        Whether a value in a run's config.yaml is valid.
    normalised : callable
        From a value passed in Python to the form that readers take.
    """

    metavar: str
    from_text: Callable[[str, str], Any]
    from_yaml: Callable[[Any], Any]
    holds: Callable[[Any], bool]
    normalised: Callable[[Any], Any] = lambda value: value


def name_list(text: str | None, option: str) -> list[str] | None:
    """Split a comma-separated list of names; None stays None.

    A name that contains a comma must be in double quotes, as in a CSV file.

    Parameters
    ----------
    text : str or None
        Text as given.
    option : str
        Name of the option, for the message.

    Returns
    -------
    list of str or None

    Raises
    ------
    UsageError
        If a name is empty. Columns without a name are called ``unnamed_1`` and so on.
    """
    if text is None:
        return None
    names = [name.strip() for name in next(csv.reader([text], skipinitialspace=True), [])]
    if not all(names):
        raise UsageError(f"`{option}` must be non-empty names separated by commas. Got {text!r}.")
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
# A flag whose opposite is the default, so that there is no option for it.
SWITCH = Form("", lambda option, text: bool(text), bool, lambda value: isinstance(value, bool))
NAMES = Form(
    "A,B,...",
    lambda option, text: name_list(text, option),
    _names_from_yaml,
    lambda value: isinstance(value, str | list),
    lambda value: (value,) if isinstance(value, str) else value,
)


_UNITS = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_LEAST_WITHOUT_UNIT = 1000  # "8" is hardly meant as 8 bytes
_AMOUNT = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z]*)\s*", re.IGNORECASE)


def _bytes_from_text(option: str, text: str) -> int:
    found = _AMOUNT.fullmatch(text)
    unit = found[2].lower() if found else "?"
    n_bytes = round(float(found[1]) * _UNITS[unit]) if found and unit in _UNITS else 0
    if n_bytes < 1 or (not unit and n_bytes < _LEAST_WITHOUT_UNIT):
        raise UsageError(f"`{option}` must be a size such as 500MB or 2GB. Got {text!r}.")
    return n_bytes


def _bytes_from_value(option: str, value: Any) -> int | None:
    if value is None or (isinstance(value, int) and value > 0):
        return value
    return _bytes_from_text(option, str(value))


def _bytes(value: Any) -> int | None:
    return _bytes_from_value("max_memory", value)


def _memory(value: Any) -> int | None:
    return _bytes_from_value("memory", value)


BYTES = Form("SIZE", _bytes_from_text, _bytes, lambda value: isinstance(value, int), _bytes)
MEMORY = Form("SIZE", _bytes_from_text, _memory, lambda value: isinstance(value, int), _memory)


_WHOLE = re.compile(r"\s*[+-]?[0-9]+\s*")
_LEAST = {"window": 2, "stride": 1, "limit": 1, "sample": 1}


def _count_from_text(option: str, text: str) -> int:
    least = _LEAST[option]
    is_whole = _WHOLE.fullmatch(text) is not None
    if not is_whole or int(text) < least:
        got = text.strip() if is_whole else repr(text)
        raise UsageError(f"`{option}` must be an integer of at least {least}. Got {got}.")
    return int(text)


COUNT = Form("N", _count_from_text, int, lambda value: isinstance(value, int))


def _kinds_from_text(option: str, text: str) -> dict[str, str]:
    pairs = [pair.rpartition("=") for pair in name_list(text, option) or ()]
    if not all(name and kind for name, _, kind in pairs):
        raise UsageError(
            f"`{option}` must be pairs such as zip=categorical, separated by commas. Got {text!r}."
        )
    return {name.strip(): kind.strip() for name, _, kind in pairs}


KINDS = Form(
    "NAME=KIND,...",
    _kinds_from_text,
    lambda value: {str(name): str(kind) for name, kind in dict(value).items()},
    lambda value: isinstance(value, dict),
)


_BINARISATIONS = ("sample", "threshold")


def _binarisation(option: str, text: str) -> str:
    if text not in _BINARISATIONS:
        raise UsageError(
            f"`{option}` must be 'sample' or 'threshold'. Got {text!r}."
            + did_you_mean(text, _BINARISATIONS)
        )
    return text


BINARISATION = Form(
    "HOW",
    _binarisation,
    str,
    lambda value: value in _BINARISATIONS,
    lambda value: None if value is None else _binarisation("binarise", str(value)),
)


@dataclass(frozen=True)
class ReadingOption:
    """Declaration of a reading option.

    Attributes
    ----------
    form : Form
        Type of its values.
    help : str
        Help text for training; empty if the command line does not have the option.
    help_later : str, default=""
        Help text for commands that apply a trained run; empty if it does not apply there.
    """

    form: Form
    help: str
    help_later: str = ""


class ReadingOptions(TypedDict, total=False):
    """Keyword arguments of ``read_source``; None means not given."""

    data_dir: Annotated[
        str | os.PathLike[str] | None,
        ReadingOption(
            FOLDER,
            "Folder to search first for the files of mnist or fashion-mnist.",
            "Folder to search first for the files of mnist or fashion-mnist.",
        ),
    ]
    columns: Annotated[
        Sequence[str] | None,
        ReadingOption(
            NAMES,
            "Columns of a table to use as features, separated by commas: names, or patterns such "
            "as temp_*; put a name that contains a comma in double quotes. Default: all columns.",
        ),
    ]
    exclude: Annotated[
        Sequence[str] | None,
        ReadingOption(NAMES, "Columns of a table to leave out: names or patterns."),
    ]
    id: Annotated[
        Sequence[str] | None,
        ReadingOption(
            NAMES,
            "Columns of a table that identify its rows. They are not features, and are written "
            "next to codes and scores. Default: columns that look like ids.",
            "Columns of the table to write next to the results. Default: as in training.",
        ),
    ]
    kinds: Annotated[
        Mapping[str, str] | None,
        ReadingOption(
            KINDS,
            "Kinds of columns of a table, such as zip=categorical,year=numeric; names or patterns. "
            "The kinds are numeric, categorical, ordinal, date, hashed, text and id. Default: as "
            "the values suggest.",
        ),
    ]
    missing: Annotated[
        Sequence[str] | None,
        ReadingOption(
            NAMES,
            "Values of a table that stand for missing cells, such as -999.",
            "Values of the table that stand for missing cells. Default: as in training.",
        ),
    ]
    label: Annotated[
        str | None,
        ReadingOption(
            TEXT,
            "Column of a table, or array of a .npz file, with labels. It is not a feature; only "
            "classifiers train on it, other models use it to colour the map of codes.",
        ),
    ]
    text_column: Annotated[
        str | Sequence[str] | None,
        ReadingOption(
            NAMES,
            "Text column of a table, to train on texts; several columns, separated by commas, are "
            "joined with a space.",
            "Text column of the table, or several separated by commas, for a run on texts. "
            "Default: as in training.",
        ),
    ]
    image_size: Annotated[
        int | str | Sequence[int] | None,
        ReadingOption(
            SIZE,
            "Resize a folder's pictures, for example to 32 or HEIGHTxWIDTH.",
            "Resize a folder's pictures, for example to 32 or HEIGHTxWIDTH. "
            "Default: as in training.",
        ),
    ]
    binarise: Annotated[
        str | None,
        ReadingOption(
            BINARISATION,
            "Make the pixels of pictures 0 or 1: `sample` draws each once, with a fixed seed, with "
            "its share of the source's highest value as the probability of a 1; `threshold` "
            "compares with half of that value.",
            "Make the pixels of pictures 0 or 1: sample or threshold. Default: as in training.",
        ),
    ]
    colour: Annotated[bool | None, ReadingOption(FLAG, "")]
    header: Annotated[
        bool | None,
        ReadingOption(
            FLAG,
            "Whether the first line of a table has the columns' names. Default: detect it.",
            "Whether the first line of the table has the columns' names. Default: as in training.",
        ),
    ]
    skip_bad: Annotated[
        bool | None,
        ReadingOption(
            SWITCH,
            "Skip lines of a text table with too few or too many cells, and files of a folder that "
            "cannot be read as pictures; a note counts them.",
            "Skip lines of a text table with too few or too many cells, and files of a folder that "
            "cannot be read as pictures; a note counts them.",
        ),
    ]
    window: Annotated[
        int | None,
        ReadingOption(
            COUNT,
            "Read a table or array as a series in the order of its rows: each row becomes a window "
            "of N consecutive ones. The last windows are held out.",
        ),
    ]
    stride: Annotated[
        int | None,
        ReadingOption(
            COUNT, "Rows from the start of a window to that of the next one. Default: 1."
        ),
    ]
    limit: Annotated[
        int | None,
        ReadingOption(
            COUNT,
            "Use only the first N rows, for a quick trial.",
            "Use only the first N rows. Default: of the training source, as in training.",
        ),
    ]
    sample: Annotated[
        int | None,
        ReadingOption(
            COUNT,
            "Use only N rows, drawn at random with a fixed seed.",
            "Use only N rows, drawn at random with a fixed seed. Default: of the training source, "
            "as in training.",
        ),
    ]
    sheet: Annotated[
        str | None,
        ReadingOption(
            TEXT,
            "Sheet of a workbook, by name or number. Default: the first that is not empty.",
            "Sheet of a workbook, by name or number. Default: as in training.",
        ),
    ]
    key: Annotated[
        str | None,
        ReadingOption(
            TEXT,
            "Array of rows in a .npz, .mat or HDF5 file. Default: X, or the only one that fits.",
            "Array of rows in a .npz, .mat or HDF5 file. Default: as in training.",
        ),
    ]
    stream: Annotated[
        bool | None,
        ReadingOption(
            FLAG,
            "Whether to read the rows in chunks while they are used, in the same memory for any "
            "number of rows. Default: if they do not fit into --memory.",
            "Whether to read the rows in chunks while they are used, in the same memory for any "
            "number of rows. Default: if they do not fit into --memory.",
        ),
    ]
    memory: Annotated[
        int | str | None,
        ReadingOption(
            MEMORY,
            "Size of rows, at 4 bytes a number, above which they are read in chunks, such as 4GB. "
            "Default: 1GB, or an eighth of the machine's memory if that is less.",
            "Size of rows, at 4 bytes a number, above which they are read in chunks, such as 4GB. "
            "Default: 1GB, or an eighth of the machine's memory if that is less.",
        ),
    ]
    max_memory: Annotated[
        int | str | None,
        ReadingOption(
            BYTES,
            "Largest size of a file's content once it is unpacked, and of a table's columns as "
            "text, such as 2GB: reading stops beyond it. Default: the memory of the machine, and "
            "500 times the size of a packed file.",
            "Largest size of a file's content once it is unpacked, and of a table's columns as "
            "text, such as 2GB: reading stops beyond it. Default: the memory of the machine, and "
            "500 times the size of a packed file.",
        ),
    ]
    text_lines: Annotated[
        bool | None,
        ReadingOption(
            FLAG,
            "Whether a .txt file has a text per line, or is a table. Default: detect it.",
            "Whether a .txt file has a text per line, or is a table. Default: as in training.",
        ),
    ]


def _declared() -> dict[str, ReadingOption]:
    hints = get_type_hints(ReadingOptions, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items()}


READING_OPTIONS: Mapping[str, ReadingOption] = _declared()
