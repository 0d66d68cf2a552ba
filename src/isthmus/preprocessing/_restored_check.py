"""Check of a preprocessor that was restored: its parts fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._damage import DamageError
from ..errors import DataError

if TYPE_CHECKING:
    from ._preprocessor import Preprocessor
    from ._table_reader import TableReader

__all__ = ["check_restored"]


def check_restored(preprocessor: Preprocessor) -> None:
    """Raise ``ValueError`` if blocks and tensors of a damaged model do not fit together.

    NumPy would broadcast a scaling of another length, or fail where rows are encoded.

    Parameters
    ----------
    preprocessor : Preprocessor
        Just restored; for texts, the words are not checked.

    Raises
    ------
    ValueError
        If a row of zeros is not encoded and decoded in the shapes that the blocks have.
    """
    if preprocessor.table is not None:
        _check_table(preprocessor.table)
    if preprocessor.kind == "texts":
        return
    width = preprocessor.n_features
    try:
        encoded = preprocessor.encode(np.zeros((1, width)))
        decoded = preprocessor.decode(encoded)
    except DataError:  # zeros are not allowed
        return
    if encoded.shape != (1, *preprocessor.encoded_shape) or decoded.shape != (1, width):
        raise DamageError(
            f"a row of {width} values is encoded in the shape {encoded.shape[1:]} and decoded in "
            f"the shape {decoded.shape[1:]}"
        )


def _check_table(table: TableReader) -> None:
    plans = {plan.name for plan in table.plans}
    if not all(isinstance(name, str) for name in plans):
        raise DamageError("a column of its table has no name")
    for block in table.others:
        if block.column not in plans:
            raise DamageError(f"its table has no column {block.column}")
