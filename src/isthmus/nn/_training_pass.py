"""Training passes with torch.compile or mixed precision."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from ..errors import UsageError
from ._encoder_decoder import EncoderDecoder
from ._mlp import MLP

__all__ = ["PRECISIONS", "TrainingPass"]

# Input dtype of the matrix products in training passes; None is the dtype of the weights.
PRECISIONS = {"float32": None, "bfloat16": torch.bfloat16}


class TrainingPass(nn.Module):
    """Network whose passes with gradients are compiled or in mixed precision.

    Passes without gradients use the network itself.

    Parameters
    ----------
    network : EncoderDecoder
        Shared, not copied.
    compile : bool, default=False
        Whether to compile the passes with torch.compile.
    precision : str, default="float32"
        One of ``PRECISIONS``. With "bfloat16", torch.autocast selects the operations that use it,
        mainly matrix products. Weights and reconstructions stay in single precision.
    """

    def __init__(
        self, network: EncoderDecoder, *, compile: bool = False, precision: str = "float32"
    ) -> None:
        super().__init__()
        self.network = network
        layers = nn.Sequential(*_layers(network.encoder, network.decoder))
        # In a tuple, so that torch does not register the parameters twice.
        self._pass = (_Compiled(layers) if compile else layers,)
        self._dtype = PRECISIONS[precision]
        self.is_static = network.is_static and not compile

    def forward(self, x: Tensor) -> Tensor:
        """Reconstruct rows.

        Parameters
        ----------
        x : Tensor of shape (n, n_features)
            Scaled rows.

        Returns
        -------
        Tensor of shape (n, n_features)

        Raises
        ------
        UsageError
            If torch.compile finds no compiler.
        """
        if not torch.is_grad_enabled():
            reconstruction: Tensor = self.network(x)
            return reconstruction
        with self._mixed(x.device):
            out: Tensor = self._pass[0](x)
        return out.to(x.dtype)

    def _mixed(self, device: torch.device) -> contextlib.AbstractContextManager[object]:
        if self._dtype is None:
            return contextlib.nullcontext()
        # Each weight is cast once per pass, so a cache saves nothing; and a cached weight would
        # not be cast again when a CUDA graph of the step is replayed.
        return torch.autocast(device.type, self._dtype, cache_enabled=False)


class _Compiled:
    """Module compiled by torch.compile, whose failure is raised as a ``UsageError``."""

    def __init__(self, module: nn.Module) -> None:
        self._translated = torch.compile(module)

    def __call__(self, x: Tensor) -> Tensor:
        try:
            out: Tensor = self._translated(x)
        except torch._dynamo.exc.TorchDynamoException as error:
            raise UsageError(
                "`compile` requires a working torch.compile, on the CPU with a C++ compiler. It "
                f"failed ({_reason(error)}): leave it out, or install what is missing."
            ) from error
        return out


def _layers(*modules: nn.Module) -> list[nn.Module]:
    return [layer for module in modules for layer in _split(module)]


def _split(module: nn.Module) -> Iterable[nn.Module]:
    """Return the layers of a perceptron; one that also fills missing values stays whole."""
    return module if isinstance(module, MLP) and not module.fills_missing else [module]


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(error).__name__
