"""
A network of your own
=====================

:class:`isthmus.Autoencoder` trains any pair of PyTorch modules: an encoder from rows to codes and a
decoder back. This example trains a convolutional network on pictures and compares it with the
default perceptron and with PCA.
"""

import tempfile

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from torch import nn

from isthmus import Autoencoder, load

X, _ = load_digits(return_X_y=True)
X_train, X_test = train_test_split(X.astype(np.float32), test_size=0.25, random_state=0)

# %%
# Two modules
# -----------
#
# Modules see scaled rows of 64 numbers, so the encoder begins by making pictures of them. They
# contain no loss: how to train is the estimator's concern.

CODE_SIZE = 8


def convolutional_encoder():
    return nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)),
        nn.Conv2d(1, 16, 3, stride=2, padding=1),  # 8 x 8 to 4 x 4
        nn.SiLU(),
        nn.Conv2d(16, 32, 3, stride=2, padding=1),  # 4 x 4 to 2 x 2
        nn.SiLU(),
        nn.Flatten(),
        nn.Linear(32 * 2 * 2, CODE_SIZE),
    )


def convolutional_decoder():
    return nn.Sequential(
        nn.Linear(CODE_SIZE, 32 * 2 * 2),
        nn.SiLU(),
        nn.Unflatten(1, (32, 2, 2)),
        nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1),
        nn.SiLU(),
        nn.ConvTranspose2d(16, 1, 4, stride=2, padding=1),
        nn.Flatten(),
    )


# %%
# Train them
# ----------
#
# The modules are copied, and first tested on rows of zeros: shapes that do not match are an error
# before training.

own = Autoencoder(
    encoder=convolutional_encoder(),
    decoder=convolutional_decoder(),
    optimizer="adam",
    learning_rate=3e-3,
    batch_size=64,
    epochs=40,
    random_state=0,
).fit(X_train)
default = Autoencoder(CODE_SIZE, epochs=40, random_state=0).fit(X_train)


def n_weights(model):
    return sum(p.numel() for p in model.network_.parameters())


pca = PCA(CODE_SIZE, random_state=0).fit(X_train)
errors = pca.inverse_transform(pca.transform(X_test)) - X_test
by_pca = 1 - np.sum(errors**2) / np.sum((X_test - X_test.mean(axis=0)) ** 2)
print(f"convolutional  {own.score(X_test):.1%} of the variance, {n_weights(own):,} weights")
print(f"perceptron     {default.score(X_test):.1%} of the variance, {n_weights(default):,} weights")
print(f"PCA            {by_pca:.1%} of the variance")

# %%
plt.figure(figsize=(6, 3))
for name, model in {"convolutional": own, "perceptron": default}.items():
    plt.plot([record["validation_loss"] for record in model.history_], label=name)
plt.xlabel("epoch")
plt.ylabel("validation loss")
plt.yscale("log")
plt.legend()
plt.tight_layout()

# %%
# Save and load
# -------------
#
# The file contains the weights and where the modules are imported from, never a pickle. Modules
# that cannot be made again without arguments, such as these, are passed to ``load``.

with tempfile.TemporaryDirectory() as folder:
    own.save(folder)
    again = load(folder, encoder=convolutional_encoder(), decoder=convolutional_decoder())
bool(np.array_equal(again.transform(X_test), own.transform(X_test)))

# %%
# A new kind of autoencoder, with its own loss and its own options on the command line, is one file:
# :doc:`/architecture` describes how.
