"""Comparison of an autoencoder with PCA in one sentence."""

from __future__ import annotations

from .._translation import Message, gettext_noop, two_sentences

__all__ = ["PCA_REMARKS", "pca_remark", "verdict"]

_MEANINGFUL = 0.1  # fraction of the variance that PCA explains

PCA_REMARKS: dict[str, str] = {
    "pca_enough": gettext_noop("PCA is good enough here."),
    "pca_simpler": gettext_noop("PCA is simpler and good enough here."),
    "pca_explains_little": gettext_noop(
        "PCA itself explains only {pca_explained:.1%} of the variance, so neither reconstructs "
        "these rows well."
    ),
    "trained_for_likelihood": gettext_noop(
        "It is trained for the likelihood of rows, not for this error alone: lower `beta` for "
        "better reconstructions."
    ),
    "may_be_undertrained": gettext_noop(
        "The model may be undertrained: train it longer before choosing PCA."
    ),
}


def pca_remark(
    pca_explained: float | None,
    *,
    is_equal: bool,
    is_undertrained: bool,
    models_likelihood: bool = False,
) -> str:
    """Return what follows if a model is not better than PCA.

    Parameters
    ----------
    pca_explained : float or None
        Share of the variance that PCA explains; None if it is unknown.
    is_equal : bool
        Whether the two are equally good.
    is_undertrained : bool
        Whether the model would probably improve with more training.
    models_likelihood : bool, default=False
        Whether the model is trained for the likelihood of rows.

    Returns
    -------
    str
        A key of ``PCA_REMARKS``, whose message may contain ``pca_explained``.
    """
    if is_undertrained:
        return "may_be_undertrained"
    if models_likelihood:
        return "trained_for_likelihood"
    if pca_explained is not None and pca_explained < _MEANINGFUL:
        return "pca_explains_little"
    return "pca_simpler" if is_equal else "pca_enough"


def verdict(
    model: str,
    error: float,
    pca_error: float,
    *,
    latent_dim: int,
    n_features: int,
    rows: str,
    pca_explained: float | None = None,
    is_undertrained: bool = False,
    models_likelihood: bool = False,
) -> str:
    """Return a sentence that says whether the model or PCA reconstructs better, and by how much.

    Parameters
    ----------
    model : str
        Name of the autoencoder.
    error : float
        Squared error per row of the autoencoder.
    pca_error : float
        Same for PCA with as many components, on the same rows, in the same unit.
    latent_dim : int
        Code size.
    n_features : int
        Number of features.
    rows : str
        Kind of rows: "held-out" or "training".
    pca_explained : float, default=None
        Share of the variance of these rows that PCA explains; None if it is unknown.
    is_undertrained : bool, default=False
        Whether the autoencoder would probably improve with more training.
    models_likelihood : bool, default=False
        Whether the autoencoder is trained for the likelihood of rows.

    Returns
    -------
    str
        A ``Message``, which can be translated.
    """
    if latent_dim >= n_features:
        return Message(
            "No comparison with PCA: the code size ({latent_dim}) is not smaller than the number "
            "of features ({n_features:,}), so PCA reconstructs every row exactly.",
            latent_dim=latent_dim,
            n_features=n_features,
        )
    larger = max(error, pca_error)
    gap = abs(error - pca_error) / larger if larger > 0 else 0.0
    values = {
        "latent_dim": latent_dim,
        "model": model,
        "rows": rows,
        "error": error,
        "pca": pca_error,
        "gap": _percent(gap),
    }
    is_equal = gap < 0.01
    if error < pca_error and not is_equal:
        return Message(
            "At code size {latent_dim}, {model} beats PCA: its error on {rows} rows is {gap} lower "
            "(squared error per row: {error:.4g} vs. {pca:.4g}).",
            **values,
        )
    if is_equal:
        found = Message(
            "At code size {latent_dim}, {model} and PCA are equally good on {rows} rows (squared "
            "error per row: {error:.4g} vs. {pca:.4g}).",
            **values,
        )
    else:
        found = Message(
            "At code size {latent_dim}, PCA beats {model}: its error on {rows} rows is {gap} lower "
            "(squared error per row: {pca:.4g} vs. {error:.4g}).",
            **values,
        )
    remark = pca_remark(
        pca_explained,
        is_equal=is_equal,
        is_undertrained=is_undertrained,
        models_likelihood=models_likelihood,
    )
    return two_sentences(found, Message(PCA_REMARKS[remark], pca_explained=pca_explained))


def _percent(share: float) -> str:
    """Return a fraction below 1 as a percentage below 100."""
    return f"{share:.0%}" if share < 0.985 else f"{min(share, 0.999):.1%}"
