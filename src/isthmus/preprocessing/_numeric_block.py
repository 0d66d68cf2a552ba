"""Numeric columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .._damage import DamageError
from .._finite import has_missing
from ._block import Block, register_block
from ._scaling import RunningScaling, Scaling

__all__ = ["NumericBlock"]

_BOUNDED = {"unit": "sigmoid", "symmetric": "tanh"}


@register_block("numeric")
class NumericBlock(Block):
    """Numeric columns, scaled together or one by one.

    If training rows have missing values, they are NaN in encoded rows too; if only later rows have
    some, they are encoded as 0, which is the column's mean for standard scaling.

    Parameters
    ----------
    scaling : str, default="auto"
        One of ``SCALINGS``; see ``fit_scaling``.
    keeps_missing : bool, default=False
        Whether missing values of later rows are NaN too if training rows have none.
    """

    takes_missing: ClassVar[bool] = True
    fits_statistics: ClassVar[bool] = True

    def __init__(self, scaling: str = "auto", *, keeps_missing: bool = False) -> None:
        self._has_missing, self._keeps_missing = False, keeps_missing
        self._kind = scaling
        self._scaling: Scaling | None = None
        self._running: RunningScaling | None = None
        self._is_sparse = False

    @property
    def scaling(self) -> Scaling:
        """Fitted scaling."""
        if self._scaling is None:
            raise AttributeError("This block is not fitted yet.")
        return self._scaling

    @property
    def has_missing(self) -> bool:
        """Whether missing values are NaN in encoded rows."""
        return self._has_missing or self._keeps_missing

    @property
    def output_activation(self) -> str:
        """Sigmoid or tanh for dense rows scaled to one range, else identity."""
        if self._is_sparse:
            return "identity"
        return _BOUNDED.get(self.scaling.kind, "identity")

    def fit(self, X: Any, *, names: Sequence[str] | None = None) -> Self:
        """Fit the scaling; see ``Block.fit``."""
        vars(self).pop("encoded_shape", None)
        self._running = None
        return self._update(X, RunningScaling(self._kind), names)

    def partial_fit(self, X: Any, *, names: Sequence[str] | None = None) -> Self:
        """Update the scaling with further rows; has no effect after ``fit``."""
        if self._scaling is None:
            self._running = RunningScaling(self._kind)
        return self if self._running is None else self._update(X, self._running, names)

    def _update(self, X: Any, running: RunningScaling, names: Sequence[str] | None) -> Self:
        self._scaling = running.update(X, names=names)
        self._is_sparse = sparse.issparse(X)
        if not self.is_fitted:  # a network is built for the first rows
            self._has_missing = self.takes_missing and has_missing(X)
        self.encoded_shape = self._shape_of(int(X.shape[1]))
        return self

    def _shape_of(self, n_columns: int) -> tuple[int, ...]:
        """Return the shape of one encoded row."""
        return (n_columns,)

    def encode(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Scale rows; see ``Block.encode``."""
        encoded = self.scaling.apply(X)
        if X.dtype.kind == "f" and not self.has_missing:
            encoded[np.isnan(encoded)] = 0.0
        return encoded

    def decode(self, encoded: NDArray[Any]) -> NDArray[np.float64]:
        """Undo the scaling; see ``Block.decode``."""
        return self.scaling.invert(self.flatten(encoded))

    def single(self) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
        """Return the shift and the inverse scale, if there is no curve; see ``Block.single``."""
        return self.scaling.single()

    def facts(self) -> dict[str, Any]:
        """Return the kind of scaling and the number of columns; see ``Block.facts``."""
        return {
            "scaling": self.scaling.kind,
            "n_columns": int(np.prod(self.encoded_shape)),
            "sparse": self._is_sparse,
            **({"missing": True} if self.has_missing else {}),
        }

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the arrays of the scaling; see ``Block.tensors``."""
        return self.scaling.tensors()

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> Self:
        """Return a fitted block; see ``Block.from_facts``."""
        block = cls(facts["scaling"])
        block._restore(facts, tensors)
        return block

    def _restore(self, facts: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> None:
        self._scaling = Scaling.from_tensors(facts["scaling"], tensors)
        n_columns = int(facts["n_columns"])
        for name, array in self._scaling.tensors().items():
            if array.shape[-1:] not in ((), (1,), (n_columns,)):
                raise DamageError(f"{name} must have {n_columns} columns, and has {array.shape}")
        self._is_sparse = bool(facts["sparse"])
        self._has_missing = bool(facts.get("missing", False))
        self.encoded_shape = self._shape_of(int(facts["n_columns"]))
