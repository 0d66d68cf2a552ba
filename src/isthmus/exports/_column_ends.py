"""Columns of a mixed table as inputs and outputs of an ONNX graph."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._extras import imported
from ..errors import UsageError
from ..preprocessing import DATE_CYCLES, Preprocessor

__all__ = ["TableColumn", "table_columns"]

_UNKNOWN = "\N{REPLACEMENT CHARACTER}?"  # a level that no table has


class TableColumn(ABC):
    """One column of a table.

    Parameters
    ----------
    name : str
        Name of the column: that of its input.
    places : list of int
        Positions of its values in the matrix.

    Attributes
    ----------
    elem_type : str
        Element type of input and output: "FLOAT", "DOUBLE" or "STRING".
    width : int
        Number of values in a row of the input.
    """

    elem_type = "FLOAT"
    width = 1

    def __init__(self, name: str, places: list[int]) -> None:
        self.name, self.places = name, places

    @abstractmethod
    def nodes_in(self, source: str, target: str, prefix: str) -> list[Any]:
        """Return nodes from the input to the column's values of the matrix."""

    @abstractmethod
    def nodes_out(self, source: str, target: str, prefix: str) -> list[Any]:
        """Return nodes from the matrix to the output; empty if it cannot be restored."""

    @abstractmethod
    def fed(self, matrix: NDArray[Any]) -> NDArray[Any]:
        """Return the input that stands for rows of the matrix."""

    @abstractmethod
    def read(self, output: NDArray[Any]) -> NDArray[np.float64]:
        """Return the values of the matrix that an output stands for."""

    @property
    def compared(self) -> list[int]:
        """Positions of the values in the matrix that the output restores."""
        return self.places


class _Numbers(TableColumn):
    """A number, or a list of numbers."""

    def __init__(self, name: str, places: list[int], elem_type: str) -> None:
        super().__init__(name, places)
        self.elem_type, self.width = elem_type, len(places)

    def nodes_in(self, source: str, target: str, prefix: str) -> list[Any]:
        return [_helper().make_node("Identity", [source], [target])]

    def nodes_out(self, source: str, target: str, prefix: str) -> list[Any]:
        return _taken(source, self.compared, target, prefix)

    def fed(self, matrix: NDArray[Any]) -> NDArray[Any]:
        return matrix[:, self.places]

    def read(self, output: NDArray[Any]) -> NDArray[np.float64]:
        return np.asarray(output, dtype=np.float64)


class _Levels(TableColumn):
    """A text: one of the levels of a category."""

    elem_type = "STRING"

    def __init__(self, name: str, places: list[int], block: Any, number_type: str) -> None:
        super().__init__(name, places)
        self._levels, self._names = list(block.levels), [str(name) for name in block.level_names]
        self._pools, self._number_type = bool(block.pools), number_type

    def nodes_in(self, source: str, target: str, prefix: str) -> list[Any]:
        other = float(len(self._levels)) if self._pools else -1.0
        index = f"{prefix}index"
        lookup = _helper().make_node(
            "LabelEncoder",
            [source],
            [index],
            domain="ai.onnx.ml",
            keys_strings=[*self._levels, ""],
            values_floats=[*map(float, range(len(self._levels))), np.nan],  # empty: missing
            default_float=other,
        )
        return [lookup, _cast(index, target, self._number_type)]

    def nodes_out(self, source: str, target: str, prefix: str) -> list[Any]:
        place, index = f"{prefix}place", f"{prefix}level"
        names = _helper().make_node(
            "LabelEncoder",
            [index],
            [target],
            domain="ai.onnx.ml",
            keys_int64s=list(range(len(self._names))),
            values_strings=self._names,
            default_string="",
        )
        return [*_taken(source, self.places, place, prefix), _cast(place, index, "INT64"), names]

    def fed(self, matrix: NDArray[Any]) -> NDArray[Any]:
        index = matrix[:, self.places[0]]
        known = np.array([*self._levels, *([_UNKNOWN] if self._pools else [])], dtype=object)
        texts = np.full(len(index), _UNKNOWN, dtype=object)
        is_level = index >= 0
        texts[is_level] = known[index[is_level].astype(np.intp)]
        texts[np.isnan(index)] = ""
        return texts[:, None]

    def read(self, output: NDArray[Any]) -> NDArray[np.float64]:
        place = {name: float(k) for k, name in enumerate(self._names)}
        return np.array([[place.get(str(name), -1.0)] for name in output.ravel()])


