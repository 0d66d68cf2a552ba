"""The whole graph: preprocessing, a part of the estimator, and the way back to columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..preprocessing import Preprocessor
from ._block_graphs import block_graph
from ._export_checks import FROM_ROWS, TO_ROWS

__all__ = ["WholeGraph", "whole_graph"]


class WholeGraph(nn.Module):
    """One part of an estimator, from its users' numbers to its users' numbers.

    Parameters
    ----------
    part : torch.nn.Module
        One of ``graph_parts`` of an estimator.
    encode : torch.nn.Module
        Maps the input to the input of the part.
    decode : torch.nn.Module
        Maps the output of the part to the output.
    input_dtype, output_dtype : torch.dtype
        float32, or float64 where single precision would lose digits.
    width : int
        Number of columns of the input.

    Attributes
    ----------
    input_dtype, output_dtype, width
        As given.
    """

    def __init__(
        self,
        part: nn.Module,
        encode: nn.Module,
        decode: nn.Module,
        *,
        input_dtype: torch.dtype,
        output_dtype: torch.dtype,
        width: int,
    ) -> None:
        super().__init__()
        self.encode, self.part, self.decode = encode, part, decode
        self.input_dtype, self.output_dtype, self.width = input_dtype, output_dtype, width

    def forward(self, rows: Tensor) -> Tensor:
        """Map rows, or codes for the decoder, to the output of the part."""
        out: Tensor = self.decode(self.part(self.encode(rows)))
        return out.to(self.output_dtype)


def whole_graph(estimator: Any, part: str, module: nn.Module) -> WholeGraph:
    """Return the graph of a part of a fitted estimator.

    Parameters
    ----------
    estimator : estimator
        Fitted, on the CPU.
    part : str
        Key of ``graph_parts``.
    module : torch.nn.Module
        Its value there.

    Returns
    -------
    WholeGraph
        From the matrix of ``prepared_rows``, or from codes, to codes, scores, probabilities, or
        the matrix.

    Raises
    ------
    UsageError
        If the preprocessing cannot be in a graph.
    """
    made: Preprocessor = estimator.preprocessor_
    encode, decode, is_single = _of_preprocessor(made, fills=part != "score")
    dtype = torch.float32 if is_single else torch.float64
    from_rows, to_rows = part in FROM_ROWS, part in TO_ROWS
    graph = WholeGraph(
        module,
        encode if from_rows else nn.Identity(),
        decode if to_rows else nn.Identity(),
        input_dtype=dtype if from_rows else torch.float32,
        output_dtype=dtype if to_rows else torch.float32,
        width=int(made.n_features if from_rows else estimator.latent_dim_),
    )
    return graph.requires_grad_(False).eval()


def _of_preprocessor(made: Preprocessor, *, fills: bool) -> tuple[nn.Module, nn.Module, bool]:
    """Return the modules of encoding and decoding, and whether single precision suffices."""
    graphs = [block_graph(block) for block in made.blocks]
    is_single = all(graph.fits_single for graph in graphs)
    columns = [own["columns"] for own in made.facts()["blocks"]]
    if len(graphs) == 1 and columns[0] is None:
        encode = graphs[0].encode
        block = made.blocks[0]
        if fills and block.takes_missing and not block.has_missing:  # as ``NumericBlock.encode``
            encode = nn.Sequential(encode, _Filled())
        return encode, graphs[0].decode, is_single
    places = [np.asarray(own, dtype=np.int64) for own in columns]
    slices = [np.arange(where.start, where.stop) for where in made.slices]
    split = _Split([graph.encode for graph in graphs], places)
    joined = _Split([graph.decode for graph in graphs], slices, order=_inverse(places))
    return split, joined, is_single


class _Filled(nn.Module):
    """Missing values as 0."""

    def forward(self, x: Tensor) -> Tensor:
        return x.masked_fill(x.isnan(), 0.0)


class _Split(nn.Module):
    """Modules for some columns each, whose outputs are joined.

    Parameters
    ----------
    modules : list of torch.nn.Module
        One for each block.
    places : list of ndarray
        Columns of the input of each.
    order : ndarray, default=None
        Order of the columns of the output among the joined ones; None leaves them.
    """

    def __init__(
        self,
        modules: list[nn.Module],
        places: list[NDArray[np.int64]],
        *,
        order: NDArray[np.int64] | None = None,
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(modules)
        for k, own in enumerate(places):
            self.register_buffer(f"place{k}", torch.from_numpy(own))
        self._is_ordered = order is not None
        if order is not None:
            self.register_buffer("order", torch.from_numpy(order))

    def forward(self, x: Tensor) -> Tensor:
        own = [
            block(x.index_select(1, self.get_buffer(f"place{k}")))
            for k, block in enumerate(self.blocks)
        ]
        joined = torch.cat(own, dim=1)
        return joined.index_select(1, self.get_buffer("order")) if self._is_ordered else joined


def _inverse(places: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.argsort(np.concatenate(places), kind="stable").astype(np.int64)
