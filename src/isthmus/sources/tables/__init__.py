"""Table files of any format, read as typed pyarrow tables."""

from ._byte_source import DAMAGED as DAMAGED
from ._byte_source import ByteSource as ByteSource
from ._byte_source import check_archive as check_archive
from ._byte_source import check_memory as check_memory
from ._byte_source import check_regular as check_regular
from ._byte_source import check_unpacked as check_unpacked
from ._byte_source import is_stdin as is_stdin
from ._cell_forms import NUMBER as NUMBER
from ._cell_forms import is_value as is_value
from ._csv_chunks import csv_chunks as csv_chunks
from ._date_columns import first_unlike_dates as first_unlike_dates
from ._date_columns import to_dates as to_dates
from ._declared_types import plain_table as plain_table
from ._delimiters import SampleLines as SampleLines
from ._raw_cells import RawCells as RawCells
from ._raw_cells import raw_cells as raw_cells
from ._read_arrow import read_arrow as read_arrow
from ._table_chunks import is_chunked_format as is_chunked_format
from ._table_chunks import table_chunks as table_chunks
from ._table_file import TableFile as TableFile
from ._table_formats import TABLE_ENDINGS as TABLE_ENDINGS
from ._table_formats import format_of as format_of
from ._table_formats import is_text_table as is_text_table
from ._table_formats import stem_of as stem_of
from ._table_sets import is_pattern as is_pattern
from ._table_sets import tables_in as tables_in
from ._text_encoding import in_utf8 as in_utf8
from ._text_sample import encoding_note_of as encoding_note_of
from ._text_sample import sample_of as sample_of
from ._text_sample import text_sample as text_sample

__all__ = [
    "DAMAGED",
    "NUMBER",
    "TABLE_ENDINGS",
    "ByteSource",
    "RawCells",
    "SampleLines",
    "TableFile",
    "check_archive",
    "check_memory",
    "check_regular",
    "check_unpacked",
    "csv_chunks",
    "encoding_note_of",
    "first_unlike_dates",
    "format_of",
    "in_utf8",
    "is_chunked_format",
    "is_pattern",
    "is_stdin",
    "is_text_table",
    "is_value",
    "plain_table",
    "raw_cells",
    "read_arrow",
    "sample_of",
    "stem_of",
    "table_chunks",
    "tables_in",
    "text_sample",
    "to_dates",
]
