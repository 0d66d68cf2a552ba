"""Text tables, read by pyarrow as columns of strings."""

from __future__ import annotations

import codecs
import contextlib
import io
import math
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

from ..._translation import Message
from ...errors import DataError
from ._byte_source import DAMAGED, ByteSource
from ._delimiters import BLANKS, sample_lines
from ._layout import layout_of
from ._line_bytes import after, long_line, open_quote, replaced, whole_lines, with_tabs
from ._text_encoding import REPLACED, encoding_note, encoding_of, in_utf8
from ._text_sample import encoding_note_of, text_sample
from ._wrong_rows import WrongRows

__all__ = ["CsvText"]

_BLOCK_BYTES = 1 << 20  # half the time of 4 MB
_QUOTED_BLOCK_BYTES = 1 << 22  # a cell of several lines must fit into a block
_LARGEST_BLOCK_BYTES = 1 << 26  # a line must fit into a block
_COMMENT = re.compile(rb"(?m)^#.*\n?")
_AFTER_BLANKS = re.compile(rb'(?m)(^|[,;\t|]) +(?=")')
_JSON = re.compile(r'\s*((\[\s*)?\{\s*"|\[\s*(\n|\[))')
# A table may have names such as <DATE>; a line of markup has hardly any delimiter.
_MARKUP = re.compile(r"(?i)\s*<(!doctype|!--|html|\?xml)|\s*<[a-z][^,;\t|\n]*\n")
_LFS = "version https://git-lfs.github.com/spec/"
_DOUBLED = re.compile(r'[^\\,;\t|\r\n]""')  # a quote in a cell, unless it is escaped
_READING_ERRORS = (*DAMAGED, UnicodeDecodeError)


