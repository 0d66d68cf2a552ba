"""How many rows are encoded at a time."""

from __future__ import annotations

__all__ = ["block_size"]


def block_size(n_features: int) -> int:
    """Return the fixed number of rows in which rows of this width are encoded.

    Matrix products round differently for different numbers of rows. In blocks of one size, the
    last one padded, the code of a row does not depend on its neighbours. The size is a power of
    two between 64 and 1024 that keeps a block under about 16 MiB.

    Parameters
    ----------
    n_features : int
        Width of a row.

    Returns
    -------
    int
    """
    fits = max(64, min(1024, 2**22 // max(1, n_features)))
    return 1 << (fits.bit_length() - 1)
