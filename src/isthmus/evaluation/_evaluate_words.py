"""Names of metrics, and sentences of evaluations as templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .._language import Sentence

__all__ = ["METRICS", "SENTENCES", "Metric", "sentence"]


class Metric(NamedTuple):
    """Label, direction and format of a metric."""

    label: Sentence
    better: str
    form: str


# In the order of tables. The names are those of the document and of --fail-under.
METRICS: dict[str, Metric] = {
    "squared_error": Metric(Sentence("squared error a row"), "lower", ".4g"),
    "variance_explained": Metric(Sentence("variance explained"), "higher", ".1%"),
    "gain_over_pca": Metric(Sentence("gain over PCA"), "higher", ".1%"),
    "psnr": Metric(Sentence("PSNR, dB"), "higher", ".2f"),
    "ssim": Metric(Sentence("SSIM"), "higher", ".3f"),
    "trustworthiness": Metric(Sentence("trustworthiness"), "higher", ".4f"),
    "continuity": Metric(Sentence("continuity"), "higher", ".4f"),
    "logistic_accuracy": Metric(Sentence("logistic accuracy"), "higher", ".1%"),
    "knn_accuracy": Metric(Sentence("k-NN accuracy"), "higher", ".1%"),
    "kmeans_accuracy": Metric(Sentence("k-means accuracy"), "higher", ".1%"),
    "kmeans_nmi": Metric(Sentence("k-means NMI"), "higher", ".3f"),
    "kmeans_ari": Metric(Sentence("k-means ARI"), "higher", ".3f"),
}

SENTENCES: dict[str, str] = {
    # --- verdicts ---
    "win": (
        "The autoencoder beats PCA: with codes of length {latent_dim}, its squared error on "
        "{n_rows:,} {n_rows:row|rows} is {gap:.1%} lower ({ours:.4g} against {pca:.4g} a row; "
        "{confidence:.0%} interval of the difference: {low:.3g} to {high:.3g})."
    ),
    "loss": (
        "PCA beats the autoencoder: with codes of length {latent_dim}, its squared error on "
        "{n_rows:,} {n_rows:row|rows} is {gap:.1%} lower ({pca:.4g} against {ours:.4g} a row; "
        "{confidence:.0%} interval of the difference: {low:.3g} to {high:.3g}); here PCA would "
        "have done."
    ),
    "draw": (
        "{n_rows:,} {n_rows:row|rows} cannot tell the autoencoder from PCA: with codes of length "
        "{latent_dim}, the squared error is {ours:.4g} against {pca:.4g} a row, and the "
        "{confidence:.0%} interval of the difference holds zero ({low:.3g} to {high:.3g}); PCA is "
        "simpler, and would do."
    ),
    "close": (
        "The autoencoder and PCA are less than 1 % apart: with codes of length {latent_dim}, the "
        "squared error on {n_rows:,} {n_rows:row|rows} is {ours:.4g} against {pca:.4g} a row; PCA "
        "is simpler, and would do."
    ),
    "full_length": (
        "No contest: with codes of length {latent_dim} for {n_features:,} "
        "{n_features:feature|features} PCA gives every row back as it was; only a code shorter "
        "than the row leaves something out."
    ),
    "no_interval": (
        "With codes of length {latent_dim}, the squared error is {ours:.4g} against PCA's "
        "{pca:.4g} a row; without resamples of two rows or more nothing tells whether that is "
        "chance."
    ),
    "no_pca": (
        "With codes of length {latent_dim}, the squared error is {ours:.4g} a row; PCA beside it "
        "needs the training rows, or two rows at least."
    ),
    # --- verdicts of a comparison ---
    "first_best": (
        "{first} has the lowest squared error of {n_models} models on {n_rows:,} {n_rows:row|rows} "
        "({reference:.4g} a row); every other's is higher beyond its {confidence:.0%} interval."
    ),
    "first_not_worse": (
        "{first} has the lowest squared error of {n_models} models on {n_rows:,} {n_rows:row|rows} "
        "({reference:.4g} a row), but these rows cannot tell it from every other."
    ),
    "other_best": (
        "{best} has the lowest squared error of {n_models} models on {n_rows:,} "
        "{n_rows:row|rows}: {error:.4g} a row against {reference:.4g} of {first} "
        "({confidence:.0%} interval of the difference: {low:.3g} to {high:.3g})."
    ),
    "other_not_clear": (
        "{best} has the lowest squared error of {n_models} models on {n_rows:,} "
        "{n_rows:row|rows}, {error:.4g} a row against {reference:.4g} of {first}, but these rows "
        "cannot tell the two apart ({confidence:.0%} interval of the difference: {low:.3g} to "
        "{high:.3g})."
    ),
    "other_lower": (
        "{best} has the lowest squared error of {n_models} models on {n_rows:,} "
        "{n_rows:row|rows}, {error:.4g} a row against {reference:.4g} of {first}; without "
        "resamples of two rows or more nothing tells whether that is chance."
    ),
    # --- notes ---
    "pca_on_these_rows": (
        "PCA was fitted on the evaluated rows themselves, for want of the training rows, which "
        "favours it: give `X_train`."
    ),
    "pca_sampled": "PCA was fitted on {n_rows:,} of the training rows.",
    "sampled": (
        "Neighbourhoods, probes and clusters are those of {n_rows:,} {n_rows:row|rows} drawn at "
        "random, of {total:,}."
    ),
    "sampled_training": (
        "Probes learn from {n_rows:,} training {n_rows:row|rows} drawn at random, of {total:,}."
    ),
    "cross_validated": (
        "Probes learn from four fifths of the evaluated rows at a time and name the others, for "
        "want of labelled training rows."
    ),
    "classes_left_out": (
        "Classes without two rows each to learn from and to name are left out of probes and "
        "clusters: {n_rows:,} {n_rows:row|rows}."
    ),
    "no_classes": "There are no two classes with rows enough for probes and clusters.",
    "few_rows": (
        "Trustworthiness and continuity need three rows at least; there {n_rows:is|are} {n_rows:,}."
    ),
    "small_pictures": "SSIM needs pictures of 3x3 pixels at least.",
    "too_wide": (
        "How many components PCA needs for the same error is not told for more than {most:,} "
        "features."
    ),
    "same_error": (
        "PCA needs {n_components:,} {n_components:component|components} for the error that the "
        "autoencoder has with {latent_dim}."
    ),
    "no_same_error": "No number of components gives PCA an error as low as the autoencoder's.",
    # --- notes on a run ---
    "training_rows": "The run held no rows out: these are the rows it was trained on.",
    "seen_rows": "The source is that of the training: most of these rows were trained on.",
    "training_unread": "The training rows cannot be had again: {reason}",
    "labels_left_out": "Labels are left out. {reason}",
    "page_left": "The run's page is left as it is. {reason}",
}


def sentence(code: str, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a sentence with its code and values.

    Parameters
    ----------
    code : str
        A key of ``SENTENCES``.
    values : mapping, default=None
        Values of the template's placeholders.

    Returns
    -------
    dict
        ``code``, ``values`` and ``text``, the English sentence.
    """
    values = dict(values or {})
    return {"code": code, "values": values, "text": Sentence(SENTENCES[code], **values)}