class CsvText:
    """Reader of a text table's column names and cells.

    Parameters
    ----------
    path : Path
        Separated by commas, semicolons, tabs, bars or blanks; packed or not; in any usual
        encoding; "-" is standard input.
    header : bool, default=None
        Whether the first line has the names; None detects it.
    skip_bad : bool, default=False
        Drop lines with too few or too many cells instead of raising an error.
    max_memory : int, default=None
        Largest size of the content, and of the columns of strings read from it, in bytes; see
        ``ByteSource``.

    Attributes
    ----------
    names : tuple of str
        From the header, else "column_1" and so on; each is different.
    decimal_comma : bool
        Whether the first lines suggest that a comma is the decimal sign.

    Raises
    ------
    DataError
        If the file is empty or not such a text.
    """

    def __init__(
        self,
        path: Path,
        *,
        header: bool | None = None,
        skip_bad: bool = False,
        max_memory: int | None = None,
    ) -> None:
        self.path, self._skip_bad = path, skip_bad
        self._stream: _Utf8Stream | None = None
        self._source = ByteSource(path, max_memory)
        sample, self._encoding = text_sample(path, self._source)
        _check_is_table(path, sample)
        lines = sample_lines(path, sample)
        self._delimiter, self._is_padded = lines.delimiter, lines.is_padded
        comment = _cells_of_comment(lines.comments, self._delimiter)
        if not lines.records:
            raise DataError(f"`{path}` is empty.")
        layout = layout_of(lines.records, header=header, comment=comment)
        self.names, self._layout = layout.names, layout
        above = "".join(list(io.StringIO(sample, newline=""))[: layout.n_lines]).encode()
        self._n_bytes_above = len(above)
        self._n_comments = len(lines.comments)
        self._has_comments = bool(lines.comments) or "\n#" in sample
        longest_line = max(map(len, sample.splitlines()), default=0)
        self._quoted = '"' in sample
        self._block_bytes = max(
            _QUOTED_BLOCK_BYTES if self._quoted else _BLOCK_BYTES,
            min(64 * longest_line, _LARGEST_BLOCK_BYTES),
        )
        self._escape = '\\"' in sample and _DOUBLED.search(sample) is None
        self.first_rows = layout.rows
        self.delimiter = self._delimiter
        self.notes: tuple[str, ...] = (
            *encoding_note_of(self._source, self._encoding),
            *layout.notes,
        )
        if b'"' in above:
            self._check_quotes_above(above)

    @property
    def share_read(self) -> float:
        """Share of the file that ``batches`` has read, about; NaN for a packed file."""
        if self._source.is_packed or self._stream is None:
            return math.nan
        return min(1.0, self._stream.n_bytes / max(1, self.path.stat().st_size))

    def read(self) -> pa.Table:
        """Read all columns as strings; empty cells are empty strings.

        Raises
        ------
        DataError
            If a row has too few or too many cells, a quote is not closed, or the file is damaged.
        """
        stream = _Utf8Stream(self)
        try:
            table = self._read(stream)
        except _READING_ERRORS as error:
            return self._read_again(error, stream)
        self.check_size(table.nbytes)
        if stream.n_quotes % 2:
            # Only an odd number of quotes can leave one open; checking each cell is far slower.
            self._check_quotes()
        return table

    def batches(self) -> Iterator[pa.Table]:
        """Yield all columns as strings, some megabytes at a time; empty cells are empty strings.

        Raises
        ------
        DataError
            If a row has too few or too many cells, a quote is not closed, or the file is damaged.
        """
        wrong = WrongRows(skip=True) if self._skip_bad else _FirstWrongRow()
        self._block_bytes = max(self._block_bytes, _QUOTED_BLOCK_BYTES)
        stream = self._stream = _Utf8Stream(self)
        try:
            with pa.PythonFile(stream, mode="r") as file:
                reader = pyarrow.csv.open_csv(file, **self._options(False, wrong.note))
                yield from (pa.Table.from_batches([batch]) for batch in reader)
        except _READING_ERRORS as error:
            if isinstance(error, DataError):
                raise
            if "Empty CSV file" in str(error):
                return
            self._check_quotes_after(stream)  # an open quote makes rows wrong
            if wrong.n and not self._skip_bad:
                raise self._wrong_row(wrong.first) from None
            reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            if "straddling" in reason:
                raise self._long_line() from None
            if "UTF8" in reason:
                raise DataError(
                    f"`{self.path}` must be UTF-8 to be read in chunks. Got other bytes: save it "
                    "as UTF-8 or as Parquet."
                ) from None
            raise self._unreadable(reason) from None
        if stream.n_quotes % 2:
            self._check_quotes()
        if wrong.n:
            self.notes = (*self.notes, self._skipped_note(wrong))

    def _read_again(self, error: Exception, stream: _Utf8Stream) -> pa.Table:
        """Find out what is wrong, with the number of the line."""
        if isinstance(error, DataError):
            raise error
        if "Empty CSV file" in str(error):
            return pa.table({name: pa.array([], pa.string()) for name in self.names})
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        # Also if that is not what pyarrow complains about: it cannot hand on such a row.
        if self._encoding == "utf-8" and self._is_in_another_encoding():
            return self._read_in_another_encoding()
        self._check_quotes_after(stream)
        if "straddling" in reason:
            return self._read_long_lines()
        wrong = WrongRows(skip=self._skip_bad)
        try:  # only a single-threaded read knows row numbers
            table = self._read(_Utf8Stream(self), threads=False, on_wrong_row=wrong.note)
        except _READING_ERRORS as again:
            if isinstance(again, DataError):
                raise again from None
            if wrong.n:
                raise self._wrong_row(wrong.first) from None
            raise self._unreadable(reason) from None
        if not wrong.n:
            raise self._unreadable(reason)
        return self._without(wrong, table)

    def _read_long_lines(self) -> pa.Table:
        """Read again in the largest blocks."""
        if self._block_bytes < _LARGEST_BLOCK_BYTES:
            self._block_bytes = _LARGEST_BLOCK_BYTES
            return self.read()
        raise self._long_line()

    def _long_line(self) -> DataError:
        """Return the error for a line or quoted cell that is larger than a block."""
        line = long_line(self.utf8_chunks(), self._block_bytes)
        if line is None:
            self._check_quotes()
        place = "a quoted cell" if line is None else f"line {line + self._layout.n_lines}"
        return DataError(
            f"`{self.path}` must have at most {self._block_bytes:,} bytes in each line and quoted "
            f"cell. Got more in {place}: shorten it, or save the table as Parquet."
        )

    def _unreadable(self, reason: str) -> DataError:
        if self._source.is_packed:
            return DataError(f"`{self.path}` is truncated or damaged: {reason}")
        return DataError(f"`{self.path}` cannot be read as CSV: {reason}.")

    def _read(self, stream: _Utf8Stream, *, threads: bool = True, on_wrong_row: Any = None) -> Any:
        with pa.PythonFile(stream, mode="r") as file:
            return pyarrow.csv.read_csv(file, **self._options(threads, on_wrong_row))

    def _options(self, threads: bool, on_wrong_row: Any) -> dict[str, Any]:
        return {
            "read_options": pyarrow.csv.ReadOptions(
                use_threads=threads,
                block_size=self._block_bytes,
                column_names=self.names,
            ),
            "parse_options": pyarrow.csv.ParseOptions(
                delimiter=self._delimiter or "\t",
                # Slower, so only if there are quotes that could contain a newline.
                newlines_in_values=self._quoted,
                escape_char="\\" if self._escape else False,
                invalid_row_handler=on_wrong_row,
            ),
            "convert_options": pyarrow.csv.ConvertOptions(
                column_types={name: pa.string() for name in self.names}
            ),
        }

    def _is_in_another_encoding(self) -> bool:
        """Return whether a file whose first bytes are UTF-8 has others, and find its encoding."""
        decoder = codecs.getincrementaldecoder("utf-8")()
        has_utf8, chunk = False, b""
        try:
            for chunk in self._source.chunks():
                has_utf8 |= not decoder.decode(chunk).isascii()
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:  # the newline: the file may end inside a character
            self._encoding = REPLACED if has_utf8 else encoding_of(self.path, chunk + b"\n")
        return self._encoding != "utf-8"

    def _read_in_another_encoding(self) -> pa.Table:
        """Read the file again in the encoding that was found."""
        note = encoding_note(self._encoding)
        self.notes = (*self.notes, *note) if self._encoding == REPLACED else (*note, *self.notes)
        return self.read()

    def _without(self, wrong: WrongRows, table: pa.Table) -> pa.Table:
        """Return the rows without wrong ones if that was asked for, or these are footnotes."""
        if wrong.are_footnotes(table.num_rows):
            note = Message.plural(
                "Skipped {n:,} line below the table.",
                "Skipped {n:,} lines below the table.",
                wrong.n,
            )
        elif self._skip_bad:
            note = self._skipped_note(wrong)
        else:
            raise self._wrong_row(wrong.first)
        self.notes = (*self.notes, note)
        return table

    def _skipped_note(self, wrong: WrongRows) -> Message:
        return Message.plural(
            "Skipped {n:,} line with too few or too many cells: {place}.",
            "Skipped {n:,} lines with too few or too many cells, the first is {place}.",
            wrong.n,
            place=self._place(wrong.first.number),
        )

    def place(self, row: int) -> str:
        """Return the place of a row, such as "line 12", if no line before it was skipped.

        Parameters
        ----------
        row : int
            Index from 0.
        """
        return self._place(row + 1)

    def _place(self, number: int) -> str:
        # With quotes a record can span several lines, so its number is not the line number.
        unit = "record" if self._quoted else "line"
        return f"{unit} {number + self._layout.n_lines}"

    def _wrong_row(self, row: Any) -> DataError:
        return DataError(
            f"`{self.path}` must have the same number of cells in every line as in the first,"
            f" {row.expected_columns}. Got {row.actual_columns} in {self._place(row.number)}:"
            " correct it, or skip such lines with `skip_bad` (--skip-bad)."
        )

    def _check_quotes_after(self, stream: _Utf8Stream) -> None:
        """Check the quotes that pyarrow has read before an error, not all of a large file."""
        # Only an odd number can leave one open, and looking at each takes far longer.
        if stream.n_quotes % 2:
            with contextlib.suppress(*_READING_ERRORS):
                self._check_quotes(stream.n_bytes)

    def _check_quotes(self, n_read: int = sys.maxsize) -> None:
        """Raise an error if a quote is not closed, or not within the largest block.

        Quotes are looked for in ``n_read`` bytes; behind them, only to close an open one.
        """
        self._check_quotes_from(self._n_bytes_above, self._layout.n_lines, n_read)

    def _check_quotes_above(self, above: bytes) -> None:
        """Raise an error if the lines above the rows open a quote that is never closed."""
        delimiter = self._delimiter or "\t"
        if not self._escape and open_quote(iter([above]), delimiter, len(above)) is not None:
            self._check_quotes_from(0, self._n_comments)

    def _check_quotes_from(self, n_bytes: int, n_lines: int, n_read: int = sys.maxsize) -> None:
        """Check quotes below a number of bytes, in which there is a number of lines."""
        chunks = self._utf8_below(n_bytes)
        found = open_quote(chunks, self._delimiter or "\t", _LARGEST_BLOCK_BYTES, n_read)
        if found is None:  # as in 5" pipe: a quote inside a cell is an ordinary character
            return
        line, is_end = found
        span = "" if is_end else f" within {_LARGEST_BLOCK_BYTES:,} bytes"
        raise DataError(
            f'`{self.path}` opens a quote (") in line {line + n_lines} and never '
            f"closes it{span}: close or remove it."
        )

    def check_size(self, n_bytes: int) -> None:
        """Raise an error if the columns read so far are larger than ``max_memory``.

        Parameters
        ----------
        n_bytes : int
            Their size.

        Raises
        ------
        DataError
            If they are larger.
        """
        self._source.check_size(n_bytes)

    def utf8_chunks(self) -> Iterator[bytes]:
        """Yield the lines of the rows in UTF-8, with tabs for blanks that align columns."""
        return self._utf8_below(self._n_bytes_above)

    def _utf8_below(self, n_bytes: int) -> Iterator[bytes]:
        encoding = self._encoding.removesuffix("-replaced")
        chunks = in_utf8(self._source.chunks(), encoding)
        if self._encoding == REPLACED:
            chunks = replaced(chunks)
        chunks = after(chunks, n_bytes)
        changes = self._changes()
        if not changes:
            yield from chunks
            return
        for block in whole_lines(chunks):
            for change in changes:
                block = change(block)
            yield block

    def _changes(self) -> list[Callable[[bytes], bytes]]:
        """Return what is to be done to the lines before pyarrow can read them."""
        changes: list[Callable[[bytes], bytes]] = []
        if self._has_comments:
            changes.append(lambda lines: _COMMENT.sub(b"", lines))
        if self._delimiter == BLANKS:
            changes.append(with_tabs)
        elif self._is_padded:
            changes.append(lambda lines: _AFTER_BLANKS.sub(rb"\1", lines))
        return changes


