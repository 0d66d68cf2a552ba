"""Losses of tables with missing cells and categories, by hand."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from isthmus.objectives import CellLosses, CellReconstruction, HiddenCells, TrimmedCellDenoising

NAN = float("nan")
# A number, a category of two levels (height 2, entropy 0.5), and a date of two numbers.
LAYOUT: tuple[Any, ...] = ((1, 2, 2), (0.0, 2.0, 0.0), (0.0, 0.5, 0.0))
X = torch.tensor([[1.0, 2.0, 0.0, 0.0, 1.0], [NAN, 0.0, 2.0, NAN, NAN], [NAN] * 5])
X_HAT = torch.tensor(
    [[3.0, 0.5, 1.5, 1.0, 1.0], [9.0, 1.0, 1.0, 9.0, 9.0], [9.0, 1.0, 1.0, 9.0, 9.0]]
)
ROWS = (
    4.0 - torch.tensor(0.25).log() / 0.5 + 1.0,  # squares, and -log(p) / entropy
    -torch.tensor(0.5).log() / 0.5,
    torch.tensor(0.0),
)


class Constant(nn.Module):
    """Network that returns the same reconstructions, whatever it is given."""

    def __init__(self, x_hat: Tensor) -> None:
        super().__init__()
        self.x_hat, self.given = x_hat, None

    def forward(self, x: Tensor) -> Tensor:
        self.given = x
        return self.x_hat.repeat(len(x) // len(self.x_hat), 1)


def test_losses_are_squares_and_surprises_in_units_of_entropy_and_0_where_missing():
    numbers, levels = CellLosses(*LAYOUT)(X_HAT, X)
    torch.testing.assert_close(numbers.sum(dim=1) + levels.sum(dim=1), torch.stack(ROWS))
    assert numbers.shape == (3, 3) and levels.shape == (3, 2)


def test_weights_multiply_the_losses():
    losses = CellLosses(*LAYOUT)
    for plain, double in zip(
        losses(X_HAT, X), losses(X_HAT, X, torch.full_like(X, 2.0)), strict=True
    ):
        torch.testing.assert_close(double, 2 * plain)


def test_cells_are_counted_not_encoded_values():
    assert CellLosses(*LAYOUT).count(X).tolist() == [3, 1, 0]


def test_the_loss_of_reconstruction_is_the_mean_over_observed_cells():
    loss, parts = CellReconstruction(Constant(X_HAT), CellLosses(*LAYOUT)).training_loss(
        X, torch.Generator()
    )
    torch.testing.assert_close(loss, sum(ROWS) / 4)
    assert parts == {}


@pytest.mark.parametrize(
    ("trim", "expected"), [(0.0, (ROWS[0] / 3 + ROWS[1]) / 3), (0.4, ROWS[1] / 2)]
)
def test_trimmed_denoising_takes_the_mean_of_each_row_without_the_worst_rows(trim, expected):
    objective = TrimmedCellDenoising(Constant(X_HAT), CellLosses(*LAYOUT), 0.0, trim)
    torch.testing.assert_close(objective.training_loss(X, torch.Generator())[0], expected)
    whole = (ROWS[0] / 3 + ROWS[1]) / 3
    torch.testing.assert_close(objective.validation_loss(X, torch.Generator())[0], whole)


def test_trimmed_denoising_adds_noise_to_observed_values_and_hides_cells():
    network = Constant(X_HAT)
    losses, generator = CellLosses(*LAYOUT), torch.Generator().manual_seed(0)
    TrimmedCellDenoising(network, losses, 0.5, 0.0).training_loss(X, generator)
    assert network.given is not None
    assert (network.given.isnan() == X.isnan()).all()
    assert (network.given[0] != X[0]).all()
    hiding = HiddenCells(LAYOUT[0], [0.0, 1.0, 0.0])
    TrimmedCellDenoising(network, losses, 0.0, 0.0, hiding).training_loss(X, generator)
    assert network.given[:, 1:3].isnan().all()
    torch.testing.assert_close(network.given[0, [0, 3, 4]], X[0, [0, 3, 4]])
