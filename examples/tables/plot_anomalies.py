"""
Anomalies in a CSV file
=======================

Most tables contain rows that are wrong: a decimal point that moved, a value from another unit, two
columns that were swapped. :class:`isthmus.AutoencoderOutlierDetector` finds rows that do not fit
the others, and says which columns are responsible. It needs no labels and no clean rows.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_wine
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

from isthmus import AutoencoderOutlierDetector

# %%
# A table with five mistakes
# --------------------------
#
# Scikit-learn's wine table has 178 wines and 13 measurements. To know what should be found, five
# mistakes are made in it: a zero too many, a moved decimal point, two columns swapped, and twice
# three values of another wine, which stay within the range of their columns.

table = load_wine(as_frame=True).data.round(2)
zero, point, swap, *mixed = wrong = np.random.default_rng(0).choice(len(table), 5, replace=False)
table.loc[zero, "proline"] *= 10
table.loc[point, "alcohol"] /= 10
table.loc[swap, ["flavanoids", "hue"]] = table.loc[swap, ["hue", "flavanoids"]].to_numpy()
for row in mixed:
    other = (table["flavanoids"] - table.loc[row, "flavanoids"]).abs().idxmax()
    columns = ["flavanoids", "total_phenols", "hue"]
    table.loc[row, columns] = table.loc[other, columns]

folder = Path(tempfile.mkdtemp())
table.to_csv(folder / "wines.csv", index=False)

# %%
# Find them
# ---------
#
# The detector is fitted on all rows, mistakes included. It takes the table as it is; categories,
# dates and missing cells would be accepted too. Low scores are anomalous, as with scikit-learn's
# own detectors.

wines = pd.read_csv(folder / "wines.csv")
detector = AutoencoderOutlierDetector(random_state=0).fit(wines)
scores = pd.Series(detector.score_samples(wines), name="score")
ranked = scores.sort_values()
print(f"mistakes among the ten most anomalous rows: {np.isin(wrong, ranked.index[:10]).sum()} of 5")

# %%
# As the mistakes are known here, ranking them can be measured: the area under the ROC curve is the
# probability that a wrong row is ranked before a right one.

is_wrong = wines.index.isin(wrong)
forest = IsolationForest(random_state=0).fit(wines.to_numpy())
print(f"Isthmus          {roc_auc_score(is_wrong, -scores):.3f}")
print(f"IsolationForest  {roc_auc_score(is_wrong, -forest.score_samples(wines.to_numpy())):.3f}")

# %%
plt.figure(figsize=(6, 3))
bins = np.linspace(scores.min(), scores.max(), 40)
plt.hist([scores[~is_wrong], scores[is_wrong]], bins, stacked=True, label=["wines", "mistakes"])
plt.axvline(detector.offset_, color="black", linestyle=":", label="threshold")
plt.xlabel("score")
plt.ylabel("rows")
plt.legend()
plt.tight_layout()

# %%
# Why these rows?
# ---------------
#
# ``explain`` returns the share of each column in the error of a row. Each of the five most
# anomalous rows with its three largest shares:

most = ranked.index[:5]
shares = pd.DataFrame(detector.explain(wines.loc[most]), index=most, columns=wines.columns)
for row, line in shares.iterrows():
    largest = line.sort_values(ascending=False)[:3]
    reasons = ", ".join(f"{name} {share:.0%}" for name, share in largest.items())
    print(f"row {row:3} {'(mistake)' if row in wrong else '':9}  {reasons}")

# %%
# On the command line
# -------------------
#
# .. code-block:: bash
#
#     isthmus train wines.csv --estimator outlier-detector --out runs/wines
#     isthmus score runs/wines -o scores.csv
#
# ``scores.csv`` has one line for each row, most anomalous first, with a threshold, the responsible
# columns, their values and the values that the model expects. :doc:`/outliers` describes the method
# and where it is worse than an isolation forest.
