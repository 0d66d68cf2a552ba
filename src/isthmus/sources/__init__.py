"""Sources: readers of rows, one module per format."""

from .._reading import READING_OPTIONS as READING_OPTIONS
from .._reading import ReadingOptions as ReadingOptions
from ._column_patterns import column_hint as column_hint
from ._column_patterns import columns_like as columns_like
from ._column_patterns import is_column_pattern as is_column_pattern
from ._dataset import Dataset as Dataset
from ._dataset import listed as listed
from ._dataset import quantity as quantity
from ._dataset import safe_name as safe_name
from ._fingerprint import fingerprint as fingerprint
from ._named_sources import NAMED_SOURCES as NAMED_SOURCES
from ._npy_headers import UNREADABLE as UNREADABLE
from ._npy_headers import check_npz as check_npz
from ._picture_tars import picture_tars as picture_tars
from ._read_source import check_source as check_source
from ._read_source import in_memory as in_memory
from ._read_source import options_of as options_of
from ._read_source import read_source as read_source
from ._reading_progress import follow_reading as follow_reading
from ._streamed_tables import shards_of as shards_of
from ._table_columns import table_numbers as table_numbers
from ._text_files import table_texts as table_texts
from .tables import RawCells as RawCells
from .tables import TableFile as TableFile
from .tables import first_unlike_dates as first_unlike_dates
from .tables import plain_table as plain_table
from .tables import raw_cells as raw_cells
from .tables import read_arrow as read_arrow
from .tables import stem_of as stem_of
from .tables import to_dates as to_dates

__all__ = [
    "NAMED_SOURCES",
    "READING_OPTIONS",
    "UNREADABLE",
    "Dataset",
    "RawCells",
    "ReadingOptions",
    "TableFile",
    "check_npz",
    "check_source",
    "column_hint",
    "columns_like",
    "fingerprint",
    "first_unlike_dates",
    "follow_reading",
    "in_memory",
    "is_column_pattern",
    "listed",
    "options_of",
    "picture_tars",
    "plain_table",
    "quantity",
    "raw_cells",
    "read_arrow",
    "read_source",
    "safe_name",
    "shards_of",
    "stem_of",
    "table_numbers",
    "table_texts",
    "to_dates",
]
