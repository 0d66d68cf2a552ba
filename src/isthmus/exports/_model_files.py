"""Files of exported models, and calls of what is in them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from .._extras import imported
from ._interfaces import Interface
from ._onnx_graph import quiet

__all__ = ["METADATA", "call_onnx_file", "call_torch_file", "write_onnx_file", "write_torch_file"]

METADATA = "isthmus"  # prefix of the names in ONNX files, and name of the file in .pt2 files
_SEVERE = 3  # ONNX Runtime's messages on stderr, from errors


def write_onnx_file(path: Path, model: Any, metadata: Mapping[str, Any]) -> None:
    """Write an ONNX model with metadata.

    Parameters
    ----------
    path : pathlib.Path
        Temporary file.
    model : onnx.ModelProto
        Changed in place.
    metadata : mapping of str to str, number or list
        Stored as texts with names that begin with "isthmus."; lists as JSON.
    """
    onnx = imported("onnx", "export")
    model.producer_name, model.producer_version = METADATA, str(metadata["version"])
    onnx.helper.set_model_props(
        model, {f"{METADATA}.{name}": _text(value) for name, value in metadata.items()}
    )
    path.write_bytes(model.SerializeToString(deterministic=True))


def write_torch_file(
    path: Path, program: torch.export.ExportedProgram, metadata: Mapping[str, Any]
) -> None:
    """Write a program of ``torch.export`` with metadata.

    Parameters
    ----------
    path : pathlib.Path
        Temporary file.
    program : torch.export.ExportedProgram
        Changed in place: what it knows of this machine's files is removed.
    metadata : mapping of str to str, number or list
        Stored in the archive as ``isthmus.json``.
    """
    for node in program.graph.nodes:
        for name in ("stack_trace", "nn_module_stack", "source_fn_stack", "from_node"):
            node.meta.pop(name, None)
    # A view would be stored with all of the tensor that it is a part of.
    for tensors in (program.state_dict, program.constants):
        tensors.update({name: _apart(tensor) for name, tensor in tensors.items()})
    text = json.dumps(dict(metadata), indent=1, ensure_ascii=False)
    content = io.BytesIO()  # PyTorch's own writer of files ends the process if the disk is full
    with quiet():
        torch.export.save(program, content, extra_files={f"{METADATA}.json": text})
    path.write_bytes(content.getbuffer())


def call_onnx_file(
    path: Path, interface: Interface
) -> Callable[[NDArray[Any]], NDArray[np.float64]]:
    """Return a function that runs an ONNX file in ONNX Runtime, on the CPU.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    interface : Interface
        Its inputs and outputs.

    Returns
    -------
    callable
        From rows of the matrix, or codes, to outputs as a matrix.
    """
    runtime = imported("onnxruntime", "export")
    options = runtime.SessionOptions()
    options.log_severity_level = _SEVERE
    options.intra_op_num_threads = torch.get_num_threads()
    session = runtime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def call(matrix: NDArray[Any]) -> NDArray[np.float64]:
        return interface.collected(session.run(interface.outputs, interface.feeds(matrix)))

    return call


def call_torch_file(
    path: Path, interface: Interface
) -> Callable[[NDArray[Any]], NDArray[np.float64]]:
    """Return a function that runs a file of ``torch.export``.

    Parameters
    ----------
    path, interface
        As for ``call_onnx_file``.

    Returns
    -------
    callable
    """
    with quiet():
        module = torch.export.load(path).module()

    def call(matrix: NDArray[Any]) -> NDArray[np.float64]:
        fed = interface.feeds(matrix).values()
        with torch.no_grad():
            result = module(*map(torch.from_numpy, fed))
        return interface.collected([result.numpy()])

    return call


def _apart(tensor: Any) -> Any:
    """Return a copy with memory of its own, as a parameter if it is one."""
    copy = tensor.detach().clone()
    return nn.Parameter(copy, requires_grad=False) if isinstance(tensor, nn.Parameter) else copy


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
