"""Sparse codes as columns of a table: a list of latents and of activations for each row."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from .._row_blocks import is_sparse

__all__ = ["code_names", "sparse_columns"]


def code_names(codes: Any, path: Path) -> list[str]:
    """Return the names of the columns of codes in a table.

    Parameters
    ----------
    codes : ndarray or CSR array of shape (n, width)
        Some of the codes.
    path : pathlib.Path
        Ends in .parquet, .csv, .npy or .npz.

    Returns
    -------
    list of str
        ``code_0``, ``code_1`` and so on; of sparse codes the columns of ``sparse_columns``.
    """
    if not is_sparse(codes):
        return [f"code_{k}" for k in range(codes.shape[1])]
    return ["code"] if path.suffix.lower() == ".csv" else ["latents", "activations"]


def sparse_columns(codes: Any, *, as_text: bool) -> list[pa.Array]:
    """Return sparse codes as columns.

    Parameters
    ----------
    codes : CSR array of shape (n, width)
        Codes.
    as_text : bool
        Whether to return one column of text, ``latent:activation`` separated by spaces as in files
        of LIBSVM, with latents counted from 0. Otherwise, there are two columns of lists.

    Returns
    -------
    list of pyarrow.Array
    """
    codes.sort_indices()
    starts, latents, values = codes.indptr, codes.indices, codes.data
    if not as_text:
        offsets = pa.array(starts, pa.int32())
        parts = pa.array(latents.astype(np.int32)), pa.array(values)
        return [pa.ListArray.from_arrays(offsets, part) for part in parts]
    pairs = [f"{k}:{value:.7g}" for k, value in zip(latents.tolist(), values.tolist(), strict=True)]
    ends = starts.tolist()
    return [pa.array([" ".join(pairs[a:b]) for a, b in itertools.pairwise(ends)])]
