"""Mixed tables at the ends of an ONNX graph: one input, and one output, for each column."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._extras import imported
from ..preprocessing import Preprocessor
from ._column_ends import TableColumn, table_columns
from ._interfaces import MatrixInterface

__all__ = ["TableInterface"]

_CORE = "isthmus/"  # of all names inside, so that a column may have any name


class TableInterface:
    """One input of shape (n, 1) for each column of a table, and one output for each restored one.

    Parameters
    ----------
    made : Preprocessor
        Fitted, of a mixed table.
    core : MatrixInterface
        That of the graph whose ends are replaced.
    is_double : bool
        Whether the matrix is float64.
    reads, restores : bool
        Whether the graph takes, and returns, rows.

    Raises
    ------
    UsageError
        If a graph cannot read a column.
    """

    def __init__(
        self,
        made: Preprocessor,
        core: MatrixInterface,
        *,
        is_double: bool,
        reads: bool,
        restores: bool,
    ) -> None:
        assert made.table is not None
        self._columns = table_columns(made, is_double=is_double)
        order = {name: k for k, name in enumerate(made.table.columns)}
        self._shown = sorted(self._columns, key=lambda column: order[column.name])
        self._core, self._reads, self._restores = core, reads, restores
        self.core_names = core.core_names
        self.inputs = [column.name for column in self._shown] if reads else core.inputs
        taken = {*self.inputs}
        self._names = {
            column.name: _free(f"reconstructed_{column.name}", taken) for column in self._shown
        }
        self.outputs = list(self._names.values()) if restores else core.outputs

    def feeds(self, matrix: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Return the columns that rows of the matrix stand for."""
        if not self._reads:
            return self._core.feeds(matrix)
        dtypes = {"FLOAT": np.float32, "DOUBLE": np.float64, "STRING": object}
        return {
            column.name: np.ascontiguousarray(column.fed(matrix), dtypes[column.elem_type])
            for column in self._shown
        }

    def collected(self, results: list[NDArray[Any]]) -> NDArray[np.float64]:
        """Return the outputs as columns of the matrix."""
        if not self._restores:
            return self._core.collected(results)
        pairs = zip(self._shown, results, strict=True)
        return np.concatenate([column.read(result) for column, result in pairs], axis=1)

    def expected(self, reference: NDArray[Any]) -> NDArray[np.float64]:
        """Return the columns of the matrix that outputs restore."""
        if not self._restores:
            return self._core.expected(reference)
        places = [k for column in self._shown for k in column.compared]
        return np.asarray(reference, dtype=np.float64)[:, places]

    def extended(self, model: Any) -> Any:
        """Return the model of the matrix with columns at its ends.

        Parameters
        ----------
        model : onnx.ModelProto
            From the matrix, or to it, or both.

        Returns
        -------
        onnx.ModelProto
        """
        helper = imported("onnx.helper", "export")
        model = imported("onnx.compose", "export").add_prefix(model, prefix=_CORE)
        own = model.graph
        [source], [target] = own.input, own.output
        before: list[Any] = []
        after: list[Any] = []
        inputs, outputs = [source], [target]
        if self._reads:
            inputs, before = self._front(source.name)
        else:
            before = [helper.make_node("Identity", self._core.inputs, [source.name])]
            source.name = self._core.inputs[0]
        if self._restores:
            outputs, after = self._back(target.name)
        else:
            after = [helper.make_node("Identity", [target.name], self._core.outputs)]
            target.name = self._core.outputs[0]
        graph = helper.make_graph(
            [*before, *own.node, *after], "isthmus", inputs, outputs, list(own.initializer)
        )
        opsets = [*model.opset_import, helper.make_opsetid("ai.onnx.ml", 3)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=model.ir_version)

    def _front(self, matrix: str) -> tuple[list[Any], list[Any]]:
        """Return inputs, and nodes from them to the matrix."""
        helper = imported("onnx.helper", "export")
        nodes, parts = [], []
        for k, column in enumerate(self._columns):
            prefix = f"{_CORE}in{k}/"
            nodes += column.nodes_in(column.name, f"{prefix}values", prefix)
            parts.append(f"{prefix}values")
        nodes.append(helper.make_node("Concat", parts, [matrix], axis=1))
        return [_value(column.name, column) for column in self._shown], nodes

    def _back(self, matrix: str) -> tuple[list[Any], list[Any]]:
        """Return outputs, and nodes from the matrix to them."""
        nodes = []
        for k, column in enumerate(self._shown):
            nodes += column.nodes_out(matrix, self._names[column.name], f"{_CORE}out{k}/")
        return [_value(self._names[column.name], column) for column in self._shown], nodes


def _value(name: str, column: TableColumn) -> Any:
    onnx = imported("onnx", "export")
    kind = getattr(onnx.TensorProto, column.elem_type)
    return onnx.helper.make_tensor_value_info(name, kind, ["batch", column.width])


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name
