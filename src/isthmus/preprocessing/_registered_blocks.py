"""The registry of blocks, with those of Isthmus in it."""

from __future__ import annotations

from . import _picture_block, _table_reader, _text_block  # each registers its blocks
from ._block import Block, block_from_facts, register_block

__all__ = ["Block", "block_from_facts", "register_block"]

del _picture_block, _table_reader, _text_block
