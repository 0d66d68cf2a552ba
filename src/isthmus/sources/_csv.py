"""CSV files, with encoding, separator, decimal sign and header detected."""

from __future__ import annotations

import codecs
import csv
import gzip
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.csv

from .._translation import Message
from ..errors import DataError
from ._dataset import listed

__all__ = ["NUMBER", "CsvFile", "decoded"]

NUMBER = r"\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*"

_SAMPLE_BYTES = 1 << 18
_LONGEST_LINE = 1 << 26
_CHUNK_BYTES = 1 << 20
_SAMPLE_LINES = 100
_NUMBER = re.compile(NUMBER)
_NUMBER_WITH_COMMA = re.compile(r"\s*[-+]?\d*,\d+([eE][-+]?\d+)?\s*")
# GB 2312, the common part of GBK and GB 18030: every non-ASCII character is two high bytes.
# Latin-1 text has single high bytes and does not match. The last character may be cut off.
_GB2312 = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xf7][\xa1-\xfe])*[\xa1-\xf7]?")
_FEWEST_WORDS = 4  # per cell of a text column: column names are shorter
_READING_ERRORS = (pa.ArrowException, OSError, UnicodeDecodeError, EOFError, zlib.error)


class CsvFile:
    """Reader of a CSV file's column names and columns.

    Parameters
    ----------
    path : Path
        Separated by commas, semicolons, tabs or bars; gzipped or not; UTF-8, UTF-16 or GBK.

    Attributes
    ----------
    names : tuple of str
        From the first line. "column_1" and so on if that line contains only numbers, numbers
        and words that also occur further down in their columns, or texts above texts.
    notes : tuple of str
        Assumptions that were made.

    Raises
    ------
    DataError
        If the file is empty or not such a text.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        notes = []
        sample = _sample(path)
        self._encoding = _encoding(path, sample)
        if self._encoding == "gb18030":
            notes.append(Message("The file is not UTF-8 and was read as GBK."))
        text = codecs.getincrementaldecoder(self._encoding)().decode(sample)
        self._longest_line = max(len(line) for line in sample.splitlines())
        self._quoted = '"' in text
        self._delimiter, records = _split(path, text)
        cells = [cell for record in records[1:] for cell in record]
        with_comma = sum(_NUMBER_WITH_COMMA.fullmatch(cell) is not None for cell in cells)
        with_point = sum("." in cell and _NUMBER.fullmatch(cell) is not None for cell in cells)
        self._decimal = "," if self._delimiter != "," and with_comma > with_point else "."
        if self._decimal == ",":
            notes.append(Message("Commas were read as decimal points."))
        self._has_header = _has_header(records)
        self.names, remark = _name_columns(records[0], header=self._has_header)
        self.notes = (*notes, *remark)

    def read(self, names: Sequence[str], *, texts: Sequence[str] = ()) -> pa.Table:
        """Read columns, each as the narrowest pyarrow type that can hold all its cells.

        The columns in ``texts`` are read as strings.

        Raises
        ------
        DataError
            If a row has too few or too many cells, or the file is damaged.
        """
        self._check_quotes()
        try:
            return self._read(names, texts)
        except _READING_ERRORS as error:
            reason = str(error).splitlines()[0][:200]
        wrong: list[Any] = []

        def note(row: Any) -> str:
            wrong.append(row)
            return "error"

        try:  # only a single-threaded read knows row numbers
            self._read(names, texts, threads=False, on_wrong_row=note)
        except _READING_ERRORS:
            if wrong:
                raise self._wrong_row(wrong[0]) from None
        raise DataError(f"`{self.path}` cannot be read as CSV: {reason}.")

    def _read(
        self,
        names: Sequence[str],
        texts: Sequence[str],
        *,
        threads: bool = True,
        on_wrong_row: Any = None,
    ) -> Any:
        block_size = max(1 << 22, 64 * self._longest_line)
        with pa.input_stream(
            str(self.path), compression="gzip" if _is_gzip(self.path) else None
        ) as f:
            return pyarrow.csv.read_csv(
                f,
                read_options=pyarrow.csv.ReadOptions(
                    use_threads=threads,
                    block_size=block_size,
                    column_names=self.names,
                    skip_rows_after_names=int(self._has_header),
                    encoding="utf8" if self._encoding == "utf-8-sig" else self._encoding,
                ),
                parse_options=pyarrow.csv.ParseOptions(
                    delimiter=self._delimiter,
                    # Slower, so only if there are quotes that could contain a newline.
                    newlines_in_values=self._quoted,
                    invalid_row_handler=on_wrong_row,
                ),
                convert_options=pyarrow.csv.ConvertOptions(
                    include_columns=list(names),
                    column_types={name: pa.string() for name in texts},
                    decimal_point=self._decimal,
                ),
            )

    def _check_quotes(self) -> None:
        """Raise an error if a quote is never closed: all rows after it would be one cell."""
        if self._encoding.startswith("utf-16"):
            return
        try:
            # Only an odd number of quotes can leave one open, and checking each cell is far slower.
            if _count_quotes(self.path) % 2 == 0:
                return
            with _opened(self.path) as file:
                line = _open_quote(file.read(), self._delimiter)
        except (EOFError, OSError, zlib.error):
            return  # the reader reports the problem
        if line is None:  # as in 5" pipe: a quote inside a cell is an ordinary character
            return
        raise DataError(
            f'`{self.path}` opens a quote (") in line {line} and never closes it: close or remove '
            "it."
        )

    def _wrong_row(self, row: Any) -> DataError:
        # With quotes a record can span several lines, so its number is not the line number.
        unit = "record" if self._quoted else "line"
        return DataError(
            f"`{self.path}` must have the same number of cells in every line as in the first,"
            f" {row.expected_columns}. Got {row.actual_columns} in {unit} {row.number}."
        )


def decoded(path: Path) -> str:
    """Return a whole file as text, with its encoding detected."""
    _sample(path)  # raises if the file is empty or damaged at its start
    try:
        with _opened(path) as stream:
            content = stream.read()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"`{path}` is truncated or damaged: {error}") from None
    return content.decode(_encoding(path, content), "replace")


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as raw:
        return raw.read(2) == b"\x1f\x8b"


def _opened(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path) if _is_gzip(path) else path.open("rb"))


def _count_quotes(path: Path) -> int:
    with _opened(path) as stream:
        return sum(chunk.count(b'"') for chunk in iter(lambda: stream.read(_CHUNK_BYTES), b""))


def _open_quote(content: bytes, delimiter: str) -> int | None:
    """Return the line, from 1, of the cell with an unclosed quote, or None."""
    ends = re.escape(delimiter.encode()) + rb"\r\n"
    cell = rb'(?P<open>"[^"]*+(?:""[^"]*+)*+(?P<closed>"?))?[^%b]*+(?:[%b]|\Z)' % (ends, ends)
    for found in re.finditer(cell, content):
        if found["open"] is not None and not found["closed"]:
            return content.count(b"\n", 0, found.start()) + 1
    return None


def _sample(path: Path) -> bytes:
    """Return the first complete lines, at least one."""
    try:
        with _opened(path) as stream:
            sample = stream.read(_SAMPLE_BYTES)
            if b"\n" not in sample and b"\r" not in sample:
                sample += stream.readline(_LONGEST_LINE)
            elif len(sample) == _SAMPLE_BYTES and b"\n" in sample:
                sample = sample[: sample.rindex(b"\n") + 1]
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"`{path}` is truncated or damaged: {error}") from None
    if not sample.strip(b"\xef\xbb\xbf \t\r\n"):
        raise DataError(f"`{path}` is empty.")
    return sample


def _encoding(path: Path, sample: bytes) -> str:
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in sample or sample.startswith(b"PK\x03\x04"):
        raise DataError(f"`{path}` is not a text file. Save the table as CSV or Parquet.")
    try:
        codecs.getincrementaldecoder("utf-8-sig")().decode(sample)
    except UnicodeDecodeError as error:
        if _GB2312.fullmatch(sample):
            return "gb18030"
        line = sample.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"`{path}` must be UTF-8 text. Got byte 0x{sample[error.start]:02x} in line {line}:"
            " save it as UTF-8."
        ) from None
    return "utf-8-sig"


def _split(path: Path, text: str) -> tuple[str, list[list[str]]]:
    """Return the separator that gives most lines the same length, and the first records."""
    lines = [line for line in text.splitlines(keepends=True) if line.strip()]
    lines = lines[:_SAMPLE_LINES]
    best = (0.0, 1), ",", [[line.strip()] for line in lines]
    delimiters = "\t,;|" if ".tsv" in path.suffixes else ",;\t|"
    for delimiter in delimiters:
        try:
            records = list(csv.reader(lines, delimiter=delimiter))
        except csv.Error:
            continue
        width = len(records[0])
        agreeing = sum(len(record) == width for record in records) / len(records)
        if width > 1 and (agreeing, width) > best[0]:
            best = (agreeing, width), delimiter, records
    if best[0][0] == 0.0:  # one column
        try:
            return ",", [record[:1] for record in csv.reader(lines) if record]
        except csv.Error as error:
            raise DataError(
                f"`{path}` cannot be read as a table: {error}. A cell in its first lines is longer "
                "than any name or number."
            ) from None
    return best[1], best[2]


def _has_header(records: list[list[str]]) -> bool:
    first, rest = records[0], records[1:]
    numbers = [cell for cell in first if _NUMBER.fullmatch(cell)]
    if not numbers:
        return True
    if len(numbers) >= 3 and [cell.strip() for cell in numbers] == [
        str(k) for k in range(len(numbers))
    ]:
        return True  # 0, 1, 2, ...: the names that a data frame without names writes
    # A word in a line of values, such as a label, also occurs further down in its column. A name
    # does not, and neither does the empty name of a row index.
    return any(
        (cell.strip() or j == 0)
        and not _NUMBER.fullmatch(cell)
        and _is_name(cell, [record[j] for record in rest if j < len(record)])
        for j, cell in enumerate(first)
    )


def _is_name(cell: str, below: list[str]) -> bool:
    """Return whether a cell is a name rather than a value, judged by the cells below it."""
    if cell in below:
        return False
    # All texts differ, so a text need not occur again further down.
    lengths = sorted(len(text.split()) for text in (cell, *below))
    middle = lengths[len(lengths) // 2]
    return len(cell.split()) < _FEWEST_WORDS or middle < _FEWEST_WORDS


def _name_columns(first: list[str], *, header: bool) -> tuple[tuple[str, ...], list[str]]:
    """Return the columns' names, and a note if the header may have been misjudged."""
    if not header:
        names = tuple(f"column_{k}" for k in range(1, len(first) + 1))
        shown = listed(names, shown=3)
        remark = Message("The first line contains values; columns are named {names}.", names=shown)
        return names, [remark]
    cells = [cell.strip() for cell in first]
    numbers = [cell for cell in cells if _NUMBER.fullmatch(cell)]
    remark = Message(
        "The first line was read as column names, including {names}.", names=listed(numbers)
    )
    names = tuple(cell or f"unnamed_{k}" for k, cell in enumerate(cells, 1))
    return names, [remark] if numbers else []
