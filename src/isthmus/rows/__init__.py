"""Rows, encoded batch by batch for a network, and their split."""

from ._as_rows import as_rows as as_rows
from ._batches import batch_indices as batch_indices
from ._batches import n_batches as n_batches
from ._block_size import block_size as block_size
from ._dense_rows import DenseRows as DenseRows
from ._encoded_rows import EncodedRows as EncodedRows
from ._labelled_rows import LabelledRows as LabelledRows
from ._rows import Encoder as Encoder
from ._rows import RandomAccessRows as RandomAccessRows
from ._rows import Rows as Rows
from ._sparse_rows import SparseRows as SparseRows
from ._split import split_rows as split_rows
from ._streamed_rows import StreamedRows as StreamedRows
from ._temporary_matrix import release_pages as release_pages
from ._temporary_matrix import temporary_matrix as temporary_matrix
from ._tensor_rows import TensorRows as TensorRows

__all__ = [
    "DenseRows",
    "EncodedRows",
    "Encoder",
    "LabelledRows",
    "RandomAccessRows",
    "Rows",
    "SparseRows",
    "StreamedRows",
    "TensorRows",
    "as_rows",
    "batch_indices",
    "block_size",
    "n_batches",
    "release_pages",
    "split_rows",
    "temporary_matrix",
]
