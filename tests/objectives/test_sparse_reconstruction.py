"""Objective of sparse autoencoders: normalised error, unit directions, dead latents."""

import pytest
import torch

from isthmus.nn import TopKAutoencoder
from isthmus.objectives import SparseReconstruction


def objective(**settings):
    net = TopKAutoencoder(5, 12, 2, generator=torch.Generator().manual_seed(0), **settings)
    net.start_at(torch.zeros(5), 4.0)
    return SparseReconstruction(net, aux_coefficient=0.5, aux_k=3, dead_after=10)


@pytest.fixture(name="x")
def make_rows():
    return torch.randn(8, 5, generator=torch.Generator().manual_seed(1))


def test_the_loss_is_the_squared_error_as_a_share_of_the_variance(x):
    made = objective()
    loss, parts = made.training_loss(x, torch.Generator())
    error = (made.network(x) - x).square().mean() / 4
    torch.testing.assert_close(loss, error)
    torch.testing.assert_close(made.validation_loss(x, torch.Generator())[0], error)
    assert parts["active"] == 2
    assert parts["dead"] == parts["auxiliary"] == 0


def test_latents_are_dead_after_a_number_of_rows_and_live_again_once_selected(x):
    made = objective()
    with torch.no_grad():
        made.network.encoder.bias[:6] = -100.0
    made.training_loss(x, torch.Generator())
    assert not made.training_loss(x[:2], torch.Generator())[1]["dead"]
    assert made.training_loss(x, torch.Generator())[1]["dead"] >= 0.5
    with torch.no_grad():
        made.network.encoder.bias[0] = 100.0
    made.training_loss(x, torch.Generator())
    assert made.unused[0] == 0


def test_dead_latents_learn_from_the_error_of_the_others(x):
    made = objective()
    with torch.no_grad():
        made.network.encoder.bias[3] = -100.0
    made.unused[3] = 1000
    loss, parts = made.training_loss(x, torch.Generator())
    loss.backward()
    assert parts["auxiliary"] > 0
    assert made.network.encoder.weight.grad[3].abs().max() > 0


def test_without_a_coefficient_dead_latents_stay_dead(x):
    net = objective().network
    made = SparseReconstruction(net, aux_coefficient=0.0, aux_k=3, dead_after=10)
    with torch.no_grad():
        net.encoder.bias[3] = -100.0
    made.unused[3] = 1000
    made.training_loss(x, torch.Generator())[0].backward()
    assert not net.encoder.weight.grad[3].any()


def test_directions_have_length_1_after_a_training(x):
    made = objective()
    with torch.no_grad():
        made.network.decoder.directions.mul_(3)
    made.train(False)
    torch.testing.assert_close(made.network.decoder.directions.norm(dim=1), torch.ones(12))


def test_missing_cells_have_no_error(x):
    made = objective(may_miss=True)
    x[:, 1] = torch.nan
    kept = [0, 2, 3, 4]
    expected = (made.network(x) - x)[:, kept].square().sum() / x.numel() / 4
    torch.testing.assert_close(made.training_loss(x, torch.Generator())[0], expected)
    torch.testing.assert_close(made.validation_loss(x, torch.Generator())[0], expected)


@pytest.mark.parametrize("k", [2, 40])
def test_products_in_bfloat16_change_the_loss_and_the_gradients_by_rounding(k):
    x = torch.randn(32, 30, generator=torch.Generator().manual_seed(1))
    losses, gradients = [], []
    for is_mixed in (False, True):  # with k = 2 as a list of latents, with k = 40 as a matrix
        draws = torch.Generator().manual_seed(0)
        net = TopKAutoencoder(30, 400, k, selection="lifetime", generator=draws)
        made = SparseReconstruction(
            net, aux_coefficient=0.5, aux_k=3, dead_after=10, is_mixed=is_mixed
        )
        made.unused[:5] = 1000
        loss, _ = made.training_loss(x, torch.Generator())
        loss.backward()
        losses.append(loss.detach())
        gradients.append(net.decoder.directions.grad)
    torch.testing.assert_close(losses[0], losses[1], rtol=0.02, atol=0)
    assert (gradients[0] - gradients[1]).norm() < 0.2 * gradients[0].norm()
    assert losses[0] != losses[1]
