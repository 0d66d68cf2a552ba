"""Input and output layers for rows with missing cells and categories."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ._encoder_decoder import EncoderDecoder
from ._linear_path import LinearPathMLP
from ._mlp import MLP

__all__ = ["CellInput", "CellOutput", "TableAutoencoder"]


class CellInput(nn.Module):
    """Replaces missing values by 0, and appends which columns are missing.

    Parameters
    ----------
    sizes : sequence of int
        Number of encoded values of each column.
    """

    starts: Tensor

    def __init__(self, sizes: Sequence[int]) -> None:
        super().__init__()
        starts = torch.tensor([0, *sizes]).cumsum(0)[:-1]
        self.register_buffer("starts", starts, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map rows with NaN to rows without.

        Parameters
        ----------
        x : Tensor of shape (n, n_encoded)
            Encoded rows; all values of a missing cell are NaN.

        Returns
        -------
        Tensor of shape (n, n_encoded + n_columns)
        """
        missing = x.isnan()
        filled = x.masked_fill(missing, 0.0)
        return torch.cat([filled, missing.index_select(1, self.starts).to(x.dtype)], dim=1)


class CellOutput(nn.Module):
    """Turns the values of each category into probabilities, and leaves all others unchanged.

    Parameters
    ----------
    sizes : sequence of int
        Number of encoded values of each column.
    heights : sequence of float
        Encoded value that stands for a level of a category, by which its probabilities are
        multiplied; 0 for columns that are not categories.
    """

    where: Tensor
    is_level: Tensor
    heights: Tensor
    targets: Tensor

    def __init__(self, sizes: Sequence[int], heights: Sequence[float]) -> None:
        super().__init__()
        ends = torch.tensor([0, *sizes]).cumsum(0).tolist()
        groups = [
            list(range(start, stop))
            for start, stop, height in zip(ends[:-1], ends[1:], heights, strict=True)
            if height
        ]
        # Categories are computed together, as one matrix padded to the largest of them.
        widest = max(map(len, groups), default=0)
        padded = [own + [0] * (widest - len(own)) for own in groups]
        is_level = [[True] * len(own) + [False] * (widest - len(own)) for own in groups]
        for name, value in {
            "where": torch.tensor(padded, dtype=torch.long).reshape(len(groups), widest),
            "is_level": torch.tensor(is_level, dtype=torch.bool).reshape(len(groups), widest),
            "heights": torch.tensor([[h] for h in heights if h], dtype=torch.float32),
        }.items():
            self.register_buffer(name, value, persistent=False)
        self.register_buffer("targets", self.where[self.is_level], persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map the outputs of a network to encoded rows.

        Parameters
        ----------
        x : Tensor of shape (n, n_encoded)
            Outputs; those of a category are logits.

        Returns
        -------
        Tensor of shape (n, n_encoded)
        """
        if not len(self.where):
            return x
        logits = x[:, self.where].masked_fill(~self.is_level, -torch.inf)
        shares = logits.softmax(dim=2) * self.heights
        return x.index_copy(1, self.targets, shares[:, self.is_level])


class TableAutoencoder(EncoderDecoder):
    """Fully connected autoencoder of rows with missing cells and categories.

    Parameters
    ----------
    sizes : sequence of int
        Number of encoded values of each column.
    heights : sequence of float
        See ``CellOutput``.
    latent_dim : int
        Code size.
    hidden_dims : sequence of int
        Widths between the row and the code, outermost first; the decoder mirrors them.
    activation : str, default="relu"
        Activation after every hidden layer.
    latent_activation : str, default="identity"
        Activation of the code.
    output_activation : str, default="identity"
        Activation of the reconstruction, before categories are turned into probabilities.
    linear_path : bool, default=False
        Whether encoder and decoder each have a linear path beside the hidden layers.
    generator : torch.Generator, default=None
        Draws the initial weights; None leaves them uninitialised.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        heights: Sequence[float],
        latent_dim: int,
        hidden_dims: Sequence[int],
        *,
        activation: str = "relu",
        latent_activation: str = "identity",
        output_activation: str = "identity",
        linear_path: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        n_encoded, n_columns = sum(sizes), len(sizes)
        perceptron = LinearPathMLP if linear_path else MLP
        inner = perceptron(
            (n_encoded + n_columns, *hidden_dims, latent_dim),
            activation=activation,
            final_activation=latent_activation,
            generator=generator,
        )
        outer = perceptron(
            (latent_dim, *reversed(hidden_dims), n_encoded),
            activation=activation,
            final_activation=output_activation,
            generator=generator,
        )
        super().__init__(
            nn.Sequential(CellInput(sizes), inner), nn.Sequential(outer, CellOutput(sizes, heights))
        )
        self._ends = (inner, outer)  # in a tuple, so that torch does not register them twice

    def with_paths(self) -> tuple[LinearPathMLP, LinearPathMLP]:
        """Return the parts of encoder and decoder that have a linear path.

        Returns
        -------
        tuple of two LinearPathMLP
            From filled rows with their indicators of missing columns to codes; from codes to
            outputs, before categories are turned into probabilities.
        """
        inner, outer = self._ends
        assert isinstance(inner, LinearPathMLP)
        assert isinstance(outer, LinearPathMLP)
        return inner, outer
