"""A new kind of autoencoder in one file works with every command."""

import numpy as np
import torch
from torch import nn

import isthmus
from isthmus.estimators import BaseAutoencoder
from isthmus.nn import EncoderDecoder
from isthmus.preprocessing import PictureBlock, Preprocessor, register_block
from isthmus.runs import Kind


@register_block("log-odds-pictures")
class LogOdds(PictureBlock):  # a preprocessing block of its own: pixels as log-odds
    def encode(self, X):
        return np.arctanh(np.clip(1.9 * super().encode(X) - 0.95, -0.95, 0.95))

    def decode(self, encoded):
        return super().decode((np.tanh(encoded) + 0.95) / 1.9)


class Pair(EncoderDecoder):  # a network on (C, H, W) whose encoder gives means and log-variances
    def __init__(self, shape, latent_dim):
        c, h, w = shape
        down = (nn.Conv2d(c, 4, 3, padding=1), nn.Flatten(), nn.Linear(4 * h * w, 2 * latent_dim))
        decoder = nn.Sequential(nn.Linear(latent_dim, c * h * w), nn.Unflatten(1, shape))
        super().__init__(nn.Sequential(*down), decoder)

    def encode(self, x):
        return self.encoder(x).chunk(2, dim=1)[0]


class EvidenceBound(nn.Module):  # an objective with a Kullback-Leibler part
    def __init__(self, network):
        super().__init__()
        self.network = network

    def training_loss(self, batch, generator):
        mean, log_variance = self.network.encoder(batch).chunk(2, dim=1)
        drawn = torch.randn(mean.shape, generator=generator) * (log_variance / 2).exp()
        error = (self.network.decode(mean + drawn) - batch).square().mean()
        kl = (mean.square() + log_variance.exp() - 1 - log_variance).mean() / 2
        return error + 0.01 * kl, {"error": error.detach(), "kl": kl.detach()}

    validation_loss = training_loss


class PictureVAE(BaseAutoencoder):
    def __init__(self, latent_dim=2, *, epochs=2, device="cpu", random_state=None):
        self.latent_dim, self.epochs, self.device = latent_dim, epochs, device
        self.random_state = random_state

    def _make_preprocessor(self, facts):
        return Preprocessor(LogOdds(facts.picture_shape, "unit", layout="channels_first"))

    def _network_settings(self, X):
        return {"shape": self.preprocessor_.encoded_shape, "latent_dim": self.latent_dim}

    def _make_network(self, settings, generator):
        return Pair(tuple(settings["shape"]), settings["latent_dim"])

    def _objective(self, rows):
        return EvidenceBound(self.network_)


def test_it_goes_through_every_command(cli, registered):
    commands = """encode run0 -o a.csv; reconstruct run0 -o a.npy; reconstruct run0 -o a.png
    score run0 -o b.csv; evaluate run0 --n-resamples 5; doctor run0; info run0; report run0
    compare run0 run1; sweep digits --estimator picture-vae --latent-dim 1,2"""
    registered(Kind("picture-vae", PictureVAE))
    for seed in "01":
        words = f"train digits --estimator picture-vae --seed {seed} --out run{seed}"
        assert cli(*words.split()).code == 0
    for command in commands.replace("\n", ";").split(";"):
        assert cli(*command.split()).code == 0, command
    (loaded := isthmus.load("run0")).save("again")
    assert {"kl", "validation_kl"} <= loaded.history_[0].keys()
    codes = isthmus.load("again").transform(np.zeros((1, 64)))
    assert (loaded.transform(np.zeros((1, 8, 8))) == codes).all()
