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
    core_names : tuple of str, str
        Names of the input and the output of the graph of the matrix.
    """

    inputs: list[str]
    outputs: list[str]
    core_names: tuple[str, str]

    def feeds(self, matrix: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Return the inputs for rows of the matrix, or for codes."""

    def collected(self, results: list[NDArray[Any]]) -> NDArray[np.float64]:
        """Return the outputs as one matrix."""

    def expected(self, reference: NDArray[Any]) -> NDArray[np.float64]:
        """Return what of an estimator's result is to be compared with ``collected``."""

    def extended(self, model: Any) -> Any:
        """Return the ONNX model of the matrix with these inputs and outputs."""


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
        self.core_names = input, output

    def feeds(self, matrix: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Return the matrix in the type of the input."""
        return {self.inputs[0]: np.ascontiguousarray(matrix, dtype=self._dtype)}

    def collected(self, results: list[NDArray[Any]]) -> NDArray[np.float64]:
        """Return the only output."""
        return np.asarray(results[0], dtype=np.float64)

    def expected(self, reference: NDArray[Any]) -> NDArray[np.float64]:
        """Return all of it."""
        return np.asarray(reference, dtype=np.float64)

    def extended(self, model: Any) -> Any:
        """Return the model unchanged."""
        return model
