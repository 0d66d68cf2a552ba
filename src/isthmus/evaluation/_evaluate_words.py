"""The messages of an evaluation, and the names of its metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .._translation import Message, gettext_noop, two_sentences
from ..metrics import PCA_REMARKS

__all__ = ["MESSAGES", "METRICS", "Metric", "coded_message"]


class Metric(NamedTuple):
    """Label, direction and format of a metric."""

    label: Message
    better: str
    form: str


# In the order of tables. The names are those of the document and of --fail-under.
METRICS: dict[str, Metric] = {
    "squared_error": Metric(Message("squared error per row"), "lower", ".4g"),
    "variance_explained": Metric(Message("variance explained"), "higher", ".1%"),
    "gain_over_pca": Metric(Message("gain over PCA"), "higher", ".1%"),
    "psnr": Metric(Message("PSNR (dB)"), "higher", ".2f"),
    "ssim": Metric(Message("SSIM"), "higher", ".3f"),
    "trustworthiness": Metric(Message("trustworthiness"), "higher", ".4f"),
    "continuity": Metric(Message("continuity"), "higher", ".4f"),
    "logistic_accuracy": Metric(Message("logistic accuracy"), "higher", ".1%"),
    "knn_accuracy": Metric(Message("k-NN accuracy"), "higher", ".1%"),
    "kmeans_accuracy": Metric(Message("k-means accuracy"), "higher", ".1%"),
    "kmeans_nmi": Metric(Message("k-means NMI"), "higher", ".3f"),
    "kmeans_ari": Metric(Message("k-means ARI"), "higher", ".3f"),
    "roc_auc": Metric(Message("ROC AUC"), "higher", ".3f"),
    "average_precision": Metric(Message("average precision"), "higher", ".3f"),
    "flagged": Metric(Message("share above the threshold"), "lower", ".1%"),
}

MESSAGES: dict[str, str] = {
    # --- verdicts ---
    "win": gettext_noop(
        "The autoencoder beats PCA at code size {latent_dim}: its squared error on {n_rows:,} rows "
        "is {gap:.1%} lower ({ours:.4g} vs. {pca:.4g} per row; {confidence:.0%} interval of the "
        "difference: {low:.3g} to {high:.3g})."
    ),
    "loss": gettext_noop(
        "PCA beats the autoencoder at code size {latent_dim}: its squared error on {n_rows:,} rows "
        "is {gap:.1%} lower ({pca:.4g} vs. {ours:.4g} per row; {confidence:.0%} interval of the "
        "difference: {low:.3g} to {high:.3g})."
    ),
    "draw": gettext_noop(
        "The autoencoder and PCA do not differ significantly at code size {latent_dim}: squared "
        "error on {n_rows:,} rows {ours:.4g} vs. {pca:.4g} per row; the {confidence:.0%} interval "
        "of the difference includes 0 ({low:.3g} to {high:.3g})."
    ),
    "close": gettext_noop(
        "The autoencoder and PCA differ by less than 1% at code size {latent_dim}: squared error "
        "on {n_rows:,} rows {ours:.4g} vs. {pca:.4g} per row."
    ),
    "full_length": gettext_noop(
        "No comparison with PCA: the code size ({latent_dim}) is not smaller than the number of "
        "features ({n_features:,}), so PCA reconstructs every row exactly."
    ),
    "no_interval": gettext_noop(
        "At code size {latent_dim}, the squared error per row is {ours:.4g}, vs. {pca:.4g} for "
        "PCA. Without resampling of at least two rows, the difference may be chance."
    ),
    "no_pca": gettext_noop(
        "At code size {latent_dim}, the squared error per row is {ours:.4g}. The comparison with "
        "PCA needs the training rows, or at least two rows."
    ),
    **PCA_REMARKS,
    # --- verdicts on a detector ---
    "flagged": gettext_noop(
        "Outliers (error above the threshold): {n:,} of {n_rows:,} rows ({share:.1%})."
    ),
    "ranked": gettext_noop(
        "ROC AUC with {label} as the anomalies (n = {n_strange:,}): {model:.3f}, vs. {forest:.3f} "
        "for an isolation forest and {pca:.3f} for PCA. Outliers (error above the threshold): "
        "{n:,} of {n_rows:,} rows ({share:.1%})."
    ),
    "ranked_alone": gettext_noop(
        "ROC AUC with {label} as the anomalies (n = {n_strange:,}): {model:.3f}. Outliers (error "
        "above the threshold): {n:,} of {n_rows:,} rows ({share:.1%})."
    ),
    # --- verdicts of a comparison ---
    "first_best": gettext_noop(
        "{first} has the lowest squared error of {n_models} models: {reference:.4g} per row "
        "(n = {n_rows:,}). All others are significantly higher ({confidence:.0%} intervals)."
    ),
    "first_not_worse": gettext_noop(
        "{first} has the lowest squared error of {n_models} models: {reference:.4g} per row "
        "(n = {n_rows:,}), but the difference from at least one other model is not significant."
    ),
    "all_equal": gettext_noop(
        "All {n_models} models have the same squared error: {reference:.4g} per row "
        "(n = {n_rows:,})."
    ),
    "other_best": gettext_noop(
        "{best} has the lowest squared error of {n_models} models: {error:.4g} per row "
        "(n = {n_rows:,}), vs. {reference:.4g} for {first} ({confidence:.0%} interval of the "
        "difference: {low:.3g} to {high:.3g})."
    ),
    "other_not_clear": gettext_noop(
        "{best} has the lowest squared error of {n_models} models: {error:.4g} per row "
        "(n = {n_rows:,}), vs. {reference:.4g} for {first}. The difference is not significant "
        "({confidence:.0%} interval: {low:.3g} to {high:.3g})."
    ),
    "other_lower": gettext_noop(
        "{best} has the lowest squared error of {n_models} models: {error:.4g} per row "
        "(n = {n_rows:,}), vs. {reference:.4g} for {first}. Without resampling of at least two "
        "rows, the difference may be chance."
    ),
    # --- the best model of a comparison against the second ---
    "ahead": gettext_noop(
        "{best} is significantly better than the runner-up {second}: its squared error is "
        "{gap:.1%} lower ({error:.4g} vs. {other:.4g} per row; paired {confidence:.0%} interval of "
        "the difference: {low:.3g} to {high:.3g})."
    ),
    "level": gettext_noop(
        "{best} and the runner-up {second} do not differ significantly: squared error {error:.4g} "
        "vs. {other:.4g} per row (paired {confidence:.0%} interval of the difference: {low:.3g} to "
        "{high:.3g})."
    ),
    "untested": gettext_noop(
        "{best} has a squared error of {error:.4g} per row and the runner-up {second} of "
        "{other:.4g}. Without resampling of at least two rows, the difference may be chance."
    ),
    # --- notes ---
    "pca_on_these_rows": gettext_noop(
        "PCA was fitted on the evaluated rows, which favours it. Pass `X_train` to fit it on the "
        "training rows."
    ),
    "pca_sampled": gettext_noop("PCA was fitted on {n_rows:,} of the training rows."),
    "sampled": gettext_noop(
        "Neighbourhoods, probes and clusters use {n_rows:,} of {total:,} rows, drawn at random."
    ),
    "sampled_training": gettext_noop(
        "Probes are trained on {n_rows:,} of {total:,} training rows, drawn at random."
    ),
    "cross_validated": gettext_noop(
        "Probes are cross-validated on the evaluated rows (5 folds), as there are no labelled "
        "training rows."
    ),
    "classes_left_out": gettext_noop(
        "Probes and clusters skip classes that have fewer than two rows for training or for "
        "prediction (rows skipped: {n_rows:,})."
    ),
    "no_classes": gettext_noop("Probes and clusters need at least two classes with enough rows."),
    "few_rows": gettext_noop(
        "Trustworthiness and continuity need at least three rows (rows: {n_rows:,})."
    ),
    "empty_rows": gettext_noop("Rows whose cells are all missing, left out: {n_rows:,}."),
    "sparse_codes": gettext_noop(
        "A sparse code has {n:,} values and `k` = {k:,}: PCA is compared at {k:,} components."
    ),
    "small_pictures": gettext_noop("SSIM needs pictures of at least 3x3 pixels."),
    "too_wide": gettext_noop(
        "The number of PCA components for the same error is not computed for more than {most:,} "
        "features."
    ),
    "same_error": gettext_noop(
        "PCA components needed for the error of the autoencoder at code size {latent_dim}: "
        "{n_components:,}."
    ),
    "no_same_error": gettext_noop(
        "PCA does not reach the error of the autoencoder with any number of components."
    ),
    # --- notes on a run ---
    "training_rows": gettext_noop(
        "The run has no held-out rows: these are the results on its training rows."
    ),
    "sampled_rows": gettext_noop(
        "The rows are read in chunks: these are the results on a random sample of {n:,} of "
        "{n_all:,} rows."
    ),
    "labelled_rows": gettext_noop(
        "The test rows of the source have labels and its training rows have none: these are the "
        "results on its {n:,} test rows."
    ),
    "seen_rows": gettext_noop(
        "The model was trained on most of these rows: the source is that of the training."
    ),
    "drift": gettext_noop(
        "These rows are unlike the training rows: error {ratio:,.10g} times higher; columns that "
        "differ most: {columns}."
    ),
    "drift_of_columns": gettext_noop(
        "These rows are unlike the training rows; columns that differ most: {columns}."
    ),
    "drift_of_errors": gettext_noop(
        "These rows are unlike the training rows: error {ratio:,.10g} times higher."
    ),
    "training_unread": gettext_noop("The training rows cannot be read again: {reason}"),
    "labels_left_out": gettext_noop("Labels are ignored. {reason}"),
    "page_left": gettext_noop("The report of the run is unchanged. {reason}"),
}


def coded_message(code: str, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a message with its code and values, for a document.

    Parameters
    ----------
    code : str
        A key of ``MESSAGES``.
    values : mapping, default=None
        Of its placeholders; ``remark``, if any, is the key of a second sentence.

    Returns
    -------
    dict
        ``code``, ``values`` and ``text``, the ``Message``.
    """
    values = dict(values or {})
    text = Message(MESSAGES[code], **values)
    if "remark" in values:
        text = two_sentences(text, Message(MESSAGES[values["remark"]], **values))
    return {"code": code, "values": values, "text": text}
