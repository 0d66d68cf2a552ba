"""
Choosing the code size
======================

A longer code always reconstructs better, so the error alone cannot choose its size. Two questions
can: where does the error stop falling quickly, and how much of it would PCA remove just as well?
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split

from isthmus import Autoencoder
from isthmus.metrics import elbow

X, _ = load_digits(return_X_y=True)
X_train, X_test = train_test_split(X.astype(np.float32), test_size=0.25, random_state=0)

# %%
# Train once for each size
# ------------------------
#
# ``score`` is the share of the variance of the held-out rows that the model explains. It has the
# same meaning for PCA.

SIZES = [1, 2, 4, 8, 16, 32]


def explained_by_pca(size):
    pca = PCA(size, random_state=0).fit(X_train)
    errors = pca.inverse_transform(pca.transform(X_test)) - X_test
    return 1 - np.sum(errors**2) / np.sum((X_test - X_test.mean(axis=0)) ** 2)


ours = [Autoencoder(size, epochs=30, random_state=0).fit(X_train).score(X_test) for size in SIZES]
pca = [explained_by_pca(size) for size in SIZES]
print("code size  autoencoder    PCA")
for size, by_network, by_pca in zip(SIZES, ours, pca, strict=True):
    print(f"{size:9}  {by_network:11.1%}  {by_pca:5.1%}")

# %%
# The elbow
# ---------
#
# :func:`isthmus.metrics.elbow` finds where the curve bends most: longer codes beyond it hardly
# reduce the error.

errors = [1 - share for share in ours]
bend = elbow(SIZES, errors)

plt.figure(figsize=(6, 3.5))
plt.plot(SIZES, errors, marker="o", label="autoencoder")
plt.plot(SIZES, [1 - share for share in pca], marker="s", label="PCA")
if bend is not None:
    plt.axvline(SIZES[bend], color="grey", linestyle=":", label=f"elbow: {SIZES[bend]}")
plt.xscale("log", base=2)
plt.xticks(SIZES, [str(size) for size in SIZES])
plt.xlabel("code size")
plt.ylabel("variance not explained")
plt.legend()
plt.tight_layout()

# %%
# The elbow is a rule of thumb. If the codes feed a classifier, choose the size by the classifier's
# accuracy instead, as in :doc:`/gallery/codes/pipeline`.
#
# On the command line
# -------------------
#
# .. code-block:: bash
#
#     isthmus sweep digits --latent-dim 1,2,4,8,16,32
#
# trains the same models, writes a report for each and draws this figure (:doc:`/sweep`).
