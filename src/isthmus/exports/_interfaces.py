"""What a graph takes and returns, and how that compares with the matrix of an estimator."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Interface", "MatrixInterface"]


class Interface(Protocol):
    """Inputs and outputs of a graph.

    Attributes
    ----------
    inputs, outputs : list of str
        Names in the order of the graph.
    """

    inputs: list[str]
    outputs: list[str]

    def feeds(self, matrix: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Return the inputs for rows of the matrix, or for codes."""

    def collected(self, results: list[NDArray[Any]]) -> NDArray[np.float64]:
        """Return the outputs as one matrix."""

    def expected(self, reference: NDArray[Any]) -> NDArray[np.float64]:
        """Return what of an estimator's result is to be compared with ``collected``."""


class MatrixInterface:
    """One matrix in, one matrix out.

    Parameters
    ----------
    input, output : str
        Their names.
    dtype : numpy.dtype
        Of the input.
    """

    def __init__(self, input: str, output: str, dtype: Any) -> None:
        self.inputs, self.outputs, self._dtype = [input], [output], dtype

    def feeds(self, matrix: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Return the matrix in the type of the input."""
        return {self.inputs[0]: np.ascontiguousarray(matrix, dtype=self._dtype)}

    def collected(self, results: list[NDArray[Any]]) -> NDArray[np.float64]:
        """Return the only output."""
        return np.asarray(results[0], dtype=np.float64)

    def expected(self, reference: NDArray[Any]) -> NDArray[np.float64]:
        """Return all of it."""
        return np.asarray(reference, dtype=np.float64)
