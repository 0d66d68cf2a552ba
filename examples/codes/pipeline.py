"""
The code size by what it is good for
====================================

An autoencoder's own error always falls as its code grows, so it cannot say how long a code ought to
be. A task behind it can. Here a logistic regression reads digits from their codes, and a grid
search over the whole pipeline chooses the length of the code and the learning rate by
cross-validated accuracy. PCA takes the autoencoder's place in a second search, for comparison.

This example takes a minute or two; its output is not shown here.
"""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline

from isthmus import Autoencoder

# %%
# Some of the 1,797 pictures of 8 x 8 are left aside: the search must not see what judges it.

X, y = load_digits(return_X_y=True)
X_search, X_test, y_search, y_test = train_test_split(X, y, test_size=0.25, random_state=0)

# %%
# An autoencoder is a step like any other: the parameters of a step go by its name and two
# underscores. Each fold trains on its own rows alone, so that no code has seen the pictures it is
# judged by.

SIZES = (2, 4, 8, 16)


def search(codes, **grid):
    steps = [("codes", codes), ("classifier", LogisticRegression(max_iter=5000))]
    grid = {f"codes__{name}": values for name, values in grid.items()}
    return GridSearchCV(Pipeline(steps), grid, cv=3).fit(X_search, y_search)


autoencoder = search(
    Autoencoder(hidden_dims=(128,), epochs=30, random_state=0),
    latent_dim=SIZES,
    learning_rate=(0.005, 0.02),
)
pca = search(PCA(random_state=0), n_components=SIZES)

# %%
# The best learning rate of each size, beside PCA with as many numbers.


def accuracies(searched, size_name):
    """Return the best cross-validated accuracy of each size, with the parameters that gave it."""
    results = searched.cv_results_
    best = {}
    for accuracy, parameters in zip(results["mean_test_score"], results["params"], strict=True):
        size = parameters[f"codes__{size_name}"]
        best[size] = max(best.get(size, (0.0, {})), (accuracy, parameters), key=lambda b: b[0])
    return best


ours, theirs = accuracies(autoencoder, "latent_dim"), accuracies(pca, "n_components")
print("numbers in a code   autoencoder (learning rate)     PCA")
for size in SIZES:
    accuracy, parameters = ours[size]
    rate = f"({parameters['codes__learning_rate']})"
    print(f"{size:17}   {accuracy:11.3f} {rate:<15} {theirs[size][0]:7.3f}")

# %%
# Who wins is said, whoever it is, and by the pictures left aside.

wins = [size for size in SIZES if ours[size][0] > theirs[size][0]]
rest = [size for size in SIZES if size not in wins]
print(f"\nCross-validated, the autoencoder is ahead at {wins} numbers, PCA at {rest}.")

is_right = {}
for name, searched in {"the autoencoder": autoencoder, "PCA": pca}.items():
    is_right[name] = searched.predict(X_test) == y_test
    chosen = [f"{key.split('__')[1]}={value}" for key, value in searched.best_params_.items()]
    share = is_right[name].mean()
    print(f"On the {len(y_test)} pictures left aside, {name} ({', '.join(chosen)}): {share:.3f}.")

# Only pictures that one of the two reads rightly and the other wrongly tell them apart. Were both
# equally good, the difference of those counts would stay within twice the root of their sum.
lead = int(is_right["the autoencoder"].sum()) - int(is_right["PCA"].sum())
apart = int(np.sum(is_right["the autoencoder"] != is_right["PCA"]))
winner = "the autoencoder" if lead > 0 else "PCA"
is_luck = abs(lead) <= 2 * np.sqrt(apart)
verdict = "neither wins, as so small a lead may be luck" if is_luck else f"{winner} wins"
print(f"There {verdict}: {apart} pictures tell them apart, with a lead of {abs(lead)}.")
