"""
Codes of texts
==============

A text becomes a row of word weights, and a short code of that row says what the text is about.
Texts with similar codes are about similar things, even if they share few words.

The texts of this example are the descriptions of scikit-learn's own estimators. The question is
which estimators are alike, by what is written about them.
"""

import inspect
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.utils.discovery import all_estimators

from isthmus import StackedAutoencoder

# %%
# The texts
# ---------
#
# The docstring of each public estimator, and the package it is from. The package is only used to
# judge the codes.

estimators = dict(all_estimators())
names = np.array(list(estimators))
texts = [inspect.getdoc(estimator) for estimator in estimators.values()]
packages = np.array([estimator.__module__.split(".")[1] for estimator in estimators.values()])
len(texts), len(set(packages))

# %%
# The codes
# ---------
#
# Every estimator of Isthmus takes a list of texts: it counts the words, weights them by tf-idf, and
# keeps the vocabulary in the model. The loss is the cross-entropy of the word weights, the output a
# softmax; half of the words are hidden in training, so that the code has to say what the words have
# in common.

model = StackedAutoencoder(
    (64, 10),
    stacking="joint",
    activation=("tanh", "identity"),
    output_activation="softmax",
    loss="multinomial",
    noise="masking",
    noise_level=0.5,
    scaling="none",
    optimizer="adam",
    learning_rate=0.005,
    batch_size=32,
    epochs=60,
    early_stopping=False,
    max_words=1000,
    random_state=0,
)
codes = model.fit_transform(texts)
codes.shape

# %%
# Which are alike?
# ----------------
#
# Texts are compared by the cosine of their codes.


def nearest(codes):
    """Return the others for each text, most similar first."""
    unit = codes / np.linalg.norm(codes, axis=1, keepdims=True)
    likeness = unit @ unit.T
    np.fill_diagonal(likeness, -np.inf)
    return likeness.argsort(axis=1)[:, ::-1]


neighbours = nearest(codes)
for name in ("Ridge", "KMeans", "RandomForestClassifier", "StandardScaler", "PCA"):
    found = names[neighbours[np.flatnonzero(names == name)[0], :4]]
    print(f"{name:22} {', '.join(found)}")

# %%
# The codes of the four largest packages, along their first two principal components:

plane = PCA(2, random_state=0).fit_transform(codes)
plt.figure(figsize=(6, 4))
for package, _ in Counter(packages).most_common(4):
    plt.scatter(*plane[packages == package].T, s=14, label=package)
plt.xticks([])
plt.yticks([])
plt.legend()
plt.tight_layout()

# %%
# How good are they?
# ------------------
#
# If codes say what a text is about, its nearest texts are from the same package. Latent semantic
# analysis (LSA), the linear method, has the same size of code.

counts = model.prepared_rows(texts)
lsa = TruncatedSVD(10, random_state=0).fit_transform(counts)
neighbours_by = {"codes": neighbours, "LSA": nearest(lsa), "all words": nearest(counts.toarray())}
for name, found in neighbours_by.items():
    same = packages[found[:, :5]] == packages[:, None]
    print(f"{name:10} {same.mean():.1%} of the five nearest are from the same package")

# %%
# On the command line
# -------------------
#
# .. code-block:: bash
#
#     isthmus train news.csv --text-column title,body --label topic --recipe document-codes
#
# :doc:`/texts` has a larger comparison, with 7,600 news texts.
