"""Networks that correct a first fill of missing cells."""

from __future__ import annotations

import pytest
import torch

from isthmus.nn import FillCorrection, PerceptronEnsemble, QuantileBins
from isthmus.objectives import CellCorrection


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def correction(n_networks: int = 3, dropout: float = 0.0) -> FillCorrection:
    x = torch.randn(100, 3, generator=generator())
    bins = QuantileBins.fitted(x, torch.ones_like(x, dtype=torch.bool), 4)
    return FillCorrection(
        (1, 2),
        bins,
        n_networks=n_networks,
        width=8,
        n_layers=2,
        dropout=dropout,
        generator=generator(),
    )


def batch(n: int = 12) -> tuple[torch.Tensor, ...]:
    x = torch.randn(n, 3, generator=generator())
    given = torch.rand(n, 2, generator=generator()) > 0.5
    fill = torch.where(given[:, [0, 1, 1]], x, 0.0)
    return x, given, ~given, fill, fill, torch.arange(n) % 10


def test_a_new_ensemble_returns_zero() -> None:
    ensemble = PerceptronEnsemble(3, 5, 2, 8, 2, generator=generator())
    assert torch.equal(ensemble(torch.randn(3, 4, 5, generator=generator())), torch.zeros(3, 4, 2))


def test_each_network_is_a_perceptron_of_its_own() -> None:
    ensemble = PerceptronEnsemble(2, 5, 3, 8, 1, generator=generator())
    torch.nn.init.normal_(ensemble.weights[-1], generator=generator())
    x = torch.randn(2, 4, 5, generator=generator())
    for k in range(2):
        hidden = torch.nn.functional.silu(x[k] @ ensemble.weights[0][k])
        torch.testing.assert_close(ensemble(x)[k], hidden @ ensemble.weights[1][k])


def test_dropout_needs_training_mode_and_a_generator() -> None:
    ensemble = PerceptronEnsemble(2, 5, 3, 8, 1, dropout=0.5, generator=generator())
    torch.nn.init.normal_(ensemble.weights[-1], generator=generator())
    x = torch.randn(2, 4, 5, generator=generator())
    assert not torch.equal(ensemble(x, generator()), ensemble(x))
    assert torch.equal(ensemble.eval()(x, generator()), ensemble(x))


def test_bins_are_positions_between_quantiles() -> None:
    x = torch.arange(9.0)[:, None]
    bins = QuantileBins.fitted(x, torch.ones_like(x, dtype=torch.bool), 2)
    given = torch.ones(3, 1)
    encoded = bins(torch.tensor([[-1.0], [2.0], [6.0]]), given)
    torch.testing.assert_close(encoded, torch.tensor([[-0.5, -0.5], [0.0, -0.5], [0.5, 0.0]]))
    assert not bins(torch.tensor([[2.0]]), torch.zeros(1, 1)).any()


def test_bins_ignore_missing_values_and_may_be_none() -> None:
    x = torch.tensor([[1.0, 5.0], [1.0, 7.0], [0.0, 9.0]])
    observed = torch.tensor([[True, True], [True, True], [False, True]])
    bins = QuantileBins.fitted(x, observed, 16)
    assert bins.column.tolist() == [1, 1]
    assert bins.low.tolist() == [5, 7]


def test_a_new_correction_returns_the_first_fill() -> None:
    x, given, _, fill, near, _ = batch()
    torch.testing.assert_close(correction()(x, given, fill, near), fill.expand(3, -1, -1))


def test_values_that_are_not_given_do_not_count() -> None:
    network = correction()
    torch.nn.init.normal_(network.ensemble.weights[-1], generator=generator())
    x, given, _, fill, near, _ = batch()
    other = torch.where(given[:, [0, 1, 1]], x, 99.0)
    assert torch.equal(network(x, given, fill, near), network(other, given, fill, near))


def test_the_loss_is_the_mean_squared_error_of_hidden_cells() -> None:
    x, given, hidden, fill, near, fold = batch(4)
    objective = CellCorrection(correction(n_networks=1), (1, 2), (1.0, 3.0))
    loss, parts = objective.training_loss((x, given, hidden, fill, near, fold + 1), generator())
    squares = x.square() * hidden[:, [0, 1, 1]] * torch.tensor([1.0, 3.0, 3.0])
    weight = (hidden * torch.tensor([1.0, 3.0])).sum()
    torch.testing.assert_close(loss, squares.sum() / weight)
    assert parts == {}


def test_a_network_does_not_count_rows_of_its_fold() -> None:
    x, given, hidden, fill, near, _ = batch(4)
    objective = CellCorrection(correction(n_networks=1), (1, 2), (1.0, 1.0))
    fold = torch.tensor([0, 0, 0, 5])
    loss, _ = objective.training_loss((x, given, hidden, fill, near, fold), generator())
    own = x[3].square() * hidden[3, [0, 1, 1]]
    torch.testing.assert_close(loss, own.sum() / hidden[3].sum().clamp(min=1))


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_batches_that_do_not_divide_evenly_have_a_loss(n: int) -> None:
    objective = CellCorrection(correction(dropout=0.5), (1, 2), (1.0, 1.0))
    loss, _ = objective.training_loss(batch(n), generator())
    assert torch.isfinite(loss)
