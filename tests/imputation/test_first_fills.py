"""First fills of missing cells: Gaussians and near rows, by hand."""

from __future__ import annotations

import pytest
import torch

from isthmus.imputation import (
    FirstFills,
    Gaussian,
    LowRankGaussian,
    NearRows,
    hidden_copies,
)


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def correlated(n: int = 2000, d: int = 6, rank: int = 2) -> torch.Tensor:
    codes = torch.randn(n, rank, generator=generator())
    loadings = torch.randn(rank, d, generator=generator())
    x = codes @ loadings + 0.1 * torch.randn(n, d, generator=generator())
    return (x - x.mean(dim=0)) / x.std(dim=0)


def with_holes(x: torch.Tensor, rate: float = 0.3) -> tuple[torch.Tensor, torch.Tensor]:
    observed = (torch.rand(x.shape, generator=generator()) > rate).to(x.dtype)
    return x * observed, observed


def test_a_gaussian_fills_with_the_conditional_mean() -> None:
    covariance = torch.tensor([[1.0, 0.8], [0.8, 2.0]])
    gaussian = Gaussian(torch.tensor([1.0, -1.0]), covariance)
    filled = gaussian.fill(torch.tensor([[3.0, 0.0]]), torch.tensor([[1.0, 0.0]]))
    torch.testing.assert_close(filled, torch.tensor([[3.0, -1.0 + 0.8 * 2.0]]))


def test_a_row_without_any_observed_value_gets_the_mean() -> None:
    gaussian = Gaussian(torch.tensor([1.0, -1.0]), torch.eye(2))
    filled = gaussian.fill(torch.zeros(1, 2), torch.zeros(1, 2))
    torch.testing.assert_close(filled, torch.tensor([[1.0, -1.0]]))


def test_expectation_maximization_finds_the_covariance_of_complete_rows() -> None:
    x = correlated()
    fitted = Gaussian.fitted(*with_holes(x))
    expected = torch.cov(x.T) + 0.01 * torch.eye(x.shape[1])  # the ridge
    torch.testing.assert_close(fitted.covariance, expected, atol=0.05, rtol=0)


@pytest.mark.parametrize("kind", ["full", "low rank"])
def test_a_gaussian_fills_correlated_rows_far_better_than_the_mean(kind: str) -> None:
    x = correlated(d=20)
    holes, observed = with_holes(x)
    fitted = (
        Gaussian.fitted(holes, observed)
        if kind == "full"
        else LowRankGaussian.fitted(holes, observed, 5, generator())
    )
    error = (fitted.fill(holes, observed) - x)[observed == 0].square().mean()
    assert error < 0.1 * x[observed == 0].square().mean()


def test_near_rows_give_their_observed_values() -> None:
    rows = torch.tensor([[0.0, 5.0], [0.1, 5.0], [9.0, -5.0], [9.1, -5.0]])
    seen = torch.ones_like(rows)
    near = NearRows(torch.arange(4), rows, seen > 0, rows, n_neighbors=2)
    x, observed = torch.tensor([[0.05, 0.0]]), torch.tensor([[1.0, 0.0]])
    filled = near.fill(x, observed, torch.tensor([[0.05, 4.0]]))
    # The first fill, 4, has a weight of 0.1 beside that of the near rows, 1.
    torch.testing.assert_close(filled, torch.tensor([[0.05, (5.0 + 0.1 * 4.0) / 1.1]]))


def test_a_training_row_is_no_neighbour_of_itself() -> None:
    rows = torch.tensor([[0.0, 5.0], [1.0, 3.0], [1.0, 3.0]])
    seen = torch.ones_like(rows)
    near = NearRows(torch.arange(3), rows, seen > 0, rows, n_neighbors=1)
    x, observed = torch.tensor([[0.0, 0.0]]), torch.tensor([[1.0, 0.0]])
    filled = near.fill(x, observed, torch.tensor([[0.0, 4.0]]), torch.tensor([0]))
    torch.testing.assert_close(filled[0, 1], torch.tensor((3.0 + 0.1 * 4.0) / 1.1))


def test_a_row_without_any_other_keeps_the_first_fill() -> None:
    rows = torch.tensor([[0.0, 5.0]])
    near = NearRows(torch.arange(1), rows, rows >= 0, rows, n_neighbors=1)
    x, observed = torch.tensor([[0.0, 0.0]]), torch.tensor([[1.0, 0.0]])
    filled = near.fill(x, observed, torch.tensor([[0.0, 4.0]]), torch.tensor([0]))
    torch.testing.assert_close(filled, torch.tensor([[0.0, 4.0]]))


@pytest.mark.parametrize(("d", "n_neighbors"), [(6, 3), (70, 3), (6, 0)])
def test_fills_of_stored_tensors_are_the_same(d: int, n_neighbors: int) -> None:
    holes, observed = with_holes(correlated(n=80, d=d))
    fills = FirstFills.fitted(holes, observed, n_neighbors=n_neighbors, generator=generator())
    again = FirstFills.from_tensors(fills.tensors(), n_neighbors)
    for one, other in zip(fills.fill(holes, observed), again.fill(holes, observed), strict=True):
        assert torch.equal(one, other)


def test_copies_hide_only_observed_cells_and_all_values_of_a_cell() -> None:
    holes, observed = with_holes(correlated(n=50, d=3))
    cells = observed[:, :2] > 0
    seen = cells.repeat_interleave(torch.tensor([1, 2]), dim=1).float()
    fills = FirstFills.fitted(holes * seen, seen, n_neighbors=2, generator=generator())
    x, given, hidden, fill, near, fold = hidden_copies(
        holes * seen, cells, (1, 2), fills, n_folds=10, n_rows=10**6, generator=generator()
    )
    assert len(x) == 400 * 50
    every = cells.repeat(400, 1)
    assert torch.equal(given | hidden, every)
    assert not (given & hidden).any()
    is_given = given[:, [0, 1, 1]]
    for filled in (fill, near):
        torch.testing.assert_close(filled[is_given], x[is_given])
    assert torch.equal(fold[:50], torch.arange(50) % 10)
    share = float(hidden.sum() / every.sum())
    assert 0.28 < share < 0.34  # the mean of 2 and 60 %
