"""Latents that a batch of rows selects in training: as a list, or as a matrix of codes."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["ActiveLatents", "DenseLatents", "select_dense", "select_sparse"]


class ActiveLatents(NamedTuple):
    """Latents that a batch of rows selects, row after row.

    Attributes
    ----------
    values : Tensor of shape (n_active,)
        Activations.
    latents : Tensor of shape (n_active,), int
        Their latents.
    starts : Tensor of shape (n,), int
        Position of the first one of each row.
    """

    values: Tensor
    latents: Tensor
    starts: Tensor

    def decode(self, directions: Tensor) -> Tensor:
        """Sum weighted directions, at a cost independent of the number of latents.

        Parameters
        ----------
        directions : Tensor of shape (n_latents, n_features)
            Direction of each latent.

        Returns
        -------
        Tensor of shape (n, n_features)
        """
        weights = self.values.to(directions.dtype)
        return functional.embedding_bag(
            self.latents, directions, self.starts, mode="sum", per_sample_weights=weights
        )

    def n_positive(self) -> Tensor:
        """Return the number of activations above 0, of all rows together."""
        return (self.values > 0).sum()

    def used(self, n_latents: int) -> Tensor:
        """Return a mask of the latents that are above 0 in at least one row.

        Parameters
        ----------
        n_latents : int
            Number of latents, used or not.

        Returns
        -------
        Tensor of shape (n_latents,), bool
        """
        mask = torch.zeros(n_latents, dtype=torch.bool, device=self.values.device)
        mask[self.latents[self.values > 0]] = True
        return mask

    def smallest(self, like: Tensor) -> Tensor:
        """Return the smallest activations above 0.

        Parameters
        ----------
        like : Tensor of shape () or (n_latents,)
            Determines whether that of all latents is returned, or that of each.

        Returns
        -------
        Tensor of that shape
            Infinity where there is none.
        """
        positive = self.values.detach().where(self.values > 0, torch.inf).to(like.dtype)
        if not like.ndim:
            return positive.min()
        none = torch.full_like(like, torch.inf)
        return none.scatter_reduce(0, self.latents, positive, "amin")


class DenseLatents(NamedTuple):
    """Codes of a batch of rows as a matrix, for products that are faster than sums over a list.

    Attributes
    ----------
    codes : Tensor of shape (n, n_latents)
        Zero but for the selected latents, which are above 0.
    lowest : Tensor of shape (), (n, 1) or (n_latents,)
        Smallest activations that are in the codes, infinity where there is none: of the batch, of
        each row, or of each latent.
    """

    codes: Tensor
    lowest: Tensor

    def decode(self, directions: Tensor) -> Tensor:
        """Multiply the codes by the directions; see ``ActiveLatents.decode``."""
        return functional.linear(self.codes, directions.t())

    def n_positive(self) -> Tensor:
        """Return the number of activations above 0, of all rows together."""
        return self.codes.count_nonzero()

    def used(self, n_latents: int) -> Tensor:
        """Return a mask of the latents that are above 0 in at least one row."""
        return self.codes.detach().amax(dim=0) > 0

    def smallest(self, like: Tensor) -> Tensor:
        """Return the smallest activations above 0; see ``ActiveLatents.smallest``."""
        lowest = self.lowest.to(like.dtype)
        return lowest if lowest.shape == like.shape else lowest.min()


def select_sparse(activations: Tensor, k: int, selection: str) -> ActiveLatents:
    """List the latents that a batch selects in training.

    Parameters
    ----------
    activations : Tensor of shape (n, n_latents)
        Before the ReLU.
    k : int
        Number of latents per row, on average.
    selection : str
        One of ``SELECTIONS``.

    Returns
    -------
    ActiveLatents
        ``k n`` of them, or the multiple of the number of latents next to it; some may be 0.
    """
    n, width = activations.shape
    positive = functional.relu(activations)
    if selection == "top_k":
        values, latents = positive.topk(k, dim=1)
        starts = torch.arange(0, n * k, k, device=latents.device)
        return ActiveLatents(values.flatten(), latents.flatten(), starts)
    flat = positive.flatten()
    if selection == "lifetime":
        rows = positive.topk(_n_lifetime(n, width, k), dim=0).indices
        chosen = (rows * width + torch.arange(width, device=rows.device)).flatten()
    else:
        chosen = flat.topk(n * k, sorted=False).indices
    places = chosen.sort().values
    starts = torch.searchsorted(places, torch.arange(n, device=places.device) * width)
    return ActiveLatents(flat[places], places % width, starts)


def select_dense(activations: Tensor, k: int, selection: str) -> DenseLatents:
    """Return the codes of a batch in training; see ``select_sparse``.

    Activations that equal the smallest selected one are all selected.
    """
    n, width = activations.shape
    given = activations.detach()
    if selection == "top_k":
        largest, along = given.topk(k, dim=1, sorted=False).values, 1
    elif selection == "lifetime":
        # Contiguous, since values with gaps between them are sorted at half the speed.
        turned = given.t().contiguous()
        largest, along = turned.topk(_n_lifetime(n, width, k), dim=1, sorted=False).values, 1
    else:
        largest, along = given.flatten().topk(n * k, sorted=False).values, 0
    lowest = largest.where(largest > 0, torch.inf).amin(along, keepdim=selection == "top_k")
    return DenseLatents(activations * (given >= lowest), lowest)


def _n_lifetime(n: int, width: int, k: int) -> int:
    """Return the number of rows of ``n`` that each of ``width`` latents selects."""
    return max(1, round(n * k / width))
