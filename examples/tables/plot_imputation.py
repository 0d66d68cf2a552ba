"""
Missing cells of a table
========================

:class:`isthmus.AutoencoderImputer` fills missing cells from the observed cells of their rows. It
takes tables with numbers and categories. This example hides cells whose values are known, and
compares the fills with those of simpler methods.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_wine
from sklearn.impute import KNNImputer, SimpleImputer

from isthmus import AutoencoderImputer

# %%
# A table with gaps
# -----------------
#
# Scikit-learn's wines, with the cultivar as a category. A fifth of all cells is hidden.

wine = load_wine(as_frame=True)
complete = wine.data.round(2).assign(cultivar=wine.target.map({0: "A", 1: "B", 2: "C"}))
hidden = np.random.default_rng(0).random(complete.shape) < 0.2
table = complete.mask(hidden)
table.head()

# %%
# Fill it
# -------
#
# ``transform`` returns a table of the same library, with the same columns and types. Observed cells
# do not change.

imputer = AutoencoderImputer(random_state=0).fit(table)
filled = imputer.transform(table)
filled.head()

# %%
# How good are the fills?
# -----------------------
#
# The error of a column is the root mean squared error of its hidden cells, divided by the standard
# deviation of the column: 1 is about what the mean of the column achieves.

numbers = list(wine.data.columns)
hidden_numbers = hidden[:, :-1]


def errors(filled_numbers):
    gaps = np.where(hidden_numbers, filled_numbers - complete[numbers], np.nan)
    return np.sqrt(np.nanmean(gaps**2, axis=0)) / complete[numbers].std().to_numpy()


scale = table[numbers].std()
nearest = KNNImputer().fit_transform(table[numbers] / scale) * scale.to_numpy()
by_method = pd.DataFrame(
    {
        "mean": errors(SimpleImputer().fit_transform(table[numbers])),
        "5 nearest rows": errors(nearest),
        "Isthmus": errors(filled[numbers].to_numpy()),
    },
    index=numbers,
)
print(by_method.mean().round(3).to_string())

right = filled["cultivar"][hidden[:, -1]] == complete["cultivar"][hidden[:, -1]]
print(f"\nhidden cultivars filled rightly: {right.mean():.0%}")

# %%
by_method.sort_values("Isthmus").plot.barh(figsize=(6, 5), width=0.8)
plt.xlabel("error in standard deviations")
plt.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1), frameon=False)
plt.tight_layout()

# %%
# How sure are they?
# ------------------
#
# A fill is a best estimate. ``sample`` draws random fills instead, to see how much a result depends
# on what is not known: here the mean colour intensity of each draw, beside the true one.

draws = imputer.sample(table, n_draws=5)
means = [draw["color_intensity"].mean() for draw in draws]
print("draws:", ", ".join(f"{mean:.3f}" for mean in means))
print(f"true:  {complete['color_intensity'].mean():.3f}")

# %%
# On the command line
# -------------------
#
# .. code-block:: bash
#
#     isthmus impute wines.csv -o filled.csv --mark
#
# fills a CSV file, leaves all other cells as they are written, and says how well it works on this
# table. :doc:`/imputation` describes the method and its measured errors.
