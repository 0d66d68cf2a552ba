"""A network whose training passes torch.compile has translated."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..errors import UsageError
from ._encoder_decoder import EncoderDecoder
from ._mlp import MLP

__all__ = ["CompiledNetwork"]


class CompiledNetwork(nn.Module):
    """The same network; where gradients are wanted, torch.compile runs it.

    Parameters
    ----------
    network : EncoderDecoder
        Shared, not copied.
    """

    def __init__(self, network: EncoderDecoder) -> None:
        super().__init__()
        self.network = network
        # Layer by layer: a perceptron's own way to its gradients is closed to the compiler.
        self._pass = torch.compile(nn.Sequential(*_layers(network.encoder, network.decoder)))

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
            If there is nothing to compile with.
        """
        if not torch.is_grad_enabled():
            reconstruction: Tensor = self.network(x)
            return reconstruction
        try:
            out: Tensor = self._pass(x)
        except torch._dynamo.exc.TorchDynamoException as error:
            raise UsageError(
                "`compile` needs what torch.compile needs, on the CPU a C++ compiler. It failed "
                f"here ({_reason(error)}): leave it out, or install what is missing."
            ) from error
        return out


def _layers(*modules: nn.Module) -> list[nn.Module]:
    return [
        layer for module in modules for layer in (module if isinstance(module, MLP) else [module])
    ]


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(error).__name__
