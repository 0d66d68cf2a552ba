"""Number of rows to encode at a time."""

from __future__ import annotations

__all__ = ["block_size"]


def block_size(n_features: int) -> int:
    """Return the fixed block size for encoding rows of this width.

    Matrix products round differently for different numbers of rows. With blocks of one size, the
    last one padded, the code of a row does not depend on other rows. The size is a power of two
    between 64 and 1024 that keeps a block below about 16 MiB.

    Parameters
    ----------
    n_features : int
        Number of features.

    Returns
    -------
    int
    """
    fits = max(64, min(1024, 2**22 // max(1, n_features)))
    return 1 << (fits.bit_length() - 1)
