"""Kind of sparse autoencoders."""

from __future__ import annotations

from ._kind import Kind

__all__ = ["SparseKind"]


class SparseKind(Kind):
    """Kind of sparse autoencoders, whose codes are longer than the rows."""

    has_map = False

    def code_length(self, estimator: object, n_features: int) -> None:
        """Return None: sparse codes are longer than the rows."""
