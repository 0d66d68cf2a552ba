"""Preprocessing: the conversion of user data to network inputs and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy_names import lazy_names

if TYPE_CHECKING:
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
    from ._date_block import DATE_CYCLES as DATE_CYCLES
    from ._filled_rows import fillable_cells as fillable_cells
    from ._filled_rows import filled_rows as filled_rows
    from ._given_rows import RowFacts as RowFacts
    from ._given_rows import as_array as as_array
    from ._given_rows import facts_of as facts_of
    from ._new_rows import columns_table as columns_table
    from ._new_rows import drawn_levels as drawn_levels
    from ._numeric_block import NumericBlock as NumericBlock
    from ._observed_columns import ObservedColumn as ObservedColumn
    from ._observed_columns import missing_cells as missing_cells
    from ._picture_block import PictureBlock as PictureBlock
    from ._preprocessor import Preprocessor as Preprocessor
    from ._registered_blocks import Block as Block
    from ._registered_blocks import block_from_facts as block_from_facts
    from ._registered_blocks import register_block as register_block
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
    "DATE_CYCLES",
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
    "columns_table",
    "drawn_levels",
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

# Loaded on first use: a table can be planned, and refused, without importing torch.
_HOMES = {
    "arrow_like": "._data_frames",
    "as_array": "._given_rows",
    "AS_IS": "._scaling",
    "Block": "._registered_blocks",
    "block_from_facts": "._registered_blocks",
    "COLUMN_KINDS": "._column_plan",
    "DATE_CYCLES": "._date_block",
    "ColumnLayout": "._column_layout",
    "ColumnPlan": "._column_plan",
    "columns_losing_digits": "._data_frames",
    "columns_table": "._new_rows",
    "drawn_levels": "._new_rows",
    "facts_of": "._given_rows",
    "fillable_cells": "._filled_rows",
    "filled_rows": "._filled_rows",
    "fit_scaling": "._scaling",
    "in_the_style_of": "._cell_styles",
    "is_table": "._data_frames",
    "like_table": "._data_frames",
    "missing_cells": "._observed_columns",
    "native_table": "._data_frames",
    "NumericBlock": "._numeric_block",
    "ObservedColumn": "._observed_columns",
    "PictureBlock": "._picture_block",
    "plan_columns": "._column_plan",
    "Preprocessor": "._preprocessor",
    "register_block": "._registered_blocks",
    "RowFacts": "._given_rows",
    "RunningScaling": "._scaling",
    "Scaling": "._scaling",
    "SCALINGS": "._scaling",
    "share_one_range": "._scaling",
    "TextBlock": "._text_block",
    "whole_table": "._data_frames",
    "Words": "._words",
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES, __all__)
