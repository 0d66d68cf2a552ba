"""
Figures of a model
==================

Displays draw figures of a fitted estimator in notebooks and scripts. They follow scikit-learn's
convention: ``from_estimator`` computes and draws, ``plot`` draws again, and both take the axes to
draw into. :doc:`/notebooks` describes what else notebooks show.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from isthmus import Autoencoder, AutoencoderOutlierDetector, evaluate
from isthmus.displays import (
    CodesDisplay,
    ErrorsDisplay,
    HistoryDisplay,
    ReconstructionDisplay,
    SizesDisplay,
)

digits = load_digits()
X, X_test, y, y_test = train_test_split(digits.images, digits.target, random_state=0)

# %%
# A training shows its progress with ``verbose=1``.

ae = Autoencoder(latent_dim=8, epochs=30, random_state=0, verbose=1).fit(X)

# %%
# Results are shown as tables. ``history_`` is a list, and ``evaluate`` returns a dict.

ae.history_

# %%
evaluate(ae, X_test, y_test, X_train=X, y_train=y, n_resamples=200)

# %%
# Reconstructions
# ---------------

ReconstructionDisplay.from_estimator(ae, X_test)

# %%
# Codes
# -----
#
# Codes of more than two values are drawn along their first two principal components.

CodesDisplay.from_estimator(ae, X_test, y_test)

# %%
# Several figures
# ---------------
#
# ``SizesDisplay`` compares the error of the model with that of PCA of each size.

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.5), layout="constrained")
HistoryDisplay.from_estimator(ae, ax=left)
display = SizesDisplay.from_estimator(ae, X_test, X_train=X, ax=right)
display.ax_.set_title("Held-out digits")

# %%
# Errors of a detector
# --------------------
#
# Some of the test digits are turned upside down. The dashed line is the threshold of the detector.

detector = AutoencoderOutlierDetector(n_members=4, random_state=0).fit(X)
is_turned = (y_test == 4) | (y_test == 7)
turned = X_test.copy()
turned[is_turned] = turned[is_turned, ::-1]
ErrorsDisplay.from_estimator(detector, turned, is_anomaly=is_turned)
