"""
Stacked autoencoders
====================

A stack is several autoencoders on top of each other: the first learns codes of the rows, the second
learns codes of these codes, and so on. Before deep networks could be trained directly, this was how
they were started: one layer after the other (*greedy pretraining*), then all of them as a whole
(*fine-tuning*).

This tutorial builds a stack in plain PyTorch and with Isthmus, and measures whether the pretraining
helped. :doc:`The same page in Chinese <plot_stacked_zh>`.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

from isthmus import StackedAutoencoder

# %%
# Scikit-learn's handwritten digits, 64 pixels scaled to [0, 1]; a quarter of them is held out.

X, _ = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)
X_train, X_test = train_test_split(X, test_size=0.25, random_state=0)

# %%
# Layer by layer
# --------------
#
# One function trains one autoencoder with a single hidden layer. Its codes are the rows of the next
# one.


def train_layer(rows, code_size, output):
    """Train one autoencoder on rows; return its encoder and its decoder."""
    encoder = nn.Sequential(nn.Linear(rows.shape[1], code_size), nn.ReLU())
    decoder = nn.Sequential(nn.Linear(code_size, rows.shape[1]), output)
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=3e-3)
    for _ in range(30):
        for batch in torch.randperm(len(rows)).split(64):
            loss = nn.functional.mse_loss(decoder(encoder(rows[batch])), rows[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return encoder, decoder


torch.manual_seed(0)
rows = torch.from_numpy(X_train)
encoder_1, decoder_1 = train_layer(rows, 32, nn.Sigmoid())
with torch.no_grad():
    codes_1 = encoder_1(rows)
encoder_2, decoder_2 = train_layer(codes_1, 8, nn.ReLU())

# %%
# The stack is both encoders, followed by both decoders in reverse. A row passes through all four
# parts, and only the middle one is narrow.

stack = nn.Sequential(encoder_1, encoder_2, decoder_2, decoder_1)
with torch.no_grad():
    loss = nn.functional.mse_loss(stack(torch.from_numpy(X_test)), torch.from_numpy(X_test))
print(f"held-out error of the stack, not yet fine-tuned: {loss:.4f}")

# %%
# With Isthmus
# ------------
#
# :class:`isthmus.StackedAutoencoder` trains the layers and then the whole. ``stacking="joint"``
# trains the same network as a whole from the start, which is the comparison to make.


EPOCHS = {"epochs": 60, "pretraining_epochs": 30, "early_stopping": False}


def stacked(**parameters):
    return StackedAutoencoder((32, 8), random_state=0, **EPOCHS, **parameters).fit(X_train)


def held_out_error(model):
    return float(np.mean((model.inverse_transform(model.transform(X_test)) - X_test) ** 2))


models = {
    "greedy, then as a whole": stacked(),
    "greedy, not fine-tuned": stacked(fine_tune=False),
    "as a whole from the start": stacked(stacking="joint"),
}
for name, model in models.items():
    print(f"{name:26} {held_out_error(model):.4f}")

# %%
# Fine-tuning matters most. The pretraining gains nothing here: trained as a whole from the start,
# the network is as good, with fewer passes over the rows. Today's optimizers and initial weights no
# longer need a start layer by layer; on MNIST it is the same (:doc:`/stacked`). It can help when
# labels are few, see :doc:`/gallery/codes/plot_few_labels`.
#
# The history names the stage of each epoch.

history = models["greedy, then as a whole"].history_
plt.figure(figsize=(6, 3))
for stage in dict.fromkeys(record["stage"] for record in history):
    records = [record for record in history if record["stage"] == stage]
    epochs = [record["epoch"] for record in records]
    plt.plot(epochs, [record["train_loss"] for record in records], label=stage)
plt.xlabel("epoch")
plt.ylabel("training loss")
plt.yscale("log")
plt.legend()
plt.tight_layout()

# %%
# Codes of every layer
# --------------------
#
# Each layer has codes; ``encode(X, layer=1)`` returns those of the first.

model = models["greedy, then as a whole"]
model.encode(X_test, layer=1).shape, model.transform(X_test).shape

# %%
# On the command line
# -------------------
#
# .. code-block:: bash
#
#     isthmus train digits --estimator stacked --layer-dims 32,8 --ablate
#
# ``--ablate`` also trains without pretraining and reports the difference. ``isthmus train mnist
# --recipe stacked-tutorial`` trains a 784-256-128 stack on MNIST.
