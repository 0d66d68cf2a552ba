"""Overcomplete networks whose codes have few values other than zero."""

import pytest
import torch

from isthmus.nn import TopKAutoencoder


def network(selection="top_k", k=3, **settings):
    generator = torch.Generator().manual_seed(0)
    return TopKAutoencoder(6, 20, k, selection=selection, generator=generator, **settings)


@pytest.fixture(name="x")
def make_rows():
    return torch.randn(9, 6, generator=torch.Generator().manual_seed(1))


def test_a_code_has_the_k_largest_positive_activations(x):
    net = network()
    activations = net.activations(x)
    for code, row in zip(net.encode(x), activations, strict=True):
        expected = torch.zeros(20)
        for place in row.argsort(descending=True)[:3]:
            expected[place] = row[place].clamp(min=0)
        assert torch.equal(code, expected)


def test_negative_activations_are_not_selected(x):
    net = network()
    with torch.no_grad():
        net.encoder.bias.fill_(-100)
    assert not net.encode(x).any()
    assert not net.select(net.activations(x)).values.any()


def test_directions_start_at_length_1_and_the_encoder_as_the_transposed_decoder():
    net = network()
    torch.testing.assert_close(net.decoder.directions.norm(dim=1), torch.ones(20))
    assert torch.equal(net.encoder.weight, net.decoder.directions)


@pytest.mark.parametrize("selection", ["top_k", "batch_top_k", "lifetime"])
def test_selected_latents_decode_as_the_dense_code_does(selection, x):
    net = network(selection)
    net.start_at([1.0, 2, 3, 4, 5, 6], 1.0)
    active = net.select(net.activations(x))
    dense = torch.zeros(9, 20)
    ends = [*active.starts.tolist(), len(active.values)]
    for row in range(9):
        own = slice(ends[row], ends[row + 1])
        dense[row, active.latents[own]] = active.values[own]
    torch.testing.assert_close(net.decode_active(active), net.decode(dense))
    assert len(active.values) == (20 if selection == "lifetime" else 27)


def test_a_batch_shares_its_latents_among_the_rows(x):
    net = network("batch_top_k")
    x[0] *= 10
    active = net.select(net.activations(x))
    flat = net.activations(x).relu().flatten()
    torch.testing.assert_close(active.values.sort().values, flat.topk(27).values.sort().values)
    assert active.starts[1] > 3  # the first row has more than its share


def test_each_latent_keeps_its_largest_activations_of_a_batch(x):
    net = network("lifetime", k=5)  # 5 * 9 / 20: two rows for each latent
    activations = net.activations(x)
    active = net.select(activations)
    largest = activations.relu().topk(2, dim=0).values
    for latent in range(20):
        own = active.values[active.latents == latent]
        torch.testing.assert_close(own.sort(descending=True).values, largest[:, latent])
    net.learn_threshold(active)
    positive = largest.where(largest > 0, torch.inf).amin(dim=0)
    torch.testing.assert_close(net.threshold, positive.where(positive.isfinite(), -1.0))
    assert not (net.encode(x) > largest[0]).any()


def test_a_row_alone_has_the_code_that_it_has_among_others(x):
    net = network("batch_top_k")
    net.learn_threshold(net.select(net.activations(x)))
    assert net.threshold > 0
    torch.testing.assert_close(net.encode(x)[4:5], net.encode(x[4:5]))


def test_the_threshold_is_the_running_mean_of_the_smallest_selected_activation(x):
    net = network("batch_top_k")
    first = net.select(net.activations(x))
    second = net.select(net.activations(2 * x))
    net.learn_threshold(first)
    assert net.threshold == first.values.min()
    net.learn_threshold(second)
    expected = 0.99 * first.values.min() + 0.01 * second.values.min()
    torch.testing.assert_close(net.threshold, expected)


def test_the_gradient_of_a_direction_has_no_part_along_it(x):
    net = network()
    net.decode_active(net.select(net.activations(x))).square().sum().backward()
    gradient = net.decoder.directions.grad
    assert gradient.abs().max() > 0
    along = (gradient * net.decoder.directions).sum(dim=1)
    torch.testing.assert_close(along, torch.zeros(20), atol=1e-4, rtol=0)


def test_missing_values_count_as_the_mean(x):
    net = network(may_miss=True)
    net.start_at([0.5] * 6, 1.0)
    filled, x[:, 2] = x.clone(), torch.nan
    filled[:, 2] = 0.5
    assert torch.equal(net.encode(x), net.encode(filled))


@pytest.mark.parametrize("selection", ["top_k", "batch_top_k", "lifetime"])
def test_a_matrix_of_codes_has_the_latents_of_the_list(selection, x):
    net = network(selection, k=5)
    activations = net.activations(x)
    listed, dense = (net.select(activations, dense=form) for form in (False, True))
    torch.testing.assert_close(net.decode_active(dense), net.decode_active(listed))
    assert torch.equal(dense.used(20), listed.used(20))
    assert dense.n_positive() == listed.n_positive()
    assert torch.equal(dense.smallest(net.threshold), listed.smallest(net.threshold))


def test_directions_without_a_fixed_length_keep_all_of_their_gradient(x):
    net = network(unit_norm=False)
    net.decode_active(net.select(net.activations(x))).square().sum().backward()
    assert (net.decoder.directions.grad * net.decoder.directions).sum(dim=1).abs().max() > 0.1
    with torch.no_grad():
        net.decoder.directions.mul_(2)
    net.normalise()
    torch.testing.assert_close(net.decoder.directions.norm(dim=1), torch.full((20,), 2.0))


def test_the_encoder_starts_as_a_multiple_of_the_transposed_decoder():
    net = network(encoder_scale=0.1)
    torch.testing.assert_close(net.encoder.weight, 0.1 * net.decoder.directions)
    torch.testing.assert_close(net.decoder.directions.norm(dim=1), torch.ones(20))
