"""Table files of any format, read as a typed pyarrow table."""

from ._table_file import TableFile as TableFile
from ._text_tables import read_text_table as read_text_table
