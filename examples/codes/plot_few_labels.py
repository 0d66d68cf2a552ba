"""
Few labels, many rows
=====================

Rows are often plenty, and labels are not. :class:`isthmus.StackedAutoencoderClassifier` learns from
all rows first, layer by layer, and then from the few that have a label.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from isthmus import StackedAutoencoderClassifier

# %%
# Ten labels for each digit
# -------------------------
#
# Of 1,257 training pictures, 100 keep their label. The others are marked with -1, as in
# scikit-learn's semi-supervised estimators.

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0, stratify=y)
rng = np.random.default_rng(0)
labelled = np.concatenate([rng.choice(np.flatnonzero(y_train == d), 10, False) for d in range(10)])
y_few = np.full_like(y_train, -1)
y_few[labelled] = y_train[labelled]

# %%
# Train on all rows, and on the labelled ones
# -------------------------------------------
#
# The classifier uses all rows. The others can only use the rows with a label.

stack = StackedAutoencoderClassifier((256, 128), epochs=60, pretraining_epochs=15, random_state=0)
few = X_train[labelled], y_train[labelled]
models = {
    "stack, all rows": stack.fit(X_train, y_few),
    "support vector machine": SVC().fit(*few),
    "logistic regression": make_pipeline(StandardScaler(), LogisticRegression()).fit(*few),
}
for name, model in models.items():
    print(f"{name:24} {model.score(X_test, y_test):.1%}")

# %%
# How sure is the classifier?
# ---------------------------
#
# ``predict_proba`` returns a probability for each digit. Where the largest one is low, a person
# should look:

surety = stack.predict_proba(X_test).max(axis=1)
is_right = stack.predict(X_test) == y_test
surest = surety.argsort()[::-1]
half = len(surest) // 2
print(f"the surer half:     {is_right[surest[:half]].mean():.1%} right")
print(f"the less sure half: {is_right[surest[half:]].mean():.1%} right")

n_first = np.arange(1, len(surest) + 1)
plt.figure(figsize=(6, 3))
plt.plot(n_first / len(surest), np.cumsum(is_right[surest]) / n_first)
plt.xlabel("share of the pictures, surest first")
plt.ylabel("accuracy")
plt.tight_layout()

# %%
# Whether the unlabelled rows help depends on the data. :doc:`/stacked` has measurements with
# several seeds and tables, among them one where a support vector machine is better.
#
# On the command line
# -------------------
#
# .. code-block:: bash
#
#     isthmus train mnist --recipe few-labels
