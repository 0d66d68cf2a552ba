"""The loop gives the same as a plain loop over modules, autograd and torch's Adam."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close

from isthmus import Autoencoder
from isthmus._random import torch_generator
from isthmus.nn import MLPAutoencoder


@pytest.mark.parametrize(
    ("activation", "output", "scaling"),
    [("relu", "tanh", "symmetric"), ("silu", "sigmoid", "unit"), ("tanh", "identity", "standard")],
)
@pytest.mark.usefixtures("accelerators")
def test_losses_and_weights_are_those_of_a_plain_loop(activation, output, scaling):
    X = np.random.default_rng(0).integers(0, 256, size=(150, 12)).astype(float)
    names = {"activation": activation, "latent_activation": activation, "output_activation": output}
    fitted = Autoencoder(
        3,
        (8, 5),
        **names,
        scaling=scaling,
        optimizer="adam",
        batch_size=32,
        epochs=4,
        early_stopping=False,
        random_state=7,
    ).fit(X)

    rows = torch.from_numpy(fitted.scaling_.apply(X))
    drawn = MLPAutoencoder(12, 3, (8, 5), **names, generator=torch_generator(7, "weights"))
    network = nn.Sequential(*drawn.encoder, *drawn.decoder)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    losses = []
    for epoch in range(1, 5):
        order = torch.randperm(150, generator=torch_generator(7, "shuffle", epoch))
        total = 0.0
        for indices in order.split(32):
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(network(rows[indices]), rows[indices])
            loss.backward()
            optimizer.step()
            total += float(loss.detach()) * len(indices)
        losses.append(total / 150)
    assert [r["train_loss"] for r in fitted.history_] == pytest.approx(losses, rel=1e-5)
    for own, plain in zip(fitted.network_.parameters(), network.parameters(), strict=True):
        assert_close(own.detach(), plain.detach(), rtol=1e-4, atol=1e-5)
