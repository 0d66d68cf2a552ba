"""Overcomplete autoencoder whose codes have few values other than zero."""

from __future__ import annotations

from typing import Any

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx, once_differentiable
from torch.nn import functional

from ._active_latents import ActiveLatents, DenseLatents, select_dense, select_sparse
from ._affine import linear, steady
from ._encoder_decoder import EncoderDecoder

__all__ = ["SELECTIONS", "TopKAutoencoder"]

SELECTIONS = ("top_k", "batch_top_k", "lifetime")
_MEMORY = 0.99  # of the running mean of the threshold, per step


class Dictionary(nn.Module):
    """Linear decoder that stores the direction of each latent as a row.

    Parameters
    ----------
    latent_dim, n_features : int
        Number and length of the directions.
    """

    def __init__(self, latent_dim: int, n_features: int) -> None:
        super().__init__()
        self.directions = nn.Parameter(torch.empty(latent_dim, n_features))
        self.bias = nn.Parameter(torch.empty(n_features))
        self.out_features = n_features

    @property
    def weight(self) -> Tensor:
        """Weight as of a linear layer: the transposed directions, a view."""
        return self.directions.t()

    def forward(self, z: Tensor) -> Tensor:
        """Map codes (n, latent_dim) to rows (n, n_features)."""
        return steady(self, z)  # type: ignore[arg-type]