class _FirstWrongRow(WrongRows):
    """Wrong rows, of which the first is an error."""

    def __init__(self) -> None:
        super().__init__(skip=False)

    def note(self, row: Any) -> str:
        """Note a row, and let pyarrow stop."""
        super().note(row)
        return "error"


class _Utf8Stream(io.RawIOBase):
    """File of the rows of a text table in UTF-8."""

    def __init__(self, text: CsvText) -> None:
        self._chunks, self._check_size = text.utf8_chunks(), text.check_size
        self._n_before = pa.total_allocated_bytes()
        self._rest = b""
        self.n_quotes = self.n_bytes = 0

    def readable(self) -> bool:
        return True

    def chunks(self) -> Iterator[bytes]:
        return self._chunks

    def read(self, size: int = -1) -> bytes:
        parts, wanted = [self._rest], size - len(self._rest)
        while (wanted > 0 or size < 0) and (chunk := next(self._chunks, None)) is not None:
            self.n_quotes += chunk.count(b'"')
            self.n_bytes += len(chunk)
            parts.append(chunk)
            wanted -= len(chunk)
        self._check_size(pa.total_allocated_bytes() - self._n_before)  # the columns so far
        content = b"".join(parts)
        if size < 0:
            size = len(content)
        self._rest = content[size:]
        return content[:size]


def _cells_of_comment(comments: list[str], delimiter: str) -> list[str] | None:
    """Return the cells of the last comment, as in a header that begins with #."""
    if not comments:
        return None
    last = comments[-1]
    return last.split() if delimiter == BLANKS else last.split(delimiter)


def _check_is_table(path: Path, sample: str) -> None:
    """Raise ``DataError`` if a file is JSON, a page or document, or stands for another file."""
    if sample.startswith(_LFS):
        raise DataError(
            f"`{path}` must be a table of lines and cells. Got a pointer of Git LFS: fetch the "
            "file with `git lfs pull`."
        )
    if sample.startswith("%PDF-"):
        raise DataError(
            f"`{path}` must be a table of lines and cells. Got a PDF document: save the table as "
            "CSV."
        )
    if _JSON.match(sample):
        raise DataError(
            f"`{path}` must be a table of lines and cells. Got JSON: rename it so that its name "
            "ends in .json or .jsonl."
        )
    if _MARKUP.match(sample) and re.search("</[a-zA-Z]|-->|/>", sample):
        raise DataError(
            f"`{path}` must be a table of lines and cells. Got HTML or XML: save the table as CSV; "
            "if the file was downloaded, open it in a browser to see what it says."
        )
