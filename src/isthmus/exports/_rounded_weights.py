"""Weights in fewer bits: rounded in the estimator, and stored so in an ONNX file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .._extras import imported

__all__ = ["RoundedWeight", "round_weights", "with_rounded_weights"]

_LARGEST = 127  # symmetric: -128 is not used


@dataclass(frozen=True, eq=False)
class RoundedWeight:
    """A weight whose values have few bits.

    Attributes
    ----------
    values : ndarray of shape (n_outputs, ...), float32
        The rounded weight.
    stored : ndarray of the same shape
        int8, or bfloat16.
    scales : ndarray of shape (n_outputs,), float32, or None
        What int8 values are multiplied with.
    """

    values: NDArray[np.float32]
    stored: NDArray[Any]
    scales: NDArray[np.float32] | None


def round_weights(module: nn.Module, weights: str) -> list[RoundedWeight]:
    """Round the weights of a module in place; biases and all other vectors stay.

    Parameters
    ----------
    module : torch.nn.Module
        Its parameters and buffers with two axes or more that are named "weight" or "directions".
    weights : {"float32", "bfloat16", "int8"}
        "float32" rounds nothing.

    Returns
    -------
    list of RoundedWeight
    """
    rounding = _ROUNDINGS.get(weights)
    if rounding is None:
        return []
    found = []
    for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
        is_weight = name.rpartition(".")[2] in ("weight", "directions")
        if is_weight and tensor.ndim >= 2 and tensor.dtype == torch.float32:
            rounded = rounding(tensor)
            with torch.no_grad():
                tensor.copy_(torch.from_numpy(rounded.values))
            found.append(rounded)
    return found


def with_rounded_weights(model: Any, rounded: list[RoundedWeight]) -> Any:
    """Store the rounded weights of an ONNX model in fewer bits; it computes the same.

    Parameters
    ----------
    model : onnx.ModelProto
        Changed in place.
    rounded : list of RoundedWeight
        Return value of ``round_weights`` for the module that it was made of.

    Returns
    -------
    onnx.ModelProto
    """
    numpy_helper = imported("onnx.numpy_helper", "export")
    graph = model.graph
    nodes, initializers = [], []
    for tensor in graph.initializer:
        array = numpy_helper.to_array(tensor)
        match = _same(array, rounded) if array.ndim >= 2 and array.dtype == np.float32 else None
        if match is None:
            initializers.append(tensor)
        else:
            own, made = _stored(tensor.name, *match)
            nodes.append(made)
            initializers += own
    del graph.initializer[:]
    graph.initializer.extend(initializers)
    own_nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend([*nodes, *own_nodes])
    return model


def _same(
    array: NDArray[np.float32], rounded: list[RoundedWeight]
) -> tuple[RoundedWeight, bool] | None:
    """Return the rounded weight with these values, and whether the exporter transposed it."""
    for one in rounded:
        if array.shape == one.values.shape and np.array_equal(array, one.values):
            return one, False
        if array.ndim == 2 and np.array_equal(array, one.values.T):
            return one, True
    return None


def _stored(name: str, one: RoundedWeight, is_transposed: bool) -> tuple[list[Any], Any]:
    """Return the initializers of a weight, and the node that makes it float32 again."""
    onnx = imported("onnx", "export")
    numpy_helper = imported("onnx.numpy_helper", "export")
    make = onnx.helper.make_node
    values = np.ascontiguousarray(one.stored.T if is_transposed else one.stored)
    stored = numpy_helper.from_array(values, f"{name}/stored")
    if one.scales is None:
        return [stored], make("Cast", [stored.name], [name], to=onnx.TensorProto.FLOAT)
    scales = numpy_helper.from_array(one.scales, f"{name}/scales")
    axis = 1 if is_transposed else 0
    return [stored, scales], make("DequantizeLinear", [stored.name, scales.name], [name], axis=axis)


def _as_int8(tensor: Tensor) -> RoundedWeight:
    """Round to 255 values for each output."""
    weight = tensor.detach().numpy()
    largest = np.abs(weight.reshape(len(weight), -1)).max(axis=1)
    scales = np.where(largest > 0, largest / np.float32(_LARGEST), 1.0).astype(np.float32)
    own = scales.reshape(-1, *[1] * (weight.ndim - 1))
    stored = np.clip(np.round(weight / own), -_LARGEST, _LARGEST).astype(np.int8)
    return RoundedWeight(stored.astype(np.float32) * own, stored, scales)


def _as_bfloat16(tensor: Tensor) -> RoundedWeight:
    """Round to 8 significant bits."""
    kept = tensor.detach().to(torch.bfloat16)
    kind = imported("ml_dtypes", "export").bfloat16
    bits = kept.view(torch.int16).numpy().view(kind)
    return RoundedWeight(kept.float().numpy(), bits, None)


_ROUNDINGS: dict[str, Callable[[Tensor], RoundedWeight]] = {
    "bfloat16": _as_bfloat16,
    "int8": _as_int8,
}
