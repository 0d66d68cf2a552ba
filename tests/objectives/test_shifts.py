"""Shifted pictures."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from isthmus import Autoencoder
from isthmus.errors import UsageError
from isthmus.objectives import Reconstruction, Shifts


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("shape", [(5, 4), (5, 4, 3)])
def test_each_picture_is_moved_whole_and_its_edge_fills_up(shape):
    picture = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    padding = [(1, 1), (1, 1), (0, 0)][: len(shape)]
    padded = np.pad(picture, padding, mode="edge")
    by_hand = {
        padded[down : down + 5, across : across + 4].tobytes()
        for down in range(3)
        for across in range(3)
    }
    x = torch.from_numpy(picture).reshape(1, -1).repeat(300, 1)
    moved = Shifts(shape, 1).apply(x, generator())
    assert {row.numpy().tobytes() for row in moved} == by_hand


@pytest.mark.parametrize("channels_first", [False, True])
def test_a_flip_mirrors_about_half_of_the_pictures(channels_first):
    shape = (3, 2, 4) if channels_first else (2, 4, 3)
    x = torch.arange(24.0).view(1, *shape).repeat(400, 1, 1, 1)
    flips = Shifts((2, 4, 3), 0, flip=True, channels_first=channels_first)
    moved = flips.apply(x if channels_first else x.flatten(1), generator()).view_as(x)
    mirrored = (moved == x.flip(3 if channels_first else 2)).flatten(1).all(1)
    kept = (moved == x).flatten(1).all(1)
    assert (kept | mirrored).all()
    assert 160 < int(mirrored.sum()) < 240


def test_all_shifts_are_as_likely():
    x = torch.arange(9.0).repeat(9000, 1)
    centres = Shifts((3, 3), 1).apply(x, generator())[:, 4]
    counts = torch.bincount(centres.long(), minlength=9)
    assert counts.min() > 880 and counts.max() < 1120


def test_what_comes_in_and_what_is_to_be_given_back_move_together():
    class Back(torch.nn.Module):
        def forward(self, x):
            self.x = x.clone()
            return x.clone().requires_grad_()

    network = Back()
    objective = Reconstruction(network, shifts=Shifts((3, 3), 1))
    rows = torch.rand(20, 9, generator=generator(1))
    before = rows.clone()
    loss, _ = objective.training_loss(rows, generator())
    assert (
        float(loss.detach()) == 0 and not torch.equal(network.x, rows) and torch.equal(rows, before)
    )
    held_out, _ = objective.validation_loss(rows, generator())
    assert float(held_out.detach()) == 0 and torch.equal(network.x, rows)


def test_the_same_seed_moves_alike_and_another_does_not():
    X = np.random.default_rng(0).random((60, 16))

    def fitted(seed, **kw):
        tiny = {"epochs": 2, "random_state": seed, "scaling": "unit", "max_shift": 1}
        return Autoencoder(2, (4,), **tiny, **kw).fit(X)

    one, two = (fitted(0).transform(X) for _ in range(2))
    assert np.array_equal(one, two)
    assert np.array_equal(one, fitted(0, picture_shape=(4, 4)).transform(X))
    assert not np.array_equal(one, fitted(0, picture_shape=(2, 8)).transform(X))


def test_a_shift_beyond_the_picture_is_refused():
    X = np.random.default_rng(0).random((20, 2, 8))
    message = r"^`max_shift` must be smaller than the sides of the pictures, 2x8\. Got 2\.$"
    with pytest.raises(UsageError, match=message):
        Autoencoder(2, (4,), max_shift=2).fit(X)


@pytest.mark.parametrize(
    ("n_features", "shape", "got"),
    [
        (15, "auto", "Got 'auto', and the rows"),
        (16, (4, 5), r"Got \(4, 5\)\.$"),
        (16, (16,), "Got"),
    ],
)
def test_rows_that_are_no_such_pictures_are_refused(n_features, shape, got):
    X = np.random.default_rng(0).random((20, n_features))
    estimator = Autoencoder(2, (4,), max_shift=1, picture_shape=shape)
    with pytest.raises(
        UsageError, match=rf"^`max_shift` requires a `picture_shape`.*{n_features}\. {got}"
    ):
        estimator.fit(X)
