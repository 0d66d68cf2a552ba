"""ONNX models of modules, by PyTorch's exporter."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from .._extras import imported
from ..errors import ExportError
from ._whole_graph import WholeGraph

__all__ = ["exported_program", "onnx_model", "quiet", "without_traces"]

_LOGGERS = (
    "torch.onnx._internal.exporter._registration",
    "torch._export.serde.serialize",
    "onnxscript",
)
_MOST_BYTES = 2**31 - 2**20  # of one ONNX file


def exported_program(graph: WholeGraph) -> torch.export.ExportedProgram:
    """Return a graph as a program of ``torch.export``, for any number of rows.

    Parameters
    ----------
    graph : WholeGraph
        Module.

    Returns
    -------
    torch.export.ExportedProgram

    Raises
    ------
    ExportError
        If the exporter fails, as for a custom network with Python that depends on values.
    """
    # The number 3 has no meaning elsewhere; exporters treat 0 and 1 as constants.
    example = torch.zeros(3, graph.width, dtype=graph.input_dtype)
    shapes = {"rows": {0: torch.export.Dim("batch")}}
    # With gradients, narrow layers are not padded: see ``isthmus.nn.steady``.
    with torch.enable_grad(), quiet(), _explained():
        return torch.export.export(graph, (example,), dynamic_shapes=shapes, strict=False)


def onnx_model(graph: WholeGraph, input: str, output: str) -> Any:
    """Return a graph as an ONNX model.

    Parameters
    ----------
    graph : WholeGraph
        Module.
    input, output : str
        Names of its input and output.

    Returns
    -------
    onnx.ModelProto
        Without paths of this machine.

    Raises
    ------
    ExportError
        If the exporter fails, or the model is too large for one file.
    """
    imported("onnxscript", "export")
    program = exported_program(graph)
    size = sum(tensor.numel() * tensor.element_size() for tensor in program.state_dict.values())
    if size > _MOST_BYTES:
        raise ExportError(
            f"An ONNX file must be smaller than 2 GiB. The weights take {size / 2**30:.1f} GiB: "
            "export to a .pt2 file."
        )
    with quiet(), _explained():
        made = torch.onnx.export(
            program,
            (),
            dynamo=True,
            input_names=[input],
            output_names=[output],
            verbose=False,
            external_data=False,
        )
    assert made is not None
    model = without_traces(made.model_proto)
    for own in (*model.graph.input, *model.graph.output):
        own.type.tensor_type.shape.dim[0].dim_param = "batch"  # the exporter may call it "s10"
    return model


def without_traces(model: Any) -> Any:
    """Remove the exporter's notes from an ONNX model: they hold paths of files of this machine.

    Parameters
    ----------
    model : onnx.ModelProto
        Changed in place.

    Returns
    -------
    onnx.ModelProto
    """
    graph = model.graph
    for own in (*graph.node, *graph.initializer, *graph.value_info, *graph.input, *graph.output):
        own.doc_string = ""
        del own.metadata_props[:]
    graph.doc_string = ""
    del graph.metadata_props[:], model.metadata_props[:], graph.value_info[:]
    return model


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the exporter from writing what concerns no user, such as a lack of torchvision.

    Yields
    ------
    None
    """
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [logger.disabled for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.disabled = True
        try:
            yield
        finally:
            for logger, state in zip(loggers, before, strict=True):
                logger.disabled = state


@contextmanager
def _explained() -> Iterator[None]:
    """Raise ``ExportError`` with the first line of what the exporter says."""
    try:
        yield
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        reason = lines[0][:200] if lines else ""
        raise ExportError(
            f"PyTorch cannot export this network ({type(error).__name__}: {reason}): use it from "
            "Python, or change the custom modules."
        ) from error
