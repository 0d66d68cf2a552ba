"""Table files of any format, read as typed pyarrow tables."""

from ._byte_source import ByteSource as ByteSource
from ._byte_source import check_regular as check_regular
from ._cell_forms import NUMBER as NUMBER
from ._csv_text import text_sample as text_sample
from ._read_arrow import read_arrow as read_arrow
from ._table_file import TableFile as TableFile
from ._table_formats import TABLE_ENDINGS as TABLE_ENDINGS
from ._table_formats import format_of as format_of
from ._table_formats import stem_of as stem_of
from ._table_sets import is_pattern as is_pattern
from ._table_sets import tables_in as tables_in

__all__ = [
    "NUMBER",
    "TABLE_ENDINGS",
    "ByteSource",
    "TableFile",
    "check_regular",
    "format_of",
    "is_pattern",
    "read_arrow",
    "stem_of",
    "tables_in",
    "text_sample",
]
