"""Interface of all autoencoder networks."""

from __future__ import annotations

from torch import Tensor, nn

__all__ = ["EncoderDecoder"]


class EncoderDecoder(nn.Module):
    """Pair of an encoder and a decoder.

    Parameters
    ----------
    encoder : torch.nn.Module
        Maps ``(n, n_features)`` to ``(n, latent_dim)``.
    decoder : torch.nn.Module
        Maps ``(n, latent_dim)`` to ``(n, n_features)``.

    Attributes
    ----------
    is_static : bool
        Whether a pass runs the same operations for all rows of one shape and never reads a
        result on the host: required to record training steps, see ``isthmus.training.Trainable``.
    """

    is_static = False

    def __init__(self, encoder: nn.Module, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def encode(self, x: Tensor) -> Tensor:
        """Map rows to codes.

        Parameters
        ----------
        x : Tensor of shape (n, n_features)
            Scaled rows.

        Returns
        -------
        Tensor of shape (n, latent_dim)
        """
        code: Tensor = self.encoder(x)
        return code

    def decode(self, z: Tensor) -> Tensor:
        """Map codes to rows.

        Parameters
        ----------
        z : Tensor of shape (n, latent_dim)
            Codes.

        Returns
        -------
        Tensor of shape (n, n_features)
        """
        row: Tensor = self.decoder(z)
        return row

    def forward(self, x: Tensor) -> Tensor:
        """Reconstruct rows: ``decode(encode(x))``.

        Parameters
        ----------
        x : Tensor of shape (n, n_features)
            Scaled rows.

        Returns
        -------
        Tensor of shape (n, n_features)
        """
        return self.decode(self.encode(x))
