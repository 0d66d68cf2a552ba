"""
Your first autoencoder
======================

An autoencoder is a network that learns to copy its input through a narrow middle. The *encoder*
turns a row into a *code* of a few numbers; the *decoder* turns the code back into a row, the
*reconstruction*. Because the code is smaller than the row, the network has to learn what rows have
in common.

This tutorial builds one in plain PyTorch, then does the same with Isthmus, and compares both with
PCA. The data are scikit-learn's 1,797 handwritten digits of 8 x 8 pixels. :doc:`The same page in
Chinese <plot_autoencoder_zh>`.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from torch import nn

from isthmus import Autoencoder

# %%
# The data
# --------
#
# Each picture is a row of 64 numbers from 0 to 16. A quarter of the pictures is held out: the error
# on rows that the network has seen says little about new rows. The labels are not used; an
# autoencoder needs none.

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)
X_train, X_test, _, y_test = train_test_split(X, y, test_size=0.25, random_state=0)
X_train.shape, X_test.shape

# %%
# In plain PyTorch
# ----------------
#
# The network narrows from 64 numbers to 32 and to a code of 8, and widens again. A sigmoid keeps
# the output between 0 and 1, like the pixels.

CODE_SIZE = 8
torch.manual_seed(0)
encoder = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, CODE_SIZE))
decoder = nn.Sequential(nn.Linear(CODE_SIZE, 32), nn.ReLU(), nn.Linear(32, 64), nn.Sigmoid())

# %%
# The loss is the mean squared error between a row and its reconstruction: the row is input and
# target at once. Adam takes one step for each batch of 64 rows. Fifty passes over the rows (epochs)
# take a second or two.

train, test = torch.from_numpy(X_train), torch.from_numpy(X_test)
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3)
loss_of = nn.MSELoss()
train_losses, test_losses = [], []
for _ in range(50):
    total = 0.0
    for batch in torch.randperm(len(train)).split(64):
        loss = loss_of(decoder(encoder(train[batch])), train[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    train_losses.append(total / len(train))
    with torch.no_grad():
        test_losses.append(loss_of(decoder(encoder(test)), test).item())

print(f"loss on held-out pictures after 50 epochs: {test_losses[-1]:.4f}")

# %%
# Both curves should fall together. If the training loss falls while the held-out loss rises, the
# network has begun to learn single pictures by heart.

plt.figure(figsize=(6, 3))
plt.plot(train_losses, label="training")
plt.plot(test_losses, label="held out")
plt.xlabel("epoch")
plt.ylabel("mean squared error")
plt.yscale("log")
plt.legend()
plt.tight_layout()

# %%
# With Isthmus
# ------------
#
# :class:`isthmus.Autoencoder` is a scikit-learn transformer. It contains the loop, chooses
# optimizer and learning rate, holds out a tenth of the training rows and keeps the weights of the
# epoch with the lowest validation loss.

model = Autoencoder(latent_dim=CODE_SIZE, random_state=0).fit(X_train)
codes = model.transform(X_test)
reconstructions = model.inverse_transform(codes)
codes.shape

# %%
# Is a network needed at all? PCA with as many components is the best *linear* autoencoder, so it is
# the figure to beat.


def mean_squared_error(reconstructed):
    return float(np.mean((reconstructed - X_test) ** 2))


pca = PCA(CODE_SIZE, random_state=0).fit(X_train)
by_pca = pca.inverse_transform(pca.transform(X_test))
print(f"PCA           {mean_squared_error(by_pca):.4f}")
print(f"plain PyTorch {test_losses[-1]:.4f}")
print(f"Isthmus       {mean_squared_error(reconstructions):.4f}")

# sphinx_gallery_thumbnail_number = 2

# %%
# Numbers are one thing; the eye is another. The first ten held-out pictures, their reconstructions
# from 8 numbers, and those of PCA:

figure, axes = plt.subplots(3, 10, figsize=(8, 2.6))
shown = {"rows": X_test, "Isthmus": reconstructions, "PCA": by_pca}
for line, (name, pictures) in zip(axes, shown.items(), strict=True):
    for ax, picture in zip(line, pictures, strict=False):
        ax.imshow(picture.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
    line[0].set_ylabel(name, rotation=0, ha="right", va="center")
figure.tight_layout()

# %%
# What the codes are good for
# ---------------------------
#
# Rows that are alike have codes that are alike. Drawn in two dimensions, the ten digits form
# groups, although the network never saw a label.

plane = PCA(2, random_state=0).fit_transform(codes)
plt.figure(figsize=(5.5, 4.5))
plt.scatter(*plane.T, c=y_test, cmap="tab10", s=12)
plt.colorbar(label="digit", ticks=range(10))
plt.xticks([])
plt.yticks([])
plt.tight_layout()

# %%
# On the command line
# -------------------
#
# .. code-block:: bash
#
#     isthmus train digits --latent-dim 8
#
# trains the same kind of model and writes a report with these figures. ``isthmus train mnist
# --recipe tutorial`` trains the classic 784-128-64-32 network on the 70,000 pictures of MNIST.
