"""Export of fitted estimators, checked against the estimator before the file exists."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from .._files import replacing
from .._version import __version__
from ..errors import UsageError
from ._compared_outputs import BATCHES, TOLERANCE, Compared
from ._export_checks import FROM_ROWS, TO_ROWS, check_export_options
from ._interfaces import Interface, MatrixInterface
from ._model_files import call_onnx_file, call_torch_file, write_onnx_file, write_torch_file
from ._onnx_graph import exported_program, onnx_model
from ._reference_outputs import (
    REFERENCES,
    check_rows,
    given_rows,
    rounding_loss,
    selects,
)
from ._rounded_weights import RoundedWeight, round_weights, with_rounded_weights
from ._table_interface import TableInterface
from ._whole_graph import WholeGraph, whole_graph

__all__ = ["Exported", "export_model"]

_NAMES = {  # of input and output of each part
    "encoder": ("rows", "codes"),
    "decoder": ("codes", "reconstruction"),
    "reconstruction": ("rows", "reconstruction"),
    "score": ("rows", "scores"),
    "probabilities": ("rows", "probabilities"),
}


@dataclass(frozen=True)
class Exported:
    """An exported model, and how it was checked.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    part : str
        Exported part.
    inputs, outputs : list of str
        Names of inputs and outputs.
    difference : float
        Largest difference of an output from the estimator's, relative to its scale.
    n_rows : int
        Number of rows that were compared.
    n_bytes : int
        Size of the file.
    loss : dict of str to float
        What rounding of the weights changed: ``mean_difference`` and ``largest_difference`` of
        the outputs, relative to their scale; for autoencoders also ``squared_error`` and
        ``squared_error_float32``, the mean reconstruction error. Empty for float32.
    metadata : dict
        What is stored in the file.
    """

    path: Path
    part: str
    inputs: list[str]
    outputs: list[str]
    difference: float
    n_rows: int
    n_bytes: int
    loss: dict[str, float]
    metadata: dict[str, Any]


def export_model(
    estimator: Any,
    path: str | os.PathLike[str],
    rows: Any,
    *,
    part: str | None = None,
    inputs: str = "columns",
    weights: str = "float32",
    about: Mapping[str, Any] | None = None,
) -> Exported:
    """Export a part of a fitted estimator, and check the file before it takes its name.

    The file contains the preprocessing of numbers, of missing cells and of categories. It is run on
    rows in batches of 1, 2 and 1,000; if an output differs from the estimator's by more than 1e-4
    of its scale, nothing is written.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    path : path
        File to write: .onnx, or .pt2 for ``torch.export``. An existing file is replaced.
    rows : array-like, sparse matrix, table or sequence of texts
        Rows to check with, up to 1,000, such as held-out ones.
    part : {"encoder", "decoder", "reconstruction", "score", "probabilities"}, default=None
        Part to export. None is the encoder; for outlier detectors the score, for classifiers the
        probabilities.
    inputs : {"columns", "matrix"}, default="columns"
        For mixed tables: an input for each column, with texts for categories; or the matrix that
        ``prepared_rows`` returns. Other rows are always one matrix.
    weights : {"float32", "bfloat16", "int8"}, default="float32"
        Type that weights are stored in. Computations are in float32.
    about : mapping, default=None
        Further metadata to store, such as ``model_sha256``.

    Returns
    -------
    Exported

    Raises
    ------
    UsageError
        If the estimator has no such part, or its preprocessing cannot be exported.
    MissingExtraError
        If ONNX or ONNX Runtime is not installed.
    DataError
        If the rows do not suit the estimator, or there are none.
    ExportError
        If the exporter fails, or the file does not compute what the estimator computes.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from isthmus import Autoencoder
    >>> from isthmus.exports import export_model
    >>> X = load_digits().data
    >>> ae = Autoencoder(latent_dim=8, epochs=2, random_state=0).fit(X)
    >>> export_model(ae, "digits.onnx", X[:100]).outputs  # doctest: +SKIP
    ['codes']
    """
    path = Path(path)
    check_export_options(path, part, inputs, weights)
    estimator = _on_cpu(estimator)
    part = _chosen_part(estimator, part)
    matrix = check_rows(estimator, rows)
    twin = copy.deepcopy(estimator) if weights != "float32" else estimator
    module = twin.graph_parts()[part]
    rounded = round_weights(module, weights)
    graph = whole_graph(twin, part, module)
    is_onnx = path.suffix.lower() == ".onnx"
    interface = _interface(twin, part, graph, inputs if is_onnx else _matrix_only(twin, inputs))
    given, units = given_rows(estimator, part, matrix)
    expected = interface.expected(REFERENCES[part](twin, given))
    compared = Compared(given, expected, interface.expected(units), selects=selects(twin))
    loss = rounding_loss(estimator, twin, part, given, matrix, units) if rounded else {}
    metadata = {
        **_facts(estimator, part, interface, weights),
        **(about or {}),
        "n_rows": compared.n_rows,
        "batches": list(BATCHES),
        "tolerance": TOLERANCE,
        **loss,
    }
    with replacing(path) as temporary:
        if is_onnx:
            write, call = _as_onnx(graph, interface, rounded), call_onnx_file
        else:
            write, call = _as_torch(graph), call_torch_file
        # Twice: the difference is that of the file, which then stores it.
        write(temporary, metadata)
        difference = compared.difference(call(temporary, interface), part)
        metadata["difference"] = difference
        write(temporary, metadata)
        n_bytes = temporary.stat().st_size
    names = (interface.inputs, interface.outputs)
    return Exported(path, part, *names, difference, compared.n_rows, n_bytes, loss, metadata)


def _on_cpu(estimator: Any) -> Any:
    """Return the estimator, or a copy of it on the CPU."""
    if estimator.device_.type == "cpu":
        return estimator
    twin = copy.deepcopy(estimator)
    twin.device_ = torch.device("cpu")
    for module in twin.graph_parts().values():
        module.cpu()
    return twin


def _chosen_part(estimator: Any, part: str | None) -> str:
    if not hasattr(estimator, "graph_parts"):
        raise UsageError(
            f"{type(estimator).__name__} cannot be exported: its results are not those of one "
            "graph. Use it from Python, or export an Autoencoder or an AutoencoderOutlierDetector "
            "of the same rows."
        )
    parts: dict[str, nn.Module] = estimator.graph_parts()
    if part is None:
        return next(iter(parts))
    if part not in parts:
        raise UsageError(
            f"`part` must be {'one of ' * (len(parts) > 1)}{', '.join(parts)} for "
            f"{type(estimator).__name__}. Got {part!r}."
        )
    return part


def _matrix_only(estimator: Any, inputs: str) -> str:
    made = estimator.preprocessor_
    if inputs != "matrix" and made.kind in ("table", "texts"):
        raise UsageError(
            "A .pt2 file takes numbers only, and this model was trained on "
            f"{'texts' if made.kind == 'texts' else 'a table with categories'}: use "
            "inputs='matrix' (--inputs matrix), so that it takes the matrix that `prepared_rows` "
            "returns, or export to a .onnx file."
        )
    return "matrix"


def _interface(estimator: Any, part: str, graph: WholeGraph, inputs: str) -> Interface:
    made = estimator.preprocessor_
    dtype = np.float64 if graph.input_dtype == torch.float64 else np.float32
    core = MatrixInterface(*_NAMES[part], dtype)
    reads = part in FROM_ROWS
    if reads and made.kind == "texts" and inputs != "matrix":
        raise UsageError(
            "A graph cannot read texts: use inputs='matrix' (--inputs matrix), so that it takes "
            "their tf-idf matrix, which `prepared_rows` returns."
        )
    if made.table is None or inputs == "matrix":
        return core
    restores = part in TO_ROWS
    is_double = torch.float64 in (graph.input_dtype, graph.output_dtype)
    return TableInterface(made, core, is_double=is_double, reads=reads, restores=restores)


def _facts(estimator: Any, part: str, interface: Interface, weights: str) -> dict[str, Any]:
    """Return the metadata of a file."""
    made = estimator.preprocessor_
    facts: dict[str, Any] = {
        "version": __version__,
        "torch": str(torch.__version__),
        "estimator": type(estimator).__name__,
        "part": part,
        "weights": weights,
        "inputs": interface.inputs,
        "outputs": interface.outputs,
    }
    if made.feature_names is not None:
        facts["columns"] = list(made.feature_names)
    if made.picture_shape is not None:
        facts["picture_shape"] = list(made.picture_shape)
    if part == "score":
        facts["threshold"] = float(estimator.offset_)
    if part == "probabilities":
        facts["classes"] = np.asarray(estimator.classes_).tolist()
    return facts


def _as_onnx(
    graph: WholeGraph, interface: Interface, rounded: list[RoundedWeight]
) -> Callable[[Path, Mapping[str, Any]], None]:
    """Return a function that writes the graph as an ONNX file."""
    model = interface.extended(onnx_model(graph, *interface.core_names))
    model = with_rounded_weights(model, rounded)
    return lambda path, metadata: write_onnx_file(path, model, metadata)


def _as_torch(graph: WholeGraph) -> Callable[[Path, Mapping[str, Any]], None]:
    """Return a function that writes the graph as a file of ``torch.export``."""
    program = exported_program(graph)
    return lambda path, metadata: write_torch_file(path, program, metadata)
