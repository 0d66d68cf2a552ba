"""Parts of fitted estimators as modules, for graphs that run without Isthmus."""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn

from ..nn import EncoderDecoder

__all__ = ["PartDecoder", "PartEncoder", "PartProbabilities", "PartReconstruction"]


class PartEncoder(nn.Module):
    """Codes of encoded rows.

    Parameters
    ----------
    network : EncoderDecoder
        Shared, not copied; whole, because tied weights belong to both of its halves.
    """

    def __init__(self, network: EncoderDecoder) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        """Map encoded rows ``(n, ...)`` to codes ``(n, latent_dim)``."""
        return self.network.encode(x)


class PartDecoder(nn.Module):
    """Encoded rows of codes.

    Parameters
    ----------
    network : EncoderDecoder
        Shared, not copied.
    """

    def __init__(self, network: EncoderDecoder) -> None:
        super().__init__()
        self.network = network

    def forward(self, z: Tensor) -> Tensor:
        """Map codes ``(n, latent_dim)`` to encoded rows ``(n, ...)``."""
        return self.network.decode(z)


class PartReconstruction(nn.Module):
    """Reconstructions of encoded rows.

    Parameters
    ----------
    network : EncoderDecoder
        Shared, not copied.
    takes_totals : bool, default=False
        Whether the network returns shares of each row's total.
    """

    def __init__(self, network: EncoderDecoder, *, takes_totals: bool = False) -> None:
        super().__init__()
        self.network, self._takes_totals = network, takes_totals

    def forward(self, x: Tensor) -> Tensor:
        """Map encoded rows ``(n, ...)`` to encoded rows ``(n, ...)``."""
        x_hat = cast("Tensor", self.network(x))
        return x_hat * x.sum(dim=1, keepdim=True) if self._takes_totals else x_hat


class PartProbabilities(nn.Module):
    """Probabilities of the classes of encoded rows.

    Parameters
    ----------
    network : torch.nn.Module
        Returns logits; shared, not copied.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        """Map encoded rows ``(n, n_encoded)`` to probabilities ``(n, n_classes)``."""
        return cast("Tensor", self.network(x)).double().softmax(dim=1)