class TopKAutoencoder(EncoderDecoder):
    """Sparse autoencoder: an affine layer, a ReLU, a selection of latents, and a linear decoder.

    The decoder's bias is subtracted from the rows before they are encoded. The ReLU comes before
    the selection, so a row with few positive activations has a code with fewer than ``k`` values.

    Parameters
    ----------
    n_features, latent_dim : int
        Widths of rows and codes.
    k : int
        Number of latents that a row selects; except for "top_k", on average.
    selection : {"top_k", "batch_top_k", "lifetime"}, default="top_k"
        "top_k" keeps the ``k`` largest activations of a row. "batch_top_k" keeps in training the
        ``k n`` largest of a batch of ``n`` rows, "lifetime" the ``k n / latent_dim`` largest of
        each latent, at least one. Otherwise, both keep all above a threshold learned in training,
        of each latent for "lifetime", so that the code of a row does not depend on other rows.
    may_miss : bool, default=False
        Whether values may be NaN; they then count as the decoder's bias.
    unit_norm : bool, default=True
        Whether directions keep the length 1 in training.
    encoder_scale : float, default=1.0
        The encoder starts as the transposed decoder times this number.
    generator : torch.Generator or None, default=None
        Draws the directions, of length 1; None leaves the weights uninitialised. The biases start
        at zero.

    Attributes
    ----------
    threshold : Tensor of shape (), or (latent_dim,) for "lifetime"
        Activations above it are in codes, except for "top_k".
    variance : Tensor of shape ()
        Mean variance of a feature of the training rows, in squared scaled units.

    References
    ----------
    Makhzani & Frey (2013), k-sparse autoencoders. Gao et al. (2024), Scaling and evaluating sparse
    autoencoders. Bussmann et al. (2024), BatchTopK sparse autoencoders. Makhzani & Frey (2015),
    Winner-take-all autoencoders.
    """

    encoder: nn.Linear
    decoder: Dictionary
    threshold: Tensor
    variance: Tensor

    def __init__(
        self,
        n_features: int,
        latent_dim: int,
        k: int,
        *,
        selection: str = "top_k",
        may_miss: bool = False,
        unit_norm: bool = True,
        encoder_scale: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> None:
        encoder = linear(n_features, latent_dim, None)
        super().__init__(encoder, Dictionary(latent_dim, n_features))
        self.k, self.selection, self.may_miss = k, selection, may_miss
        self.unit_norm, self._encoder_scale = unit_norm, encoder_scale
        # Below 0 until the first step: every positive activation is then above it.
        shape = (latent_dim,) if selection == "lifetime" else ()
        self.register_buffer("threshold", torch.full(shape, -1.0))
        self.register_buffer("variance", torch.tensor(1.0))
        if generator is not None:
            self._draw(generator)

    @torch.no_grad()
    def _draw(self, generator: torch.Generator) -> None:
        directions = self.decoder.directions.normal_(generator=generator)
        _normalise(directions)
        torch.mul(directions, self._encoder_scale, out=self.encoder.weight)
        self.encoder.bias.zero_()
        self.decoder.bias.zero_()

    @torch.no_grad()
    def start_at(self, mean: ArrayLike, variance: float) -> None:
        """Start from the mean of the rows, so that the latents encode what differs from it.

        Parameters
        ----------
        mean : array-like of shape (n_features,)
            Mean of the scaled rows: first value of the decoder's bias.
        variance : float
            Mean variance of a feature, in squared scaled units, for training objectives.
        """
        self.decoder.bias.copy_(torch.as_tensor(mean))
        self.variance.fill_(max(variance, float(torch.finfo(torch.float32).tiny)))

    @torch.no_grad()
    def normalise(self) -> None:
        """Scale the direction of each latent to length 1, if ``unit_norm``."""
        if self.unit_norm:
            _normalise(self.decoder.directions)

    def activations(self, x: Tensor) -> Tensor:
        """Return the activations of all latents before ReLU and selection.

        Parameters
        ----------
        x : Tensor of shape (n, n_features)
            Scaled rows.

        Returns
        -------
        Tensor of shape (n, latent_dim)
        """
        centred = x - self.decoder.bias
        if self.may_miss:
            centred = centred.masked_fill(centred.isnan(), 0.0)
        return steady(self.encoder, centred)

    def encode(self, x: Tensor) -> Tensor:
        """Map rows to codes, without any dependence between rows.

        Parameters
        ----------
        x : Tensor of shape (n, n_features)
            Scaled rows.

        Returns
        -------
        Tensor of shape (n, latent_dim)
            Zero but for the selected latents.
        """
        active = functional.relu(self.activations(x))
        if self.selection == "top_k":
            values, latents = active.topk(self.k, dim=1)
            return torch.zeros_like(active).scatter_(1, latents, values)
        return active * (active > self.threshold)

    def select(self, activations: Tensor, *, dense: bool = False) -> ActiveLatents | DenseLatents:
        """Select latents as in training.

        Parameters
        ----------
        activations : Tensor of shape (n, latent_dim)
            As from ``activations``.
        dense : bool, default=False
            Whether to return a matrix, which is faster if rows select a large share of the latents
            and products are in low precision.

        Returns
        -------
        ActiveLatents or DenseLatents
            ``k n`` of them, or the multiple of the number of latents next to it; some may be 0.
        """
        return (select_dense if dense else select_sparse)(activations, self.k, self.selection)

    def select_among(self, activations: Tensor, latents: Tensor, k: int) -> ActiveLatents:
        """Select the largest activations of some latents for each row, without a ReLU.

        Parameters
        ----------
        activations : Tensor of shape (n, latent_dim)
            As from ``activations``.
        latents : Tensor of shape (n_among,), int
            At least one.
        k : int
            Maximum number per row.

        Returns
        -------
        ActiveLatents
            Values may be negative.
        """
        values, among = activations[:, latents].topk(min(k, len(latents)), dim=1)
        starts = torch.arange(0, values.numel(), values.shape[1], device=latents.device)
        return ActiveLatents(values.flatten(), latents[among].flatten(), starts)

    @torch.no_grad()
    def learn_threshold(self, active: ActiveLatents | DenseLatents) -> None:
        """Update the running mean of the smallest positive activation that a batch selects.

        For "lifetime", that of each latent.

        Parameters
        ----------
        active : ActiveLatents or DenseLatents
            Of a training batch.
        """
        smallest = active.smallest(self.threshold)
        known = self.threshold.where(self.threshold >= 0, smallest)
        mean = torch.lerp(smallest, known, _MEMORY)
        self.threshold.copy_(mean.where(mean.isfinite(), self.threshold))

    def decode_active(self, active: ActiveLatents | DenseLatents) -> Tensor:
        """Decode selected latents.

        If ``unit_norm``, the gradient of a direction has no part along it.

        Parameters
        ----------
        active : ActiveLatents or DenseLatents
            Latents of n rows.

        Returns
        -------
        Tensor of shape (n, n_features)
        """
        directions: Tensor = self.decoder.directions
        if self.unit_norm:
            directions = _OfUnitLength.apply(directions)  # type: ignore[no-untyped-call]
        return active.decode(directions) + self.decoder.bias


def _normalise(directions: Tensor) -> None:
    directions.div_(directions.norm(dim=1, keepdim=True).clamp_(min=1e-12))


class _OfUnitLength(torch.autograd.Function):
    """Identity for rows of length 1, with the part of the gradient along each row removed."""

    @staticmethod
    def forward(ctx: FunctionCtx, directions: Tensor) -> Tensor:
        ctx.save_for_backward(directions)
        return directions.view_as(directions)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (directions,) = ctx.saved_tensors
        along = (gradient * directions).sum(dim=1, keepdim=True)
        projected: Tensor = gradient.addcmul(along, directions, value=-1)
        return projected