class _Date(_Numbers):
    """Seconds since 1970, with the sines and cosines of cycles."""

    def __init__(self, name: str, places: list[int], block: Any) -> None:
        super().__init__(name, places, "DOUBLE")
        self._cycles, self.width = block.cycles, 1

    @property
    def compared(self) -> list[int]:
        return self.places[:1]

    def fed(self, matrix: NDArray[Any]) -> NDArray[Any]:
        return matrix[:, self.places[:1]]

    def nodes_in(self, source: str, target: str, prefix: str) -> list[Any]:
        make = _helper().make_node
        nodes: list[Any] = []
        waves = [source]
        for cycle in self._cycles:
            own, period = f"{prefix}{cycle}/", DATE_CYCLES[cycle]
            nodes += [
                *_constants({f"{own}period": period, f"{own}factor": 2 * np.pi / period}),
                make("Div", [source, f"{own}period"], [f"{own}cycles"]),
                make("Floor", [f"{own}cycles"], [f"{own}whole"]),
                make("Mul", [f"{own}whole", f"{own}period"], [f"{own}start"]),
                make("Sub", [source, f"{own}start"], [f"{own}seconds"]),
                make("Mul", [f"{own}seconds", f"{own}factor"], [f"{own}angle"]),
                _cast(f"{own}angle", f"{own}single", "FLOAT"),
            ]
            for wave in ("Sin", "Cos"):
                nodes.append(make(wave, [f"{own}single"], [f"{own}{wave}"]))
                nodes.append(_cast(f"{own}{wave}", f"{own}{wave}/double", "DOUBLE"))
                waves.append(f"{own}{wave}/double")
        return [*nodes, make("Concat", waves, [target], axis=1)]


def table_columns(made: Preprocessor, *, is_double: bool) -> list[TableColumn]:
    """Return the columns of a mixed table in the order of the matrix.

    Parameters
    ----------
    made : Preprocessor
        Fitted, of a mixed table.
    is_double : bool
        Whether the matrix is float64.

    Returns
    -------
    list of TableColumn

    Raises
    ------
    UsageError
        If a graph cannot read a column.
    """
    table = made.table
    assert table is not None
    kind = "DOUBLE" if is_double else "FLOAT"
    columns: list[TableColumn]
    columns = [_Numbers(name, [k], kind) for k, name in enumerate(table.numeric)]
    unreadable = []
    positions = table.positions[bool(table.numeric) :]
    for block, places in zip(table.others, positions, strict=True):
        match block.name:
            case "categorical" | "ordinal":
                columns.append(_Levels(block.column, places, block, kind))
            case "date":
                columns.append(_Date(block.column, places, block))
            case "list":
                columns.append(_Numbers(block.column, places, kind))
            case _:
                unreadable.append(block.column)
    if unreadable:
        raise UsageError(
            "A graph cannot read columns of free text or of very many different texts. Got "
            f"{', '.join(f'`{name}`' for name in unreadable)}: use inputs='matrix' "
            "(--inputs matrix), so that it takes the matrix that `prepared_rows` returns, or "
            "train without these columns."
        )
    return columns


def _helper() -> Any:
    return imported("onnx.helper", "export")


def _cast(source: str, target: str, kind: str) -> Any:
    number = getattr(imported("onnx", "export").TensorProto, kind)
    return _helper().make_node("Cast", [source], [target], to=number)


def _constants(values: dict[str, float]) -> list[Any]:
    numpy_helper = imported("onnx.numpy_helper", "export")
    return [
        _helper().make_node(
            "Constant", [], [name], value=numpy_helper.from_array(np.float64(value))
        )
        for name, value in values.items()
    ]


def _taken(source: str, places: list[int], target: str, prefix: str) -> list[Any]:
    """Return nodes that take columns of a matrix."""
    numpy_helper = imported("onnx.numpy_helper", "export")
    where = numpy_helper.from_array(np.array(places, dtype=np.int64))
    index = f"{prefix}places"
    make = _helper().make_node
    return [
        make("Constant", [], [index], value=where),
        make("Gather", [source, index], [target], axis=1),
    ]
