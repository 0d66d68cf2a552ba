"""
Sampling digits from a variational autoencoder
==============================================

A variational autoencoder models the distribution of the rows. Its codes follow a known prior, so
decoding random codes gives new rows, and every row has a log-likelihood.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from isthmus import VariationalAutoencoder

X, _ = load_digits(return_X_y=True)
X = (X > 7).astype(np.uint8)  # pixels of 0 and 1
X_train, X_test = train_test_split(X, test_size=0.25, random_state=0)

# %%
# Train
# -----
#
# All values are 0 or 1, so the likelihood is Bernoulli. The history has both parts of the loss.

vae = VariationalAutoencoder(
    8, (128, 64), optimizer="adam", learning_rate=0.003, schedule="cosine", random_state=0
).fit(X_train)
last = vae.history_[-1]
print(f"likelihood: {vae.likelihood_}")
print(f"reconstruction: {last['reconstruction']:.1f} nats, divergence: {last['kl']:.1f} nats")

# %%
# How likely are new rows?
# ------------------------
#
# ``log_likelihood`` is estimated with importance samples. Inverted pictures are far less likely
# than the ones that were held out.

held_out = vae.log_likelihood(X_test, n_samples=200)
inverted = vae.log_likelihood(1 - X_test, n_samples=200)
print(f"held-out pictures: {held_out.mean():.1f} nats, inverted: {inverted.mean():.1f} nats")

# %%
# Sample
# ------
#
# ``sample`` decodes codes from the prior to the probabilities of the pixels.

samples = vae.sample(40, random_state=0)
fig, axes = plt.subplots(4, 10, figsize=(6, 2.6))
for picture, ax in zip(samples, axes.flat, strict=True):
    ax.imshow(picture.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
    ax.set_axis_off()
fig.tight_layout(pad=0.3)

# %%
# What does each unit tell?
# -------------------------
#
# Units with a divergence near zero follow the prior, and could be left out.

plt.figure(figsize=(6, 2.5))
plt.bar(np.arange(len(vae.kl_per_unit_)), vae.kl_per_unit_)
plt.xlabel("unit of the code")
plt.ylabel("divergence (nats)")
plt.tight_layout()

# %%
# On the command line
# -------------------
#
# .. code-block:: bash
#
#     isthmus train digits --binarise threshold --estimator vae
#
# trains such a model; its report draws the divergences and the parts of the loss
# (:doc:`/variational`).
