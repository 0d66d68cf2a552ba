"""Preprocessing: the conversion of user data to network inputs and back."""

from ._block import Block as Block
from ._block import block_from_facts as block_from_facts
from ._block import register_block as register_block
from ._cell_styles import in_the_style_of as in_the_style_of
from ._column_layout import ColumnLayout as ColumnLayout
from ._column_plan import COLUMN_KINDS as COLUMN_KINDS
from ._column_plan import ColumnPlan as ColumnPlan
from ._column_plan import plan_columns as plan_columns
from ._data_frames import arrow_like as arrow_like
from ._data_frames import columns_losing_digits as columns_losing_digits
from ._data_frames import is_table as is_table
from ._data_frames import like_table as like_table
from ._data_frames import native_table as native_table
from ._data_frames import whole_table as whole_table
from ._filled_rows import fillable_cells as fillable_cells
from ._filled_rows import filled_rows as filled_rows
from ._given_rows import RowFacts as RowFacts
from ._given_rows import as_array as as_array
from ._given_rows import facts_of as facts_of
from ._numeric_block import NumericBlock as NumericBlock
from ._observed_columns import ObservedColumn as ObservedColumn
from ._observed_columns import missing_cells as missing_cells
from ._picture_block import PictureBlock as PictureBlock
from ._preprocessor import Preprocessor as Preprocessor
from ._scaling import AS_IS as AS_IS
from ._scaling import SCALINGS as SCALINGS
from ._scaling import RunningScaling as RunningScaling
from ._scaling import Scaling as Scaling
from ._scaling import fit_scaling as fit_scaling
from ._scaling import share_one_range as share_one_range
from ._text_block import TextBlock as TextBlock
from ._words import Words as Words

__all__ = [
    "AS_IS",
    "COLUMN_KINDS",
    "SCALINGS",
    "Block",
    "ColumnLayout",
    "ColumnPlan",
    "NumericBlock",
    "ObservedColumn",
    "PictureBlock",
    "Preprocessor",
    "RowFacts",
    "RunningScaling",
    "Scaling",
    "TextBlock",
    "Words",
    "arrow_like",
    "as_array",
    "block_from_facts",
    "columns_losing_digits",
    "facts_of",
    "fillable_cells",
    "filled_rows",
    "fit_scaling",
    "in_the_style_of",
    "is_table",
    "like_table",
    "missing_cells",
    "native_table",
    "plan_columns",
    "register_block",
    "share_one_range",
    "whole_table",
]
