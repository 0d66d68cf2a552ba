"""Rows as a network sees them, and how they are split."""

from ._scaled_rows import LabelledRows as LabelledRows
from ._scaled_rows import Rows as Rows
from ._scaled_rows import block_size as block_size
from ._split import split_rows as split_rows
from ._temporary_matrix import release_pages as release_pages
from ._temporary_matrix import temporary_matrix as temporary_matrix

__all__ = [
    "LabelledRows",
    "Rows",
    "block_size",
    "release_pages",
    "split_rows",
    "temporary_matrix",
]
